"""A gateway before an upstream of the test's own, and calls of three protocols through it."""

import hashlib
import json
import socket
import time
import urllib.parse
import uuid

from . import server as servers
from . import sigv4
from .client import FORM

ALL = {"CAIRN_GATEWAY_DATA_EVENTS": "all"}
EMPTY = hashlib.sha256(b"").hexdigest()
# Beyond what the gateway holds of a body.
LARGE = 600 * 1024
PATIENCE_SECONDS = 5


class Gate:
    """A gateway before one upstream of the test's own."""

    def __init__(self, data, upstream, env=None, until="/readyz"):
        self.upstream = upstream
        args = ["--upstream", f"*={upstream.url}"]
        self.server = servers.Server(data, args=args, env={**ALL, **(env or {})}).start(until=until)
        self.client = self.server.client(timeout=15)

    def close(self):
        alive = self.server.process.poll() is None
        self.server.kill()
        self.upstream.close()
        assert alive and "panicked" not in self.server.said(), self.server.said()[-4000:]

    def records(self, mark):
        found = self.client.search(Text=f'"userAgent":"{mark}"')
        return [json.loads(hit["Record"]) for hit in found]

    def record(self, mark):
        """The one record with this User-Agent, which may need a moment."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := self.records(mark)) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(found) == 1, found
        return found[0]

    def dial(self, raw):
        place = urllib.parse.urlsplit(self.server.endpoint)
        sock = socket.create_connection((place.hostname, place.port), timeout=10)
        sock.sendall(raw)
        return sock


def mark():
    return f"truth-{uuid.uuid4()}"


def s3(client, method, path, body=b"", agent=None, **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    headers.setdefault("x-amz-content-sha256", hashlib.sha256(body).hexdigest())
    return client.call("s3", method, path, {"User-Agent": agent or mark(), **headers}, body)


def dynamodb(client, operation, agent=None, **members):
    headers = {
        "User-Agent": agent or mark(),
        "Content-Type": "application/x-amz-json-1.0",
        "X-Amz-Target": f"DynamoDB_20120810.{operation}",
    }
    return client.call("dynamodb", "POST", "/", headers, json.dumps(members).encode())


def iam(client, action, agent=None, **params):
    form = urllib.parse.urlencode({"Action": action, "Version": "2010-05-08", **params}).encode()
    return client.call(
        "iam", "POST", "/", {"User-Agent": agent or mark(), "Content-Type": FORM}, form
    )


WRITES = {
    "s3": lambda c, m: s3(c, "PUT", f"/bucket/{m}", b"text", m),
    "json": lambda c, m: dynamodb(c, "PutItem", m, TableName="t", Item={"id": {"S": m}}),
    "query": lambda c, m: iam(c, "CreateUser", m, UserName="bob"),
}
READS = {
    "s3": lambda c, m: s3(c, "GET", f"/bucket/{m}", agent=m),
    "json": lambda c, m: dynamodb(c, "GetItem", m, TableName="t", Key={"id": {"S": m}}),
    "query": lambda c, m: iam(c, "ListUsers", m),
}


def raw_put(client, path, body, agent, declared=None, payload=None):
    """The bytes of a signed PUT, of which the body may be less than is declared."""
    headers = {
        "Host": client.host,
        "User-Agent": agent,
        "Content-Length": str(declared or len(body)),
        "x-amz-content-sha256": payload or hashlib.sha256(body).hexdigest(),
    }
    scope = sigv4.Scope(client.region, "s3")
    signed = sigv4.sign_headers(client.creds, scope, "PUT", path, headers, body, payload=payload)
    lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
    return f"PUT {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def is_unknown(record):
    return (record.get("additionalEventData") or {}).get("outcome") == "Unknown"


def in_protocol(answer, protocol):
    """The refusal is one that the client's SDK can read."""
    if protocol == "json":
        assert answer.json()["__type"]
    else:
        assert answer.body.lstrip().startswith(b"<"), answer
        assert (b"<ErrorResponse" in answer.body) == (protocol == "query"), answer
    assert answer.error and answer.message
