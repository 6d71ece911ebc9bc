"""Event data stores as boto3 and the aws CLI ask for them."""

import json
import sys
import pathlib

import pytest
from botocore.exceptions import ClientError

from conftest import REGION, boto, eventually, new_account, run, shell_env
from kit import server as servers

ELSEWHERE = "us-east-1"
WEEK = 7 * 24 * 3600
DEFAULT_SELECTORS = [{
    "Name": "Default management events",
    "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
}]


def category(name, **more):
    fields = [{"Field": "eventCategory", "Equals": [name]}]
    fields += [{"Field": field.replace("_", "."), "Equals": [value]} for field, value in more.items()]
    return [{"FieldSelectors": fields}]


class Stores:
    """The event data stores of one account."""

    def __init__(self, account):
        self.account, self.client = account, account.boto("cloudtrail")

    def create(self, name="main", **members):
        return bare(self.client.create_event_data_store(Name=name, **members))

    def get(self, store):
        return bare(self.client.get_event_data_store(EventDataStore=store))

    def status(self, store):
        return self.get(store)["Status"]

    def enabled(self, name="main", **members):
        """The ARN of a new store that the lake has met."""
        arn = self.create(name, **members)["EventDataStoreArn"]
        self.wait(arn, "ENABLED")
        return arn

    def wait(self, store, status):
        eventually(lambda: self.status(store) == status, 20)

    def refused(self, call, **members):
        """The code and the text of an error that came with 400."""
        with pytest.raises(ClientError) as caught:
            getattr(self.client, call)(**members)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]

    def records(self, name):
        """The newest first."""
        attribute = {"AttributeKey": "EventName", "AttributeValue": name}
        found = self.account.client.lookup(LookupAttributes=[attribute])["Events"]
        return [json.loads(event["CloudTrailEvent"]) for event in found]


