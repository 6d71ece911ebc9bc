"""Who is calling, and what the history says about them."""

import base64
import datetime
import json

import pytest

from conftest import boto
from kit.sigv4 import Credentials

KEY_ORDER = [
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion",
    "sourceIPAddress", "userAgent", "errorCode", "errorMessage", "requestParameters",
    "responseElements", "additionalEventData", "requestID", "eventID", "readOnly", "resources",
    "eventType", "apiVersion", "managementEvent", "recipientAccountId", "sharedEventID",
    "vpcEndpointId", "vpcEndpointAccountId", "serviceEventDetails", "addendum", "eventCategory",
    "tlsDetails", "sessionCredentialFromConsole",
]
IDENTITY_ORDER = [
    "type", "principalId", "arn", "accountId", "accessKeyId", "userName", "sessionContext",
    "invokedBy",
]
ALWAYS = {
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion",
    "sourceIPAddress", "requestParameters", "responseElements", "eventID", "eventType",
    "recipientAccountId", "eventCategory",
}


IAM_REGION = "us-east-1"


def newest(client, name, region=None):
    """The newest record called `name` in the caller's history."""
    query = [{"AttributeKey": "EventName", "AttributeValue": name}]
    client = client.in_region(region or client.region)
    events = client.lookup(LookupAttributes=query, MaxResults=1)["Events"]
    assert events, f"no {name} in the history"
    return json.loads(events[0]["CloudTrailEvent"])


def check_shape(record):
    assert [key for key in KEY_ORDER if key in record] == list(record)
    assert ALWAYS <= set(record)
    identity = list(record["userIdentity"])
    assert [key for key in IDENTITY_ORDER if key in identity] == identity
    null = [key for key, value in record.items() if value is None]
    assert set(null) <= {"requestParameters", "responseElements"}
    assert record["eventVersion"] == "1.11"
    assert record["eventType"] == "AwsApiCall"
    assert record["eventCategory"] == "Management" and record["managementEvent"] is True
    assert isinstance(record["readOnly"], bool)
    assert len(record["eventTime"]) == 20 and record["eventTime"].endswith("Z")
    assert record["sourceIPAddress"] == "127.0.0.1"
    assert len(record["eventID"]) == 36


def test_root(aws, account):
    who = aws(account.client, "sts", "get-caller-identity")
    assert who == {
        "UserId": account.id, "Account": account.id, "Arn": f"arn:aws:iam::{account.id}:root",
    }
    record = newest(account.client, "GetCallerIdentity")
    check_shape(record)
    identity = record["userIdentity"]
    assert identity["type"] == "Root"
    assert identity["principalId"] == identity["accountId"] == account.id
    assert identity["arn"] == f"arn:aws:iam::{account.id}:root"
    assert identity["accessKeyId"] == account.client.creds.access_key_id
    assert "userName" not in identity
    assert record["recipientAccountId"] == account.id
    assert record["eventSource"] == "sts.amazonaws.com"
    assert record["readOnly"] is True
    assert "aws-cli" in record["userAgent"]
    assert record["requestParameters"] is None and record["responseElements"] is None


def test_iam_user(account):
    user = account.user("alice")
    who = boto(user, "sts").get_caller_identity()
    assert who["Arn"] == f"arn:aws:iam::{account.id}:user/alice"
    assert who["Account"] == account.id and who["UserId"].startswith("AIDA")
    identity = newest(account.client, "GetCallerIdentity")["userIdentity"]
    assert identity == {
        "type": "IAMUser",
        "principalId": who["UserId"],
        "arn": who["Arn"],
        "accountId": account.id,
        "accessKeyId": user.creds.access_key_id,
        "userName": "alice",
    }


