"""Trails from the first event to the last digest. Each scenario ends with `validate-logs` and
`cairn verify` content, and every selected record delivered once, byte for byte.
"""

import json
import time

import pytest
from botocore.exceptions import ClientError

from conftest import REGION, new_account
from kit import records
from kit import server as servers
from kit.trail import DAY, DIGESTS, LOGS, PROOFS, Trail, until
from test_trails import key_policy

WINDOW, HOUR = 300, 3600
ENV = {"CAIRN_TRAIL_PAUSE_SECONDS": "1"}
OPTIONS = {"args": ["--region", REGION, "--dev"], "env": ENV}


@pytest.fixture(scope="module")
def moving(tmp_path_factory):
    """One server for all scenarios that need it alive; its clock only goes ahead."""
    data = tmp_path_factory.mktemp("delivery") / "data"
    with servers.Server(data, **OPTIONS) as running:
        yield running
        assert running.process.poll() is None, running.said()[-4000:]
        assert "panicked" not in running.said()


@pytest.fixture
def own(tmp_path):
    """A server that the scenario may stop and kill."""
    with servers.Server(tmp_path / "data", **OPTIONS) as running:
        yield running
        assert "panicked" not in running.said()


@pytest.fixture
def trail(moving):
    return Trail(moving, new_account(moving.client())).make_bucket()


@pytest.fixture
def own_trail(own):
    return Trail(own, new_account(own.client())).make_bucket()


def happen(trail, count=3, **changes):
    """Events of that many calls; gives their ids."""
    changes = {"awsRegion": REGION, **changes}
    made = [records.record("RunInstances", account=trail.id, **changes) for _ in range(count)]
    counts = trail.client.ingest(records.log_file(made))
    assert counts["Stored"] == count
    return {one["eventID"] for one in made}


def window(trail, count=3, **changes):
    """Events, and the end of their window; they are delivered."""
    ids = happen(trail, count, **changes)
    delivered(trail, ids)
    return ids


def delivered(trail, ids):
    trail.pass_windows(lambda: ids <= trail.delivered().keys(), "records in the bucket")


def test_the_usual_day(trail):
    trail.create()
    trail.start()
    for _ in range(3):
        window(trail)
    trail.advance(HOUR)
    trail.wait(DIGESTS, 1)
    ids = happen(trail)
    valid = trail.end()
    assert valid.digests == len(trail.keys(DIGESTS)) >= 2
    assert valid.logs == len(trail.keys()) >= 4
    assert ids <= trail.delivered().keys()
    names = [one.record["eventName"] for one in trail.delivered().values()]
    assert names.count("StartLogging") == names.count("StopLogging") == 1


def test_hours_without_events_have_digests(trail):
    trail.create()
    trail.start()
    window(trail)
    for hours in range(1, 6):
        trail.advance(HOUR)
        trail.wait(DIGESTS, hours)
    valid = trail.end()
    empty = [one for one in trail.digests().values() if not one["logFiles"]]
    assert len(empty) >= 3 and valid.digests >= 6
    assert all(one["newestEventTime"] is None for one in empty)


# The server ends in the middle.


def again(trail, kill=True):
    """The server ends and starts at the same address."""
    server = trail.server
    if kill:
        server.kill()
    else:
        assert server.stop() == 0
    server.listen = server.endpoint.partition("//")[2]
    server.start()
    trail.client.close()


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_a_restart_in_the_middle_of_a_window(own_trail, kill):
    trail = own_trail
    trail.create()
    trail.start()
    window(trail)
    ids = happen(trail, 20)
    again(trail, kill)
    ids |= happen(trail, 20)
    delivered(trail, ids)
    trail.advance(HOUR)
    trail.wait(DIGESTS, 1)
    trail.end()


def test_kills_during_delivery_and_around_digests(own_trail):
    trail = own_trail
    trail.create()
    trail.start()
    ids = set()
    for moment in range(6):
        ids |= happen(trail, 30)
        # Windows and digests by turns; the kill comes a little later each time.
        trail.advance(HOUR if moment % 2 else WINDOW)
        time.sleep(0.07 * moment)
        again(trail)
    delivered(trail, ids)
    trail.end()