def bare(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


@pytest.fixture
def stores(account):
    return Stores(account)


def quietly(client, *args):
    program = pathlib.Path(sys.executable).with_name("aws")
    done = run([program, *args], shell_env(client))
    assert (done.returncode, done.stdout) == (0, b""), done.stderr.decode()


def test_a_store_lives_by_the_command_line(stores, aws):
    client = stores.account.client
    made = aws(
        client, "cloudtrail", "create-event-data-store", "--name", "lake",
        "--no-termination-protection-enabled", "--retention-period", "90",
    )
    arn = made["EventDataStoreArn"]
    assert made["Status"] == "CREATED"
    assert made["AdvancedEventSelectors"] == DEFAULT_SELECTORS
    assert (made["MultiRegionEnabled"], made["OrganizationEnabled"]) == (True, False)
    stores.wait(arn, "ENABLED")
    quietly(client, "cloudtrail", "stop-event-data-store-ingestion", "--event-data-store", arn)
    stores.wait(arn, "STOPPED_INGESTION")
    quietly(client, "cloudtrail", "start-event-data-store-ingestion", "--event-data-store", arn)
    stores.wait(arn, "ENABLED")
    listed = aws(client, "cloudtrail", "list-event-data-stores")
    assert listed == {"EventDataStores": [{"EventDataStoreArn": arn, "Name": "lake"}]}
    quietly(client, "cloudtrail", "delete-event-data-store", "--event-data-store", arn)
    shown = aws(client, "cloudtrail", "get-event-data-store", "--event-data-store", arn)
    assert shown["Status"] == "PENDING_DELETION"
    restored = aws(client, "cloudtrail", "restore-event-data-store", "--event-data-store", arn)
    assert restored["EventDataStoreArn"] == arn
    stores.wait(arn, "ENABLED")


def test_defaults_and_what_was_given_are_shown(stores):
    made = stores.create(
        "fixed", AdvancedEventSelectors=category("Data", resources_type="AWS::S3::Object"),
        BillingMode="FIXED_RETENTION_PRICING", MultiRegionEnabled=False,
        TerminationProtectionEnabled=False, TagsList=[{"Key": "team", "Value": "red"}],
    )
    assert made["RetentionPeriod"] == 2557
    assert made["TagsList"] == [{"Key": "team", "Value": "red"}]
    arn = made["EventDataStoreArn"]
    got = stores.get(arn.rsplit("/", 1)[1])
    for member in ("Name", "AdvancedEventSelectors", "BillingMode", "CreatedTimestamp"):
        assert got[member] == made[member]
    assert got["FederationStatus"] == "DISABLED"
    tags = stores.client.list_tags(ResourceIdList=[arn])["ResourceTagList"]
    assert tags == [{"ResourceId": arn, "TagsList": [{"Key": "team", "Value": "red"}]}]
    record, = stores.records("CreateEventDataStore")
    assert record["responseElements"]["eventDataStoreArn"] == arn
    assert record["responseElements"]["status"] == "CREATED"
    assert record["readOnly"] is False


def test_an_update_is_shown_and_recorded(stores):
    arn = stores.enabled()
    client = stores.client
    assert stores.refused("update_event_data_store", EventDataStore=arn)[0] == "InvalidParameterException"
    changed = client.update_event_data_store(
        EventDataStore=arn, Name="renamed", RetentionPeriod=7, MultiRegionEnabled=False,
        AdvancedEventSelectors=category("Management", eventSource="iam.amazonaws.com"),
        TerminationProtectionEnabled=False,
    )
    got = stores.get(arn)
    assert (got["Name"], got["RetentionPeriod"]) == ("renamed", 7)
    assert got["UpdatedTimestamp"] > got["CreatedTimestamp"]
    assert bare(changed) == {name: got[name] for name in bare(changed)}
    record, = [found for found in stores.records("UpdateEventDataStore") if "errorCode" not in found]
    assert record["requestParameters"]["name"] == "renamed"


def test_what_is_refused_has_cloudtrails_names(stores):
    arn = stores.enabled()
    cases = [
        ("create_event_data_store", {"Name": "main"}, "EventDataStoreAlreadyExistsException"),
        ("create_event_data_store", {"Name": "other", "OrganizationEnabled": True},
         "OrganizationsNotInUseException"),
        ("create_event_data_store", {"Name": "other", "KmsKeyId": "alias/absent"},
         "KmsKeyNotFoundException"),
        ("create_event_data_store", {"Name": "other", "AdvancedEventSelectors": category("Gossip")},
         "InvalidEventSelectorsException"),
        ("delete_event_data_store", {"EventDataStore": arn},
         "EventDataStoreTerminationProtectedException"),
        ("restore_event_data_store", {"EventDataStore": arn},
         "InvalidEventDataStoreStatusException"),
        ("start_event_data_store_ingestion", {"EventDataStore": arn},
         "InvalidEventDataStoreStatusException"),
        ("get_event_data_store", {"EventDataStore": "main"}, "EventDataStoreARNInvalidException"),
        ("get_event_data_store", {"EventDataStore": arn[:-4] + "0000"},
         "EventDataStoreNotFoundException"),
    ]
    for call, members, code in cases:
        assert stores.refused(call, **members)[0] == code, (call, members)
    there = boto(stores.account.client, "cloudtrail", ELSEWHERE)
    assert there.list_event_data_stores()["EventDataStores"] == []


def test_another_account_sees_a_store_only_by_its_policy(stores, operator):
    arn = stores.enabled()
    other = Stores(new_account(operator))
    assert other.refused("get_event_data_store", EventDataStore=arn)[0] == "EventDataStoreARNInvalidException"
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": other.account.id},
        "Action": "cloudtrail:GetEventDataStore", "Resource": arn,
    }]}
    put = stores.client.put_resource_policy(ResourceArn=arn, ResourcePolicy=json.dumps(policy))
    assert json.loads(put["ResourcePolicy"]) == policy
    assert other.get(arn)["EventDataStoreArn"] == arn
    stores.client.delete_resource_policy(ResourceArn=arn)
    other.refused("get_event_data_store", EventDataStore=arn)
    assert stores.refused("get_resource_policy", ResourceArn=arn)[0] == "ResourcePolicyNotFoundException"