def test_assumed_role(aws, account):
    role = account.role("deploy", session="pipeline-7")
    who = aws(role, "sts", "get-caller-identity")
    assert who["Arn"] == f"arn:aws:sts::{account.id}:assumed-role/deploy/pipeline-7"
    assert who["UserId"].startswith("AROA") and who["UserId"].endswith(":pipeline-7")
    record = newest(account.client, "GetCallerIdentity")
    check_shape(record)
    identity = record["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["principalId"] == who["UserId"] and identity["arn"] == who["Arn"]
    assert identity["accessKeyId"].startswith("ASIA")
    assert "userName" not in identity
    context = identity["sessionContext"]
    assert context["sessionIssuer"] == {
        "type": "Role",
        "principalId": who["UserId"].partition(":")[0],
        "arn": f"arn:aws:iam::{account.id}:role/deploy",
        "accountId": account.id,
        "userName": "deploy",
    }
    assert context["attributes"]["mfaAuthenticated"] == "false"
    assert context["attributes"]["creationDate"].endswith("Z")

    assumed = newest(account.client, "AssumeRole")
    check_shape(assumed)
    assert assumed["requestParameters"]["roleArn"] == f"arn:aws:iam::{account.id}:role/deploy"
    assert assumed["requestParameters"]["roleSessionName"] == "pipeline-7"
    given = assumed["responseElements"]["credentials"]
    assert given["accessKeyId"] == role.creds.access_key_id
    assert role.creds.secret not in json.dumps(assumed)


def test_a_session_token_is_needed_and_checked(account):
    role = account.role("deploy")
    whole = role.creds
    for wrong in (None, whole.token[:-4] + "AAAA", "x"):
        creds = type(whole)(whole.access_key_id, whole.secret, wrong)
        answer = role.with_creds(creds).sts("GetCallerIdentity")
        assert answer.status == 403
        assert answer.error == "InvalidClientTokenId"


def test_get_session_token(account):
    user = account.user("alice")
    answer = boto(user, "sts").get_session_token()["Credentials"]
    assert answer["AccessKeyId"].startswith("ASIA")
    session = user.with_creds(
        type(user.creds)(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])
    )
    who = boto(session, "sts").get_caller_identity()
    assert who["Arn"] == f"arn:aws:iam::{account.id}:user/alice"


@pytest.mark.parametrize(
    "reason, arn, trusted",
    [
        ("another account", "arn:aws:iam::{id}:role/deploy", []),
        ("no such role", "arn:aws:iam::{id}:role/nobody", None),
        ("not a role", "nonsense", None),
    ],
)
def test_assume_role_is_refused(operator, account, reason, arn, trusted):
    if trusted is not None:
        account.client.cairn("CreateRole", RoleName="deploy", TrustedAccounts=[account.id])
    answer = operator.sts(
        "AssumeRole", RoleArn=arn.format(id=account.id), RoleSessionName="intruder"
    )
    assert answer.error in {"AccessDenied", "ValidationError"}, reason
    assert answer.status in {400, 403}


def test_an_assumed_role_across_accounts(operator, account):
    """A role that trusts the other account can be assumed from there; both sides see it."""
    me = boto(operator, "sts").get_caller_identity()
    made = account.client.cairn(
        "CreateRole", RoleName="audit", TrustedAccounts=[me["Account"]]
    )["Role"]
    session = operator.assume_role(made["Arn"], "visitor")
    who = boto(session, "sts").get_caller_identity()
    assert who["Account"] == account.id

    theirs = newest(account.client, "AssumeRole")
    check_shape(theirs)
    assert theirs["userIdentity"] == {
        "type": "AWSAccount", "principalId": me["UserId"], "accountId": me["Account"],
    }
    assert theirs["recipientAccountId"] == account.id
    ours = newest(operator, "AssumeRole")
    assert ours["userIdentity"]["arn"] == me["Arn"]
    assert ours["recipientAccountId"] == me["Account"]
    assert ours["sharedEventID"] == theirs["sharedEventID"]
    assert ours["eventID"] != theirs["eventID"]
    assert ours["responseElements"] == theirs["responseElements"]


def test_no_role_makes_an_administrator(account):
    """Only an administrator enters a role that is one; trust in the account is not enough."""
    role = account.client.cairn("CreateRole", RoleName="rescue", Admin=True)["Role"]
    reader, chief = account.user("reader"), account.user("chief", admin=True)
    ask = {"RoleArn": role["Arn"], "RoleSessionName": "night-shift"}
    answer = reader.sts("AssumeRole", **ask)
    assert (answer.status, answer.error) == (403, "AccessDenied")
    record = newest(account.client, "AssumeRole")
    assert record["errorCode"] == "AccessDenied"
    assert record["errorMessage"] == answer.message
    assert record["userIdentity"]["userName"] == "reader"
    missing = reader.sts("AssumeRole", **ask | {"RoleArn": role["Arn"].replace("rescue", "none")})
    assert missing.message == answer.message.replace("rescue", "none")
    session = chief.assume_role(role["Arn"], "night-shift")
    assert session.cairn("ListUsers")["Users"]