# Chains.


def test_stop_and_start_is_a_new_chain_and_a_gap(trail):
    trail.create()
    trail.start()
    window(trail)
    trail.stop()
    trail.settle(1)
    silent = happen(trail)
    trail.advance(2 * HOUR)
    trail.start()
    window(trail)
    trail.end(gaps=1, ends=2)
    assert not silent & trail.delivered().keys()
    starts = [one for one in trail.digests().values() if one["previousDigestS3Object"] is None]
    assert len(starts) == 2


def test_the_keys_change_every_day(trail):
    trail.create()
    trail.start()
    window(trail)
    trail.advance(HOUR)
    trail.wait(DIGESTS, 1)
    trail.advance(DAY)
    trail.wait(DIGESTS, 20)
    window(trail)
    trail.advance(HOUR)
    valid = trail.end()
    signed = {one["digestPublicKeyFingerprint"] for one in trail.digests().values()}
    assert len(signed) >= 2 and valid.digests >= 20
    now = time.time()
    listed = trail.trails.list_public_keys(StartTime=now - DAY, EndTime=now + 40 * DAY)
    assert signed <= {key["Fingerprint"] for key in listed["PublicKeyList"]}


def test_each_region_has_a_chain(trail):
    regions = ("us-east-1", "eu-west-1")
    trail.create()
    trail.start()
    for hours in range(1, 4):
        for region in regions:
            there = trail.client.in_region(region)
            assert there.cloudtrail("ListTrails").status == 200
            there.close()
        trail.advance(HOUR)
        trail.wait(DIGESTS, hours)
    for region in regions:
        until(lambda: any(f"/{region}/" in key for key in trail.keys(DIGESTS)), region)
    trail.end()
    for region in regions:
        valid = trail.validate(region)
        assert valid.digests >= 2 and valid.logs >= 2
    found = trail.delivered().values()
    assert {one.key.split("/")[3] for one in found} == {*regions, REGION}
    assert all(one.record["awsRegion"] == one.key.split("/")[3] for one in found)


def test_a_trail_of_one_region(trail):
    trail.create(IsMultiRegionTrail=False)
    trail.start()
    other = happen(trail, awsRegion="eu-west-1")
    mine = window(trail, awsRegion=REGION)
    trail.end(lambda record: record["awsRegion"] == REGION or record["awsRegion"] == "us-east-1"
              and record["eventSource"] in ("iam.amazonaws.com", "sts.amazonaws.com"))
    assert mine <= trail.delivered().keys() and not other & trail.delivered().keys()


@pytest.mark.parametrize("prefix", ["", "audit"])
def test_a_trail_that_moves_takes_its_chain_along(trail, prefix, tmp_path):
    trail.create()
    trail.start()
    window(trail)
    trail.advance(HOUR)
    first = trail.wait(DIGESTS, 1)
    trail.move(f"{trail.bucket}-new", prefix)
    ids = window(trail)
    trail.advance(HOUR)
    trail.wait(DIGESTS, len(first) + 1)
    trail.end()
    chain = trail.digests().values()
    places = {(one["digestS3Bucket"], one["previousDigestS3Bucket"]) for one in chain}
    old, new = (bucket for bucket, _ in trail.places)
    assert (new, old) in places
    root, found = f"{prefix}/AWSLogs/".lstrip("/"), trail.delivered()
    assert all(found[event].key.startswith(root) for event in ids)
    copies = trail.save(tmp_path / "copies")
    trail.verify(*(part for copy in copies for part in ("--files", copy)))


