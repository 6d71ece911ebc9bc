"""LookupEvents as aws CLI and boto3 see it."""

import datetime
import json

import pytest

from kit import records

DAY = 86_400
ATTRIBUTES = {
    "EventId": "needle-event-id",
    "EventName": "CreateTrail",
    "ReadOnly": "true",
    "Username": "mallory",
    "ResourceType": "AWS::S3::Bucket",
    "ResourceName": "arn:aws:s3:::needle-bucket",
    "EventSource": "kms.amazonaws.com",
    "AccessKeyId": "AKIANEEDLE1111111111",
}


def utc(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def attribute(key, value):
    return [{"AttributeKey": key, "AttributeValue": value}]


def ids(page):
    return [event["EventId"] for event in page["Events"]]


def hay_and_needle(key):
    """Records that differ from the needle only in what `key` looks at."""
    bucket = [{"accountId": records.ACCOUNT, "type": "AWS::S3::Bucket",
               "ARN": "arn:aws:s3:::needle-bucket"}]
    needle = {
        "EventId": {"eventID": "needle-event-id"},
        "EventName": {"name": "CreateTrail"},
        "ReadOnly": {"readOnly": True},
        "Username": {"userIdentity": records.iam_user("mallory")},
        "ResourceType": {"resources": bucket},
        "ResourceName": {"resources": bucket},
        "EventSource": {"source": "kms.amazonaws.com"},
        "AccessKeyId": {"userIdentity": records.iam_user("alice", key=ATTRIBUTES[key])},
    }[key]
    hay = [records.record("TerminateInstances", readOnly=False) for _ in range(3)]
    return hay, records.record(**{"name": "TerminateInstances", "readOnly": False, **needle})


@pytest.fixture(scope="module")
def haystack(module_account):
    """Every needle of `ATTRIBUTES` in one account, in the Region of the records."""
    found = {}
    for key in ATTRIBUTES:
        hay, needle = hay_and_needle(key)
        module_account.ingest(*hay, needle)
        found[key] = needle["eventID"]
    return module_account, found


@pytest.mark.parametrize("key", ATTRIBUTES)
def test_every_attribute_finds_its_event_and_nothing_else(haystack, operator, key):
    account, needles = haystack
    trail = account.boto("cloudtrail", "us-east-1")
    page = trail.lookup_events(LookupAttributes=attribute(key, ATTRIBUTES[key]))
    if key in ("ResourceType", "ResourceName"):
        assert set(ids(page)) == {needles["ResourceType"], needles["ResourceName"]}
    elif key == "ReadOnly":
        # The lookups themselves are read-only management events of this account and Region.
        assert needles[key] in ids(page)
        assert {event["ReadOnly"] for event in page["Events"]} == {"true"}
    else:
        assert ids(page) == [needles[key]]
    # Exact and case-sensitive: neither a part nor another case finds it.
    for wrong in (ATTRIBUTES[key][:-1], ATTRIBUTES[key].swapcase()):
        if key != "ReadOnly":
            assert ids(trail.lookup_events(LookupAttributes=attribute(key, wrong))) == []
    # Another account does not find it.
    other = operator.in_region("us-east-1").lookup(
        LookupAttributes=attribute(key, ATTRIBUTES[key]), MaxResults=50
    )
    assert needles[key] not in ids(other)


def test_the_aws_cli_finds_by_attribute(aws, haystack):
    account, needles = haystack
    page = aws(
        account.client, "cloudtrail", "lookup-events", "--region", "us-east-1",
        "--lookup-attributes", "AttributeKey=EventName,AttributeValue=CreateTrail",
    )
    assert ids(page) == [needles["EventName"]]


def test_the_shape_of_an_event(account):
    found = records.record(
        "DeleteBucket", "s3.amazonaws.com", account=account.id,
        requestParameters={"bucketName": "ledger"},
        resources=[{"accountId": account.id, "type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::ledger"}],
    )
    account.ingest(found)
    page = account.client.in_region("us-east-1").lookup(
        LookupAttributes=attribute("EventId", found["eventID"])
    )
    event, = page["Events"]
    assert "NextToken" not in page
    assert event["CloudTrailEvent"] == records.encode(found).decode()
    expected = datetime.datetime.fromisoformat(found["eventTime"]).timestamp()
    assert event["EventTime"] == expected
    assert event["ReadOnly"] == "false"
    assert event["Username"] == "alice"
    assert event["EventName"] == "DeleteBucket"
    assert event["EventSource"] == "s3.amazonaws.com"
    assert event["AccessKeyId"] == "AKIAEXAMPLE111111111"
    assert {"ResourceType": "AWS::S3::Bucket", "ResourceName": "arn:aws:s3:::ledger"} in event["Resources"]


def test_no_resources_is_an_empty_list_and_absent_members_are_left_out(account):
    identity = {"accountId": account.id, "invokedBy": "AWS Internal"}
    found = records.record("RotateKey", "kms.amazonaws.com", userIdentity=identity)
    account.ingest(found)
    event, = account.client.in_region("us-east-1").lookup(
        LookupAttributes=attribute("EventId", found["eventID"])
    )["Events"]
    assert event["Resources"] == []
    assert "Username" not in event and "AccessKeyId" not in event


@pytest.mark.parametrize(
    "identity, shown",
    [
        ({"type": "Root", "principalId": "111122223333", "accountId": "111122223333"}, "root"),
        ({"type": "AssumedRole", "principalId": "AROAEXAMPLE:night-shift"}, "night-shift"),
        ({"type": "SAMLUser", "principalId": "idp:carol", "userName": "carol"}, "carol"),
        ({"type": "AWSService", "invokedBy": "lambda.amazonaws.com"}, None),
    ],
)
def test_username_by_identity_type(account, identity, shown):
    found = records.record("StopLogging", "cloudtrail.amazonaws.com", userIdentity=identity)
    account.ingest(found)
    event, = account.client.in_region("us-east-1").lookup(
        LookupAttributes=attribute("EventId", found["eventID"])
    )["Events"]
    assert event.get("Username") == shown


def test_time_range_is_inclusive_and_newest_first(account):
    start = int(utc(0).now(datetime.timezone.utc).timestamp()) - 1000
    times = [start + step * 10 for step in range(5)]
    found = [
        records.record("RunInstances", eventID=f"at-{when}",
                       eventTime=utc(when).strftime("%Y-%m-%dT%H:%M:%SZ"))
        for when in times
    ]
    account.ingest(found[2], found[0], found[4], found[1], found[3])
    trail = account.boto("cloudtrail", "us-east-1")

    def between(first, last):
        return ids(trail.lookup_events(
            LookupAttributes=attribute("EventName", "RunInstances"),
            StartTime=utc(first), EndTime=utc(last),
        ))

    assert between(times[1], times[3]) == [f"at-{when}" for when in reversed(times[1:4])]
    assert between(times[1] + 1, times[3] - 1) == [f"at-{times[2]}"]
    assert between(times[2], times[2]) == [f"at-{times[2]}"]
    assert between(times[4] + 1, times[4] + 60) == []


def test_events_of_one_second_keep_one_order(account):
    when = records.at(120)
    found = [records.record("TagResource", eventTime=when, eventID=f"n{i}") for i in range(9)]
    account.ingest(*found)
    client = account.client.in_region("us-east-1")
    query = {"LookupAttributes": attribute("EventName", "TagResource")}
    whole = ids(client.lookup(**query))
    assert whole == [f"n{i}" for i in reversed(range(9))]
    one_by_one, token = [], {}
    while True:
        page = client.lookup(**query, MaxResults=1, **token)
        one_by_one += ids(page)
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert one_by_one == whole


def test_pages_stay_stable_while_events_arrive(account):
    """What was there when the first page was asked for comes once each, in order."""
    old = [records.record("PutObjectAcl", eventTime=records.at(600 + i)) for i in range(120)]
    account.ingest(*old)
    trail = account.boto("cloudtrail", "us-east-1")
    pages = trail.get_paginator("lookup_events").paginate(
        LookupAttributes=attribute("EventName", "PutObjectAcl"),
        PaginationConfig={"PageSize": 25},
    )
    seen = []
    for page in pages:
        assert len(page["Events"]) <= 25
        seen += ids(page)
        account.ingest(*[records.record("PutObjectAcl", eventTime=records.at(1)) for _ in range(5)])
    assert seen == [found["eventID"] for found in old]


def test_the_aws_cli_pages_with_its_own_tokens(aws, account):
    old = [records.record("PutObjectAcl", eventTime=records.at(600 + i)) for i in range(7)]
    account.ingest(*old)
    base = ["cloudtrail", "lookup-events", "--region", "us-east-1", "--lookup-attributes",
            "AttributeKey=EventName,AttributeValue=PutObjectAcl"]
    first = aws(account.client, *base, "--max-items", "3")
    second = aws(account.client, *base, "--max-items", "100",
                 "--starting-token", first["NextToken"])
    assert ids(first) + ids(second) == [found["eventID"] for found in old]
    assert "NextToken" not in second


def test_only_management_events_are_shown(account):
    """Data and network events are stored, searchable, and never part of the event history."""
    data = records.record(
        "GetObject", "s3.amazonaws.com", managementEvent=False, eventCategory="Data", readOnly=True
    )
    bare = records.record("PutItem", managementEvent=False, eventCategory=None)
    network = records.record("ListKeys", managementEvent=None, eventCategory="NetworkActivity",
                             eventType="AwsVpceEvent")
    shown = records.record("CreateBucket", "s3.amazonaws.com")
    account.ingest(data, bare, network, shown)
    client = account.client.in_region("us-east-1")
    for found in (data, bare, network):
        for key, value in (("EventId", found["eventID"]), ("EventName", found["eventName"])):
            assert ids(client.lookup(LookupAttributes=attribute(key, value))) == []
        hits = client.search(Attributes=attribute("EventId", found["eventID"]))
        assert [json.loads(hit["Record"])["eventID"] for hit in hits] == [found["eventID"]]
    assert shown["eventID"] in ids(client.lookup())
    assert not {data["eventID"], bare["eventID"], network["eventID"]} & set(ids(client.lookup()))


def test_the_insight_category_holds_no_management_event(account):
    account.ingest(records.record("CreateBucket", "s3.amazonaws.com"))
    client = account.client.in_region("us-east-1")
    assert client.lookup(EventCategory="insight")["Events"] == []


def test_ninety_days(account):
    inside = records.record("CreateVpc", eventTime=records.at(90 * DAY - 600))
    outside = records.record("CreateVpc", eventTime=records.at(90 * DAY + 600))
    account.ingest(inside, outside)
    client = account.client.in_region("us-east-1")
    query = attribute("EventName", "CreateVpc")
    assert ids(client.lookup(LookupAttributes=query)) == [inside["eventID"]]
    wide = client.lookup(LookupAttributes=query, StartTime=0, EndTime=utc(0).now().timestamp())
    assert ids(wide) == [inside["eventID"]]


def test_each_region_has_its_own_history(account):
    for region in ("us-east-1", "ap-south-1"):
        account.ingest(records.record("CreateVpc", awsRegion=region, eventID=f"in-{region}"))
    for region in ("us-east-1", "ap-south-1"):
        page = account.client.in_region(region).lookup(
            LookupAttributes=attribute("EventName", "CreateVpc")
        )
        assert ids(page) == [f"in-{region}"]


def test_the_call_itself_is_in_the_history_at_once(account):
    trail = account.boto("cloudtrail")
    query = attribute("EventName", "LookupEvents")
    for earlier in range(6):
        page = trail.lookup_events(LookupAttributes=query, MaxResults=50)
        assert len(page["Events"]) == earlier
    event = page["Events"][0]
    record = json.loads(event["CloudTrailEvent"])
    assert event["EventSource"] == record["eventSource"] == "cloudtrail.amazonaws.com"
    assert record["readOnly"] is True and record["responseElements"] is None
    assert record["requestParameters"] == {
        "lookupAttributes": [{"attributeKey": "EventName", "attributeValue": "LookupEvents"}],
        "maxResults": 50,
    }
    assert record["awsRegion"] == account.client.region
    assert len(record["requestID"]) == 36


def test_an_ingested_event_is_visible_when_it_is_acknowledged(account):
    client = account.client.in_region("us-east-1")
    for number in range(20):
        account.ingest(records.record("CreateQueue", "sqs.amazonaws.com", eventID=f"q{number}"))
        page = client.lookup(LookupAttributes=attribute("EventId", f"q{number}"))
        assert ids(page) == [f"q{number}"]


def test_unknown_members_are_ignored(account):
    account.ingest(records.record("CreateQueue", "sqs.amazonaws.com"))
    answer = account.client.in_region("us-east-1").cloudtrail("LookupEvents", Shiny={"new": [1]})
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert len(answer.headers["x-amzn-requestid"]) == 36
