#!/usr/bin/env python3
"""Shows Cairn once from end to end, and checks each thing that it shows.

Needs the built binary and nothing else: calls are signed with the standard library, and the aws CLI
is used as well where it is installed.
"""

import argparse
import atexit
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import lake
import story
import trail
from kit import server as servers
from kit.sigv4 import Credentials

DATA = ROOT / "demo-data"
PORT = 4586


class Demo:
    """The steps in their order; `wrong` counts what did not show what it should."""

    def __init__(self, options):
        self.options = options
        self.wrong = 0
        self.upstream = None
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="cairn-demo-")) if options.once else DATA
        self.cloud = f"127.0.0.1:{_free_port()}"
        self.server = servers.Server(
            self.home / "cairn-data", options.binary, listen=f"127.0.0.1:{self._port()}",
            args=["--upstream", f"*=http://{self.cloud}"],
            env={"CAIRN_GATEWAY_DATA_EVENTS": "AWS::S3::Object"},
        )

    def run(self):
        self.upstream = subprocess.Popen(
            [sys.executable, ROOT / "demo" / "upstream.py", self.cloud.rpartition(":")[2]],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=not self.options.once,
        )
        self.start()
        self.identities()
        self.gateway()
        self.ingest()
        self.incident()
        self.tenancy()
        self.inside()
        trail.Trail(self).run()
        lake.Lake(self).run()

    def start(self):
        self.title("An empty directory, no configuration")
        self.show(f"$ cairn serve --data {_short(self.server.data)} --listen {self.server.listen} \\")
        self.show(f"      --upstream '*=http://{self.cloud}'")
        self.server.start()
        key = self.server.bootstrap()
        self.me, self.account = self.server.client(), key["account_id"]
        self.show(f"endpoint    {self.server.endpoint}")
        self.show(f"region      {self.server.region}")
        self.show(f"account     {self.account}")
        self.show(f"access key  {key['access_key_id']}  (made at this first start)")
        told = self.cairn("env", "--data", self.server.data)
        self.show('\n$ eval "$(cairn env)" sets')
        self.show(told.strip())
        self.check("cairn env names the endpoint", self.server.endpoint in told)
        ready, _ = servers.plain_get(self.server.endpoint, "/readyz")
        self.check("the server is ready", ready == 200)

    def identities(self):
        self.title("Signed calls, each by someone")
        me = self.me
        self.check("the first key asks whose it is", me.sts("GetCallerIdentity").status == 200)
        me.cairn("CreateUser", UserName="grace")
        key = me.cairn("CreateAccessKey", UserName="grace")["AccessKey"]
        grace = me.with_creds(Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
        self.check("a new user has her own key", grace.sts("GetCallerIdentity").status == 200)
        refused = grace.cairn_answer("CreateUser", UserName="backdoor")
        self.check("she may not make users", refused.error == "AccessDeniedException")
        made = me.cairn("CreateRole", RoleName="auditor", TrustedAccounts=[self.account])["Role"]
        session = me.assume_role(made["Arn"], "night-shift")
        events = session.lookup(MaxResults=50)["Events"]
        self.check("a role session reads the history", bool(events))
        seen = [
            (event["EventName"], event.get("Username"), _record(event).get("errorCode"))
            for event in events
        ]
        for name, user, error in (
            ("GetCallerIdentity", "admin", None), ("CreateUser", "admin", None),
            ("GetCallerIdentity", "grace", None),
            ("CreateUser", "grace", "AccessDeniedException"),
            ("AssumeRole", "admin", None),
        ):
            self.check(f"recorded: {name} by {user}{' with ' + error if error else ''}",
                       (name, user, error) in seen)
        self.show("")
        self.show(self.cairn("lookup", "--limit", "8", "-o", "table"))

    def gateway(self):
        self.title("Calls to other services, forwarded and recorded")
        self.show(f"a trivial cloud at {self.cloud} knows nothing of Cairn, nor do its clients")
        me, form = self.me, {"Content-Type": "application/x-amz-json-1.1"}
        made = me.call("s3", "PUT", "/reports", {}, b"").status
        put = me.call("s3", "PUT", "/reports/q3.csv", {}, b"region,revenue\nnorth,17\n").status
        got = me.call("s3", "GET", "/reports/q3.csv", {}, b"")
        self.check("a bucket is made, an object goes there and comes back byte for byte",
                   (made, put, got.body) == (200, 200, b"region,revenue\nnorth,17\n"))
        missing = me.call("s3", "GET", "/reports/q4.csv", {}, b"")
        self.check("an object that is not there is the cloud's own error", missing.error == "NoSuchKey")
        target = {**form, "X-Amz-Target": "secretsmanager.CreateSecret"}
        secret = json.dumps({"Name": "db", "SecretString": "correct horse"}).encode()
        self.check("a secret is made", me.call("secretsmanager", "POST", "/", target, secret).status == 200)
        events = me.lookup(MaxResults=50)["Events"]
        records = {event["EventName"]: _record(event) for event in events}
        bucket, hidden = records.get("CreateBucket", {}), records.get("CreateSecret", {})
        self.check("recorded: CreateBucket by admin, in the event history",
                   bucket.get("eventSource") == "s3.amazonaws.com"
                   and bucket["userIdentity"]["userName"] == "admin"
                   and bucket["requestParameters"]["bucketName"] == "reports")
        self.check("recorded: CreateSecret, without the secret",
                   hidden.get("requestParameters", {}).get("name") == "db"
                   and "correct horse" not in json.dumps(hidden))
        lines = self.cairn("lookup", "--category", "data", "--event-source", "s3", "--raw").splitlines()
        data = [json.loads(line) for line in lines]
        self.check("recorded: PutObject and GetObject as data events, one of them failed",
                   sorted((r["eventName"], r.get("errorCode", "")) for r in data)
                   == [("GetObject", ""), ("GetObject", "NoSuchKey"), ("PutObject", "")])
        self.show("")
        self.show(self.cairn("lookup", "--event-source", "s3", "-o", "table"))

    def ingest(self):
        self.title("CloudTrail log files")
        self.logs = self.home / "logs"
        self.files = story.write(self.logs, self.account)
        mine = [r for found in self.files.values() for r in found
                if r["recipientAccountId"] == self.account]
        self.me.cairn("CreateAccount", Name="dev", AccountId=story.OTHER_ACCOUNT)
        command = ["ingest", "--account-from-record", self.logs]
        self.show(f"$ cairn ingest --account-from-record {_short(self.logs)}")
        total = sum(len(found) for found in self.files.values())
        first = json.loads(self.cairn(*command, "-o", "json"))
        self.show(f"{json.dumps(first)}")
        self.check(f"{total} records from {len(self.files)} gz and zst files are stored",
                   total in first.values())
        self.cairn(*command, "-o", "json")
        found = self.me.search(MaxResults=1000)
        ids = [json.loads(hit["Record"])["eventID"] for hit in found]
        self.check("the same files again change nothing", len(ids) == len(set(ids)))
        stored = {json.loads(hit["Record"])["eventID"] for hit in found}
        self.check(f"all {len(mine)} records of this account are found",
                   {record["eventID"] for record in mine} <= stored)

    def incident(self):
        self.title("Who deleted the trail?")
        event, = self.lookup("EventName", "DeleteTrail")
        record = _record(event)
        self.show(f"{event['EventName']} by {event['Username']} from {record['sourceIPAddress']} "
                  f"at {record['eventTime']}")
        self.check("LookupEvents names the user", event["Username"] == "support-tmp")
        made, = [e for e in self.lookup("EventName", "CreateUser")
                 if "support-tmp" in e["CloudTrailEvent"]]
        self.check("who was made by svc-backup", made["Username"] == "svc-backup")
        key, = [e for e in self.lookup("EventName", "CreateAccessKey")
                if "svc-backup" in e["CloudTrailEvent"]]
        self.check("whose key was made with bob's", key["Username"] == "bob")
        address = record["sourceIPAddress"]
        self.show(f"\n$ cairn lookup --text {address} --read-only false --limit 12 -o table")
        table = self.cairn("lookup", "--text", address, "--read-only", "false", "--limit", "12",
                           "-o", "table")
        self.show(table)
        self.check("free text over all Regions", "RunInstances" in table or "GetObject" in table)
        raw = self.cairn("lookup", "--text", address, "--limit", "1000", "--raw").splitlines()
        found = {json.loads(line)["eventID"] for line in raw}
        known = {r["eventID"] for f in self.files.values() for r in f if address in json.dumps(r)}
        self.check(f"all {len(known)} records that carry the address", known <= found)
        taken = self.cairn("lookup", "--category", "data", "--raw").splitlines()
        taken = [line for line in taken if json.loads(line)["sourceIPAddress"] != "127.0.0.1"]
        self.check("12 objects were read: data events, outside the event history",
                   len(taken) == 12 and not self.lookup("EventName", "GetObject"))
        elsewhere = self.me.in_region("eu-west-1").lookup(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "RunInstances"}]
        )["Events"]
        self.check("14 RunInstances in eu-west-1", len(elsewhere) == 14)
        self.aws_cli()

    def aws_cli(self):
        program = shutil.which("aws")
        if not program or subprocess.run([program, "--version"], capture_output=True).returncode:
            self.show("\n(the aws CLI is not installed; it would work unmodified)")
            return
        args = ["cloudtrail", "lookup-events", "--lookup-attributes",
                "AttributeKey=EventName,AttributeValue=StopLogging"]
        self.show(f"\n$ aws {' '.join(args)}")
        done = subprocess.run(
            [program, *args, "--endpoint-url", self.server.endpoint, "--output", "json"],
            env=self.env(), capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )
        found = json.loads(done.stdout)["Events"] if done.returncode == 0 else []
        for event in found:
            self.show(f"{event['EventName']}  {event['Username']}  {event['EventId']}")
        self.check("the unmodified aws CLI finds it", len(found) == 1)

    def tenancy(self):
        self.title("Another account sees its own events only")
        files = [f for f in self.files if story.OTHER_ACCOUNT in str(f)]
        theirs = {record["eventID"] for file in files for record in self.files[file]}
        mine = {json.loads(hit["Record"])["eventID"] for hit in self.me.search(MaxResults=1000)}
        self.check(f"none of the {len(theirs)} records of {story.OTHER_ACCOUNT} shows here",
                   bool(theirs) and not theirs & mine)
        self.check("LookupEvents does not find them either", not self.lookup("Username", "frank"))

    def inside(self):
        self.title("Inside")
        self.show("$ cairn worker list -o table")
        self.show(self.cairn("worker", "list", "-o", "table"))
        _, metrics = servers.plain_get(self.server.endpoint, "/metrics")
        self.check("/metrics answers", b"cairn_" in metrics)
        self.server.kill()
        self.server.listen = self.server.endpoint.rpartition("/")[2]
        self.server.start(outlives=not self.options.once)
        self.me.close()
        self.check("killed with SIGKILL and started again: the trail's deletion is still known",
                   len(self.lookup("EventName", "DeleteTrail")) == 1)

    def end(self):
        self.server.kill()
        if self.upstream:
            self.upstream.kill()

    def farewell(self):
        pid = self.server.process.pid
        (self.home / "server.pid").write_text(str(pid))
        (self.home / "upstream.pid").write_text(str(self.upstream.pid))
        binary = _short(self.options.binary)
        data = _short(self.server.data)
        self.title("Try next")
        self.show(f'eval "$({binary} env --data {data})"')
        self.show("aws cloudtrail lookup-events --max-items 5")
        self.show(f"{binary} lookup --user svc-backup --since 1d -o table")
        self.show(f"{binary} tail -f")
        self.show(f"{binary} ingest FILE-OR-DIRECTORY-WITH-CLOUDTRAIL-LOGS")
        self.show(f"\nThe server goes on in the background, log in {_short(self.server.log)}.")
        self.show(f"kill {pid} {self.upstream.pid}  ends it and the trivial cloud behind it.")

    def lookup(self, key, value):
        query = [{"AttributeKey": key, "AttributeValue": value}]
        return self.me.lookup(LookupAttributes=query, MaxResults=50)["Events"]

    def cairn(self, *args):
        command = [str(self.options.binary), *[str(arg) for arg in args]]
        done = subprocess.run(
            command, env=self.env(), capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        if done.returncode != 0:
            self.check(f"cairn {args[0]} ends well: {done.stderr.strip()}", False)
        return done.stdout

    def env(self):
        key = self.server.bootstrap()
        return {
            **servers.clean_env(),
            "AWS_ENDPOINT_URL": self.server.endpoint,
            "AWS_ACCESS_KEY_ID": key["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": key["secret_access_key"],
            "AWS_REGION": self.server.region,
            "AWS_DEFAULT_REGION": self.server.region,
            "AWS_PAGER": "",
        }

    def title(self, text):
        print(f"\n== {text}", flush=True)

    def show(self, text):
        print("\n".join(f"   {line}".rstrip() for line in text.splitlines()), flush=True)

    def check(self, what, holds):
        self.wrong += not holds
        print(f"   {'ok   ' if holds else 'WRONG'} {what}", flush=True)

    def _port(self):
        """The usual port where it is free and the server is to stay."""
        if self.options.once:
            return 0
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", PORT))
            except OSError:
                return 0
        return PORT


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _record(event):
    return json.loads(event["CloudTrailEvent"])


def _short(path):
    """As the reader would type it."""
    path = pathlib.Path(path).resolve()
    return path.relative_to(pathlib.Path.cwd()) if path.is_relative_to(pathlib.Path.cwd()) else path


def end_earlier_demo(binary):
    """Ends the server that an earlier demo left behind, and empties its directory."""
    for file, name in (("server.pid", pathlib.Path(binary).name), ("upstream.pid", "upstream.py")):
        try:
            pid = int((DATA / file).read_text())
            if str(name) in pathlib.Path(f"/proc/{pid}/cmdline").read_text():
                os.kill(pid, signal.SIGTERM)
                _wait_for_end(pid)
        except (FileNotFoundError, ProcessLookupError, ValueError):
            pass
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir()


def _wait_for_end(pid):
    for _ in range(200):
        if not pathlib.Path(f"/proc/{pid}").exists():
            return
        time.sleep(0.05)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", type=pathlib.Path, default=servers.binary())
    parser.add_argument("--once", action="store_true", help="end the server after the last step")
    options = parser.parse_args()
    options.binary = options.binary.resolve()
    if not options.once:
        end_earlier_demo(options.binary)
    demo = Demo(options)
    atexit.register(demo.end)
    demo.run()
    if options.once:
        demo.check("SIGTERM ends it well", demo.server.stop() == 0)
        shutil.rmtree(demo.home)
    else:
        atexit.unregister(demo.end)
        demo.farewell()
    print(f"\n{'Everything showed what it should.' if not demo.wrong else f'{demo.wrong} WRONG'}")
    return 1 if demo.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