def test_validation_that_begins_later(trail):
    trail.create(EnableLogFileValidation=False)
    trail.start()
    window(trail)
    trail.trails.update_trail(Name=trail.name, EnableLogFileValidation=True)
    window(trail)
    trail.advance(HOUR)
    trail.wait(DIGESTS, 1)
    trail.stop()

    def named():
        return {log["s3Object"] for one in trail.digests().values() for log in one["logFiles"]}

    # The last digest is cut when everything was delivered.
    last = trail.wait_for("StopLogging").key
    until(lambda: last in named(), "the last log file in a digest")
    order = {
        json.loads(hit["Record"])["eventID"]: hit["Seq"]
        for hit in trail.client.search(MaxResults=1000)
    }
    change = order[trail.wait_for("UpdateTrail").record["eventID"]]
    found = trail.delivered()
    early = {one.key for event, one in found.items() if order[event] < change}
    late = {one.key for event, one in found.items() if order[event] > change}
    # The window that validation came into is sealed early: no file is of both times.
    assert early and late <= named() and not early & named()
    valid = trail.validate()
    assert valid.digests == len(trail.keys(DIGESTS)) and valid.logs == len(named())
    trail.verify()
    trail.records()


# A bucket that does not take what it gets.


def failing(trail):
    status = trail.status()
    return status if status.get("LatestDeliveryError") else None


def broken_for_two_hours(trail, error, mend):
    """Nothing is delivered, the status says why, and then everything comes."""
    ids = happen(trail)
    status = trail.pass_windows(lambda: failing(trail), "a refusal")
    assert status["LatestDeliveryError"] == error
    for _ in range(5):
        ids |= happen(trail)
        trail.advance(HOUR // 2)
    assert failing(trail)
    mend()
    delivered(trail, ids)
    status = trail.wait_status(lambda status: not status.get("LatestDeliveryError"))
    assert status["LatestDeliveryAttemptSucceeded"] == status["LatestDeliveryAttemptTime"]
    trail.advance(HOUR)
    return ids


def test_a_broken_policy_delays_and_loses_nothing(trail):
    trail.create()
    trail.start()
    window(trail)
    trail.advance(HOUR)
    trail.wait(DIGESTS, 1)
    trail.s3.delete_bucket_policy(Bucket=trail.bucket)
    broken_for_two_hours(trail, "AccessDenied", trail.allow)
    valid = trail.end()
    assert valid.backfills >= 1
    assert "(backfill) Digest file" in valid.text


def test_a_bucket_that_is_gone_for_two_hours(trail):
    trail.create()
    trail.start()
    for one in trail.s3.list_objects_v2(Bucket=trail.bucket).get("Contents", []):
        trail.s3.delete_object(Bucket=trail.bucket, Key=one["Key"])
    trail.s3.delete_bucket(Bucket=trail.bucket)
    broken_for_two_hours(trail, "NoSuchBucket", trail.make_bucket)
    trail.end()


def test_a_disabled_key_delays_and_loses_nothing(trail):
    kms = trail.boto("kms")
    key = kms.create_key(Policy=json.dumps(key_policy(trail.id)))["KeyMetadata"]["Arn"]
    trail.create(KmsKeyId=key)
    trail.start()
    window(trail)
    trail.advance(HOUR)
    trail.wait(DIGESTS, 1)
    kms.disable_key(KeyId=key)
    broken_for_two_hours(trail, "KMS.DisabledException", lambda: kms.enable_key(KeyId=key))
    trail.end()
    for folder in (LOGS, DIGESTS, PROOFS):
        for name in trail.keys(folder):
            head = trail.s3.head_object(Bucket=trail.bucket, Key=name)
            assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key), name


# What is selected, told, made again, counted.


