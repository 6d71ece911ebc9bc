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


def sign_headers(creds, scope, method, url, headers, body, at=None, payload=None):
    """`headers` plus X-Amz-Date, X-Amz-Security-Token and Authorization. `url` is path?query.

    `payload` stands in the place of the body's hash; so does an X-Amz-Content-Sha256 among the
    headers.
    """
    at = at or now()
    signed = {name.lower(): value for name, value in headers.items()}
    signed["x-amz-date"] = amz_date(at)
    if creds.token:
        signed["x-amz-security-token"] = creds.token
    path, _, query = url.partition("?")
    names = ";".join(sorted(signed))
    said = payload or signed.get("x-amz-content-sha256") or hashlib.sha256(body).hexdigest()
    canonical = _canonical(method, path, query, signed, said)
    signature = _signature(creds, scope, at, canonical)
    credential = f"{creds.access_key_id}/{_credential_scope(scope, at)}"
    signed["authorization"] = (
        f"{ALGORITHM} Credential={credential}, SignedHeaders={names}, Signature={signature}"
    )
    return signed


def presign(creds, scope, host, params, at=None, expires=60, payload=None):
    """`/?query` of a presigned GET to `host`; `payload` stands in the place of the body's hash."""
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
    payload = payload or hashlib.sha256(b"").hexdigest()
    canonical = _canonical("GET", "/", text, {"host": host}, payload)
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
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    head = [ALGORITHM, amz_date(at), _credential_scope(scope, at)]
    return _sealed(creds, scope, at, [*head, digest])


def _sealed(creds, scope, at, lines):
    key = f"AWS4{creds.secret}".encode()
    for part in (f"{at:%Y%m%d}", scope.region, scope.service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, "\n".join(lines).encode(), hashlib.sha256).hexdigest()


def signature_of(authorization):
    return authorization.rpartition("Signature=")[2]


def chunks(creds, scope, at, seed, pieces):
    """The body of signed chunks: one for each piece, and the empty one at the end."""
    out, before = b"", seed
    for piece in [*pieces, b""]:
        before = _chunk(creds, scope, at, before, piece)
        out += f"{len(piece):x};chunk-signature={before}\r\n".encode() + piece + b"\r\n"
    return out


def _chunk(creds, scope, at, before, piece):
    hashes = [hashlib.sha256(data).hexdigest() for data in (b"", piece)]
    head = [f"{ALGORITHM}-PAYLOAD", amz_date(at), _credential_scope(scope, at), before]
    return _sealed(creds, scope, at, [*head, *hashes])


def holds(creds, method, target, headers, body):
    """Whether a request with a signature in its headers is signed by these credentials, chunks
    and all; and the data that it carries. `headers` are pairs.
    """
    found = {name.lower(): value for name, value in headers}
    parts = found["authorization"].partition(" ")[2].split(",")
    fields = dict(part.strip().split("=", 1) for part in parts)
    key, day, region, service, _ = fields["Credential"].split("/")
    at = datetime.datetime.strptime(found["x-amz-date"], "%Y%m%dT%H%M%SZ")
    scope, path, _, query = Scope(region, service), *target.partition("?")
    payload = found.get("x-amz-content-sha256", hashlib.sha256(body).hexdigest())
    signed = {name: found.get(name, "") for name in fields["SignedHeaders"].split(";")}
    expected = _signature(creds, scope, at, _canonical(method, path, query, signed, payload))
    right = (key, day, expected) == (creds.access_key_id, f"{at:%Y%m%d}", fields["Signature"])
    if payload.startswith("STREAMING-"):
        data, chained = _unchunked(creds, scope, at, expected, body)
        return right and chained, data
    return right and payload in (hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"), body


def _unchunked(creds, scope, at, before, body):
    data = b""
    while body:
        line, _, body = body.partition(b"\r\n")
        size, _, signature = line.decode().partition(";chunk-signature=")
        piece, body = body[: int(size, 16)], body[int(size, 16) + 2 :]
        before = _chunk(creds, scope, at, before, piece)
        if before != signature:
            return data, False
        if not piece:
            return data, body in (b"", b"\r\n")
        data += piece
    return data, False
