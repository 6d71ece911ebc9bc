"""Channels, and events from outside by PutAuditEvents."""

import base64
import hashlib
import json
import uuid
from datetime import datetime, timezone

import pytest
from botocore.exceptions import ClientError

from conftest import REGION, boto, eventually, new_account
from kit.client import JSON
from kit.lake import Lake

OUTSIDE = [{"FieldSelectors": [{"Field": "eventCategory", "Equals": ["ActivityAuditLog"]}]}]
AT_ONCE = {"CAIRN_LAKE_FLUSH_SECONDS": "1"}
CALLS = [{"FieldSelectors": [
    {"Field": "eventCategory", "Equals": ["Data"]},
    {"Field": "resources.type", "Equals": ["AWS::CloudTrail::Channel"]},
]}]


def bare(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


class Setup:
    """An account with a channel into a store of its own."""

    def __init__(self, account):
        self.account = account
        self.trails, self.door = account.boto("cloudtrail"), account.boto("cloudtrail-data")
        self.store = self.trails.create_event_data_store(
            Name="outside", AdvancedEventSelectors=OUTSIDE
        )["EventDataStoreArn"]
        self.to = [{"Type": "EVENT_DATA_STORE", "Location": self.store}]
        self.channel = self.trails.create_channel(
            Name="main", Source="Custom", Destinations=self.to
        )["ChannelArn"]

    def data(self, **more):
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "version": "1", "userIdentity": {"type": "User", "principalId": "eve"},
            "eventSource": "doors.example.com", "eventName": "OpenDoor", "eventTime": now,
            "UID": str(uuid.uuid4()), "recipientAccountId": self.account.id, **more,
        }

    def put(self, *events, **more):
        return bare(self.door.put_audit_events(
            channelArn=self.channel, auditEvents=list(events), **more
        ))

    def stored(self):
        found = self.account.client.cairn("SearchEvents", Category="ActivityAuditLog")["Records"]
        return [json.loads(record["Record"]) for record in found]

    def calls(self):
        found = self.account.client.cairn("SearchEvents", Category="Data")["Records"]
        return [json.loads(record["Record"]) for record in found]


@pytest.fixture
def setup(account):
    return Setup(account)


def event(id, data):
    return {"id": id, "eventData": json.dumps(data)}


