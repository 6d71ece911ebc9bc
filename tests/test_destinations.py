"""Trails that deliver to somebody else's S3, KMS and SNS: to an emulator on the loopback."""

import gzip
import json

import boto3
import pytest

from conftest import REGION, new_account
from fidelity.upstream import Upstream as Emulator
from kit import records
from kit import server as servers
from kit.trail import DIGESTS, LOGS, PROOFS, Trail, boto, until

KEY, SECRET = "AKIAEXAMPLEOUTSIDE01", "outside-secret"
HOUR = 3600


@pytest.fixture(scope="module")
def outside():
    with Emulator() as emulator:
        yield emulator


def settings(name, url, secret=SECRET):
    root = f"CAIRN_DESTINATION_{name}"
    return {
        f"{root}_URL": url, f"{root}_ACCESS_KEY_ID": KEY, f"{root}_SECRET_ACCESS_KEY": secret,
    }


def serve(data, args=(), **env):
    env = {"CAIRN_TRAIL_PAUSE_SECONDS": "1", **env}
    return servers.Server(data, args=["--region", REGION, "--dev", *args], env=env)


def client_of(endpoint, service):
    return boto3.client(
        service, endpoint_url=endpoint, region_name=REGION,
        aws_access_key_id=KEY, aws_secret_access_key=SECRET,
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory, outside):
    data = tmp_path_factory.mktemp("destinations") / "data"
    s3 = {name: value for name, value in settings("S3", "").items() if not name.endswith("_URL")}
    env = {**s3, **settings("KMS", outside.endpoint), **settings("SNS", outside.endpoint)}
    with serve(data, ["--s3-endpoint", outside.endpoint], **env) as running:
        yield running
        assert "panicked" not in running.said()


@pytest.fixture
def trail(server, outside):
    return outside_trail(server, outside)


def outside_trail(server, outside, **options):
    account = new_account(server.client())
    s3 = client_of(outside.endpoint, "s3")
    return Trail(server, account, s3=s3, **options).make_bucket()


def happen(trail, count=3):
    of = {"account": trail.id, "awsRegion": REGION}
    made = [records.record("RunInstances", **of) for _ in range(count)]
    assert trail.client.ingest(records.log_file(made))["Stored"] == count
    return {one["eventID"] for one in made}


def delivered(trail, ids):
    trail.pass_windows(lambda: ids <= trail.delivered().keys(), "records in the bucket")


def test_files_lie_in_the_other_store(trail):
    trail.create()
    trail.start()
    delivered(trail, happen(trail))
    trail.advance(HOUR)
    trail.wait(DIGESTS, 1)
    trail.end()
    for name in trail.keys(LOGS):
        head = trail.s3.head_object(Bucket=trail.bucket, Key=name)
        assert (head["ContentType"], head["ContentEncoding"]) == ("application/json", "gzip")
    for name in trail.keys(DIGESTS):
        metadata = trail.s3.head_object(Bucket=trail.bucket, Key=name)["Metadata"]
        assert metadata["signature-algorithm"] == "SHA256withRSA" and metadata["signature"]
    # The S3 inside answers nobody here: its place is taken.
    inside = trail.client.call("s3", "GET", f"/{trail.bucket}", {}, b"")
    assert inside.status != 200


def test_what_has_its_key_already_is_not_overwritten(trail, outside):
    trail.create()
    trail.start()
    delivered(trail, happen(trail))
    trail.advance(HOUR)
    trail.wait(DIGESTS, 1)
    trail.end()
    planted = trail.keys()[0]
    before = trail.bodies()
    strange = gzip.compress(b'{"Records":[]}\n')
    trail.s3.put_object(Bucket=trail.bucket, Key=planted, Body=strange)
    trail.cairn("trail", "redeliver", trail.name)
    until(lambda: any("ERROR" in line and planted in line
                      for line in trail.server.said().splitlines()), "a word about the file")
    assert trail.body(trail.bucket, planted) == strange
    assert all(trail.body(*place) == body for place, body in before.items() if place[1] != planted)


def test_notices_go_to_the_other_topic(trail, outside):
    sns, sqs = client_of(outside.endpoint, "sns"), client_of(outside.endpoint, "sqs")
    topic = sns.create_topic(Name=f"news-{trail.id}")["TopicArn"]
    url = sqs.create_queue(QueueName=f"news-{trail.id}")["QueueUrl"]
    about = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    queue = about["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    allow = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
             "Action": "SNS:Publish", "Resource": topic}
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy",
        AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": [allow]}),
    )
    trail.create(SnsTopicName=topic)
    trail.start()
    delivered(trail, happen(trail))
    trail.end()
    keys = []

    def told():
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        for one in found:
            message = json.loads(json.loads(one["Body"])["Message"])
            assert list(message) == ["s3Bucket", "s3ObjectKey"]
            assert message["s3Bucket"] == trail.bucket
            keys.extend(message["s3ObjectKey"])
        return set(keys) == set(trail.keys())

    until(told, "a notice for every file")


