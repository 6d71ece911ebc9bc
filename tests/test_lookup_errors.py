"""Bad input to the CloudTrail API: the exact error, and never a 5xx."""

import base64

import botocore.exceptions
import pytest

from kit import client as clients
from kit import records

REGION = "us-east-1"


@pytest.fixture(scope="module")
def filled(module_account):
    """An account with three pages of one event in `REGION`."""
    found = [records.record("PutRule", eventTime=records.at(300 + i)) for i in range(6)]
    module_account.ingest(*found)
    return module_account.client.in_region(REGION)


def fails(answer, error, status=400):
    assert (answer.status, answer.error) == (status, error), answer.body
    assert answer.message
    assert answer.headers["content-type"] == clients.JSON


@pytest.mark.parametrize("value", [51, 0, -1, 1000])
def test_max_results_out_of_range(filled, value):
    fails(filled.cloudtrail("LookupEvents", MaxResults=value), "InvalidMaxResultsException")


def test_max_results_through_boto3(module_account):
    trail = module_account.boto("cloudtrail")
    with pytest.raises(trail.exceptions.InvalidMaxResultsException):
        trail.lookup_events(MaxResults=51)


@pytest.mark.parametrize(
    "attributes",
    [
        [{"AttributeKey": "Colour", "AttributeValue": "red"}],
        [{"AttributeKey": "eventName", "AttributeValue": "PutRule"}],
        [
            {"AttributeKey": "EventName", "AttributeValue": "PutRule"},
            {"AttributeKey": "Username", "AttributeValue": "alice"},
        ],
        [{"AttributeKey": "EventName", "AttributeValue": "x" * 2001}],
    ],
    ids=["unknown key", "wrong case", "two attributes", "long value"],
)
def test_lookup_attributes(filled, attributes):
    answer = filled.cloudtrail("LookupEvents", LookupAttributes=attributes)
    fails(answer, "InvalidLookupAttributesException")


def test_two_attributes_through_the_aws_cli(aws, filled):
    said = aws(
        filled, "cloudtrail", "lookup-events", "--lookup-attributes",
        "AttributeKey=EventName,AttributeValue=a", "AttributeKey=Username,AttributeValue=b",
        fails=True,
    )
    assert "InvalidLookupAttributesException" in said


@pytest.mark.parametrize("key", ["ReadOnly", "Username", "ResourceType", "AccessKeyId"])
def test_insight_takes_three_keys_only(filled, key):
    answer = filled.cloudtrail(
        "LookupEvents", EventCategory="insight",
        LookupAttributes=[{"AttributeKey": key, "AttributeValue": "true"}],
    )
    fails(answer, "InvalidLookupAttributesException")


def test_time_range(filled):
    answer = filled.cloudtrail("LookupEvents", StartTime=1_700_000_001, EndTime=1_700_000_000)
    fails(answer, "InvalidTimeRangeException")


def test_event_category(filled):
    for category in ("management", "Insight", "data", ""):
        answer = filled.cloudtrail("LookupEvents", EventCategory=category)
        fails(answer, "InvalidEventCategoryException")


