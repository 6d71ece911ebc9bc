"""`cairn verify` and the stock validator on the same bucket, as it was written and attacked."""

import gzip
import json
import pathlib
import re
import sys

import pytest

from conftest import REGION, boto, eventually, run, shell_env
from kit import server as servers
from test_trails import bucket_policy

BUCKET = "evidence"
HOURS = 3
AWS = pathlib.Path(sys.executable).with_name("aws")


class Evidence:
    """A trail's bucket, its objects with their metadata, and both tools."""

    def __init__(self, client):
        self.client = client
        self.s3 = boto(client, "s3")
        self.key = self.tool("trail", "key").stdout.decode().strip()
        account = boto(client, "sts").get_caller_identity()["Account"]
        self.arn = f"arn:aws:cloudtrail:{REGION}:{account}:trail/all"
        self.start(account)
        self.written = self.objects()

    def start(self, account):
        self.s3.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        policy = json.dumps(bucket_policy(BUCKET, account))
        self.s3.put_bucket_policy(Bucket=BUCKET, Policy=policy)
        trails = boto(self.client, "cloudtrail")
        trails.create_trail(
            Name="all", S3BucketName=BUCKET, IsMultiRegionTrail=True, EnableLogFileValidation=True
        )
        trails.start_logging(Name="all")
        for hour in range(1, HOURS + 1):
            before = len(self.keys("CloudTrail/"))
            boto(self.client, "cloudtrail", "us-west-2").describe_trails()
            trails.describe_trails()
            self.tool("dev", "advance", "6m")
            eventually(lambda: len(self.keys("CloudTrail/")) >= before + 2, 20)
            # They are in the bucket a little before it is noted when they came, by which digests
            # name them: else they would have been stored in one hour and named in the next.
            eventually(lambda: self.waiting() == 0, 20)
            self.tool("dev", "advance", "60m")
            eventually(lambda: len(self.keys("CloudTrail-Proof/" + REGION)) >= hour, 20)
        trails.stop_logging(Name="all")
        # The last digests end both chains: nothing is waited for after them, however late it is.
        eventually(lambda: self.ends() == 2, 20)
        self.now = json.loads(self.tool("dev", "advance", "3h", "--output", "json").stdout)
        self.now = self.now["Clock"]["Now"]

    def waiting(self):
        """Log files whose delivery is not noted."""
        status, page = servers.plain_get(self.client.endpoint, "/metrics")
        assert status == 200, page
        return int(re.search(rb"^cairn_trail_waiting_files (\d+)$", page, re.M)[1])

    def tool(self, *args, code=0):
        done = run([servers.binary(), *args], shell_env(self.client))
        assert done.returncode == code, (args, done.stdout, done.stderr)
        return done

    def keys(self, part=""):
        listed = self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [entry["Key"] for entry in listed if part in entry["Key"] and entry["Size"]]

    def objects(self):
        found = {}
        for key in self.keys():
            answer = self.s3.get_object(Bucket=BUCKET, Key=key)
            found[key] = (answer["Body"].read(), answer["Metadata"])
        return found

    def ends(self):
        """How many proofs say that their chain ends there."""
        bodies = [body for key, (body, _) in self.objects().items() if "CloudTrail-Proof" in key]
        return sum(b'"ends":{' in body for body in bodies)

    def put(self, key, body, metadata=None):
        metadata = self.written.get(key, (b"", {}))[1] if metadata is None else metadata
        self.s3.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=metadata)

    def restore(self):
        now = self.objects()
        for key in now.keys() - self.written.keys():
            self.s3.delete_object(Bucket=BUCKET, Key=key)
        for key, (body, metadata) in self.written.items():
            if now.get(key) != (body, metadata):
                self.put(key, body, metadata)

    def verify(self, *args):
        command = [
            servers.binary(), "verify", "--trail", self.arn, "--key", self.key, "--end", self.now,
            *args,
        ]
        done = run(command, shell_env(self.client))
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def report(self):
        return json.loads(self.verify("--output", "json")[1])

    def stock(self):
        done = run([
            AWS, "cloudtrail", "validate-logs", "--trail-arn", self.arn,
            "--start-time", "2020-01-01T00:00:00Z", "--end-time", "2090-01-01T00:00:00Z",
        ], shell_env(self.client))
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    def logs(self):
        return sorted(key for key in self.written if f"CloudTrail/{REGION}" in key)

    def digests(self):
        return sorted(key for key in self.written if f"CloudTrail-Digest/{REGION}" in key)

    def proof(self, digest):
        return digest.replace("CloudTrail-Digest", "CloudTrail-Proof").removesuffix(".gz")


@pytest.fixture(scope="module")
def evidence(tmp_path_factory):
    data = tmp_path_factory.mktemp("verify") / "data"
    with servers.Server(data, args=["--region", REGION, "--dev"]) as server:
        yield Evidence(server.client())


@pytest.fixture
def bucket(evidence):
    yield evidence
    evidence.restore()


def test_both_tools_find_a_bucket_as_it_was_written_well(evidence):
    code, said, _ = evidence.verify()
    assert code == 0, said
    counts = evidence.report()["counts"]
    assert counts["chains"] == 2 and counts["digests"] == counts["proofs"] >= 2 * HOURS
    assert counts["logFiles"] >= 2 * HOURS and counts["uncovered"] == counts["pending"] == 0
    code, said = evidence.stock()
    assert code == 0 and "INVALID" not in said, said


