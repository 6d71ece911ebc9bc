#!/usr/bin/env python3
"""Terraform and its AWS provider against a server on an empty directory with nothing configured.

Each stack is made, planned without a difference, changed, planned again, its trail or event data
store imported into an empty state, and destroyed with nothing left.
"""

import argparse
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from xml.etree import ElementTree

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from kit import server as servers
from kit.client import FORM, JSON

STEP_SECONDS = 540
NO_TERRAFORM = 3
# Stack, and the address of what is imported.
STACKS = {
    "whole": "aws_cloudtrail.audit",
    "module": "aws_cloudtrail.trail",
    "lake": "aws_cloudtrail_event_data_store.audit",
}
CHECKS = {"default": False, "skip": True}


class Failed(Exception):
    """A step ended otherwise than it must; the text is what was said."""


class Stack:
    """One directory of .tf files with a state of its own, against one server."""

    def __init__(self, name, home, server, options, skip):
        self.name, self.home, self.server, self.skip = name, home, server, skip
        self.terraform, self.plugins = options.terraform, options.plugins
        shutil.copytree(HERE / name, home, ignore=shutil.ignore_patterns(".terraform*"))

    def step(self, what, *arguments, expect=0, variables=True):
        """Runs Terraform, says how long it took, and gives back what it printed."""
        command = [self.terraform, arguments[0]]
        if variables:
            command.append(f"-var=skip={str(self.skip).lower()}")
        command += arguments[1:]
        began = time.monotonic()
        done = subprocess.run(
            command, cwd=self.home, env=environment(self.server, self.home), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=STEP_SECONDS,
        )
        took = time.monotonic() - began
        print(f"  {what:<32} exit {done.returncode}  {took:6.1f} s", flush=True)
        if done.returncode != expect:
            raise Failed(f"{what}: exit {done.returncode}, not {expect}\n{telling(done.stdout)}")
        return done.stdout

    def init(self):
        source = [f"-plugin-dir={self.plugins}"] if self.plugins else []
        self.step("init", "init", "-no-color", "-input=false", *source, variables=False)

    def apply(self, what, changed):
        self.step(what, "apply", *QUIET, "-auto-approve", f"-var=changed={changed}")

    def plan_without_difference(self, what, changed):
        self.step(what, "plan", *QUIET, "-detailed-exitcode", f"-var=changed={changed}")

    def state(self):
        return self.step("state list", "state", "list", variables=False).split()

    def output(self, name):
        return self.step(f"output {name}", "output", "-raw", name, variables=False)


def telling(text):
    """What the errors say, or what a plan would change."""
    errors = text.find("Error:")
    return text[errors:] if errors >= 0 else text[-6000:]


QUIET = ("-no-color", "-input=false")


