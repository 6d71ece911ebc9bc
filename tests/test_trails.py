"""Trails as boto3, the aws CLI and Terraform's provider ask for them."""

import json
import pathlib
import sys
import uuid

import pytest
from botocore.exceptions import ClientError

from conftest import REGION, boto, new_account, run, shell_env

ELSEWHERE = "us-east-1"
PRINCIPAL = {"Service": "cloudtrail.amazonaws.com"}
DEFAULT_SELECTORS = [{
    "Name": "Management events selector",
    "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}],
}]


def bucket_policy(bucket, account, prefix=""):
    return {"Version": "2012-10-17", "Statement": [
        {
            "Sid": "AWSCloudTrailAclCheck20150319", "Effect": "Allow", "Principal": PRINCIPAL,
            "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{bucket}",
        },
        {
            "Sid": "AWSCloudTrailWrite20150319", "Effect": "Allow", "Principal": PRINCIPAL,
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{bucket}/{prefix}AWSLogs/{account}/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]}


def key_policy(account):
    return {"Version": "2012-10-17", "Statement": [
        {
            "Sid": "Admins", "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            "Action": "kms:*", "Resource": "*",
        },
        {
            "Sid": "Encrypt", "Effect": "Allow", "Principal": PRINCIPAL,
            "Action": "kms:GenerateDataKey*", "Resource": "*",
            "Condition": {"StringLike": {
                "kms:EncryptionContext:aws:cloudtrail:arn":
                    f"arn:aws:cloudtrail:*:{account}:trail/*",
            }},
        },
        {
            "Sid": "Describe", "Effect": "Allow", "Principal": PRINCIPAL,
            "Action": "kms:DescribeKey", "Resource": "*",
        },
    ]}


class Setup:
    """An account with a bucket that CloudTrail may write to, and whatever else a test makes."""

    def __init__(self, account):
        self.account, self.id = account, account.id
        self.bucket = f"trail-{uuid.uuid4().hex[:12]}"
        self.s3 = account.boto("s3")
        self.trails = account.boto("cloudtrail")
        self.s3.create_bucket(
            Bucket=self.bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
        self.allow()

    def allow(self, prefix=""):
        policy = bucket_policy(self.bucket, self.id, prefix)
        self.s3.put_bucket_policy(Bucket=self.bucket, Policy=json.dumps(policy))

    def arn(self, name, region=REGION):
        return f"arn:aws:cloudtrail:{region}:{self.id}:trail/{name}"

    def create(self, name="main", **members):
        made = self.trails.create_trail(Name=name, S3BucketName=self.bucket, **members)
        return bare(made)

    def key(self):
        made = self.account.boto("kms").create_key(Policy=json.dumps(key_policy(self.id)))
        return made["KeyMetadata"]["Arn"]

    def topic(self, name="news", allowed=True):
        sns = self.account.boto("sns")
        arn = sns.create_topic(Name=name)["TopicArn"]
        if allowed:
            policy = {"Version": "2012-10-17", "Statement": [{
                "Sid": "AWSCloudTrailSNSPolicy20131101", "Effect": "Allow", "Principal": PRINCIPAL,
                "Action": "SNS:Publish", "Resource": arn,
            }]}
            sns.set_topic_attributes(
                TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(policy)
            )
        return arn

    def refused(self, call, **members):
        """Code and text of an error, and the status that came with it."""
        with pytest.raises(ClientError) as caught:
            getattr(self.trails, call)(**members)
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
        error = caught.value.response["Error"]
        return error["Code"], error["Message"]


@pytest.fixture
def setup(account):
    return Setup(account)


def bare(answer):
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


# The commands that people copy.


def test_a_trail_of_all_regions_by_the_command_line(setup, aws):
    client = setup.account.client
    made = aws(
        client, "cloudtrail", "create-trail", "--name", "org-audit",
        "--s3-bucket-name", setup.bucket, "--is-multi-region-trail",
        "--include-global-service-events",
    )
    assert made == {
        "Name": "org-audit", "S3BucketName": setup.bucket, "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": True, "TrailARN": setup.arn("org-audit"),
        "LogFileValidationEnabled": False, "IsOrganizationTrail": False,
    }
    status = ("cloudtrail", "get-trail-status", "--name", "org-audit")
    assert aws(client, *status)["IsLogging"] is False
    run_quietly(client, "cloudtrail", "start-logging", "--name", "org-audit")
    shown = aws(client, *status)
    assert shown["IsLogging"] is True and shown["TimeLoggingStarted"].endswith("Z")
    run_quietly(client, "cloudtrail", "stop-logging", "--name", "org-audit")
    assert aws(client, *status)["IsLogging"] is False
    run_quietly(client, "cloudtrail", "delete-trail", "--name", "org-audit")
    assert aws(client, "cloudtrail", "describe-trails") == {"trailList": []}


def run_quietly(client, *args):
    """A command of the aws CLI that succeeds and prints nothing."""
    program = pathlib.Path(sys.executable).with_name("aws")
    done = run([program, *args], shell_env(client))
    assert (done.returncode, done.stdout) == (0, b""), done.stderr.decode()


def test_an_organization_trail_is_answered_as_outside_of_an_organization(setup, aws):
    said = aws(
        setup.account.client, "cloudtrail", "create-trail", "--name", "org-trail",
        "--s3-bucket-name", setup.bucket, "--is-organization-trail",
        "--enable-log-file-validation", "--kms-key-id", "alias/cloudtrail", fails=True,
    )
    assert said.strip().endswith(
        "An error occurred (OrganizationsNotInUseException) when calling the CreateTrail "
        "operation: Your account is not a member of an organization. To make this request, you "
        "must use the credentials of an account that belongs to an organization."
    )


def test_one_sensitive_bucket_by_the_command_line(setup, aws):
    client = setup.account.client
    setup.create("main")
    selectors = [{
        "Name": "Log objects of the sensitive bucket",
        "FieldSelectors": [
            {"Field": "eventCategory", "Equals": ["Data"]},
            {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::sensitive-bucket/"]},
        ],
    }]
    expected = {"TrailARN": setup.arn("main"), "AdvancedEventSelectors": selectors}
    put = aws(
        client, "cloudtrail", "put-event-selectors", "--trail-name", "main",
        "--advanced-event-selectors", json.dumps(selectors),
    )
    assert put == expected
    got = aws(client, "cloudtrail", "get-event-selectors", "--trail-name", "main")
    assert got == expected


# What Terraform's provider does, in its order.


def read(setup, arn):
    """The provider's read: the state that the next plan is compared with."""
    found = setup.trails.describe_trails(trailNameList=[arn])["trailList"]
    assert len(found) == 1
    state = {"trail": found[0]}
    state["tags"] = bare(setup.trails.list_tags(ResourceIdList=[arn]))
    state["logging"] = setup.trails.get_trail_status(Name=arn)["IsLogging"]
    if found[0]["HasCustomEventSelectors"]:
        state["selectors"] = bare(setup.trails.get_event_selectors(TrailName=arn))
    if found[0]["HasInsightSelectors"]:
        state["insights"] = bare(setup.trails.get_insight_selectors(TrailName=arn))
    return state


def test_the_calls_of_terraform_from_create_to_destroy(setup):
    trails, key, topic = setup.trails, setup.key(), setup.topic()
    setup.allow("audit/")
    made = setup.create(
        S3KeyPrefix="audit", SnsTopicName=topic, IncludeGlobalServiceEvents=True,
        IsMultiRegionTrail=True, EnableLogFileValidation=True, IsOrganizationTrail=False,
        KmsKeyId=key, TagsList=[{"Key": "team", "Value": "security"}],
    )
    arn = made["TrailARN"]
    trails.start_logging(Name=arn)
    selectors = [{
        "ReadWriteType": "All", "IncludeManagementEvents": True,
        "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::vault/"]}],
        "ExcludeManagementEventSources": [],
    }]
    trails.put_event_selectors(TrailName=arn, EventSelectors=selectors)
    insights = [{"InsightType": "ApiCallRateInsight"}]
    trails.put_insight_selectors(TrailName=arn, InsightSelectors=insights)

    state = read(setup, arn)
    assert state["trail"] == {
        "Name": "main", "S3BucketName": setup.bucket, "S3KeyPrefix": "audit",
        "SnsTopicName": topic, "SnsTopicARN": topic, "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": True, "HomeRegion": REGION, "TrailARN": arn,
        "LogFileValidationEnabled": True, "KmsKeyId": key, "HasCustomEventSelectors": True,
        "HasInsightSelectors": True, "IsOrganizationTrail": False,
    }
    assert state["tags"]["ResourceTagList"] == [
        {"ResourceId": arn, "TagsList": [{"Key": "team", "Value": "security"}]}
    ]
    assert state["logging"] is True
    assert state["selectors"] == {"TrailARN": arn, "EventSelectors": selectors}
    assert state["insights"]["InsightSelectors"][0]["InsightType"] == "ApiCallRateInsight"
    assert read(setup, arn) == state, "a second plan would show a difference"

    # An update takes everything away that can be taken away.
    setup.allow()
    trails.update_trail(
        Name=arn, S3BucketName=setup.bucket, S3KeyPrefix="", SnsTopicName="", KmsKeyId="",
        CloudWatchLogsRoleArn="", CloudWatchLogsLogGroupArn="", IsMultiRegionTrail=False,
        IncludeGlobalServiceEvents=False, EnableLogFileValidation=False,
    )
    trails.stop_logging(Name=arn)
    reset = [{"IncludeManagementEvents": True, "ReadWriteType": "All", "DataResources": []}]
    trails.put_event_selectors(TrailName=arn, EventSelectors=reset)
    trails.put_insight_selectors(TrailName=arn, InsightSelectors=[])
    trails.remove_tags(ResourceId=arn, TagsList=[{"Key": "team"}])
    trails.add_tags(ResourceId=arn, TagsList=[{"Key": "owner", "Value": "audit"}])
    state = read(setup, arn)
    assert state == {
        "trail": {
            "Name": "main", "S3BucketName": setup.bucket, "IncludeGlobalServiceEvents": False,
            "IsMultiRegionTrail": False, "HomeRegion": REGION, "TrailARN": arn,
            "LogFileValidationEnabled": False, "HasCustomEventSelectors": False,
            "HasInsightSelectors": False, "IsOrganizationTrail": False,
        },
        "tags": {"ResourceTagList": [
            {"ResourceId": arn, "TagsList": [{"Key": "owner", "Value": "audit"}]}
        ]},
        "logging": False,
    }
    assert read(setup, arn) == state

    trails.delete_trail(Name=arn)
    assert trails.describe_trails(trailNameList=[arn])["trailList"] == []
    code, text = setup.refused("delete_trail", Name=arn)
    assert (code, text) == (
        "TrailNotFoundException", f"Unknown trail: {arn} for the user: {setup.id}"
    )


