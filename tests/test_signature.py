"""Who is let in: every way a signature can be wrong, in both protocols."""

import datetime
import json
import time
import urllib.parse

import pytest

from kit import sigv4
from kit.client import CAIRN_TARGET, CLOUDTRAIL_TARGET, FORM, JSON
from kit.sigv4 import Credentials, Scope

MINUTE = datetime.timedelta(minutes=1)
IDENTITY = urllib.parse.urlencode({"Action": "GetCallerIdentity", "Version": "2011-06-15"})


@pytest.fixture(scope="module")
def client(module_account):
    return module_account.client


def lookup_request(client, creds=None, scope=None, at=None, **headers):
    """A signed LookupEvents: (url, headers, body)."""
    body = json.dumps({"MaxResults": 1}).encode()
    plain = {"Host": client.host, "Content-Type": JSON,
             "X-Amz-Target": f"{CLOUDTRAIL_TARGET}.LookupEvents", **headers}
    scope = scope or Scope(client.region, "cloudtrail")
    return "/", sigv4.sign_headers(creds or client.creds, scope, "POST", "/", plain, body, at), body


def identity_request(client, creds=None, at=None):
    body = IDENTITY.encode()
    plain = {"Host": client.host, "Content-Type": FORM}
    scope = Scope(client.region, "sts")
    return "/", sigv4.sign_headers(creds or client.creds, scope, "POST", "/", plain, body, at), body


def refused(answer, *errors):
    assert answer.status in {400, 403}, answer
    assert answer.error in errors, answer.body
    assert answer.message


def post(client, request):
    url, headers, body = request
    return client.send("POST", url, headers, body)


def test_the_right_signature_is_let_in(client):
    assert post(client, lookup_request(client)).status == 200
    assert post(client, identity_request(client)).status == 200


def test_wrong_secret(client):
    wrong = Credentials(client.creds.access_key_id, client.creds.secret[:-1] + "!")
    refused(post(client, lookup_request(client, wrong)), "InvalidSignatureException")
    refused(post(client, identity_request(client, wrong)), "SignatureDoesNotMatch")


def test_unknown_key(client):
    unknown = Credentials("AKIANOBODY0000000000", client.creds.secret)
    refused(post(client, lookup_request(client, unknown)), "UnrecognizedClientException")
    refused(post(client, identity_request(client, unknown)), "InvalidClientTokenId")


def test_wrong_secret_through_the_aws_cli(aws, client):
    wrong = client.with_creds(Credentials(client.creds.access_key_id, "wrong" * 8))
    assert "SignatureDoesNotMatch" in aws(wrong, "sts", "get-caller-identity", fails=True)
    said = aws(wrong, "cloudtrail", "lookup-events", fails=True)
    assert "InvalidSignatureException" in said


@pytest.mark.parametrize("minutes", [-16, 16, -60 * 24 * 400])
def test_a_skewed_clock(client, minutes):
    at = sigv4.now() + minutes * MINUTE
    refused(post(client, lookup_request(client, at=at)), "InvalidSignatureException")
    refused(post(client, identity_request(client, at=at)), "SignatureDoesNotMatch")


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_little_skew_is_forgiven(client, minutes):
    assert post(client, identity_request(client, at=sigv4.now() + minutes * MINUTE)).status == 200


def test_a_replayed_change(client):
    """The same bytes a second time are refused: a change can be made once only."""
    body = json.dumps({"UserName": "once"}).encode()
    plain = {"Host": client.host, "Content-Type": JSON, "X-Amz-Target": f"{CAIRN_TARGET}.CreateUser"}
    scope = Scope(client.region, "cairn")
    request = "/", sigv4.sign_headers(client.creds, scope, "POST", "/", plain, body), body
    assert post(client, request).status == 200
    refused(post(client, request), "InvalidSignatureException")


def test_no_signature(client):
    headers = {"Content-Type": JSON, "X-Amz-Target": f"{CLOUDTRAIL_TARGET}.LookupEvents"}
    answer = client.send("POST", "/", headers, b"{}")
    refused(answer, "MissingAuthenticationTokenException", "MissingAuthenticationToken")
    answer = client.send("POST", "/", {"Content-Type": FORM}, IDENTITY.encode())
    refused(answer, "MissingAuthenticationToken", "MissingAuthenticationTokenException")
    answer = client.send("POST", "/ingest", {"Content-Type": "application/json"}, b"{}")
    assert answer.status in {400, 401, 403}