def test_the_other_kms_has_the_key(trail, outside):
    kms = client_of(outside.endpoint, "kms")
    allow = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
             "Action": "kms:*", "Resource": "*"}
    key = kms.create_key(
        Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    )["KeyMetadata"]["Arn"]
    assert trail.create(KmsKeyId=key)["KmsKeyId"] == key
    trail.start()
    delivered(trail, happen(trail))
    trail.end()
    for folder in (LOGS, DIGESTS, PROOFS):
        for name in trail.keys(folder):
            head = trail.s3.head_object(Bucket=trail.bucket, Key=name)
            assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def failing(trail):
    status = trail.status()
    return status if status.get("LatestDeliveryError") else None


def test_an_endpoint_that_nobody_listens_at(tmp_path, outside):
    """The server starts again with a wrong address, and then with the right one."""
    wrong = "http://127.0.0.1:9"
    with serve(tmp_path / "data", **settings("S3", outside.endpoint)) as server:
        trail = outside_trail(server, outside)
        trail.create()
        trail.start()
        server.stop()
        server.listen = server.endpoint.partition("//")[2]
        server.env.update(settings("S3", wrong))
        server.start()
        trail.client.close()
        ids = happen(trail)
        status = trail.pass_windows(lambda: failing(trail), "an error of the address")
        assert not ids & trail.delivered().keys(), status
        server.stop()
        server.env.update(settings("S3", outside.endpoint))
        server.start()
        trail.client.close()
        delivered(trail, ids)
        trail.wait_status(lambda status: not status.get("LatestDeliveryError"))
        trail.end()
        assert "panicked" not in server.said()


def test_credentials_that_the_other_store_does_not_know(tmp_path):
    """The other store is a Cairn, which knows its keys and is strict about them."""
    there = servers.Server(tmp_path / "there", args=["--region", REGION])
    with there:
        key = there.bootstrap()
        good = {
            "CAIRN_DESTINATION_S3_URL": there.endpoint,
            "CAIRN_DESTINATION_S3_ACCESS_KEY_ID": key["access_key_id"],
            "CAIRN_DESTINATION_S3_SECRET_ACCESS_KEY": key["secret_access_key"],
        }
        s3 = boto3.client(
            "s3", endpoint_url=there.endpoint, region_name=REGION,
            aws_access_key_id=key["access_key_id"], aws_secret_access_key=key["secret_access_key"],
        )
        with serve(tmp_path / "data", **good) as server:
            trail = Trail(server, new_account(server.client()), s3=s3).make_bucket()
            trail.create()
            trail.start()
            server.stop()
            server.listen = server.endpoint.partition("//")[2]
            server.env["CAIRN_DESTINATION_S3_SECRET_ACCESS_KEY"] = "wrong"
            server.start()
            trail.client.close()
            ids = happen(trail)
            status = trail.pass_windows(lambda: failing(trail), "a refusal")
            assert status["LatestDeliveryError"] == "SignatureDoesNotMatch"
            server.stop()
            server.env.update(good)
            server.start()
            trail.client.close()
            delivered(trail, ids)
            # The readers have another key here than there, which the command line cannot have.
            trail.stop()
            trail.settle()
            trail.records()
            trail.wait_status(lambda status: not status.get("LatestDeliveryError"))


def upstream(url, **members):
    members = {"url": url, **members}
    return {f"CAIRN_UPSTREAM_S3_{name.upper()}": value for name, value in members.items()}


def test_an_upstream_under_own_credentials_is_the_destination(tmp_path, outside):
    env = upstream(outside.endpoint, access_key_id=KEY, secret_access_key=SECRET)
    with serve(tmp_path / "data", **env) as server:
        trail = outside_trail(server, outside)
        trail.create()
        trail.start()
        delivered(trail, happen(trail))
        trail.end()
        # What clients see as their bucket through the gateway is the trail's.
        through = boto(server.client(), "s3").list_objects_v2(Bucket=trail.bucket)["Contents"]
        assert {one["Key"] for one in through} >= set(trail.keys())


def test_an_upstream_without_credentials_is_not(tmp_path, outside):
    """Trails deliver to the S3 inside, where clients do not come: the bucket is not there."""
    with serve(tmp_path / "data", **upstream(outside.endpoint)) as server:
        trail = outside_trail(server, outside)
        answer = trail.client.cloudtrail(
            "CreateTrail", Name=trail.name, S3BucketName=trail.bucket
        )
        assert (answer.status, answer.error) == (400, "S3BucketDoesNotExistException")


def test_a_destination_beside_an_upstream_without_credentials(tmp_path, outside):
    env = {**upstream(outside.endpoint), **settings("S3", outside.endpoint)}
    with serve(tmp_path / "data", **env) as server:
        trail = outside_trail(server, outside)
        trail.create()
        trail.start()
        delivered(trail, happen(trail))
        trail.end()