def test_a_plain_trail_has_no_surprises(setup):
    arn = setup.create()["TrailARN"]
    state = read(setup, arn)
    assert state["trail"] == {
        "Name": "main", "S3BucketName": setup.bucket, "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": False, "HomeRegion": REGION, "TrailARN": arn,
        "LogFileValidationEnabled": False, "HasCustomEventSelectors": False,
        "HasInsightSelectors": False, "IsOrganizationTrail": False,
    }
    assert state["tags"]["ResourceTagList"] == [{"ResourceId": arn, "TagsList": []}]
    got = bare(setup.trails.get_event_selectors(TrailName=arn))
    assert got == {"TrailARN": arn, "AdvancedEventSelectors": DEFAULT_SELECTORS}
    status = bare(setup.trails.get_trail_status(Name="main"))
    assert status == {
        "IsLogging": False, "LatestDeliveryAttemptTime": "", "LatestDeliveryAttemptSucceeded": "",
        "LatestNotificationAttemptTime": "", "LatestNotificationAttemptSucceeded": "",
        "TimeLoggingStarted": "", "TimeLoggingStopped": "",
    }


def test_the_key_comes_back_as_its_arn_whatever_was_given(setup):
    key = setup.key()
    setup.account.boto("kms").create_alias(AliasName="alias/trails", TargetKeyId=key)
    alias = key.split(":key/")[0] + ":alias/trails"
    for index, given in enumerate([key, key.split("/")[1], "alias/trails", alias]):
        assert setup.create(f"trail-{index}", KmsKeyId=given)["KmsKeyId"] == key
    assert setup.trails.update_trail(Name="trail-0", KmsKeyId="").get("KmsKeyId") is None