@pytest.mark.parametrize(
    "name, given",
    [
        ("Policy", {"Policy": "{}"}),
        ("PolicyArns", {"PolicyArns.member.1.arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
        ("Tags", {"Tags.member.1.Key": "team", "Tags.member.1.Value": "blue"}),
        ("SerialNumber", {"SerialNumber": "arn:aws:iam::111122223333:mfa/alice"}),
        ("TokenCode", {"TokenCode": "314159"}),
    ],
)
def test_what_would_narrow_a_session_is_refused(account, name, given):
    """Nobody gets a wider session than asked for; codes never stand in a record."""
    role = account.client.cairn("CreateRole", RoleName="deploy")["Role"]
    user = account.user("alice")
    answer = user.sts("AssumeRole", RoleArn=role["Arn"], RoleSessionName="narrow", **given)
    assert (answer.status, answer.error) == (400, "ValidationError")
    assert f"{name} is not supported" in answer.message
    record = newest(account.client, "AssumeRole")
    assert record["requestParameters"]["roleSessionName"] == "narrow"
    assert "314159" not in json.dumps(record)


def test_durations(account):
    """Root's sessions and those of chained roles last an hour at most; a user's own longer."""
    role = account.client.cairn("CreateRole", RoleName="deploy")["Role"]
    ask = {"RoleArn": role["Arn"], "RoleSessionName": "long", "DurationSeconds": "43200"}
    given = boto(account.user("alice"), "sts").get_session_token()["Credentials"]
    session = account.client.with_creds(
        Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    )
    assert session.sts("AssumeRole", **ask).status == 200
    chained = account.assume(role["Arn"], "first").sts("AssumeRole", **ask)
    assert (chained.status, chained.error) == (400, "ValidationError")
    answer = boto(account.client, "sts").get_session_token(DurationSeconds=43200)
    left = answer["Credentials"]["Expiration"] - datetime.datetime.now(datetime.UTC)
    assert datetime.timedelta(minutes=50) < left <= datetime.timedelta(hours=1)


def test_an_unknown_action(account):
    answer = account.client.sts("AssumeNothing")
    assert (answer.status, answer.error) == (400, "InvalidAction")
    assert answer.message == "Could not find operation AssumeNothing for version 2011-06-15"


def test_every_identity_operation_is_recorded(account):
    """User, role and key calls are management events of iam.amazonaws.com, without the secret."""
    client = account.client
    client.cairn("CreateUser", UserName="bob")
    key = client.cairn("CreateAccessKey", UserName="bob")["AccessKey"]
    client.cairn("UpdateAccessKey", AccessKeyId=key["AccessKeyId"], Status="Inactive")
    client.cairn("DeleteAccessKey", AccessKeyId=key["AccessKeyId"])
    client.cairn("CreateRole", RoleName="nightly")
    client.cairn("DeleteRole", RoleName="nightly")
    client.cairn("DeleteUser", UserName="bob")
    for name in (
        "CreateUser", "CreateAccessKey", "UpdateAccessKey", "DeleteAccessKey", "CreateRole",
        "DeleteRole", "DeleteUser",
    ):
        record = newest(client, name, IAM_REGION)
        check_shape(record)
        assert record["eventSource"] == "iam.amazonaws.com"
        assert record["readOnly"] is False
        assert record["userIdentity"]["type"] == "Root"
        assert record["requestParameters"]
        assert key["SecretAccessKey"] not in json.dumps(record)
    made = newest(client, "CreateUser", IAM_REGION)
    assert made["requestParameters"]["userName"] == "bob"


def test_a_refused_call_is_recorded_with_its_error(account):
    """The error code and text that the caller saw stand in the record."""
    reader = account.user("reader")
    answer = reader.cairn_answer("CreateUser", UserName="more")
    assert answer.status in {400, 403} and answer.error == "AccessDeniedException"
    record = newest(account.client, "CreateUser", IAM_REGION)
    assert record["errorCode"].startswith("AccessDenied")
    assert record["errorMessage"] == answer.message
    assert record["userIdentity"]["userName"] == "reader"
    assert record["responseElements"] is None


def test_an_inactive_or_deleted_key_is_refused(account):
    user = account.user("alice")
    key = user.creds.access_key_id
    assert user.sts("GetCallerIdentity").status == 200
    account.client.cairn("UpdateAccessKey", AccessKeyId=key, Status="Inactive")
    assert user.sts("GetCallerIdentity").error == "InvalidClientTokenId"
    account.client.cairn("UpdateAccessKey", AccessKeyId=key, Status="Active")
    assert user.sts("GetCallerIdentity").status == 200
    account.client.cairn("DeleteAccessKey", AccessKeyId=key)
    assert user.sts("GetCallerIdentity").error == "InvalidClientTokenId"


def test_lists_show_what_was_made(account):
    account.user("alice")
    account.user("root-ish", admin=True)
    account.client.cairn("CreateRole", RoleName="deploy")
    users = account.client.cairn("ListUsers")["Users"]
    assert [(user["UserName"], user["Admin"]) for user in users] == [
        ("alice", False), ("root-ish", True),
    ]
    roles = account.client.cairn("ListRoles")["Roles"]
    assert [role["RoleName"] for role in roles] == ["deploy"]
    keys = account.client.cairn("ListAccessKeys", UserName="alice")["AccessKeys"]
    assert len(keys) == 1 and keys[0]["Status"] == "Active"
    assert "SecretAccessKey" not in keys[0]


def test_what_a_record_has_no_room_for_is_kept_beside_it(account):
    """Padding a request must not make its content disappear from the evidence."""
    client = account.client
    padding = "x" * (150 * 1024)
    client.cloudtrail("LookupEvents", NextToken=padding)
    (hit,) = [
        found for found in client.search(
            Attributes=[{"AttributeKey": "EventName", "AttributeValue": "LookupEvents"}]
        )
    ]
    record = json.loads(hit["Record"])
    mark = json.dumps(record["requestParameters"])
    assert len(hit["Record"]) < 20_000 and "sha256" in mark.lower()
    pieces = client.cairn("ListQuarantine", MaxResults=1000)["Pieces"]
    (kept,) = [piece for piece in pieces if piece["Reason"] == "Omitted"]
    assert kept["Sha256"] in mark
    whole = client.cairn("ListQuarantine", Seq=kept["Seq"])["Pieces"][0]["Content"]
    assert json.loads(base64.b64decode(whole)) == {"nextToken": padding}


def test_a_key_without_a_name_is_the_callers_own(account):
    boss = account.client
    boss.cairn("CreateUser", UserName="ada", Admin=True)
    key = boss.cairn("CreateAccessKey", UserName="ada")["AccessKey"]
    ada = boss.with_creds(Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
    assert ada.cairn("CreateAccessKey")["AccessKey"]["UserName"] == "ada"
    assert len(ada.cairn("ListAccessKeys")["AccessKeys"]) == 2
    assert "UserName" not in boss.cairn("ListAccessKeys")["AccessKeys"][0]


def test_the_last_administrator_cannot_be_taken_away(private_server):
    admin = private_server.client()
    own = admin.creds.access_key_id
    for operation, members in (
        ("DeleteUser", {"UserName": "ADMIN"}),
        ("DeleteAccessKey", {"AccessKeyId": own}),
        ("UpdateAccessKey", {"AccessKeyId": own, "Status": "Inactive"}),
    ):
        refused = admin.cairn_answer(operation, **members)
        assert refused.status == 400 and b"DeleteConflictException" in refused.body, operation
    admin.cairn("CreateUser", UserName="second", Admin=True)
    key = admin.cairn("CreateAccessKey", UserName="second")["AccessKey"]
    admin.cairn("DeleteUser", UserName="admin")
    second = admin.with_creds(Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
    assert [user["UserName"] for user in second.cairn("ListUsers")["Users"]] == ["second"]