def touched(bucket, key, account):
    """A data event of an object."""
    return records.record(
        "GetObject", "s3.amazonaws.com", account=account, awsRegion=REGION, eventCategory="Data",
        managementEvent=False, readOnly=True,
        requestParameters={"bucketName": bucket, "key": key},
        resources=[
            {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{bucket}/{key}"},
            {"accountId": account, "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
        ],
    )


def objects_of(bucket):
    return [{
        "Name": "Log objects of the sensitive bucket",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            {"Field": "resources.ARN", "StartsWith": [f"arn:aws:s3:::{bucket}/"]},
        ],
    }]


def test_objects_of_one_sensitive_bucket(trail, aws):
    sensitive, other = f"{trail.bucket}-sensitive", f"{trail.bucket}-other"
    for bucket in (sensitive, other):
        trail.s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    trail.create()
    aws(
        trail.client, "cloudtrail", "put-event-selectors", "--trail-name", trail.name,
        "--advanced-event-selectors", json.dumps(objects_of(sensitive)),
    )
    trail.start()
    # What is selected is recorded from the answer of StartLogging on.
    for bucket in (sensitive, other):
        trail.s3.put_object(Bucket=bucket, Key="salaries.csv", Body=b"1,2,3")
        trail.s3.get_object(Bucket=bucket, Key="salaries.csv")["Body"].read()
    made = [touched(bucket, "old.csv", trail.id) for bucket in (sensitive, other)]
    trail.client.ingest(records.log_file(made))
    trail.pass_windows(lambda: objects(trail) >= {"salaries.csv", "old.csv"}, "data events")
    trail.end(lambda record: record["eventCategory"] == "Data"
              and record["resources"][0]["ARN"].startswith(f"arn:aws:s3:::{sensitive}/"), ends=0)
    found = [one.record for one in trail.delivered().values()]
    assert sorted(one["eventName"] for one in found) == ["GetObject", "GetObject", "PutObject"]
    assert {one["requestParameters"]["bucketName"] for one in found} == {sensitive}


def objects(trail):
    return {one.record["requestParameters"]["key"] for one in trail.delivered().values()}


def test_a_notice_for_each_window(trail):
    sqs, sns = trail.boto("sqs"), trail.boto("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    url = sqs.create_queue(QueueName="news")["QueueUrl"]
    about = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    queue = about["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    sns.set_topic_attributes(
        TopicArn=topic, AttributeName="Policy",
        AttributeValue=policy({**allow, "Action": "SNS:Publish", "Resource": topic}),
    )
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy({
        **allow, "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue,
    })})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    trail.create(SnsTopicName=topic)
    trail.start()
    for _ in range(3):
        window(trail)
    trail.end()
    said = []

    def told():
        found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        said.extend(json.loads(one["Body"]) for one in found)
        return sum(one["Message"].count(".json.gz") for one in said) >= len(trail.keys())

    until(told, "a notice for every file")
    keys = []
    for envelope in said:
        assert (envelope["Type"], envelope["TopicArn"]) == ("Notification", topic)
        assert "Subject" not in envelope
        message = json.loads(envelope["Message"])
        assert envelope["Message"] == json.dumps(
            {"s3Bucket": trail.bucket, "s3ObjectKey": message["s3ObjectKey"]}, separators=(",", ":")
        )
        keys += message["s3ObjectKey"]
    assert sorted(keys) == sorted(trail.keys()) and len(said) == len(keys)
    status = trail.status()
    assert status["LatestNotificationAttemptSucceeded"] and "LatestNotificationError" not in status


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def test_what_a_bucket_lost_is_made_again(trail):
    trail.create()
    trail.start()
    for _ in range(3):
        window(trail)
    trail.advance(HOUR)
    trail.wait(DIGESTS, 1)
    trail.end()
    before = trail.bodies()
    signed = {key: head(trail, key)["Metadata"] for key in trail.keys(DIGESTS)}
    lost = [*trail.objects(), *trail.objects(DIGESTS)]
    for bucket, key in lost:
        trail.s3.delete_object(Bucket=bucket, Key=key)
    assert not trail.keys() and not trail.keys(DIGESTS)
    trail.cairn("trail", "redeliver", trail.name)
    until(lambda: len(trail.bodies()) >= len(before), "what was lost")
    assert trail.bodies() == before
    assert {key: head(trail, key)["Metadata"] for key in signed} == signed
    trail.check()


def head(trail, key):
    return trail.s3.head_object(Bucket=trail.bucket, Key=key)


