"""The demo's last part: a trail on a server of its own, whose clock is moved."""

import json
import pathlib
import shutil
import subprocess
import time
import urllib.parse
import xml.etree.ElementTree as xml

from kit import server as servers

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUCKET, TRAIL = "audit-logs", "main"
PATIENCE = 20


class Trail:
    """Events, a bucket, digests, the verifiers of AWS and of Cairn, and one changed byte."""

    def __init__(self, demo):
        self.demo = demo
        self.copy = demo.home / "bucket-copy"
        self.server = servers.Server(
            demo.home / "trail-data", demo.options.binary, args=["--dev"],
        )

    def run(self):
        demo = self.demo
        demo.title("A trail: signed files in a bucket, an hour in a moment")
        with self.server:
            key = self.server.bootstrap()
            self.me, self.account = self.server.client(), key["account_id"]
            self.arn = f"arn:aws:cloudtrail:{self.server.region}:{self.account}:trail/{TRAIL}"
            self.make()
            self.deliver()
            self.validate()
            self.verify()
            self.me.close()

    def make(self):
        me, demo = self.me, self.demo
        me.call("s3", "PUT", f"/{BUCKET}", {}, b"")
        refused = me.cloudtrail("CreateTrail", Name=TRAIL, S3BucketName=BUCKET)
        demo.check("a bucket whose policy does not let CloudTrail write is refused",
                   refused.error == "InsufficientS3BucketPolicyException")
        me.call("s3", "PUT", f"/{BUCKET}?policy=", {}, json.dumps(self.policy()).encode())
        made = me.cloudtrail(
            "CreateTrail", Name=TRAIL, S3BucketName=BUCKET, IsMultiRegionTrail=True,
            EnableLogFileValidation=True,
        )
        started = me.cloudtrail("StartLogging", Name=TRAIL)
        demo.check("a trail of all Regions is made and logs", (made.status, started.status) == (200, 200))

    def deliver(self):
        me, demo = self.me, self.demo
        for name in ("ada", "alan", "barbara"):
            me.cairn("CreateUser", UserName=name)
        demo.show("$ cairn dev advance 5m")
        me.cairn("AdvanceClock", Seconds=300)
        logs = self.wait("CloudTrail/", 1)
        demo.show("$ cairn dev advance 1h")
        me.cairn("AdvanceClock", Seconds=3600)
        digests = self.wait("CloudTrail-Digest/", 1)
        self.wait("CloudTrail-Proof/", 1)
        me.cloudtrail("StopLogging", Name=TRAIL)
        digests = self.wait("CloudTrail-Digest/", 2)
        logs = self.wait("CloudTrail/", 2)
        for key in [*logs, *digests]:
            demo.show(f"s3://{BUCKET}/{key}")
        demo.check("log files and a chain of two digests are in the bucket",
                   len(logs) >= 2 and len(digests) == 2)

    def validate(self):
        program = shutil.which("aws") or ROOT / ".venv" / "bin" / "aws"
        if not pathlib.Path(program).exists():
            self.demo.show("(the aws CLI is not installed: `aws cloudtrail validate-logs` would say valid)")
            return
        self.demo.show(f"\n$ aws cloudtrail validate-logs --trail-arn {self.arn} --start-time …")
        began, end = (
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + day * 86_400))
            for day in (-1, 1)
        )
        done = subprocess.run(
            [str(program), "cloudtrail", "validate-logs", "--trail-arn", self.arn,
             "--start-time", began, "--end-time", end],
            env=self.env(), capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )
        self.demo.show(done.stdout.strip())
        self.demo.check("the unmodified aws CLI finds everything valid",
                        done.returncode == 0 and "2/2 digest files valid" in done.stdout)

    def verify(self):
        demo = self.demo
        pin = self.cairn("trail", "key").stdout.strip()
        self.save()
        demo.show(f"\n$ cairn verify --files {self.copy.name} --key {pin[:40]}…")
        honest = self.cairn("verify", "--files", self.copy, "--key", pin)
        demo.show(honest.stdout.strip() or honest.stderr.strip())
        demo.check("with nothing but the files and a pinned key, Cairn does too",
                   honest.returncode == 0)
        victim = sorted(self.copy.rglob("CloudTrail/**/*.json.gz"))[0]
        changed = bytearray(victim.read_bytes())
        # In the header of gzip, where no text is: the hash in AWS's digest does not cover it.
        changed[4] ^= 1
        victim.write_bytes(changed)
        demo.show("one bit is changed in the first log file:")
        found = self.cairn("verify", "--files", self.copy, "--key", pin)
        demo.show(found.stdout.strip() or found.stderr.strip())
        demo.check("cairn verify names it, with the exit status for tampering",
                   found.returncode == 1 and victim.name in found.stdout + found.stderr)

    def keys(self):
        answer = self.me.call("s3", "GET", f"/{BUCKET}?list-type=2", {}, b"")
        return [node.text for node in xml.fromstring(answer.body).iter()
                if node.tag.rpartition("}")[2] == "Key" and not node.text.endswith("/")]

    def wait(self, folder, count):
        """The keys in a folder, once there are so many."""
        end = time.monotonic() + PATIENCE
        while True:
            keys = [key for key in self.keys() if f"/{folder}" in key]
            if len(keys) >= count or time.monotonic() > end:
                return keys
            time.sleep(0.1)

    def save(self):
        for key in self.keys():
            path = self.copy / key
            path.parent.mkdir(parents=True, exist_ok=True)
            url = f"/{BUCKET}/{urllib.parse.quote(key)}"
            path.write_bytes(self.me.call("s3", "GET", url, {}, b"").body)

    def policy(self):
        allow = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
        return {"Version": "2012-10-17", "Statement": [
            {**allow, "Sid": "AWSCloudTrailAclCheck20150319", "Action": "s3:GetBucketAcl",
             "Resource": f"arn:aws:s3:::{BUCKET}"},
            {**allow, "Sid": "AWSCloudTrailWrite20150319", "Action": "s3:PutObject",
             "Resource": f"arn:aws:s3:::{BUCKET}/AWSLogs/{self.account}/*",
             "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}},
        ]}

    def cairn(self, *args):
        command = [str(self.demo.options.binary), *[str(arg) for arg in args]]
        return subprocess.run(
            command, env=self.env(), capture_output=True, text=True, stdin=subprocess.DEVNULL
        )

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
