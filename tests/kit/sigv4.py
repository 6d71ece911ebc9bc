"""AWS Signature Version 4, as a client: headers or a presigned query.

Every step can be given from outside (time, signed headers, payload hash), so that a test can build
each wrong request that a server has to refuse.
"""

import datetime
import hashlib
import hmac
import urllib.parse
from dataclasses import dataclass

ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True)
class Credentials:
    access_key_id: str
    secret: str
    token: str | None = None


@dataclass(frozen=True)
class Scope:
    region: str
    service: str


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def amz_date(at):
    return at.strftime("%Y%m%dT%H%M%SZ")


def sign_headers(creds, scope, method, url, headers, body, at=None):
    """`headers` plus X-Amz-Date, X-Amz-Security-Token and Authorization. `url` is path?query.

    An X-Amz-Content-Sha256 among the headers is what the signature says of the body.
    """
    at = at or now()
    signed = {name.lower(): value for name, value in headers.items()}
    signed["x-amz-date"] = amz_date(at)
    if creds.token:
        signed["x-amz-security-token"] = creds.token
    path, _, query = url.partition("?")
    names = ";".join(sorted(signed))
    said = signed.get("x-amz-content-sha256", hashlib.sha256(body).hexdigest())
    canonical = _canonical(method, path, query, signed, said)
    signature = _signature(creds, scope, at, canonical)
    credential = f"{creds.access_key_id}/{_credential_scope(scope, at)}"
    signed["authorization"] = (
        f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    )
    return signed


def presign(creds, scope, host, params, at=None, expires=60):
    """`/?query` of a presigned GET to `host`."""
    at = at or now()
    query = dict(params)
    query["X-Amz-Algorithm"] = ALGORITHM
    query["X-Amz-Credential"] = f"{creds.access_key_id}/{_credential_scope(scope, at)}"
    query["X-Amz-Date"] = amz_date(at)
    query["X-Amz-Expires"] = str(expires)
    query["X-Amz-SignedHeaders"] = "host"
    if creds.token:
        query["X-Amz-Security-Token"] = creds.token
    text = urllib.parse.urlencode(query, quote_via=urllib.parse.quote, safe="-_.~")
    canonical = _canonical("GET", "/", text, {"host": host}, hashlib.sha256(b"").hexdigest())
    return f"/?{text}&X-Amz-Signature={_signature(creds, scope, at, canonical)}"


def _credential_scope(scope, at):
    return f"{at:%Y%m%d}/{scope.region}/{scope.service}/aws4_request"


def _canonical(method, path, query, headers, payload_hash):
    lines = [method, path, _canonical_query(query)]
    lines += [f"{name}:{' '.join(str(headers[name]).split())}" for name in sorted(headers)]
    return "\n".join([*lines, "", ";".join(sorted(headers)), payload_hash])


def _canonical_query(query):
    pairs = urllib.parse.parse_qsl(query, keep_blank_values=True)
    quoted = sorted((_quote(name), _quote(value)) for name, value in pairs)
    return "&".join(f"{name}={value}" for name, value in quoted)


def _quote(text):
    return urllib.parse.quote(text, safe="-_.~")


def _signature(creds, scope, at, canonical):
    key = f"AWS4{creds.secret}".encode()
    for part in (f"{at:%Y%m%d}", scope.region, scope.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join([ALGORITHM, amz_date(at), _credential_scope(scope, at), digest])
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
