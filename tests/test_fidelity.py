"""Real client calls through Cairn: each is recorded as its model says.

The subset of the corpus that covers every protocol; `make fidelity` runs all of it.
"""

import datetime

import boto3
import pytest

from fidelity import corpus
from fidelity.drive import Call
from fidelity.expect import expected, instant
from fidelity.run import chosen, through_cairn
from fidelity.score import Score, compare
from fidelity.secret import HIDDEN, SECRET

PROTOCOLS = {"json", "query", "ec2", "rest-json", "rest-xml", "smithy-rpc-v2-cbor"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    data = tmp_path_factory.mktemp("fidelity") / "data"
    driver, score, _ = through_cairn(chosen((), quick=True), data)
    return driver, score


def test_every_call_is_answered(run):
    driver, _ = run
    assert not driver.broken
    assert not [call.title for call in driver.calls if not call.answered]
    spoken = {call.model.service_model.resolved_protocol for call in driver.calls}
    assert spoken == PROTOCOLS


def test_every_call_is_recorded_as_its_model_says(run):
    _, score = run
    assert score.full, "\n".join(map(str, score.differences[:40])) + "\n" + score.table()


def call(service, operation, number=0, **params):
    client = boto3.client(service, region_name="eu-central-1", aws_access_key_id="x",
                          aws_secret_access_key="x")
    model = client.meta.service_model.operation_model(operation)
    return Call(number, service, service, model, params, headers={"host": "127.0.0.1"}, status=200)


class TestOracle:
    def test_the_corpus_is_as_large_as_it_should_be(self):
        assert len({script.service for script in corpus.scripts()}) >= 45
        assert len([script for script in corpus.scripts() if script.quick]) >= 7

    def test_names_begin_in_lower_case_and_keys_of_maps_stay(self):
        made = call("sqs", "CreateQueue", QueueName="q", Attributes={"DelaySeconds": "1"})
        assert expected(made).params == {"queueName": "q", "attributes": {"DelaySeconds": "1"}}
        made = call("rds", "DeleteDBInstance", DBInstanceIdentifier="d")
        assert expected(made).params == {"dBInstanceIdentifier": "d"}

    def test_instants_are_written_as_cloudtrail_writes_them(self):
        at = datetime.datetime(2023, 11, 14, 22, 13, 20, tzinfo=datetime.timezone.utc)
        assert instant(at) == "Nov 14, 2023, 10:13:20 PM"
        assert instant(at.replace(hour=0)) == "Nov 14, 2023, 12:13:20 AM"

    def test_lists_of_ec2_are_sets(self):
        made = call("ec2", "DescribeInstances", InstanceIds=["i-1"],
                    Filters=[{"Name": "tag:a", "Values": ["b"]}])
        assert expected(made).params == {
            "instancesSet": {"items": [{"instanceId": "i-1"}]},
            "filterSet": {"items": [{"name": "tag:a", "valueSet": {"items": [{"value": "b"}]}}]},
        }

    def test_secrets_and_streams_are_not_shown(self):
        made = call("rds", "CreateDBInstance", MasterUserPassword="p")
        assert expected(made).params == {"masterUserPassword": SECRET}
        made = call("glacier", "UploadArchive", accountId="-", vaultName="v", body=b"x")
        assert expected(made).params == {"accountId": "-", "vaultName": "v"}

    def test_no_parameters_are_null(self):
        assert expected(call("sts", "GetCallerIdentity")).params is None


class TestScore:
    RECORD = {
        "userAgent": "fidelity/0", "eventSource": "kms.amazonaws.com", "eventName": "ListKeys",
        "readOnly": True, "requestParameters": {"limit": 5},
    }

    def test_a_right_record_is_full_marks(self):
        assert Score([call("kms", "ListKeys", Limit=5)], [self.RECORD]).full

    @pytest.mark.parametrize("change", [
        {"eventSource": "sqs.amazonaws.com"}, {"eventName": "ListKey"}, {"readOnly": False},
        {"readOnly": None}, {"requestParameters": None}, {"requestParameters": {"limit": 6}},
        {"requestParameters": {"limit": 5, "more": 1}}, {"requestParameters": {"limit": True}},
        {"userAgent": "fidelity/1"}, {"userAgent": "boto"},
    ])
    def test_a_planted_fault_is_found(self, change):
        score = Score([call("kms", "ListKeys", Limit=5)], [{**self.RECORD, **change}])
        assert not score.full and len(score.differences) == 1

    def test_two_records_of_one_call_are_one_too_many(self):
        assert not Score([call("kms", "ListKeys", Limit=5)], [self.RECORD] * 2).full

    @pytest.mark.parametrize("found, right", [
        (HIDDEN, True), (None, True), ({"A": HIDDEN}, True), ([HIDDEN], True),
        ("hunter2", False), ({"A": "hunter2"}, False),
    ])
    def test_a_secret_is_hidden_or_absent(self, found, right):
        assert bool(list(compare({"s": SECRET}, {"s": found}))) != right
        assert not list(compare({"s": SECRET}, {}))

    def test_emptiness_counts_where_it_travels(self):
        for wanted, found in [({"a": []}, {}), ({}, {"a": {}})]:
            assert list(compare(wanted, found)) and not list(compare(wanted, found, flat=True))