def refused(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return caught.value.response["Error"]["Code"]


def test_events_from_outside_are_stored_once(setup):
    data = setup.data(requestParameters={"door": "7"})
    text = json.dumps(data)
    sum = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    first = setup.put({"id": "a-1", "eventData": text, "eventDataChecksum": sum})
    assert first["failed"] == []
    again = setup.put({"id": "a-1", "eventData": text}, event("a-2", setup.data()))
    assert again["successful"][0] == first["successful"][0]
    stored = {record["eventID"]: record for record in setup.stored()}
    assert set(stored) == {told["eventID"] for told in again["successful"]}
    record = stored[first["successful"][0]["eventID"]]
    assert record["eventData"] == data
    assert record["eventType"] == "ActivityLog"
    assert record["metadata"]["channelARN"] == setup.channel
    assert (record["awsRegion"], record["recipientAccountId"]) == (REGION, setup.account.id)
    names = {found["EventName"] for found in setup.trails.lookup_events()["Events"]}
    assert "OpenDoor" not in names and "PutAuditEvents" not in names
    status = setup.trails.get_channel(Channel=setup.channel)["IngestionStatus"]
    assert status["LatestIngestionSuccessEventID"] == again["successful"][1]["eventID"]
    assert "LatestIngestionErrorCode" not in status


def test_a_channel_feeds_the_stores_that_it_names_from_its_change_on(setup):
    lake = Lake(setup.account.client)
    other = lake.create("other", OUTSIDE)
    lake.until(setup.store, "ENABLED")
    setup.put(event("a-1", setup.data(eventName="First")))
    both = [*setup.to, {"Type": "EVENT_DATA_STORE", "Location": other}]
    setup.trails.update_channel(Channel=setup.channel, Destinations=both)
    setup.put(event("a-2", setup.data(eventName="Second")))
    setup.trails.update_channel(Channel=setup.channel, Destinations=both[1:])
    setup.put(event("a-3", setup.data(eventName="Third")))

    def names(store):
        id = store.rsplit("/", 1)[1]
        rows = lake.query(f"SELECT eventData.eventName FROM {id}")
        return sorted(name for name, in rows)

    assert names(setup.store) == ["First", "Second"]
    assert names(other) == ["Second", "Third"]


def test_each_event_fails_for_itself(setup):
    foreign = setup.data(recipientAccountId="111122223333")
    late = setup.data(eventTime="yesterday")
    wrong = {**event("sum", setup.data()), "eventDataChecksum": "AAAA"}
    answer = setup.put(
        event("good", setup.data()), event("foreign", foreign), event("late", late), wrong,
        {"id": "text", "eventData": "no JSON"}, event("bare", {"version": "1"}),
    )
    assert [told["id"] for told in answer["successful"]] == ["good"]
    assert {told["id"]: told["errorCode"] for told in answer["failed"]} == {
        "foreign": "InvalidRecipient", "late": "InvalidData", "sum": "InvalidChecksum",
        "text": "InvalidData", "bare": "FieldNotFound",
    }
    assert len(setup.stored()) == 1


def test_a_call_is_refused_with_the_names_of_its_model(setup, operator):
    good = [event("a-1", setup.data())]
    door = setup.door
    put = lambda **members: refused(
        door.put_audit_events, **{"channelArn": setup.channel, "auditEvents": good, **members}
    )
    assert put(channelArn="main") == "InvalidChannelARN"
    assert put(channelArn=setup.channel[:-4] + "0000") == "ChannelNotFound"
    assert put(auditEvents=good * 2) == "DuplicatedAuditEventId"
    stranger = Setup.__new__(Setup)
    stranger.account = new_account(operator)
    foreign = stranger.account.boto("cloudtrail-data")
    members = {"channelArn": setup.channel, "auditEvents": good}
    assert refused(foreign.put_audit_events, **members) == "ChannelInsufficientPermission"
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": stranger.account.id},
        "Action": "cloudtrail-data:PutAuditEvents", "Resource": setup.channel,
        "Condition": {"StringEquals": {"cloudtrail:ExternalId": "door-7"}},
    }]}
    setup.trails.put_resource_policy(
        ResourceArn=setup.channel, ResourcePolicy=json.dumps(policy)
    )
    assert refused(foreign.put_audit_events, **members) == "ChannelInsufficientPermission"
    answer = foreign.put_audit_events(**members, externalId="door-7")
    assert answer["failed"] == []
    assert len(setup.stored()) == 1


def test_a_call_is_recorded_where_a_store_asks_for_it_and_shows_no_event(setup):
    setup.put(event("a-1", setup.data()))
    assert setup.calls() == []
    setup.trails.create_event_data_store(Name="calls", AdvancedEventSelectors=CALLS)
    setup.put(event("a-2", setup.data()), externalId="door-7")
    record, = setup.calls()
    assert record["eventName"] == "PutAuditEvents"
    assert record["eventSource"] == "cloudtrail-data.amazonaws.com"
    assert (record["managementEvent"], record["readOnly"]) == (False, False)
    assert record["resources"] == [{
        "accountId": setup.account.id, "type": "AWS::CloudTrail::Channel", "ARN": setup.channel,
    }]
    assert "OpenDoor" not in json.dumps(record) and "door-7" not in json.dumps(record)


def test_channels_live_by_the_command_line(setup, aws):
    client = setup.account.client
    shown = aws(client, "cloudtrail", "get-channel", "--channel", setup.channel)
    assert shown == {
        "ChannelArn": setup.channel, "Name": "main", "Source": "Custom", "Destinations": setup.to,
    }
    listed = aws(client, "cloudtrail", "list-channels")
    assert listed == {"Channels": [{"ChannelArn": setup.channel, "Name": "main"}]}
    put = aws(
        client, "cloudtrail-data", "put-audit-events", "--channel-arn", setup.channel,
        "--audit-events", json.dumps([event("a-1", setup.data())]),
    )
    assert put["failed"] == [] and put["successful"][0]["id"] == "a-1"
    changed = aws(
        client, "cloudtrail", "update-channel", "--channel", setup.channel, "--name", "renamed"
    )
    assert changed["Name"] == "renamed"
    setup.trails.delete_channel(Channel=setup.channel)
    assert refused(setup.trails.get_channel, Channel=setup.channel) == "ChannelNotFoundException"
    members = {"channelArn": setup.channel, "auditEvents": [event("a-2", setup.data())]}
    assert refused(setup.door.put_audit_events, **members) == "ChannelNotFound"


