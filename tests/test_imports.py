"""Imports: what a bucket holds goes into a store once; what digests say that is not so is told."""

import gzip
import hashlib
import json
import random

import pytest

from conftest import REGION, boto, eventually, run, shell_env
from kit import server as servers
from test_trails import bucket_policy

BUCKET = "evidence"
REGIONS = [
    REGION, "us-east-1", "us-west-2", "eu-west-1", "eu-west-2", "eu-north-1", "ap-south-1",
    "ap-southeast-1", "ca-central-1", "sa-east-1",
]
HOURS = 10


class Lake:
    """A server with a bucket, an event data store and the command line."""

    def __init__(self, client):
        self.client = client
        self.s3 = boto(client, "s3")
        self.trails = boto(client, "cloudtrail")
        self.account = boto(client, "sts").get_caller_identity()["Account"]

    def tool(self, *args, code=0):
        done = run([servers.binary(), *args], shell_env(self.client))
        assert done.returncode == code, (args, done.stdout, done.stderr)
        return done.stdout.decode()

    def bucket(self, name):
        place = {"LocationConstraint": REGION}
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration=place)

    def store(self, name, days=3653):
        made = self.trails.create_event_data_store(
            Name=name, RetentionPeriod=days, TerminationProtectionEnabled=False,
            AdvancedEventSelectors=[{
                "FieldSelectors": [
                    {"Field": "eventCategory", "Equals": ["Management"]},
                    {"Field": "eventSource", "Equals": ["nothing.amazonaws.com"]},
                ],
            }],
        )
        arn = made["EventDataStoreArn"]

        def enabled():
            return self.trails.get_event_data_store(EventDataStore=arn)["Status"] == "ENABLED"

        eventually(enabled, 20)
        return arn

    def start(self, source, store):
        return self.tool("import", "start", "--from", source, "--into", store).strip()

    def end(self, import_id, within=120):
        def ended():
            found = self.trails.get_import(ImportId=import_id)
            return found if found["ImportStatus"] not in ("INITIALIZING", "IN_PROGRESS") else None

        return eventually(ended, within)

    def failures(self, import_id, status="FAILED"):
        pages = self.trails.get_paginator("list_import_failures").paginate(
            ImportId=import_id, PaginationConfig={"PageSize": 7}
        )
        entries = [entry for page in pages for entry in page["Failures"]]
        return {
            (entry["ErrorType"], entry["Location"].partition("s3://")[2].partition("/")[2])
            for entry in entries if entry["Status"] == status
        }

    def report(self, import_id):
        return json.loads(self.tool("import", "show", import_id, "-o", "json"))["Report"]

    def rows(self, store):
        """The eventIDs of a store's table, by SQL."""
        statement = f"SELECT eventid FROM {store.rpartition('/')[2]}"
        query = self.trails.start_query(QueryStatement=statement)["QueryId"]

        def finished():
            found = self.trails.get_query_results(QueryId=query, MaxQueryResults=1000)
            return found if found["QueryStatus"] not in ("QUEUED", "RUNNING") else None

        page = eventually(finished, 60)
        assert page["QueryStatus"] == "FINISHED", page
        found = []
        while True:
            found += [row[0]["eventid"] for row in page["QueryResultRows"]]
            if "NextToken" not in page:
                return found
            page = self.trails.get_query_results(
                QueryId=query, MaxQueryResults=1000, NextToken=page["NextToken"]
            )


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    data = tmp_path_factory.mktemp("imports") / "data"
    with servers.Server(data, args=["--region", REGION, "--dev"]) as server:
        yield Lake(server.client())