class TestNextToken:
    query = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "PutRule"}]}

    @pytest.fixture(scope="class")
    def token(self, filled):
        return filled.lookup(**self.query, MaxResults=2)["NextToken"]

    def refused(self, client, **members):
        fails(client.cloudtrail("LookupEvents", **members), "InvalidNextTokenException")

    def test_it_goes_on_with_the_same_parameters(self, filled, token):
        page = filled.lookup(**self.query, MaxResults=2, NextToken=token)
        assert len(page["Events"]) == 2
        # The size of a page is no part of the question.
        assert len(filled.lookup(**self.query, MaxResults=50, NextToken=token)["Events"]) == 4
        assert 4 <= len(token) <= 1000

    def test_other_parameters(self, filled, token):
        other = [{"AttributeKey": "EventName", "AttributeValue": "PutRules"}]
        self.refused(filled, LookupAttributes=other, NextToken=token)
        self.refused(filled, NextToken=token)
        self.refused(filled, **self.query, NextToken=token, EndTime=1_900_000_000)
        self.refused(filled, **self.query, NextToken=token, StartTime=1_600_000_000)

    def test_another_account_or_region(self, filled, token, operator):
        self.refused(operator.in_region(REGION), **self.query, NextToken=token)
        self.refused(filled.in_region("eu-west-1"), **self.query, NextToken=token)

    def test_every_changed_character(self, filled, token):
        for place in range(0, len(token), max(1, len(token) // 24)):
            wrong = "A" if token[place] != "A" else "B"
            changed = token[:place] + wrong + token[place + 1 :]
            if _bytes(changed) != _bytes(token):
                self.refused(filled, **self.query, NextToken=changed)

    def test_nonsense(self, filled, token):
        for nonsense in ("x", "nonsense", token + token, token[:-4], "é" * 20, "A" * 1000):
            self.refused(filled, **self.query, NextToken=nonsense)


def _bytes(token):
    """What a token says, so that a change in unused bits does not count as one."""
    try:
        return base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=False)
    except ValueError:
        return None


def test_an_unknown_operation_is_named(filled):
    answer = filled.cloudtrail("MakeCoffee")
    assert answer.status in {400, 404}
    assert answer.error == "UnknownOperationException"
    assert "MakeCoffee" in answer.message


NOT_SERVED = [
    "RegisterOrganizationDelegatedAdmin", "DeregisterOrganizationDelegatedAdmin",
    "ListInsightsData", "ListInsightsMetricData",
]


@pytest.mark.parametrize("operation", NOT_SERVED)
def test_an_operation_that_is_not_served_is_named(filled, operation):
    answer = filled.cloudtrail(operation)
    fails(answer, "UnsupportedOperationException")
    assert operation in answer.message


def test_the_aws_cli_shows_which_operation_is_not_served(aws, filled):
    call = "deregister-organization-delegated-admin"
    said = aws(filled, "cloudtrail", call, "--delegated-admin-account-id", "111122223333", fails=True)
    assert "UnsupportedOperationException" in said
    assert "DeregisterOrganizationDelegatedAdmin" in said


def test_a_client_error_through_boto3_names_the_operation(module_account):
    with pytest.raises(botocore.exceptions.ClientError) as raised:
        trails = module_account.boto("cloudtrail")
        trails.register_organization_delegated_admin(MemberAccountId="111122223333")
    assert raised.value.response["Error"]["Code"] == "UnsupportedOperationException"


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b"", b'{"MaxResults":"five"}', b'{"StartTime":"yesterday"}',
     b'{"LookupAttributes":{}}', b'\xff\xfe', b'{"a":' * 5000, b'{"MaxResults":1e400}'],
    ids=["cut", "array", "null", "empty", "text for number", "text for time", "object for list",
         "not utf-8", "deep", "1e400"],
)
def test_a_body_that_is_no_request(filled, body):
    headers = {"Content-Type": clients.JSON,
               "X-Amz-Target": f"{clients.CLOUDTRAIL_TARGET}.LookupEvents"}
    answer = filled.call("cloudtrail", "POST", "/", headers, body)
    assert answer.status == 400 or (body in (b"", b"null") and answer.status == 200)
    if answer.status == 400:
        assert answer.error in {"SerializationException", "ValidationException",
                                "InvalidMaxResultsException"}
        assert answer.message


def test_both_target_spellings(filled):
    for target in (clients.CLOUDTRAIL_TARGET, clients.CLOUDTRAIL_SHORT_TARGET):
        assert filled.cloudtrail("LookupEvents", _target=target, MaxResults=1).status == 200


@pytest.mark.parametrize("target", ["", "LookupEvents", "...."])
def test_a_target_that_is_none(filled, target):
    headers = {"Content-Type": clients.JSON, "X-Amz-Target": target}
    answer = filled.call("cloudtrail", "POST", "/", headers, b"{}")
    assert answer.status in {400, 404} and answer.error == "UnknownOperationException"


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "application/x-amz-json-1.1"])
def test_the_target_decides_whatever_the_content_type_says(filled, kind):
    headers = {"Content-Type": kind,
               "X-Amz-Target": f"{clients.CLOUDTRAIL_TARGET}.LookupEvents"}
    answer = filled.call("cloudtrail", "POST", "/", headers, b'{"MaxResults":51}')
    fails(answer, "InvalidMaxResultsException")


def test_methods_and_paths_that_nothing_serves(filled):
    for method, url in (("PUT", "/"), ("GET", "/nothing"), ("DELETE", "/ingest"), ("GET", "/")):
        answer = filled.call("cloudtrail", method, url, {"Content-Type": clients.JSON}, b"")
        assert 400 <= answer.status < 500, (method, url, answer)


def test_unknown_sts_action(filled):
    answer = filled.sts("MakeCoffee")
    assert answer.status == 400 and answer.error == "InvalidAction"
    assert "MakeCoffee" in answer.message
    assert "xml" in answer.headers["content-type"]