def test_an_event_is_as_large_as_the_stores_of_its_channel_take(setup):
    data = setup.data(requestParameters={"text": "x" * 900_000})
    refused = setup.put(event("a-1", data))
    assert refused["successful"] == []
    assert refused["failed"][0]["errorCode"] == "FieldTooLong"
    assert "MaxEventSize" in refused["failed"][0]["errorMessage"]
    put = setup.trails.put_event_configuration(EventDataStore=setup.store, MaxEventSize="Large")
    assert put["MaxEventSize"] == "Large"
    assert setup.put(event("a-1", data))["failed"] == []
    setup.trails.put_event_configuration(EventDataStore=setup.store, MaxEventSize="Standard")
    assert setup.put(event("a-2", data))["failed"][0]["errorCode"] == "FieldTooLong"
    record, = setup.stored()
    assert record["eventData"] == data


def test_large_events_are_whole_in_memory_in_files_and_after_restarts(private_server):
    setup = Setup(new_account(private_server.client()))
    lake = Lake(setup.account.client)
    lake.until(setup.store, "ENABLED")
    setup.trails.put_event_configuration(EventDataStore=setup.store, MaxEventSize="Large")
    letters = "".join(chr(97 + at * 7919 % 26) for at in range(290_000))
    put = {
        "map": setup.data(requestParameters={"text": letters * 3, "quotes": "\"\\\n" * 2_000}),
        "deep": setup.data(responseElements={"list": [{"text": letters * 3}] * 1}),
        "other": setup.data(notInTheSchema=letters * 3),
        "all": setup.data(**{
            name: {"text": letters}
            for name in ("requestParameters", "responseElements", "additionalEventData")
        }),
    }
    texts = {id: json.dumps(data) for id, data in put.items()}
    for id, text in texts.items():
        assert setup.put({"id": id, "eventData": text})["failed"] == []
    found = setup.account.client.cairn("SearchEvents", Category="ActivityAuditLog")["Records"]
    records = {record["Record"] for record in found}
    assert len(records) == 4
    assert all(any(text in record for record in records) for text in texts.values())
    id = setup.store.rsplit("/", 1)[1]

    def check():
        rows = lake.query(f"SELECT eventJson FROM {id}")
        assert {text for text, in rows} == records
        uid = put["map"]["UID"]
        row, = lake.query(
            "SELECT element_at(eventData.requestParameters, 'text'), eventJsonChecksum, "
            f"eventData.userIdentity.principalId FROM {id} WHERE eventData.UID = '{uid}'"
        )
        record, = (record for record in records if uid in record)
        assert row == [letters * 3, hashlib.sha256(record.encode()).hexdigest(), "eve"]

    def again(env):
        private_server.kill()
        private_server.env.update(env)
        private_server.start()
        setup.account.client.move(private_server.endpoint)
        lake.until(setup.store, "ENABLED")

    files = lambda: list((private_server.data / "lake").glob(f"tables/{id}/data/**/*.parquet"))
    check()
    again({})
    assert files() == []
    check()
    again(AT_ONCE)
    assert eventually(files, seconds=20)
    check()
    again({})
    assert files()
    check()


def test_only_its_path_is_an_operation(setup):
    answer = setup.account.client.call(
        "cloudtrail-data", "POST", "/Other", {"Content-Type": JSON}, b"{}"
    )
    assert answer.status >= 400
    text = "x" * (1024 * 1024)
    body = json.dumps({"auditEvents": [{"id": "a", "eventData": text}]}).encode()
    path = f"/PutAuditEvents?channelArn={setup.channel}"
    answer = setup.account.client.call(
        "cloudtrail-data", "POST", path, {"Content-Type": "application/json"}, body
    )
    assert answer.status == 413


def test_events_that_were_answered_are_there_after_a_kill(private_server):
    setup = Setup(new_account(private_server.client()))
    told = setup.put(*[event(f"a-{at}", setup.data()) for at in range(100)])["successful"]
    private_server.kill()
    private_server.start()
    setup.account.client.move(private_server.endpoint)
    found = setup.account.client.cairn("SearchEvents", Category="ActivityAuditLog", MaxResults=1000)
    ids = {json.loads(record["Record"])["eventID"] for record in found["Records"]}
    assert ids == {each["eventID"] for each in told}
    setup.door = setup.account.boto("cloudtrail-data")
    again = setup.put(event("a-7", setup.data()))["successful"]
    assert again == [told[7]]
    assert boto(setup.account.client, "cloudtrail").list_channels()["Channels"]
