"""Context keys: what PutEventConfiguration adds to the events of one event data store."""

import hashlib
import json

import pytest

from conftest import REGION, eventually, new_account
from kit import records
from kit import server as servers
from kit.lake import Lake
from kit.trail import Trail

SELECTED = [{"FieldSelectors": [
    {"Field": "eventCategory", "Equals": ["Management"]},
    {"Field": "eventSource", "Equals": ["ec2.amazonaws.com"]},
]}, {"FieldSelectors": [
    {"Field": "eventCategory", "Equals": ["NetworkActivity"]},
    {"Field": "eventSource", "Equals": ["ec2.amazonaws.com"]},
]}, {"FieldSelectors": [
    {"Field": "eventCategory", "Equals": ["Data"]},
    {"Field": "resources.type", "Equals": ["AWS::Lambda::Function"]},
]}]
NOTHING = [{"FieldSelectors": [
    {"Field": "eventCategory", "Equals": ["Management"]},
    {"Field": "eventSource", "Equals": ["nothing.amazonaws.com"]},
]}]
KEYS = [
    {"Type": "RequestContext", "Equals": ["aws:PrincipalArn", "aws:username", "aws:PrincipalOrgID"]},
    {"Type": "TagContext", "Equals": ["team"]},
]


class Setup:
    """An account with two like stores, one of which gets keys."""

    def __init__(self, account):
        self.account, self.lake = account, Lake(account.client)
        self.plain = self.lake.create("plain", SELECTED)
        self.keyed = self.lake.create("keyed", SELECTED)

    def put_keys(self, keys, store=None):
        return self.lake.call(
            "PutEventConfiguration", EventDataStore=store or self.keyed, MaxEventSize="Large",
            ContextKeySelectors=keys,
        )

    def ask(self, store, columns, rest=""):
        return self.lake.query(f"SELECT {columns} FROM {store.rpartition('/')[2]} {rest}")

    def texts(self, store):
        return {text for text, in self.ask(store, "eventJson")}

    def happen(self, *names, **changes):
        changes = {"account": self.account.id, "awsRegion": REGION, **changes}
        made = [records.record(name, **changes) for name in names]
        self.account.ingest(*made)
        return made

    def context(self):
        user = {"aws:PrincipalArn": f"arn:aws:iam::{self.account.id}:user/alice",
                "aws:username": "alice"}
        return {"requestContext": user, "tagContext": {}}


@pytest.fixture
def setup(account):
    return Setup(account)


def line(record, context=None):
    return records.encode({**record, **({"eventContext": context} if context else {})}).decode()


def test_events_after_the_change_have_a_context_in_that_store_only(setup):
    first, = setup.happen("RunInstances")
    assert setup.put_keys(KEYS)["ContextKeySelectors"] == KEYS
    second, = setup.happen("StopInstances")
    function = {"ARN": "arn:aws:lambda:eu-central-1:1:function:f", "type": "AWS::Lambda::Function"}
    data, = setup.happen(
        "Invoke", eventCategory="Data", managementEvent=False, resources=[function]
    )
    network, = setup.happen("Connect", eventCategory="NetworkActivity", managementEvent=None)
    setup.put_keys([])
    last, = setup.happen("StartInstances")

    every = [first, second, data, network, last]
    assert setup.texts(setup.plain) == {line(one) for one in every}
    context = setup.context()
    assert setup.texts(setup.keyed) == {
        line(first), line(second, context), line(data, context), line(network), line(last),
    }
    columns = (
        "element_at(eventContext.requestContext, 'aws:PrincipalArn'), "
        "element_at(eventContext.requestContext, 'aws:PrincipalOrgID'), "
        "eventJson, eventJsonChecksum"
    )
    (arn, organization, text, checksum), = setup.ask(
        setup.keyed, columns, "WHERE eventName = 'StopInstances'"
    )
    assert arn == context["requestContext"]["aws:PrincipalArn"] and not organization
    assert checksum == hashlib.sha256(text.encode()).hexdigest()
    named = "WHERE element_at(eventContext.requestContext, 'aws:username') = 'alice'"
    assert setup.ask(setup.keyed, "count(*)", named) == [["2"]]
    assert setup.ask(setup.plain, "count(*)", "WHERE eventContext IS NOT NULL") == [["0"]]

    history = {hit["Record"] for hit in setup.account.client.search()}
    assert {line(one) for one in every} <= history
    assert not any('"eventContext":' in text for text in history)
    # Asking made events of its own: more than a page of them, if it took long.
    ec2 = [{"AttributeKey": "EventSource", "AttributeValue": "ec2.amazonaws.com"}]
    found = setup.account.client.lookup(LookupAttributes=ec2)["Events"]
    looked = {event["CloudTrailEvent"] for event in found}
    assert {line(first), line(second), line(last)} <= looked


def test_calls_that_the_server_saw_have_one_too(setup):
    audit = setup.lake.create("calls")
    keys = ["aws:PrincipalType", "aws:RequestedRegion", "aws:ViaAWSService"]
    setup.put_keys([{"Type": "RequestContext", "Equals": keys}], audit)
    night = setup.account.role("night")
    setup.lake.call("ListEventDataStores")
    night.cloudtrail("ListTrails")

    def context(name):
        (text,), = setup.ask(audit, "eventJson", f"WHERE eventName = '{name}'")
        return json.loads(text)["eventContext"]["requestContext"]

    expected = {"aws:RequestedRegion": REGION, "aws:ViaAWSService": "false"}
    assert context("ListEventDataStores") == {"aws:PrincipalType": "Account", **expected}
    assert context("ListTrails") == {"aws:PrincipalType": "AssumedRole", **expected}


