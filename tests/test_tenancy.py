"""No account sees another's events: every identity, every way to read, zero foreign records."""

import json

import pytest

from conftest import new_account
from kit import records

MINE, THEIRS = "mine", "theirs"
REGIONS = ("us-east-1", "eu-central-1")
IDENTITIES = ("root key", "user", "admin user", "role session", "admin role session")


class Tenant:
    """An account with each kind of identity, and events whose userAgent carries its mark."""

    def __init__(self, operator, mark):
        self.account = new_account(operator)
        self.mark = f"{mark}-{self.account.id}"
        self.clients = {
            "root key": self.account.client,
            "user": self.account.user("alice"),
            "admin user": self.account.user("chief", admin=True),
            "role session": self.account.role("deploy"),
            "admin role session": self.account.role("rescue", admin=True),
        }
        for region in REGIONS:
            self.account.ingest(*[self.record(region, number) for number in range(3)])

    def record(self, region, number):
        # The same ids, names, users and resources in both accounts; only the mark differs.
        return records.record(
            "DeleteTable", "dynamodb.amazonaws.com", eventID=f"shared-{region}-{number}",
            awsRegion=region, userAgent=self.mark,
            resources=[{"accountId": records.ACCOUNT, "type": "AWS::DynamoDB::Table",
                        "ARN": "arn:aws:dynamodb:us-east-1:111122223333:table/ledger"}],
        )


@pytest.fixture(scope="module")
def tenants(operator):
    return Tenant(operator, MINE), Tenant(operator, THEIRS)


def own_call(tenant, text):
    """A record of a call that this tenant made itself; it may have asked for the other's mark."""
    return json.loads(text)["recipientAccountId"] == tenant.account.id


def check(tenant, other, texts):
    assert texts
    for text in texts:
        if not own_call(tenant, text):
            assert tenant.mark in text and other.mark not in text, text


QUESTIONS = [
    {},
    {"EventId": "shared-us-east-1-1"},
    {"EventName": "DeleteTable"},
    {"Username": "alice"},
    {"ResourceType": "AWS::DynamoDB::Table"},
    {"ResourceName": "arn:aws:dynamodb:us-east-1:111122223333:table/ledger"},
    {"EventSource": "dynamodb.amazonaws.com"},
    {"AccessKeyId": "AKIAEXAMPLE111111111"},
    {"ReadOnly": "false"},
]


def attributes(question):
    return [{"AttributeKey": key, "AttributeValue": value} for key, value in question.items()]


@pytest.mark.parametrize("who", IDENTITIES)
def test_lookup_events(tenants, who):
    for tenant, other in (tenants, tenants[::-1]):
        for region in REGIONS:
            client = tenant.clients[who].in_region(region)
            for question in QUESTIONS:
                if question.get("EventId") and region != "us-east-1":
                    continue
                asked = {"LookupAttributes": attributes(question)} if question else {}
                events = client.lookup(**asked)["Events"]
                check(tenant, other, [event["CloudTrailEvent"] for event in events])


@pytest.mark.parametrize("who", IDENTITIES)
def test_search_events(tenants, who):
    for tenant, other in (tenants, tenants[::-1]):
        client = tenant.clients[who]
        for question in QUESTIONS:
            hits = client.search(Attributes=attributes(question), MaxResults=1000)
            check(tenant, other, [hit["Record"] for hit in hits])
        for region in REGIONS:
            hits = client.search(Region=region, Text="DeleteTable")
            check(tenant, other, [hit["Record"] for hit in hits])
        for hit in client.search(Text=other.mark):
            assert own_call(tenant, hit["Record"])


@pytest.mark.parametrize("who", IDENTITIES)
def test_tail_events(tenants, who):
    for tenant, other in (tenants, tenants[::-1]):
        client = tenant.clients[who]
        page = client.cairn("TailEvents", After=0, WaitSeconds=0, MaxResults=1000)
        check(tenant, other, [hit["Record"] for hit in page["Records"]])
        marked = client.cairn("TailEvents", After=0, WaitSeconds=0, Text="DeleteTable")
        check(tenant, other, [hit["Record"] for hit in marked["Records"]])


@pytest.mark.parametrize("who", IDENTITIES)
def test_nobody_else_ingests_for_other_accounts(tenants, who):
    """`account=record` is for operators: admins of the first account."""
    tenant, other = tenants
    forged = records.record(account=other.account.id, userAgent="forged")
    answer = tenant.clients[who].ingest_answer(records.encode(forged), from_record=True)
    assert answer.status in {400, 403}, answer
    assert answer.error == "AccessDeniedException"
    hits = other.account.client.search(Attributes=attributes({"EventId": forged["eventID"]}))
    assert hits == []


@pytest.mark.parametrize("who", IDENTITIES)
def test_nobody_else_makes_or_lists_accounts(tenants, who):
    tenant, _ = tenants
    for call in (("CreateAccount", {"Name": "mine-too"}), ("ListAccounts", {})):
        answer = tenant.clients[who].cairn_answer(call[0], **call[1])
        assert answer.error == "AccessDeniedException", (call, answer)


@pytest.mark.parametrize("who", ["user", "role session"])
def test_readers_change_no_identity(tenants, who):
    client = tenants[0].clients[who]
    for operation, members in (
        ("CreateUser", {"UserName": "more"}),
        ("CreateRole", {"RoleName": "more"}),
        ("CreateAccessKey", {"UserName": "chief"}),
        ("DeleteUser", {"UserName": "chief"}),
        ("DeleteRole", {"RoleName": "rescue"}),
    ):
        answer = client.cairn_answer(operation, **members)
        assert answer.error == "AccessDeniedException", (operation, answer)


@pytest.mark.parametrize("who", ["user", "role session"])
def test_readers_become_no_administrators(tenants, who):
    """Neither by a role of their own account nor by one that trusts their account."""
    tenant, other = tenants
    role = f"guests-{who.replace(' ', '-')}"
    made = other.account.client.cairn(
        "CreateRole", RoleName=role, Admin=True, TrustedAccounts=[tenant.account.id]
    )["Role"]
    for arn in (made["Arn"], f"arn:aws:iam::{tenant.account.id}:role/rescue"):
        ask = {"RoleArn": arn, "RoleSessionName": "climber"}
        assert tenant.clients[who].sts("AssumeRole", **ask).error == "AccessDenied", arn
        assert tenant.clients["admin user"].sts("AssumeRole", **ask).status == 200, arn


@pytest.mark.parametrize("who", ["root key", "admin user", "admin role session"])
def test_identities_are_their_accounts_own(tenants, who):
    """The names of the other account mean nothing here, and its keys cannot be touched."""
    tenant, other = tenants
    client = tenant.clients[who]
    key = other.clients["user"].creds.access_key_id
    for operation in ("DeleteAccessKey", "UpdateAccessKey"):
        answer = client.cairn_answer(operation, AccessKeyId=key, Status="Inactive")
        assert 400 <= answer.status < 500, answer
    assert other.clients["user"].sts("GetCallerIdentity").status == 200
    names = {user["UserName"] for user in client.cairn("ListUsers")["Users"]}
    assert names == {"alice", "chief", "opener"}
    keys = client.cairn("ListAccessKeys", UserName="alice")["AccessKeys"]
    assert key not in {found["AccessKeyId"] for found in keys}