def test_a_topic_by_name_and_by_arn(setup):
    arn = setup.topic("news")
    for index, given in enumerate(["news", arn]):
        made = setup.create(f"trail-{index}", SnsTopicName=given)
        assert (made["SnsTopicName"], made["SnsTopicARN"]) == (given, arn)


# Every text that clients match on or people search for.

CHARACTERS = (
    "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods "
    "(.), hyphens (-), and underscores (_)."
)
NAMES = {
    "a": "Trail name too short. Minimum allowed length: 3 characters. "
         "Specified name length: 1 characters.",
    "a" * 129: "Trail name too long. Maximum allowed length: 128 characters. "
               "Specified name length: 129 characters.",
    "-trail": "Trail name must starts with a letter or number.",
    "trail!": "Trail name must ends with a letter or number.",
    "my trail": CHARACTERS,
}


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_refused_by_its_first_flaw(setup, name):
    told = setup.refused("create_trail", Name=name, S3BucketName="no-such-bucket")
    assert told == ("InvalidTrailNameException", NAMES[name])
    for call in ("get_trail", "get_trail_status"):
        assert setup.refused(call, Name=name) == ("InvalidTrailNameException", NAMES[name])


def test_every_refusal_of_a_new_trail_has_its_text(setup):
    def told(**members):
        wanted = {"Name": "main", "S3BucketName": setup.bucket, **members}
        return setup.refused("create_trail", **wanted)

    assert told(
        IsMultiRegionTrail=True, IncludeGlobalServiceEvents=False, S3BucketName="no-such-bucket"
    ) == (
        "InvalidParameterCombinationException",
        "Multi-Region trail must include global service events.",
    )
    missing = f"missing-{uuid.uuid4().hex[:12]}"
    assert told(S3BucketName=missing) == (
        "S3BucketDoesNotExistException", f"S3 bucket {missing} does not exist!"
    )
    policy = (
        "InsufficientS3BucketPolicyException",
        f"Incorrect S3 bucket policy is detected for bucket: {setup.bucket}",
    )
    assert told(S3KeyPrefix="other") == policy
    topic = (
        "InsufficientSnsTopicPolicyException",
        "SNS Topic does not exist or the topic policy is incorrect!",
    )
    assert told(SnsTopicName="no-such-topic") == topic
    setup.topic("closed", allowed=False)
    assert told(SnsTopicName="closed") == topic
    group = f"arn:aws:logs:{REGION}:{setup.id}:log-group:trails:*"
    role = f"arn:aws:iam::{setup.id}:role/trails"
    assert told(CloudWatchLogsLogGroupArn=group) == (
        "InvalidCloudWatchLogsRoleArnException",
        "You must specify a role ARN as well as a log group.",
    )
    code, text = told(CloudWatchLogsLogGroupArn=group, CloudWatchLogsRoleArn=role)
    assert (code, text) == (
        "InvalidCloudWatchLogsLogGroupArnException",
        "CloudTrail cannot validate the specified log group ARN.",
    )
    assert "Access denied." not in text, "Terraform would try for minutes"
    assert told(KmsKeyId=str(uuid.uuid4()))[0] == "KmsKeyNotFoundException"
    closed = self_managed_key(setup)
    assert told(KmsKeyId=closed) == (
        "InsufficientEncryptionPolicyException",
        f"Insufficient permissions to access S3 bucket {setup.bucket} or KMS key {closed}.",
    )
    setup.s3.delete_bucket_policy(Bucket=setup.bucket)
    assert told() == policy
    assert setup.trails.describe_trails()["trailList"] == []