def test_rows_tell_the_tags_of_callers_and_resources(tmp_path):
    with servers.Server(tmp_path / "data", args=["--region", REGION]) as server:
        setup = Setup(new_account(server.client()))
        account, audit = setup.account, setup.lake.create("audit")
        s3, bucket = account.boto("s3"), f"tagged-{account.id}"
        s3.create_bucket(
            Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        red = {"TagSet": [{"Key": "team", "Value": "red"}, {"Key": "cost", "Value": "1"}]}
        s3.put_bucket_tagging(Bucket=bucket, Tagging=red)
        setup.put_keys([{"Type": "TagContext", "Equals": ["team"]}], audit)
        arn, key = f"arn:aws:s3:::{bucket}", "ASIATAGGEDSESSION000"

        def context(name):
            (text,), = setup.ask(audit, "eventJson", f"WHERE eventName = '{name}'")
            return json.loads(text)["eventContext"]["tagContext"]

        def session(name):
            issuer = {"type": "Role", "arn": f"arn:aws:iam::{account.id}:role/ci/deploy"}
            identity = {
                "type": "AssumedRole", "accessKeyId": key, "accountId": account.id,
                "arn": f"arn:aws:sts::{account.id}:assumed-role/deploy/a",
                "sessionContext": {"sessionIssuer": issuer},
            }
            setup.happen(name, userIdentity=identity)

        def iam(name, **parameters):
            setup.happen(name, eventSource="iam.amazonaws.com", requestParameters=parameters)

        s3.get_bucket_location(Bucket=bucket)
        s3.delete_bucket_tagging(Bucket=bucket)
        s3.get_bucket_versioning(Bucket=bucket)
        iam("TagRole", roleName="deploy", tags=[{"key": "team", "value": "blue"}])
        session("StopInstances")
        setup.happen(
            "AssumeRole", eventSource="sts.amazonaws.com", readOnly=True,
            requestParameters={"tags": [{"key": "team", "value": "green"}]},
            responseElements={"credentials": {"accessKeyId": key}},
        )
        session("StartInstances")
        iam("UntagRole", roleName="deploy", tagKeys=["team"])
        session("RebootInstances")
        account.boto("cloudtrail").add_tags(
            ResourceId=audit, TagsList=[{"Key": "team", "Value": "audit"}]
        )
        setup.lake.call("GetEventConfiguration", EventDataStore=audit)

        for _ in range(2):
            of_bucket = {"resourceTags": [{"arn": arn, "tags": {"team": "red"}}]}
            assert context("GetBucketLocation") == of_bucket
            assert context("GetBucketVersioning") == {}
            assert context("StopInstances") == {"principalTags": {"team": "blue"}}
            assert context("StartInstances") == {"principalTags": {"team": "green"}}
            assert context("RebootInstances") == {"principalTags": {"team": "green"}}
            of_store = {"resourceTags": [{"arn": audit, "tags": {"team": "audit"}}]}
            assert context("GetEventConfiguration") == of_store
            columns = "element_at(element_at(eventContext.tagContext.resourceTags, 1).tags, 'team')"
            assert setup.ask(audit, columns, "WHERE eventName = 'GetBucketLocation'") == [["red"]]
            server.kill()
            server.start()
            account.client.move(server.endpoint)


def test_no_trail_has_a_context_imports_add_none_and_restarts_keep_it(tmp_path, cairn):
    options = {"args": ["--region", REGION, "--dev"], "env": {"CAIRN_TRAIL_PAUSE_SECONDS": "1"}}
    with servers.Server(tmp_path / "data", **options) as server:
        account = new_account(server.client())
        trail = Trail.begun(server, account)
        setup = Setup(account)
        setup.put_keys(KEYS)
        one, = setup.happen("RunInstances")
        trail.pass_windows(lambda: one["eventID"] in trail.delivered(), "the call in the bucket")
        assert trail.delivered()[one["eventID"]].text == line(one)

        imported = setup.lake.create("imported", NOTHING)
        setup.put_keys(KEYS, imported)
        source = f"s3://{trail.bucket}/AWSLogs/{account.id}/"
        started = cairn(account.client, "import", "start", "--from", source, "--into", imported)
        number = started.stdout.decode().strip()
        ended = ("COMPLETED", "FAILED", "STOPPED")
        get = lambda: setup.lake.call("GetImport", ImportId=number)["ImportStatus"]
        eventually(lambda: get() in ended, 60)
        assert get() == "COMPLETED"
        assert line(one) in setup.texts(imported)
        assert setup.ask(imported, "count(*)", "WHERE eventContext IS NOT NULL") == [["0"]]

        enriched = line(one, setup.context())
        for end in (server.kill, server.stop):
            end()
            server.start()
            trail.again()
            assert setup.texts(setup.keyed) == {enriched}
            assert setup.texts(setup.plain) == {line(one)}
        assert "panicked" not in server.said()