def test_a_rehearsal_counts_what_is_delivered(trail, tmp_path):
    def some():
        made = [touched("vault", f"{n}.txt", trail.id) for n in range(10)]
        made += [touched("attic", f"{n}.txt", trail.id) for n in range(5)]
        trail.client.ingest(records.log_file(made))

    some()
    selectors = tmp_path / "selectors.json"
    selectors.write_text(json.dumps(objects_of("vault")))

    def rehearse():
        done = trail.cairn(
            "trail", "rehearse", "--advanced-event-selectors", selectors, "--multi-region",
            "--since", "7d", "-o", "json",
        )
        return json.loads(done.stdout)["Rehearsal"]

    first = rehearse()
    trail.create()
    trail.trails.put_event_selectors(
        TrailName=trail.name, AdvancedEventSelectors=objects_of("vault")
    )
    trail.start()
    some()
    trail.pass_windows(lambda: len(trail.delivered()) >= 10, "data events")
    trail.end(lambda record: record["eventCategory"] == "Data"
              and record["requestParameters"]["bucketName"] == "vault", ends=0)
    found = trail.delivered().values()
    size = sum(len(one.text.encode()) for one in found)
    assert (first["Events"], first["Bytes"]) == (len(found), size) == (10, size)
    assert rehearse()["Events"] == 20


# Whose bucket it is.


def test_another_accounts_bucket(moving, trail):
    """`trail` has the bucket; another account's trail wants it."""
    bucket = trail.bucket
    other = Trail(moving, new_account(moving.client()), bucket=bucket)
    code = "InsufficientS3BucketPolicyException"

    def let(**condition):
        """The owner lets the other account's trails in, under a condition, and it may read."""
        found = other.policy(**condition)
        found["Statement"].append({
            "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{other.id}:root"},
            "Action": ["s3:Get*", "s3:List*"],
            "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        })
        trail.s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(found))

    def refused():
        with pytest.raises(ClientError) as caught:
            other.create()
        error = caught.value.response["Error"]
        assert error == {
            "Code": code, "Message": f"Incorrect S3 bucket policy is detected for bucket: {bucket}",
        }

    refused()
    stranger = {"aws:SourceArn": f"arn:aws:cloudtrail:{REGION}:{other.id}:trail/stranger"}
    let(**stranger)
    refused()
    let(**{"aws:SourceAccount": trail.id})
    refused()
    mine = {"aws:SourceArn": other.arn}
    let(**mine)
    other.create()
    other.start()
    window(other)
    # A deputy is held against the policy with each file, not only when the trail is made.
    let(**stranger)
    ids = happen(other)
    status = other.pass_windows(lambda: failing(other), "a refusal")
    assert status["LatestDeliveryError"] == "AccessDenied"
    assert not ids & other.delivered().keys()
    let(**mine)
    delivered(other, ids)
    other.end()


# The end of a trail.


def test_a_deleted_trail_has_a_last_digest_and_its_name_is_free(trail):
    trail.create()
    trail.start()
    window(trail)
    trail.advance(HOUR)
    before = len(trail.wait(DIGESTS, 1))
    ids = happen(trail)
    trail.trails.delete_trail(Name=trail.name)
    delivered(trail, ids)
    trail.settle(ends=0, digests=before + 1)
    logs = trail.keys()
    assert any(logs[-1] in {log["s3Object"] for log in one["logFiles"]}
               for one in trail.digests().values())
    trail.check(s3_bucket=trail.bucket)

    trail.create()
    trail.start()
    window(trail)
    trail.end(gaps=1)
    starts = [one for one in trail.digests().values() if one["previousDigestS3Object"] is None]
    assert len(starts) == 2


def test_the_record_of_stopping_is_the_last(trail):
    trail.create()
    trail.start()
    happen(trail)
    trail.stop()
    late = happen(trail)
    trail.settle()
    trail.check()
    assert not late & trail.delivered().keys()
    stops = [one for one in trail.delivered().values() if one.record["eventName"] == "StopLogging"]
    assert len(stops) == 1