def self_managed_key(setup):
    """A key that CloudTrail may not use."""
    policy = key_policy(setup.id)
    del policy["Statement"][1:]
    made = setup.account.boto("kms").create_key(Policy=json.dumps(policy))
    return made["KeyMetadata"]["Arn"]


def test_a_policy_for_another_trail_or_account_does_not_do(setup, operator):
    def told(change):
        policy = bucket_policy(setup.bucket, setup.id)
        change(policy["Statement"][1])
        setup.s3.put_bucket_policy(Bucket=setup.bucket, Policy=json.dumps(policy))
        return setup.refused("create_trail", Name="main", S3BucketName=setup.bucket)[0]

    def source(key, value):
        return lambda statement: statement["Condition"]["StringEquals"].update({key: value})

    refused = "InsufficientS3BucketPolicyException"
    assert told(source("aws:SourceArn", setup.arn("other"))) == refused
    assert told(source("aws:SourceAccount", "999988887777")) == refused
    assert told(lambda statement: statement.update(Effect="Deny")) == refused
    folder = f"arn:aws:s3:::{setup.bucket}/AWSLogs/999988887777/*"
    assert told(lambda statement: statement.update(Resource=folder)) == refused
    policy = bucket_policy(setup.bucket, setup.id)
    source("aws:SourceArn", setup.arn("main"))(policy["Statement"][1])
    setup.s3.put_bucket_policy(Bucket=setup.bucket, Policy=json.dumps(policy))
    setup.create("main")
    # Another account's trail may not use what lets only this one in.
    other = new_account(operator)
    with pytest.raises(ClientError) as caught:
        other.boto("cloudtrail").create_trail(Name="main", S3BucketName=setup.bucket)
    assert caught.value.response["Error"]["Code"] == refused