def record(event_id, at="2026-11-20T10:00:00Z"):
    return {
        "eventVersion": "1.11", "eventTime": at, "eventSource": "ec2.amazonaws.com",
        "eventName": "RunInstances", "awsRegion": REGION, "sourceIPAddress": "192.0.2.1",
        "userIdentity": {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"},
        "eventID": event_id, "eventType": "AwsApiCall", "managementEvent": True,
        "eventCategory": "Management", "recipientAccountId": "111122223333", "readOnly": False,
    }


def log_file(*records):
    text = json.dumps({"Records": list(records)}, separators=(",", ":")) + "\n"
    return gzip.compress(text.encode(), mtime=0)


class Foreign:
    """What a trail of AWS's leaves in a bucket, signed with a key that nobody here knows."""

    ACCOUNT = "111122223333"

    def __init__(self, hours, files):
        self.objects, self.events, self.logs, self.digests = {}, {}, [], []
        previous = None
        for hour in range(hours):
            listed = [self.log(hour, number) for number in range(files)]
            previous = self.digest(hour, listed, previous)

    def log(self, hour, number):
        day = f"2026/11/{20 + hour // 24:02}"
        at = f"202611{20 + hour // 24:02}T{hour % 24:02}{number % 11 * 5 + 5:02}Z"
        key = (
            f"AWSLogs/{self.ACCOUNT}/CloudTrail/{REGION}/{day}/"
            f"{self.ACCOUNT}_CloudTrail_{REGION}_{at}_{hour:08}{number:08}.json.gz"
        )
        ids = [f"{hour}-{number}-{event}" for event in range(3)]
        time = f"2026-11-{20 + hour // 24:02}T{hour % 24:02}:00:00Z"
        body = log_file(*(record(event_id, time) for event_id in ids))
        self.objects[key], self.events[key] = (body, {}), ids
        self.logs.append(key)
        return {
            "s3Bucket": "original", "s3Object": key,
            "hashValue": hashlib.sha256(gzip.decompress(body)).hexdigest(),
            "hashAlgorithm": "SHA-256", "newestEventTime": time, "oldestEventTime": time,
        }

    def digest(self, hour, listed, previous):
        def at(hour, mark="%s-%s-%sT%s:00:00Z"):
            return mark % ("2026", "11", f"{20 + hour // 24:02}", f"{hour % 24:02}")

        end = at(hour + 1, "%s%s%sT%s0000Z")
        day = at(hour + 1, "%s/%s/%s/%s").rpartition("/")[0]
        key = (
            f"AWSLogs/{self.ACCOUNT}/CloudTrail-Digest/{REGION}/{day}/"
            f"{self.ACCOUNT}_CloudTrail-Digest_{REGION}_main_{REGION}_{end}.json.gz"
        )
        before = previous or dict.fromkeys(("key", "hash", "signature"))
        text = json.dumps({
            "awsAccountId": self.ACCOUNT, "digestStartTime": at(hour), "digestEndTime": at(hour + 1),
            "digestS3Bucket": "original", "digestS3Object": key,
            "digestPublicKeyFingerprint": "0" * 32, "digestSignatureAlgorithm": "SHA256withRSA",
            "newestEventTime": None, "oldestEventTime": None,
            "previousDigestS3Bucket": previous and "original",
            "previousDigestS3Object": before["key"],
            "previousDigestHashValue": before["hash"],
            "previousDigestHashAlgorithm": previous and "SHA-256",
            "previousDigestSignature": before["signature"], "logFiles": listed,
        }, separators=(",", ":")).encode()
        signature = hashlib.sha512(text).hexdigest() * 4
        metadata = {"signature": signature, "signature-algorithm": "SHA256withRSA"}
        self.objects[key] = (gzip.compress(text, mtime=0), metadata)
        self.digests.append(key)
        return {"key": key, "hash": hashlib.sha256(text).hexdigest(), "signature": signature}

    def put(self, lake, bucket, prefix=""):
        for key, (body, metadata) in self.objects.items():
            lake.s3.put_object(Bucket=bucket, Key=prefix + key, Body=body, Metadata=metadata)


def test_a_theft_from_an_own_bucket_is_told_by_name(lake):
    """1% of the files removed, 10 altered, two neighbouring digests deleted: exactly those."""
    lake.bucket(BUCKET)
    policy = json.dumps(bucket_policy(BUCKET, lake.account))
    lake.s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)
    lake.trails.create_trail(
        Name="all", S3BucketName=BUCKET, IsMultiRegionTrail=True, EnableLogFileValidation=True
    )
    lake.trails.start_logging(Name="all")

    def keys(part):
        pages = lake.s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
        entries = [entry for page in pages for entry in page.get("Contents", [])]
        return sorted(entry["Key"] for entry in entries if part in entry["Key"] and entry["Size"])

    def digests():
        return {region: len(keys(f"/CloudTrail-Digest/{region}/")) for region in REGIONS}

    for hour in range(1, HOURS + 1):
        for region in REGIONS:
            boto(lake.client, "cloudtrail", region).describe_trails()
        lake.tool("dev", "advance", "6m")
        eventually(lambda: len(keys("/CloudTrail/")) >= len(REGIONS) * hour, 30)
        lake.tool("dev", "advance", "60m")
        eventually(lambda: min(digests().values()) >= hour, 30)
    written = digests()
    lake.trails.stop_logging(Name="all")
    # Each Region's chain ends with a digest of its own, and they do not come at once.
    eventually(lambda: all(now > before for now, before in zip(digests().values(), written.values())), 30)

    gone = keys(f"/CloudTrail-Digest/{REGIONS[2]}/")[4:6]
    unvouched = set()
    for key in gone:
        body = lake.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        named = json.loads(gzip.decompress(body))["logFiles"]
        unvouched |= {entry["s3Object"] for entry in named}
        lake.s3.delete_object(Bucket=BUCKET, Key=key)
    vouched = set()
    for key in keys("/CloudTrail-Digest/"):
        body = lake.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        vouched |= {entry["s3Object"] for entry in json.loads(gzip.decompress(body))["logFiles"]}
    logs = keys("/CloudTrail/")
    assert len(logs) >= len(REGIONS) * HOURS
    chosen = random.Random(5).sample(sorted(vouched), 10 + len(logs) // 100)
    altered, removed = chosen[:10], chosen[10:]
    for key in altered:
        lake.s3.put_object(Bucket=BUCKET, Key=key, Body=log_file(record("planted")))
    for key in removed:
        lake.s3.delete_object(Bucket=BUCKET, Key=key)

    store = lake.store("evidence")
    import_id = lake.start(f"s3://{BUCKET}/", store)
    assert lake.end(import_id)["ImportStatus"] == "FAILED"
    assert lake.failures(import_id) == (
        {("MissingLogFile", key) for key in removed}
        | {("TamperedLogFile", key) for key in altered}
        | {("MissingDigestFile", key) for key in gone}
    )
    report = lake.report(import_id)
    assert report["Digests"]["Signed"] == len(keys("/CloudTrail-Digest/"))
    assert report["Digests"]["Unsigned"] == report["Digests"]["Refused"] == 0
    assert report["Files"]["Imported"] == len(logs) - len(chosen)
    assert report["Files"]["Proven"] == len(vouched) - len(chosen)
    assert report["Files"]["Unlisted"] == 0
    events = sum(
        len(json.loads(gzip.decompress(lake.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()))["Records"])
        for key in keys("/CloudTrail/") if key not in altered
    )
    assert report["Events"]["Imported"] == events
    rows = lake.rows(store)
    assert len(rows) == events and "planted" not in rows


def test_a_foreign_bucket_is_followed_by_hashes_and_a_retry_doubles_nothing(lake):
    foreign = Foreign(hours=30, files=8)
    lake.bucket("copy")
    foreign.put(lake, "copy", "from-aws/")
    held = {}
    for key in (*foreign.logs[40:43], *foreign.digests[10:12]):
        held[key] = foreign.objects[key]
        lake.s3.delete_object(Bucket="copy", Key="from-aws/" + key)
    altered = foreign.logs[120]
    lake.s3.put_object(Bucket="copy", Key="from-aws/" + altered, Body=log_file(record("planted")))

    store = lake.store("foreign")
    import_id = lake.start("s3://copy/from-aws/AWSLogs/", store)
    assert lake.end(import_id)["ImportStatus"] == "FAILED"
    named = (
        {("MissingLogFile", "from-aws/" + key) for key in foreign.logs[40:43]}
        | {("TamperedLogFile", "from-aws/" + altered)}
        | {("MissingDigestFile", "from-aws/" + key) for key in foreign.digests[10:12]}
    )
    assert lake.failures(import_id) == named
    report = lake.report(import_id)
    assert report["Digests"]["Unsigned"] == 28 and report["Digests"]["Signed"] == 0
    assert report["Files"]["Proven"] == 0 and report["Files"]["Matched"] == 28 * 8 - 4

    for key, (body, metadata) in held.items():
        lake.s3.put_object(Bucket="copy", Key="from-aws/" + key, Body=body, Metadata=metadata)
    body, _ = foreign.objects[altered]
    lake.s3.put_object(Bucket="copy", Key="from-aws/" + altered, Body=body)
    lake.tool("import", "retry", import_id, "--wait")
    assert lake.end(import_id)["ImportStatus"] == "COMPLETED"
    assert lake.failures(import_id) == set()
    assert lake.failures(import_id, "SUCCEEDED") == named
    events = sorted(event_id for ids in foreign.events.values() for event_id in ids)
    assert lake.end(import_id)["ImportStatistics"]["EventsCompleted"] == len(events)
    assert sorted(lake.rows(store)) == events
    # Another import of the same files brings them again, as on AWS.
    other = lake.start("s3://copy/from-aws/AWSLogs/", store)
    assert lake.end(other)["ImportStatus"] == "COMPLETED"
    assert len(lake.rows(store)) == 2 * len(events)


def test_what_was_killed_goes_on_and_doubles_nothing(tmp_path):
    foreign = Foreign(hours=60, files=10)
    data = tmp_path / "data"
    server = servers.Server(data, args=["--region", REGION, "--dev"])
    server.start()
    try:
        lake = Lake(server.client())
        lake.bucket("copy")
        foreign.put(lake, "copy")
        store = lake.store("killed")
        import_id = lake.start("s3://copy/", store)
        kills = 0
        while True:
            found = lake.trails.get_import(ImportId=import_id)
            if found["ImportStatus"] not in ("INITIALIZING", "IN_PROGRESS"):
                break
            if kills < 8:
                kills += 1
                server.kill()
                server.start()
                lake = Lake(server.client())
        assert found["ImportStatus"] == "COMPLETED" and kills > 0, found
        events = sorted(event_id for ids in foreign.events.values() for event_id in ids)
        assert found["ImportStatistics"]["EventsCompleted"] == len(events)
        assert sorted(lake.rows(store)) == events
    finally:
        server.kill()


def test_foreign_files_and_old_events_stay_out(lake):
    lake.bucket("mixed")
    bodies = {
        "logs/good.json.gz": log_file(record("good"), record("old", "2025-01-01T00:00:00Z")),
        "logs/plain.json": json.dumps({"Records": [record("plain")]}).encode(),
        "logs/picture.png": b"\x89PNG",
        "logs/two.json.gz": log_file(record("one")) + log_file(record("two")),
    }
    for key, body in bodies.items():
        lake.s3.put_object(Bucket="mixed", Key=key, Body=body)
    store = lake.store("mixed", days=366)
    import_id = lake.start("s3://mixed/logs", store)
    assert lake.end(import_id)["ImportStatus"] == "FAILED"
    assert lake.failures(import_id) == {
        ("InvalidLogFile", key) for key in bodies if key != "logs/good.json.gz"
    }
    report = lake.report(import_id)
    assert report["Events"] == {"Imported": 1, "Expired": 1, "Other": 0}
    assert lake.rows(store) == ["good"]


def test_a_bucket_that_may_not_be_read_fails_by_name(lake):
    lake.bucket("closed")
    lake.s3.put_object(Bucket="closed", Key="logs/a.json.gz", Body=log_file(record("a")))
    lake.client.cairn("CreateRole", RoleName="weak", Admin=False, TrustedAccounts=[lake.account])
    deny = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::closed/*",
        "Condition": {"StringEquals": {
            "aws:PrincipalArn": f"arn:aws:iam::{lake.account}:role/weak",
        }},
    }]}
    lake.s3.put_bucket_policy(Bucket="closed", Policy=json.dumps(deny))
    store = lake.store("closed")
    role = f"arn:aws:iam::{lake.account}:role/weak"
    started = lake.tool(
        "import", "start", "--from", "s3://closed/logs/", "--into", store, "--role", role
    ).strip()
    assert lake.end(started)["ImportStatus"] == "FAILED"
    assert lake.failures(started) == {("AccessDenied", "logs/a.json.gz")}
    lake.s3.delete_bucket_policy(Bucket="closed")
    lake.tool("import", "retry", started, "--wait")
    assert lake.failures(started, "SUCCEEDED") == {("AccessDenied", "logs/a.json.gz")}
    assert lake.rows(store) == ["a"]


def test_an_import_that_waits_fails_with_a_code(lake):
    lake.bucket("broken")
    lake.s3.put_object(Bucket="broken", Key="logs/a.json.gz", Body=b"nothing")
    store = lake.store("broken")
    lake.tool(
        "import", "start", "--from", "s3://broken/logs/", "--into", store, "--wait", code=1
    )
    listed = json.loads(lake.tool("import", "list", "--into", store, "-o", "json"))["Imports"]
    assert [entry["ImportStatus"] for entry in listed] == ["FAILED"]
    shown = lake.tool("import", "show", listed[0]["ImportId"], "-o", "table")
    assert "status:     FAILED" in shown and "s3://broken/logs/a.json.gz" in shown