def test_a_changed_body(client):
    url, headers, body = lookup_request(client)
    changed = body.replace(b"1", b"2")
    refused(client.send("POST", url, headers, changed), "InvalidSignatureException")


@pytest.mark.parametrize("name", ["x-amz-target", "content-type", "x-amz-date"])
def test_a_changed_header(client, name):
    url, headers, body = lookup_request(client)
    headers[name] = {
        "x-amz-target": "CloudTrail_20131101.LookupEvents",
        "content-type": "application/x-amz-json-1.0",
        "x-amz-date": sigv4.amz_date(sigv4.now() - MINUTE),
    }[name]
    answer = client.send("POST", url, headers, body)
    refused(answer, "InvalidSignatureException", "IncompleteSignatureException",
            "IncompleteSignature")


def test_a_header_that_must_be_signed(client):
    """A header of the protocol that the signature does not cover could have been put there."""
    url, headers, body = lookup_request(client)
    headers["x-amz-security-token"] = "not signed"
    answer = client.send("POST", url, headers, body)
    assert answer.status in {400, 403}


def test_a_scope_for_another_service_or_day(client):
    wrong_service = lookup_request(client, scope=Scope(client.region, "sts"))
    assert post(client, wrong_service).status in {400, 403, 404}
    url, headers, body = lookup_request(client)
    today, yesterday = (f"{sigv4.now() - MINUTE * 60 * 24 * days:%Y%m%d}" for days in (0, 1))
    headers["authorization"] = headers["authorization"].replace(f"/{today}/", f"/{yesterday}/")
    assert client.send("POST", url, headers, body).status in {400, 403}


@pytest.mark.parametrize(
    "value",
    ["", "AWS4-HMAC-SHA256", "Bearer x", "AWS4-HMAC-SHA256 Credential=, SignedHeaders=, Signature=",
     "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=00",
     "AWS4-HMAC-SHA256 " + "Credential=x," * 500, "AWS4-ECDSA-P256-SHA256 Credential=a"],
    ids=["empty", "bare", "bearer", "empty members", "wrong scope", "repeated", "other algorithm"],
)
def test_an_authorization_header_that_is_none(client, value):
    url, headers, body = lookup_request(client)
    headers["authorization"] = value
    answer = client.send("POST", url, headers, body)
    assert answer.status in {400, 401, 403}, answer
    assert answer.error


def presigned(client, at=None, expires=60, **params):
    query = {"Action": "GetCallerIdentity", "Version": "2011-06-15", **params}
    scope = Scope(client.region, "sts")
    return sigv4.presign(client.creds, scope, client.host, query, at, expires)


def test_a_presigned_query(client):
    answer = client.send("GET", presigned(client), {"Host": client.host}, None)
    assert answer.status == 200
    assert b"GetCallerIdentityResult" in answer.body


def test_a_presigned_query_of_a_session(module_account):
    role = module_account.role("presigner")
    answer = role.send("GET", presigned(role), {"Host": role.host}, None)
    assert answer.status == 200 and b"assumed-role/presigner" in answer.body


def test_a_presigned_query_that_has_expired_or_was_changed(client):
    old = presigned(client, at=sigv4.now() - 2 * MINUTE, expires=60)
    ahead = presigned(client, at=sigv4.now() + 20 * MINUTE)
    changed = presigned(client).replace("GetCallerIdentity", "GetSessionToken")
    longer = presigned(client, at=sigv4.now() - 2 * MINUTE).replace("Expires=60", "Expires=6000")
    too_long = presigned(client, expires=8 * 24 * 3600)
    for url in (old, ahead, changed, longer, too_long):
        answer = client.send("GET", url, {"Host": client.host}, None)
        assert answer.status in {400, 403}, (url, answer)


def test_signatures_are_compared_after_the_key_is_known(client):
    """A wrong signature and an unknown key must not answer in clearly different times."""
    wrong = Credentials(client.creds.access_key_id, "wrong" * 8)
    unknown = Credentials("AKIANOBODY0000000000", "wrong" * 8)
    spent = {}
    for name, creds in (("wrong", wrong), ("unknown", unknown)):
        times = []
        for _ in range(15):
            request = identity_request(client, creds)
            started = time.perf_counter()
            assert post(client, request).status == 403
            times.append(time.perf_counter() - started)
        spent[name] = sorted(times)[len(times) // 2]
    assert max(spent.values()) < 0.05, spent