def environment(server, home):
    key = server.bootstrap()
    kept = {
        name: value for name, value in servers.clean_env().items() if not name.startswith("TF_")
    }
    return {
        **kept,
        "AWS_ENDPOINT_URL": server.endpoint,
        "AWS_REGION": server.region,
        "AWS_ACCESS_KEY_ID": key["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": str(no_settings(home)),
    }


def no_settings(home):
    """An empty file: what the user has set up for Terraform is not what is tested."""
    path = home.with_suffix(".tfrc")
    path.touch()
    return path


def life(stack, address):
    """From nothing to nothing."""
    stack.init()
    stack.apply("apply", "false")
    stack.plan_without_difference("second plan", "false")
    stack.apply("apply of the change", "true")
    stack.plan_without_difference("plan after the change", "true")
    arn = stack.output("imported")
    stack.step("forget it", "state", "rm", "-no-color", address, variables=False)
    stack.step("import", "import", *QUIET, "-var=changed=true", address, arn)
    stack.plan_without_difference("plan after the import", "true")
    check_facts(stack)
    stack.step("destroy", "destroy", *QUIET, "-auto-approve", "-var=changed=true")
    left = stack.state()
    if left:
        raise Failed(f"the state still has {left}")
    check_nothing_left(stack.server.client())


def check_facts(stack):
    """What the server says of what was made, in its own words."""
    client = stack.server.client()
    if stack.name == "lake":
        return check_stores(client, stack.output("imported"))
    trails = {trail["Name"]: trail for trail in said(client, "DescribeTrails")["trailList"]}
    if stack.name == "module":
        same("selectors", trails["company-trail"]["HasCustomEventSelectors"], True)
        same("key", "KmsKeyId" in trails["company-trail"], True)
        return
    same("trails", sorted(trails), ["audit", "basic", "plain"])
    audit = trails["audit"]
    same("key", "KmsKeyId" in audit, False)
    same("digests", audit["LogFileValidationEnabled"], True)
    status = said(client, "GetTrailStatus", Name=audit["TrailARN"])
    same("logging", status["IsLogging"], False)
    selectors = said(client, "GetEventSelectors", TrailName=audit["TrailARN"])
    names = [each["Name"] for each in selectors["AdvancedEventSelectors"]]
    same("selectors", names, ["what changes something", "objects of two buckets"])
    note = client.call("s3", "HEAD", "/cairn-terraform-notes/note.txt", {}, b"")
    same("note's key", note.headers.get("x-amz-server-side-encryption-aws-kms-key-id"),
         stack.output("s3_key"))
    insights = said(client, "GetInsightSelectors", TrailName="basic")["InsightSelectors"]
    same("insights", [each["InsightType"] for each in insights], ["ApiCallRateInsight"])


def check_stores(client, arn):
    stores = said(client, "ListEventDataStores")["EventDataStores"]
    same("stores", [store["Name"] for store in stores], ["audit", "plain", "sealed"])
    audit = said(client, "GetEventDataStore", EventDataStore=arn)
    plain = said(client, "GetEventDataStore", EventDataStore=stores[1]["EventDataStoreArn"])
    same("status", (audit["Status"], plain["Status"]), ("ENABLED", "STOPPED_INGESTION"))
    same("retention", audit["RetentionPeriod"], 30)
    same("selectors", len(audit["AdvancedEventSelectors"]), 2)
    tags = said(client, "ListTags", ResourceIdList=[arn])["ResourceTagList"][0]["TagsList"]
    same("tags", tags, [{"Key": "state", "Value": "changed"}, {"Key": "team", "Value": "security"}])


def check_nothing_left(client):
    """Keys wait for their deletion; of everything else nothing is there."""
    same("trails", said(client, "DescribeTrails")["trailList"], [])
    for store in said(client, "ListEventDataStores")["EventDataStores"]:
        shown = said(client, "GetEventDataStore", EventDataStore=store["EventDataStoreArn"])
        same(f"store {store['Name']!r}", shown["Status"], "PENDING_DELETION")
    same("buckets", named(client.call("s3", "GET", "/", {}, b""), "Bucket"), 0)
    for noun, action in (("Topics", "ListTopics"), ("Subscriptions", "ListSubscriptions")):
        form = f"Action={action}&Version=2010-03-31".encode()
        answer = client.call("sns", "POST", "/", {"Content-Type": FORM}, form)
        same(noun, named(answer, "member"), 0)
    queues = json_call(client, "sqs", "AmazonSQS.ListQueues").get("QueueUrls", [])
    same("queues", queues, [])
    aliases = json_call(client, "kms", "TrentService.ListAliases")["Aliases"]
    own = [alias["AliasName"] for alias in aliases if not alias["AliasName"].startswith("alias/aws/")]
    same("aliases", own, [])
    for key in json_call(client, "kms", "TrentService.ListKeys")["Keys"]:
        shown = json_call(client, "kms", "TrentService.DescribeKey", KeyId=key["KeyId"])
        shown = shown["KeyMetadata"]
        expected = "Enabled" if shown["KeyManager"] == "AWS" else "PendingDeletion"
        same(f"key {shown['Description']!r}", shown["KeyState"], expected)


def named(answer, tag):
    """How many elements of an XML answer have this name."""
    if answer.status != 200:
        raise Failed(f"{answer.status} {answer.body!r}")
    return sum(node.tag.endswith(f"}}{tag}") for node in ElementTree.fromstring(answer.body).iter())


def json_call(client, service, target, **members):
    headers = {"Content-Type": JSON, "X-Amz-Target": target}
    body = json.dumps(members).encode()
    return good(target, client.call(service, "POST", "/", headers, body))


def said(client, operation, **members):
    return good(operation, client.cloudtrail(operation, **members))


def good(what, answer):
    if answer.status != 200:
        raise Failed(f"{what}: {answer.status} {answer.body!r}")
    return answer.json()


def same(what, found, expected):
    if found != expected:
        raise Failed(f"{what}: {found!r}, not {expected!r}")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--terraform", default=shutil.which("terraform"), metavar="FILE")
    parser.add_argument(
        "--plugins", default=os.environ.get("CAIRN_TF_PLUGINS"), metavar="DIR",
        help="where the provider lies; without it, Terraform asks its registry",
    )
    parser.add_argument("--stack", choices=STACKS, action="append")
    parser.add_argument("--checks", choices=CHECKS, action="append",
                        help="with the provider's own checks of credentials, or without")
    parser.add_argument("--keep", metavar="DIR", help="where states and logs stay")
    return parser.parse_args()


def run(name, checks, home, options):
    print(f"{name}, {checks} checks", flush=True)
    began = time.monotonic()
    with servers.Server(home / f"{name}-{checks}-data") as server:
        try:
            life(Stack(name, home / f"{name}-{checks}", server, options, CHECKS[checks]),
                 STACKS[name])
        except (Failed, subprocess.TimeoutExpired) as error:
            print(f"  FAILED {error}\n{server.said()[-3000:]}", flush=True)
            return False
    print(f"  all {time.monotonic() - began:.0f} s", flush=True)
    return True


def main():
    options = arguments()
    if not options.terraform or not shutil.which(options.terraform):
        print("Terraform is not on PATH: install it, or name it with --terraform", file=sys.stderr)
        return NO_TERRAFORM
    options.terraform = shutil.which(options.terraform)
    options.stack = options.stack or list(STACKS)
    options.checks = options.checks or list(CHECKS)
    with contextlib.ExitStack() as held:
        home = options.keep or held.enter_context(
            tempfile.TemporaryDirectory(prefix="cairn-terraform-"))
        home = pathlib.Path(home).resolve()
        home.mkdir(parents=True, exist_ok=True)
        done = [run(name, checks, home, options)
                for name in options.stack for checks in options.checks]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