def test_a_taken_name_and_a_full_region(setup):
    for number in range(5):
        setup.create(f"trail-{number}")
    assert setup.refused("create_trail", Name="trail-0", S3BucketName=setup.bucket) == (
        "TrailAlreadyExistsException", f"Trail trail-0 already exists for customer: {setup.id}"
    )
    assert setup.refused("create_trail", Name="trail-5", S3BucketName=setup.bucket) == (
        "MaximumNumberOfTrailsExceededException",
        f"User: {setup.id} already has 5 trails in {REGION}.",
    )
    away = setup.account.boto("cloudtrail", ELSEWHERE)
    away.create_trail(Name="trail-0", S3BucketName=setup.bucket)
    pages = away.get_paginator("list_trails").paginate()
    listed = [trail for page in pages for trail in page["Trails"]]
    assert len(listed) == 6
    assert {trail["HomeRegion"] for trail in listed} == {REGION, ELSEWHERE}


def test_selectors_are_refused_in_cloudtrails_words(setup):
    setup.create()

    def told(value):
        selector = {"DataResources": [{"Type": "AWS::S3::Object", "Values": [value]}]}
        return setup.refused("put_event_selectors", TrailName="main", EventSelectors=[selector])

    code = "InvalidEventSelectorsException"
    assert told("arn:aws:s3:::*/*") == (
        code, "Value arn:aws:s3:::*/* for DataResources.Values is invalid."
    )
    assert told("arn:aws:s3:::bucket")[0] == code
    excluded = {"ExcludeManagementEventSources": ["ec2.amazonaws.com"]}
    assert setup.refused(
        "put_event_selectors", TrailName="main", EventSelectors=[excluded]
    ) == (code, "Event selector ExcludeManagementEventSources is not valid")


def test_insights_that_are_off(setup):
    arn = setup.create()["TrailARN"]
    assert setup.refused("get_insight_selectors", TrailName=arn) == (
        "InsightNotEnabledException",
        f"Trail {arn} does not have Insights enabled. Edit the trail settings to enable Insights, "
        "and then try the operation again.",
    )


# Regions, accounts, identities.


def test_shadows_are_read_everywhere_and_changed_at_home(setup):
    arn = setup.create("wide", IsMultiRegionTrail=True)["TrailARN"]
    setup.create("narrow")
    away = setup.account.boto("cloudtrail", ELSEWHERE)
    shadow = away.describe_trails()["trailList"]
    assert [(trail["Name"], trail["HomeRegion"]) for trail in shadow] == [("wide", REGION)]
    assert away.describe_trails(includeShadowTrails=False)["trailList"] == []
    assert away.get_trail(Name="wide")["Trail"] == shadow[0]
    assert away.get_trail_status(Name=arn)["IsLogging"] is False
    assert away.get_event_selectors(TrailName=arn)["TrailARN"] == arn
    changes = [
        ("start_logging", {"Name": arn}), ("stop_logging", {"Name": arn}),
        ("update_trail", {"Name": arn}), ("delete_trail", {"Name": arn}),
        ("put_event_selectors", {"TrailName": arn, "EventSelectors": [{}]}),
        ("put_insight_selectors", {"TrailName": arn, "InsightSelectors": []}),
    ]
    for call, members in changes:
        with pytest.raises(ClientError) as caught:
            getattr(away, call)(**members)
        assert caught.value.response["Error"]["Code"] == "InvalidHomeRegionException", call
    setup.trails.update_trail(Name="wide", IsMultiRegionTrail=False)
    assert away.describe_trails()["trailList"] == []


def test_another_account_sees_nothing(setup, operator):
    arn = setup.create()["TrailARN"]
    other = new_account(operator).boto("cloudtrail")
    assert other.describe_trails()["trailList"] == []
    assert other.describe_trails(trailNameList=[arn])["trailList"] == []
    assert other.list_trails()["Trails"] == []
    for call in ("get_trail", "get_trail_status", "start_logging", "stop_logging", "delete_trail"):
        with pytest.raises(ClientError) as caught:
            getattr(other, call)(Name=arn)
        assert caught.value.response["Error"]["Code"] == "CloudTrailARNInvalidException", call
    assert setup.trails.get_trail(Name=arn)["Trail"]["TrailARN"] == arn


