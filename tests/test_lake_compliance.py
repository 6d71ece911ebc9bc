"""Configuration items of AWS Config and evidence of Audit Manager: in the event data stores that
select them, and nowhere else.
"""

import json
import uuid

import pytest

from conftest import REGION, new_account
from kit import records
from kit import server as servers
from kit.lake import Lake
from kit.trail import Trail

CATEGORIES = ["ConfigurationItem", "Evidence", "Management"]


def selecting(category):
    return [{"FieldSelectors": [{"Field": "eventCategory", "Equals": [category]}]}]


def found(account, category, kind, data, **more):
    return {
        "eventVersion": "1.0", "eventCategory": category, "eventType": kind,
        "eventID": str(uuid.uuid4()), "eventTime": records.at(60), "awsRegion": REGION,
        "recipientAccountId": account, "addendum": {"reason": "DELIVERY_DELAY"},
        "eventData": data, **more,
    }


def item(account, resource="i-0123456789abcdef0", **more):
    return found(account, "ConfigurationItem", "AwsConfigurationItem", {
        "configurationItemVersion": "1.3", "configurationItemCaptureTime": records.at(90),
        "configurationItemStatus": "OK", "accountId": account,
        "resourceType": "AWS::EC2::Instance", "resourceId": resource, "awsRegion": REGION,
        "configuration": {"instanceType": "m7g.large", "ebsOptimized": True, "state": {"code": 16}},
        "supplementaryConfiguration": {}, "relatedEvents": [],
        "relationships": [{"name": "Is contained in Vpc", "resourceId": "vpc-1"}],
        "tags": {"team": "blue"},
    }, **more)


def evidence(account, **more):
    return found(account, "Evidence", "AwsAuditManagerEvidence", {
        "attributes": {"findings": "2"}, "awsAccountId": account, "dataSource": "AWS Config",
        "eventName": "CreateUser", "eventSource": "iam.amazonaws.com", "evidenceId": "ev-1",
        "controlName": "Least privilege", "complianceCheck": "NON_COMPLIANT",
        "resourceArn": f"arn:aws:iam::{account}:user/alice",
    }, **more)


class Setup:
    """An account with a store of each category."""

    def __init__(self, account):
        self.account, self.lake = account, Lake(account.client)
        self.stores = {one: self.lake.create(one, selecting(one)) for one in CATEGORIES}

    def ask(self, category, columns, rest=""):
        store = self.stores[category].rpartition("/")[2]
        return self.lake.query(f"SELECT {columns} FROM {store} {rest}")

    def texts(self, category):
        return {text for text, in self.ask(category, "eventJson")}


@pytest.fixture
def setup(account):
    return Setup(account)


def line(record):
    return records.encode(record).decode()


def test_each_category_has_the_tables_that_select_it(setup):
    id = setup.account.id
    first, second, kept = item(id), item(id, "i-1", awsRegion="eu-west-1"), evidence(id)
    call = records.record("RunInstances", account=id)
    setup.account.ingest(first, kept, call, second)
    assert setup.texts("ConfigurationItem") == {line(first), line(second)}
    assert setup.texts("Evidence") == {line(kept)}
    management = setup.texts("Management")
    assert line(call) in management and not {line(first), line(kept)} & management

    columns = (
        "eventType, eventData.resourceType, element_at(eventData.configuration, 'instanceType'), "
        "element_at(eventData.configuration, 'state'), element_at(eventData.tags, 'team'), "
        "element_at(addendum, 'reason'), recipientAccountId"
    )
    assert setup.ask("ConfigurationItem", columns, "WHERE eventData.resourceId = 'i-1'") == [[
        "AwsConfigurationItem", "AWS::EC2::Instance", "m7g.large", '{"code":16}', "blue",
        "DELIVERY_DELAY", id,
    ]]
    columns = (
        "eventType, eventData.eventName, eventData.complianceCheck, "
        "element_at(eventData.attributes, 'findings')"
    )
    assert setup.ask("Evidence", columns) == [
        ["AwsAuditManagerEvidence", "CreateUser", "NON_COMPLIANT", "2"]
    ]
    grouped = "eventData.resourceType, count(*)"
    assert setup.ask("ConfigurationItem", grouped, "GROUP BY eventData.resourceType") == [
        ["AWS::EC2::Instance", "2"]
    ]


def test_they_are_stored_once_and_quarantined_where_they_are_none(setup):
    id, client = setup.account.id, setup.account.client
    one = item(id)
    setup.account.ingest(one)
    counts = client.ingest(records.log_file([one]))
    assert (counts["Stored"], counts["Duplicates"]) == (0, 1)
    counts = client.ingest(records.log_file([{**one, "awsRegion": "us-east-1"}]))
    assert [conflict["EventId"] for conflict in counts["Conflicts"]] == [one["eventID"]]
    broken = item(id)
    del broken["eventTime"]
    other = {**evidence(id), "eventCategory": "Aggregated"}
    assert client.ingest(records.log_file([broken, other]))["Quarantined"] == 2
    assert setup.texts("ConfigurationItem") == {line(one)}
    assert setup.texts("Evidence") == set()


def test_event_history_does_not_have_them(setup, cairn, tmp_path):
    id, client = setup.account.id, setup.account.client
    before = client.cairn("TailEvents", WaitSeconds=0)["Cursor"]
    one, kept = item(id), evidence(id)
    call = records.record("RunInstances", account=id, awsRegion=REGION)
    file = tmp_path / "records.json"
    file.write_bytes(records.json_lines([one, kept, call]))
    cairn(client, "ingest", str(file))
    gone = {one["eventID"], kept["eventID"]}

    looked = {event["EventId"] for event in client.lookup()["Events"]}
    searched = {json.loads(hit["Record"])["eventID"] for hit in client.search()}
    tail = client.cairn("TailEvents", After=before, WaitSeconds=0)["Records"]
    tailed = {json.loads(hit["Record"])["eventID"] for hit in tail}
    for ids in (looked, searched, tailed):
        assert call["eventID"] in ids and not gone & ids
    # They are in the tables all the same.
    assert setup.texts("ConfigurationItem") == {line(one)}
    assert setup.texts("Evidence") == {line(kept)}


def test_no_trail_delivers_them_and_they_survive_restarts(tmp_path):
    options = {"args": ["--region", REGION, "--dev"], "env": {"CAIRN_TRAIL_PAUSE_SECONDS": "1"}}
    with servers.Server(tmp_path / "data", **options) as server:
        account = new_account(server.client())
        trail = Trail.begun(server, account)
        setup = Setup(account)
        one, kept = item(account.id), evidence(account.id)
        call = records.record("RunInstances", account=account.id, awsRegion=REGION)
        account.ingest(one, kept, call)
        trail.pass_windows(lambda: call["eventID"] in trail.delivered(), "the call in the bucket")
        assert not {one["eventID"], kept["eventID"]} & trail.delivered().keys()

        for end in (server.kill, server.stop):
            end()
            server.start()
            trail.again()
            assert setup.texts("ConfigurationItem") == {line(one)}
            assert setup.texts("Evidence") == {line(kept)}
        assert "panicked" not in server.said()