def test_digests_alone_are_verified_with_the_keys_of_the_server(evidence):
    done = run(
        [servers.binary(), "verify", "--trail", evidence.arn, "--public-keys", "server"],
        shell_env(evidence.client),
    )
    # Without proofs nobody can say why there are no newer digests; nothing else is wrong.
    said = done.stdout.decode()
    assert done.returncode in (0, 3), (said, done.stderr)
    assert "tampered" not in said and "not said:" in said


def test_without_a_pinned_key_the_judged_server_is_asked_and_that_is_said(evidence):
    done = run([servers.binary(), "verify", "--trail", "all"], shell_env(evidence.client))
    assert done.returncode == 0, done.stderr
    assert b"no key is pinned" in done.stderr and evidence.key.encode() in done.stderr


def test_a_copy_is_verified_with_nothing_but_files_and_a_key(evidence, tmp_path):
    copied = run(
        [AWS, "s3", "sync", f"s3://{BUCKET}", tmp_path / "copy", "--quiet"],
        shell_env(evidence.client),
    )
    assert copied.returncode == 0, copied.stderr
    alone = [servers.binary(), "verify", "--files", tmp_path / "copy", "--key", evidence.key]
    done = run(alone, servers.clean_env())
    assert done.returncode == 0, (done.stdout, done.stderr)
    log = evidence.logs()[0]
    record = json.loads(gzip.decompress(evidence.written[log][0]))["Records"][0]
    event = [servers.binary(), "verify", "event", tmp_path / "copy" / log, record["eventID"]]
    done = run([*event, "--key", evidence.key], servers.clean_env())
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == record
    (tmp_path / "copy" / log).unlink()
    done = run(alone, servers.clean_env())
    assert done.returncode == 2 and log.encode() in done.stdout


def newest_deleted(bucket):
    for digest in bucket.digests()[-1:]:
        bucket.s3.delete_object(Bucket=BUCKET, Key=digest)
        bucket.s3.delete_object(Bucket=BUCKET, Key=bucket.proof(digest))
    return bucket.digests()[-2]


def all_deleted(bucket):
    for key in bucket.written:
        bucket.s3.delete_object(Bucket=BUCKET, Key=key)
    return ""


def second_member(bucket):
    log = bucket.logs()[0]
    bucket.put(log, bucket.written[log][0] + gzip.compress(b'{"Records":[{"eventID":"x"}]}\n'))
    return log


def garbage_on_a_log(bucket):
    log = bucket.logs()[0]
    bucket.put(log, bucket.written[log][0] + b"garbage")
    return log


def garbage_on_a_digest(bucket):
    digest = bucket.digests()[1]
    bucket.put(digest, bucket.written[digest][0] + b"garbage")
    return digest


def header_bit(bucket):
    log = bucket.logs()[0]
    body = bytearray(bucket.written[log][0])
    body[4] ^= 1
    bucket.put(log, bytes(body))
    return log


def planted_log(bucket):
    log = bucket.logs()[0]
    planted = log[: -len("XXXXXXXXXXXXXXXX.json.gz")] + "PLANTEDPLANTED22.json.gz"
    bucket.put(planted, gzip.compress(b'{"Records":[]}\n', mtime=0), {})
    return planted


def middle_deleted(bucket):
    digest = bucket.digests()[1]
    bucket.s3.delete_object(Bucket=BUCKET, Key=digest)
    return digest


def log_deleted(bucket):
    log = bucket.logs()[0]
    bucket.s3.delete_object(Bucket=BUCKET, Key=log)
    return log


def record_cut_out(bucket):
    log = bucket.logs()[0]
    document = json.loads(gzip.decompress(bucket.written[log][0]))
    del document["Records"][0]
    text = json.dumps(document, separators=(",", ":")) + "\n"
    bucket.put(log, gzip.compress(text.encode(), mtime=0))
    return log


def proof_deleted(bucket):
    proof = bucket.proof(bucket.digests()[1])
    bucket.s3.delete_object(Bucket=BUCKET, Key=proof)
    return proof


def region_deleted(bucket):
    for key in bucket.written:
        if "us-west-2/" in key:
            bucket.s3.delete_object(Bucket=BUCKET, Key=key)
    return "in us-west-2, which is not there"


# Attack, the exit code of `cairn verify`, and whether the stock tool notices.
ATTACKS = [
    # Incomplete where the proof of another Region names the one that is gone.
    (newest_deleted, (2, 3), False),
    (all_deleted, 2, False),
    (second_member, 1, False),
    (garbage_on_a_log, 1, False),
    (garbage_on_a_digest, 1, False),
    (header_bit, 1, False),
    (planted_log, 1, False),
    (middle_deleted, 2, True),
    (log_deleted, 2, True),
    (record_cut_out, 1, True),
    (proof_deleted, 2, False),
    (region_deleted, 2, False),
]


@pytest.mark.parametrize("attack, code, noticed", ATTACKS, ids=lambda value: getattr(value, "__name__", ""))
def test_an_attack_is_named(bucket, attack, code, noticed):
    place = attack(bucket)
    found, said, _ = bucket.verify()
    assert found != 0 and place in said, (found, said)
    assert found in (code if isinstance(code, tuple) else (code,)), said
    stock, output = bucket.stock()
    assert (stock != 0) == noticed, output


def test_wrong_usage_is_no_verdict(evidence):
    done = run([servers.binary(), "verify", "--start", "noon"], shell_env(evidence.client))
    assert done.returncode == 64 and b"write a time as" in done.stderr
    done = run([servers.binary(), "verify", "--trail", "none"], shell_env(evidence.client))
    assert done.returncode == 4 and b"there is no trail 'none'" in done.stderr
    nobody = shell_env(evidence.client, AWS_SECRET_ACCESS_KEY="wrong")
    assert run([servers.binary(), "verify"], nobody).returncode == 5