def test_only_administrators_change(setup):
    arn = setup.create()["TrailARN"]
    clerk = boto(setup.account.user("clerk"), "cloudtrail")
    assert clerk.get_trail(Name="main")["Trail"]["TrailARN"] == arn
    with pytest.raises(ClientError) as caught:
        clerk.stop_logging(Name="main")
    error = caught.value.response["Error"]
    assert (error["Code"], error["Message"]) == (
        "AccessDeniedException",
        f"User: arn:aws:iam::{setup.id}:user/clerk is not authorized to perform: "
        f"cloudtrail:StopLogging on resource: {arn} because no identity-based policy allows the "
        "cloudtrail:StopLogging action",
    )
    chief = boto(setup.account.user("chief", admin=True), "cloudtrail")
    chief.start_logging(Name="main")
    assert setup.trails.get_trail_status(Name="main")["IsLogging"] is True


# What is recorded, and what stays.


def events(setup, name):
    page = setup.trails.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": name}]
    )
    return [json.loads(event["CloudTrailEvent"]) for event in page["Events"]]


def test_changes_are_recorded_with_what_they_made(setup):
    made = setup.create(TagsList=[{"Key": "team", "Value": "red"}])
    setup.trails.start_logging(Name="main")
    setup.trails.put_event_selectors(TrailName="main", EventSelectors=[{"ReadWriteType": "All"}])
    setup.refused("delete_trail", Name="gone")
    created, = events(setup, "CreateTrail")
    assert created["requestParameters"] == {
        "name": "main", "s3BucketName": setup.bucket,
        "tagsList": [{"key": "team", "value": "red"}],
    }
    assert created["responseElements"] == {
        name[0].lower() + name[1:]: value for name, value in made.items()
    }
    assert (created["readOnly"], created["managementEvent"]) == (False, True)
    started, = events(setup, "StartLogging")
    assert started["responseElements"] is None
    assert started["requestParameters"] == {"name": "main"}
    put, = events(setup, "PutEventSelectors")
    assert put["responseElements"] == {"trailARN": made["TrailARN"], "eventSelectors": [{
        "readWriteType": "All", "includeManagementEvents": True, "dataResources": [],
        "excludeManagementEventSources": [],
    }]}
    deleted, = events(setup, "DeleteTrail")
    assert deleted["errorCode"] == "TrailNotFoundException"
    assert deleted["errorMessage"] == f"Unknown trail: {setup.arn('gone')} for the user: {setup.id}"


def test_a_trail_is_there_after_a_kill(private_server):
    setup = Setup(new_account(private_server.client()))
    arn = setup.create(EnableLogFileValidation=True)["TrailARN"]
    setup.trails.start_logging(Name=arn)
    setup.trails.add_tags(ResourceId=arn, TagsList=[{"Key": "team", "Value": "red"}])
    before = read(setup, arn)
    started = setup.trails.get_trail_status(Name=arn)["StartLoggingTime"]
    private_server.kill()
    private_server.start()
    setup.account.client.endpoint = private_server.endpoint
    setup.trails = setup.account.boto("cloudtrail")
    assert read(setup, arn) == before
    assert setup.trails.get_trail_status(Name=arn)["StartLoggingTime"] == started
    assert before["logging"] is True
    assert len(events(setup, "CreateTrail")) == 1


def test_public_keys_are_answered_in_one_page(setup):
    assert setup.trails.list_public_keys().get("NextToken") is None
    assert setup.refused("list_public_keys", NextToken="more")[0] == "InvalidTokenException"
    assert setup.refused("list_public_keys", StartTime=2_000_000_000, EndTime=1_000_000_000)[
        0
    ] == "InvalidTimeRangeException"


def test_the_folders_of_a_new_trail_show_in_its_bucket(setup):
    setup.create(EnableLogFileValidation=True)
    listed = setup.s3.list_objects_v2(Bucket=setup.bucket).get("Contents", [])
    root = f"AWSLogs/{setup.id}/"
    assert {root, f"{root}CloudTrail-Digest/", f"{root}CloudTrail/"} <= {
        found["Key"] for found in listed
    }
    assert all(found["Key"].endswith("/") and found["Size"] == 0 for found in listed)