def test_event_configuration_and_insights_are_kept(stores):
    arn = stores.enabled()
    keys = [{"Type": "RequestContext", "Equals": ["aws:PrincipalArn"]}]
    put = stores.client.put_event_configuration(
        EventDataStore=arn, MaxEventSize="Large", ContextKeySelectors=keys
    )
    assert (put["MaxEventSize"], put["ContextKeySelectors"]) == ("Large", keys)
    got = stores.client.get_event_configuration(EventDataStore=arn)
    assert bare(got) == bare(put)
    to = stores.enabled("insights", AdvancedEventSelectors=category("Insight"))
    rate = [{"InsightType": "ApiCallRateInsight"}]
    stores.client.put_insight_selectors(
        EventDataStore=arn, InsightsDestination=to, InsightSelectors=rate
    )
    got = stores.client.get_insight_selectors(EventDataStore=arn)
    assert got["InsightsDestination"] == to


def test_federation_is_enabled_and_disabled(stores):
    arn = stores.enabled()
    role = f"arn:aws:iam::{stores.account.id}:role/lake"
    made = stores.client.enable_federation(EventDataStore=arn, FederationRoleArn=role)
    assert made["FederationStatus"] == "ENABLING"
    got = stores.get(arn)
    assert (got["FederationStatus"], got["FederationRoleArn"]) == ("ENABLED", role)
    made = stores.client.disable_federation(EventDataStore=arn)
    assert made["FederationStatus"] == "DISABLING"
    assert stores.get(arn)["FederationStatus"] == "DISABLED"


def test_data_events_are_recorded_where_a_store_asks_for_them(stores):
    s3 = stores.account.boto("s3")
    bucket = f"data-{stores.account.id}"
    s3.create_bucket(
        Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    search = lambda: [
        json.loads(found["Record"])["eventName"]
        for found in stores.account.client.cairn("SearchEvents", Category="Data")["Records"]
    ]
    s3.put_object(Bucket=bucket, Key="before", Body=b"x")
    assert search() == []
    stores.create(
        "data", AdvancedEventSelectors=category("Data", resources_type="AWS::S3::Object")
    )
    s3.put_object(Bucket=bucket, Key="after", Body=b"x")
    assert "PutObject" in search()


def test_a_store_and_its_status_are_there_after_a_kill(private_server):
    stores = Stores(new_account(private_server.client()))
    arn = stores.create(TerminationProtectionEnabled=False)["EventDataStoreArn"]
    stores.wait(arn, "ENABLED")
    stores.client.stop_event_data_store_ingestion(EventDataStore=arn)
    private_server.kill()
    private_server.start()
    stores.account.client.move(private_server.endpoint)
    stores.client = stores.account.boto("cloudtrail")
    stores.wait(arn, "STOPPED_INGESTION")
    assert len(stores.records("StopEventDataStoreIngestion")) == 1


def test_a_deleted_store_is_gone_after_seven_days(tmp_path):
    with servers.Server(tmp_path / "data", args=["--region", REGION, "--dev"]) as server:
        operator = server.client()
        stores = Stores(new_account(operator))
        arn = stores.create(TerminationProtectionEnabled=False)["EventDataStoreArn"]
        stores.wait(arn, "ENABLED")
        stores.client.delete_event_data_store(EventDataStore=arn)
        assert stores.status(arn) == "PENDING_DELETION"
        assert stores.refused("create_event_data_store", Name="main")[0] == "EventDataStoreAlreadyExistsException"
        operator.cairn("AdvanceClock", Seconds=WEEK + 1)
        assert stores.refused("get_event_data_store", EventDataStore=arn)[0] == "EventDataStoreNotFoundException"
        assert stores.client.list_event_data_stores()["EventDataStores"] == []
        eventually(lambda: create_again(stores), 20)


def create_again(stores):
    try:
        return stores.create("main")
    except ClientError:
        return None
