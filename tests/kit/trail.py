"""A trail whose hours pass at once: its bucket, its clock, its files, and who checks them."""

import collections
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass

import boto3
from botocore.config import Config

from . import server as servers

AWS = pathlib.Path(sys.executable).with_name("aws")
PATIENCE = 30
DAY = 86_400
ONE_TRY = Config(retries={"total_max_attempts": 1})
SERVICE = {"Service": "cloudtrail.amazonaws.com"}
LOGS, DIGESTS, PROOFS = "CloudTrail", "CloudTrail-Digest", "CloudTrail-Proof"


@dataclass(frozen=True)
class Valid:
    """What `validate-logs` counted; all of it is valid."""

    digests: int
    logs: int
    backfills: int
    text: str

    def __add__(self, other):
        return Valid(
            self.digests + other.digests, self.logs + other.logs,
            self.backfills + other.backfills, self.text + other.text,
        )


@dataclass(frozen=True)
class Delivered:
    """A record in a log file: its bytes, and what they say."""

    text: str
    key: str

    @property
    def record(self):
        return json.loads(self.text)


class Trail:
    """A trail of an account (`id`, `client`) on a server that runs with `--dev`.

    `s3` is a boto3 client for where the bucket is, if it is not in the server.
    """

    def __init__(self, server, account, name="main", bucket=None, prefix="", s3=None):
        self.server, self.client, self.id = server, account.client, account.id
        self.name, self.prefix = name, prefix
        self.bucket = bucket or f"trail-{uuid.uuid4().hex[:12]}"
        self.region = account.client.region
        self.arn = f"arn:aws:cloudtrail:{self.region}:{self.id}:trail/{name}"
        self.trails, self.s3 = self.boto("cloudtrail"), s3 or self.boto("s3")
        self.outside = s3 is not None
        # Earlier places of a trail that moves.
        self.places = [(self.bucket, prefix)]
        self.pin = None

    def boto(self, service, region=None):
        return boto(self.client, service, region)

    # Making and moving.

    def make_bucket(self):
        place = {"LocationConstraint": self.s3.meta.region_name}
        given = {} if place["LocationConstraint"] == "us-east-1" else {
            "CreateBucketConfiguration": place
        }
        self.s3.create_bucket(Bucket=self.bucket, **given)
        self.allow()
        return self

    def allow(self, **condition):
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(self.policy(**condition)))

    def policy(self, **condition):
        """AWS's usual one for this trail's bucket; `condition` is added to both statements."""
        allow = {"Effect": "Allow", "Principal": SERVICE}
        root = f"{self.prefix}/" if self.prefix else ""
        more = {"Condition": {"StringEquals": condition}} if condition else {}
        acl = {"s3:x-amz-acl": "bucket-owner-full-control", **condition}
        return {"Version": "2012-10-17", "Statement": [
            {**allow, **more, "Sid": "AWSCloudTrailAclCheck20150319", "Action": "s3:GetBucketAcl",
             "Resource": f"arn:aws:s3:::{self.bucket}"},
            {**allow, "Sid": "AWSCloudTrailWrite20150319", "Action": "s3:PutObject",
             "Resource": f"arn:aws:s3:::{self.bucket}/{root}AWSLogs/{self.id}/*",
             "Condition": {"StringEquals": acl}},
        ]}

    def create(self, **members):
        members = {
            "IsMultiRegionTrail": True, "EnableLogFileValidation": True,
            **({"S3KeyPrefix": self.prefix} if self.prefix else {}), **members,
        }
        return self.trails.create_trail(Name=self.name, S3BucketName=self.bucket, **members)

    def start(self):
        self.trails.start_logging(Name=self.name)
        return self

    @classmethod
    def begun(cls, server, account):
        """A trail that logs into a bucket of its own."""
        trail = cls(server, account).make_bucket()
        trail.create()
        return trail.start()

    def stop(self):
        self.trails.stop_logging(Name=self.name)

    def move(self, bucket, prefix=""):
        """The trail is to deliver to another bucket, which lets it."""
        self.bucket, self.prefix = bucket, prefix
        self.places.append((bucket, prefix))
        self.make_bucket()
        self.trails.update_trail(Name=self.name, S3BucketName=bucket, S3KeyPrefix=prefix)

    def status(self):
        return self.trails.get_trail_status(Name=self.name)

    def pass_windows(self, there, why, seconds=300):
        """Ends windows until `there` is true: what is recorded while one ends is in the next."""
        end = time.monotonic() + PATIENCE
        while True:
            self.advance(seconds)
            soon = time.monotonic() + 1.5
            while time.monotonic() < soon:
                found = there()
                if found:
                    return found
                time.sleep(0.1)
            assert time.monotonic() < end, f"it did not come in {PATIENCE} s: {why}"

    def advance(self, seconds):
        """Moves the server's clock; what is due by then comes in its own time."""
        operator = self.server.client()
        try:
            operator.cairn("AdvanceClock", Seconds=seconds)
        finally:
            operator.close()

    def again(self):
        """The server listens at another port since it was started again."""
        self.client.move(self.server.endpoint)
        self.trails = self.boto("cloudtrail")
        if not self.outside:
            self.s3 = self.boto("s3")

    # What is in the bucket.

    def keys(self, folder=LOGS):
        """Keys of files in a folder, by place and name."""
        return [key for _, key in self.objects(folder)]

    def objects(self, folder=LOGS):
        found = []
        for bucket, prefix in dict.fromkeys(self.places):
            root = f"{prefix}/" if prefix else ""
            pages = self.s3.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=f"{root}AWSLogs/{self.id}/{folder}/"
            )
            keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
            found += [(bucket, key) for key in keys if not key.endswith("/")]
        return found

    def body(self, bucket, key):
        return self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()

    def bodies(self):
        """Every file of every folder."""
        folders = (LOGS, DIGESTS, PROOFS)
        return {(b, key): self.body(b, key) for f in folders for b, key in self.objects(f)}

    def digests(self):
        """Digests by key."""
        return {
            key: json.loads(gzip.decompress(self.body(bucket, key)))
            for bucket, key in self.objects(DIGESTS)
        }

    def delivered(self):
        """`{eventID: Delivered}`; no record is there twice."""
        found, times = {}, collections.Counter()
        for bucket, key in self.objects():
            text = gzip.decompress(self.body(bucket, key)).decode()
            for record in split(text):
                event = json.loads(record)["eventID"]
                found[event] = Delivered(record, key)
                times[event] += 1
        twice = [event for event, count in times.items() if count > 1]
        assert not twice, f"delivered more than once: {twice}"
        return found

    # Waiting.

    def wait(self, folder=LOGS, count=1):
        """The keys of a folder, once there are so many."""
        def there():
            found = self.keys(folder)
            return len(found) >= count and found
        return until(there, f"{count} in {folder}")

    def wait_for(self, event_name):
        """A delivered record of that name."""
        def there():
            found = self.delivered().values()
            return next((one for one in found if one.record["eventName"] == event_name), None)
        return until(there, f"a record of {event_name}")

    def wait_status(self, check, why="the trail's status"):
        def there():
            status = self.status()
            return check(status) and status
        return until(there, why)

    def settle(self, ends=1, digests=1):
        """Waits until `ends` records of StopLogging are delivered, so many digests are there, and
        all log files are named in digests.
        """
        least = digests

        def there():
            texts = [one.text for one in self.delivered().values()]
            stops = sum('"eventName":"StopLogging"' in text for text in texts)
            digests = self.digests()
            if stops < ends or len(digests) < least:
                return False
            named = {log["s3Object"] for one in digests.values() for log in one["logFiles"]}
            return set(self.keys()) <= named and len(self.keys(PROOFS)) >= len(digests)
        until(there, "every file in a digest")

    # Who checks.

    def validate(self, region=None, gaps=0, code=0, **options):
        """`aws cloudtrail validate-logs` over everything finds everything valid."""
        began, end = (
            time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * DAY))
            for days in (-1, 40)
        )
        command = [
            str(AWS), "cloudtrail", "validate-logs", "--trail-arn", self.arn, "--verbose",
            "--start-time", began, "--end-time", end, "--region", region or self.region,
        ]
        for name, value in options.items():
            command += [f"--{name.replace('_', '-')}", value]
        done = run(command, self.env(region))
        text = done.stdout + done.stderr
        assert done.returncode == code, text
        if code == 0:
            assert "INVALID" not in text, text
        if gaps is not None:
            assert text.count("No log files were delivered by CloudTrail between") == gaps, text
        counted = {
            kind: (int(good), int(of)) for good, of, kind in re.findall(
                r"(\d+)/(\d+) (digest|backfill digest|log) files? valid", text
            )
        }
        if code == 0:
            assert all(good == of for good, of in counted.values()), text
        good = {kind: found[0] for kind, found in counted.items()}
        return Valid(
            good.get("digest", 0), good.get("log", 0), good.get("backfill digest", 0), text
        )

    def key(self):
        """The key to pin, asked for once."""
        self.pin = self.pin or self.cairn("trail", "key").stdout.strip()
        return self.pin

    def verify(self, *args, code=0):
        """`cairn verify` with the pinned key, over every place the trail has been at."""
        places = [
            part for bucket, prefix in dict.fromkeys(self.places)
            for part in ("--bucket", f"{bucket}/{prefix}" if prefix else bucket)
        ]
        where = [*places, "--account", self.id]
        return self.cairn("verify", *where, *args, "--key", self.key(), code=code)

    def save(self, home):
        """Copies of every bucket the trail was at, as `aws s3 sync` makes them, in the order in
        which `verify` names the buckets.
        """
        shutil.rmtree(home, ignore_errors=True)
        for (bucket, key), body in self.bodies().items():
            path = pathlib.Path(home) / bucket / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
        return [pathlib.Path(home) / bucket for bucket, _ in dict.fromkeys(self.places)]

    def records(self, selected=None):
        """The delivered records, which are the selected ones between start and stop: each once,
        with the bytes that the history shows. Without selectors those are management events.
        """
        selected = selected or management
        history = sorted(self.client.search(MaxResults=1000), key=lambda hit: hit["Seq"])
        wanted, logging = {}, False
        for hit in history:
            record = json.loads(hit["Record"])
            change = self.change(record)
            logging = logging or change == "StartLogging"
            if logging and selected(record):
                wanted[record["eventID"]] = hit["Record"]
            logging = logging and change not in ("StopLogging", "DeleteTrail")
        found = self.delivered()
        names = lambda ids, of: sorted({json.loads(of(i))["eventName"] for i in ids})
        missing, more = wanted.keys() - found.keys(), found.keys() - wanted.keys()
        assert not missing, f"not delivered: {names(missing, wanted.get)}"
        assert not more, f"delivered, not selected: {names(more, lambda i: found[i].text)}"
        differ = [event for event, text in wanted.items() if found[event].text != text]
        assert not differ, [(wanted[event], found[differ[0]].text) for event in differ[:1]]
        return found

    def change(self, record):
        """The name of the event, if it is a change of this trail that was made."""
        parameters = record.get("requestParameters") or {}
        mine = parameters.get("name") in (self.name, self.arn)
        ours = record["eventSource"] == "cloudtrail.amazonaws.com" and "errorCode" not in record
        return record["eventName"] if mine and ours else None

    def check(self, selected=None, gaps=0, **options):
        """What every scenario ends with; gives the counts of `validate-logs` in all Regions."""
        regions = {key.split("/CloudTrail-Digest/")[1].split("/")[0] for key in self.keys(DIGESTS)}
        assert self.region in regions
        valid = self.validate(gaps=gaps, **options)
        for region in regions - {self.region}:
            valid += self.validate(region, gaps=None, **options)
        backfills = sum("_backfill" in key for key in self.keys(DIGESTS))
        assert valid.backfills == backfills
        assert valid.digests == len(self.keys(DIGESTS)) - backfills
        assert valid.logs == len(self.keys())
        self.verify()
        self.records(selected)
        return valid

    def end(self, selected=None, gaps=0, ends=1):
        """Stops logging, waits for the rest, and checks."""
        digests = len(self.keys(DIGESTS))
        self.stop()
        self.settle(ends, digests + 1)
        return self.check(selected, gaps)

    # Programs.

    def cairn(self, *args, code=0):
        done = run([servers.binary(), *args], self.env())
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return done

    def env(self, region=None):
        found = {
            **servers.clean_env(),
            "AWS_ENDPOINT_URL": self.client.endpoint,
            "AWS_ACCESS_KEY_ID": self.client.creds.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.client.creds.secret,
            "AWS_REGION": region or self.region,
            "AWS_DEFAULT_REGION": region or self.region,
            "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
        }
        if self.outside:
            found["AWS_ENDPOINT_URL_S3"] = self.s3.meta.endpoint_url
        return found


def management(record):
    return record["eventCategory"] == "Management"


def boto(client, service, region=None):
    return boto3.client(
        service, endpoint_url=client.endpoint, region_name=region or client.region,
        aws_access_key_id=client.creds.access_key_id, aws_secret_access_key=client.creds.secret,
        config=ONE_TRY,
    )


def split(text):
    """The bytes of each record of a log file, whose frame is held against the format."""
    began, end = '{"Records":[', "]}\n"
    assert text.startswith(began) and text.endswith(end), text[-40:]
    decoder, place, found = json.JSONDecoder(), len(began), []
    while True:
        _, after = decoder.raw_decode(text, place)
        found.append(text[place:after])
        if text[after] != ",":
            assert text[after:] == end
            return found
        place = after + 1


def until(check, why, seconds=PATIENCE):
    """The first true answer of `check`, which is asked for so long."""
    deadline = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < deadline, f"it did not come in {seconds} s: {why}"
        time.sleep(0.1)


def run(command, env):
    return subprocess.run(
        [str(part) for part in command], env=env, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=120,
    )
