"""Hostile framings by raw socket through the gateway. Whatever is sent: the requests that the
upstream sees, however it reads them, are those that are on record, and those that are answered.
"""

import collections
import hashlib
import itertools
import json
import socket
import urllib.parse

import pytest

from conftest import credentials, eventually
from gateway_framings import CORPUS, INNER, ask, sized
from kit import server as servers
from kit import sigv4
from kit.upstream import CHUNKED, LENGTH, Upstream, response

TOLD = b"X-Upstream: told"
_numbers = itertools.count(1)


@pytest.fixture(scope="module", params=[CHUNKED, LENGTH], ids=["TE upstream", "CL upstream"])
def gate(request, tmp_path_factory):
    with Upstream(_told, prefer=request.param) as upstream:
        data = tmp_path_factory.mktemp("gate") / "data"
        env = {"CAIRN_GATEWAY_DATA_EVENTS": "all", "CAIRN_HTTP_HEADER_SECONDS": "2"}
        with servers.Server(data, args=["--upstream", f"*={upstream.url}"], env=env) as server:
            yield Gate(server, upstream)
            # Nothing came that no test looked for, either.
            read = [[r.key for r in upstream.requests(p) if r.whole] for p in (LENGTH, CHUNKED)]
            assert read[0] == read[1]
            assert sorted(read[0]) == sorted(r.key for r in upstream.seen)
            assert server.process.poll() is None
            assert "panicked" not in server.said()


def _told(request, _):
    """An answer that tells whose it is."""
    body = b"" if request.method == "HEAD" else request.header("User-Agent").encode()
    return response(200, body, [("X-Upstream", "told")])


class Gate:
    """A gateway, its upstream, and how far its record was read."""

    def __init__(self, server, upstream):
        self.server, self.upstream = server, upstream
        self.client = server.client()
        self.cursor = 0
        self.read()

    def read(self):
        """Records of forwarded calls that are new."""
        found = []
        while True:
            page = self.client.cairn(
                "TailEvents", After=self.cursor, WaitSeconds=0, MaxResults=1000
            )
            if page["Cursor"] == self.cursor:
                return [r for r in found if r["eventSource"] not in OWN]
            self.cursor = page["Cursor"]
            found += [json.loads(hit["Record"]) for hit in page["Records"]]

    def send(self, raw):
        """All that comes back for the bytes, until the gateway closes."""
        place = urllib.parse.urlsplit(self.server.endpoint)
        with socket.create_connection((place.hostname, place.port), timeout=6) as sock:
            found = b""
            try:
                sock.sendall(raw)
                sock.shutdown(socket.SHUT_WR)
            except OSError:
                # It was refused and closed before it was sent to its end.
                pass
            try:
                while chunk := sock.recv(65536):
                    found += chunk
            except ConnectionResetError:
                pass
            return found


OWN = ("cairn.amazonaws.com", "cloudtrail.amazonaws.com", "sts.amazonaws.com")


def agents(found):
    return collections.Counter(found)


@pytest.mark.parametrize(
    "raw, most", [case[1:] for case in CORPUS], ids=[case[0] for case in CORPUS]
)
def test_what_the_upstream_sees_is_on_record_and_answered(gate, raw, most):
    mark = f"m{next(_numbers):05}"
    answer = gate.send(raw.replace(b"@", mark.encode()))
    found, done = [], []

    def balanced():
        found.extend(gate.read())
        done[:] = [r for r in found if "errorCode" not in r and not _unknown(r)]
        return len(done) == len(gate.upstream.of(mark))

    eventually(balanced, 3)
    seen = gate.upstream.of(mark)
    for prefer in (LENGTH, CHUNKED):
        read = [r for r in gate.upstream.requests(prefer) if mark in r.header("User-Agent")]
        assert [r.key for r in read if r.whole] == [r.key for r in seen]
    assert len(seen) in most, [r.key for r in seen]
    assert agents(r.get("userAgent", "") for r in done) == agents(
        r.header("User-Agent") for r in seen
    )
    assert answer.count(TOLD) == len(seen), answer
    # What began and did not come to its end is on record too, as something that failed.
    assert len(found) >= len(gate.upstream.begun_of(mark))
    for record in done:
        _names_what_was_done(record, seen)
    if not seen:
        assert not answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 3")), answer


def _unknown(record):
    return (record.get("additionalEventData") or {}).get("outcome") == "Unknown"


def _names_what_was_done(record, seen):
    """A call that was recognised is the one that the upstream saw."""
    asked = record.get("requestParameters") or {}
    if record["eventName"] not in ("PutObject", "GetObject", "HeadObject") or "key" not in asked:
        return
    methods = {"PutObject": "PUT", "GetObject": "GET", "HeadObject": "HEAD"}
    told = methods[record["eventName"]], f"/{asked['bucketName']}/{asked['key']}"
    assert told in [(r.method, urllib.parse.unquote(r.path)) for r in seen], record


def test_an_answer_that_comes_early_ends_one_request(gate):
    """The body that follows a refusal is nobody's request."""

    def refuse(request, sock):
        sock.sendall(response(403, b"early", [("X-Upstream", "told"), ("Connection", "close")]))
        return False

    gate.upstream.begun, begun = refuse, gate.upstream.begun
    try:
        for lines in ([b"Expect: 100-continue"], []):
            mark = b"m%05d" % next(_numbers)
            body = b"x" * 400_000 + INNER
            answer = gate.send(ask(*lines, sized(body), body=body).replace(b"@", mark))
            heads = gate.upstream.begun_of(mark.decode())
            assert [r.header("User-Agent") for r in heads] == [f"{mark.decode()}-1"]
            assert answer.count(b"HTTP/1.1 ") - answer.count(b"HTTP/1.1 100") <= 1
            found = []
            eventually(lambda: found.extend(gate.read()) or found)
            assert [r["userAgent"] for r in found] == [f"{mark.decode()}-1"]
    finally:
        gate.upstream.begun = begun


def test_an_answer_that_nobody_asked_for_reaches_nobody(gate):
    def twice(request, sock):
        forged = response(200, b"forged", [("X-Upstream", "forged")])
        return _told(request, sock) + forged

    gate.upstream.answer = twice
    try:
        for _ in range(20):
            mark = b"m%05d" % next(_numbers)
            raw = ask(b"Content-Length: 0").replace(b"@", mark)
            answer = gate.send(raw)
            assert b"forged" not in answer
            assert answer.endswith(mark + b"-1") or b"HTTP/1.1 50" in answer, answer
    finally:
        gate.upstream.answer = _told
        gate.read()


NAMED = [
    b"authorization",
    b"x-amz-date",
    b"x-amz-content-sha256",
    b"x-amz-acl",
    b"x-amz-security-token",
    b"content-type",
    b"content-encoding",
    b"x-amz-target",
    b"if-match",
]


@pytest.mark.parametrize("name", NAMED)
def test_connection_does_not_take_away_what_is_on_record(gate, name):
    """A client that names a header of its request in `Connection` gets it forwarded, or a refusal:
    else the record and the upstream tell two stories."""
    mark = f"m{next(_numbers):05}"
    client, empty = gate.client, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    headers = {
        "Host": client.host,
        "User-Agent": mark,
        "x-amz-content-sha256": empty,
        "x-amz-acl": "public-read",
        "Content-Type": "text/plain",
        "If-Match": "etag",
    }
    signed = sigv4.sign_headers(
        client.creds, sigv4.Scope(client.region, "s3"), "PUT", f"/b/{mark}", headers, b""
    )
    lines = [f"{n}: {v}".encode() for n, v in signed.items()]
    head = [
        f"PUT /b/{mark} HTTP/1.1".encode(),
        *lines,
        b"Connection: " + name,
        b"Content-Length: 0",
    ]
    answer = gate.send(b"\r\n".join([*head, b"", b""]))
    seen = gate.upstream.of(mark)
    gate.read()
    if seen:
        missing = {n.lower() for n in signed} - {n.lower() for n, _ in seen[0].headers}
        assert not missing
    else:
        assert answer.split(b" ")[1].startswith(b"4"), answer


class TestCallsThatReadTwoWays:
    """Sent by one who may only read: where a server could take the request for another one that
    changes something, it does not pass as one that only reads.
    """

    @pytest.fixture(scope="class")
    def reader(self, gate):
        gate.client.cairn("CreateUser", UserName="reader", Admin=False)
        key = gate.client.cairn("CreateAccessKey", UserName="reader")["AccessKey"]
        return gate.client.with_creds(credentials(key))

    TARGETS = b"DynamoDB_20120810.ListTables", b"DynamoDB_20120810.DeleteTable"
    LIST, DELETE = (
        b"Action=ListUsers&Version=2010-05-08",
        b"Action=DeleteUser&UserName=bob&Version=2010-05-08",
    )
    FORM = [(b"content-type", b"application/x-www-form-urlencoded")]

    CASES = {
        "two targets": (
            "dynamodb",
            b"POST",
            b"/",
            [(b"x-amz-target", TARGETS[0]), (b"x-amz-target", TARGETS[1])],
            b"{}",
        ),
        "two targets, turned": (
            "dynamodb",
            b"POST",
            b"/",
            [(b"x-amz-target", TARGETS[1]), (b"x-amz-target", TARGETS[0])],
            b"{}",
        ),
        "two targets in one": (
            "dynamodb",
            b"POST",
            b"/",
            [(b"x-amz-target", b", ".join(TARGETS))],
            b"{}",
        ),
        "one action in the query, one in the body": ("iam", b"POST", b"/?" + LIST, FORM, DELETE),
        "one action in the body, one in the query": ("iam", b"POST", b"/?" + DELETE, FORM, LIST),
        "two actions": ("iam", b"POST", b"/", FORM, LIST + b"&" + DELETE),
        "two actions, turned": ("iam", b"POST", b"/", FORM, DELETE + b"&" + LIST),
        "two actions in the query": ("iam", b"GET", b"/?" + LIST + b"&" + DELETE, [], b""),
        "an action spelled another way": (
            "iam",
            b"POST",
            b"/",
            FORM,
            LIST + b"&" + DELETE.replace(b"Act", b"%41ct"),
        ),
        "an action far behind": (
            "iam",
            b"POST",
            b"/",
            FORM,
            LIST + b"&x=" + b"y" * 400_000 + b"&" + DELETE,
        ),
        "an action and a target": (
            "iam",
            b"POST",
            b"/",
            [*FORM, (b"x-amz-target", TARGETS[1])],
            LIST,
        ),
        "a target and an action": (
            "dynamodb",
            b"POST",
            b"/?" + DELETE,
            [(b"x-amz-target", TARGETS[0])],
            b"{}",
        ),
        "a target of another service": (
            "iam",
            b"POST",
            b"/",
            [*FORM, (b"x-amz-target", TARGETS[1])],
            LIST,
        ),
        "a path and a target": (
            "monitoring",
            b"POST",
            b"/service/GraniteServiceVersion20100801/operation/ListMetrics",
            [
                (b"smithy-protocol", b"rpc-v2-cbor"),
                (b"content-type", b"application/cbor"),
                (b"x-amz-target", b"GraniteServiceVersion20100801.DeleteAlarms"),
            ],
            b"\xbf\xff",
        ),
        "an action beside a form of another spelling": (
            "iam",
            b"POST",
            b"/?" + LIST,
            [(b"content-type", b"Application/X-WWW-Form-Urlencoded")],
            DELETE,
        ),
        "an action beside a packed form": (
            "iam",
            b"POST",
            b"/?" + LIST,
            [*FORM, (b"content-encoding", b"gzip")],
            DELETE,
        ),
        "an action beside a body of no kind": ("iam", b"POST", b"/?" + LIST, [], DELETE),
        "an action and a method that deletes": (
            "ec2",
            b"DELETE",
            b"/bucket/key?Action=DescribeInstances&Version=2016-11-15",
            [],
            b"",
        ),
        "a parameter spelled another way": (
            "s3",
            b"POST",
            b"/bucket/key?select&select-type=2&%75ploadId=x",
            [],
            b"<a/>",
        ),
        "a session handed out": (
            "kms",
            b"POST",
            b"/",
            [(b"x-amz-target", b"TrentService.Decrypt")],
            b"{}",
        ),
        "an object deleted by POST": ("s3", b"POST", b"/bucket?delete", [], b"<Delete/>"),
    }

    @pytest.mark.parametrize("case", CASES)
    def test_they_do_not_pass_for_reading(self, gate, reader, case):
        service, method, url, headers, body = self.CASES[case]
        mark = f"m{next(_numbers):05}"
        answer = gate.send(self.signed(reader, service, method, url, headers, body, mark))
        told = [(record["eventName"], record["readOnly"]) for record in gate.read()]
        assert not answer.startswith(b"HTTP/1.1 2"), told
        assert gate.upstream.of(mark) == []

    def signed(self, client, service, method, url, headers, body, mark):
        """Repeated headers are signed as RFC 9110 joins them."""
        joined = {"host": client.host, "user-agent": mark}
        if service == "s3":
            joined["x-amz-content-sha256"] = hashlib.sha256(body).hexdigest()
        for name, value in headers:
            name, value = name.decode(), value.decode()
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        scope = sigv4.Scope(client.region, service)
        signed = sigv4.sign_headers(
            client.creds, scope, method.decode(), url.decode(), joined, body
        )
        own = {n: v for n, v in signed.items() if n.encode() not in [name for name, _ in headers]}
        lines = [
            method + b" " + url + b" HTTP/1.1",
            *(f"{n}: {v}".encode() for n, v in own.items()),
        ]
        lines += [name + b": " + value for name, value in headers]
        return b"\r\n".join([*lines, b"Content-Length: %d" % len(body), b"", body])

    def test_a_reader_does_pass_with_what_only_reads(self, gate, reader):
        for service, method, url, headers, body in (
            (
                "dynamodb",
                b"POST",
                b"/",
                [
                    (b"x-amz-target", self.TARGETS[0]),
                    (b"content-type", b"application/x-amz-json-1.0"),
                ],
                b"{}",
            ),
            ("iam", b"POST", b"/", self.FORM, self.LIST),
            ("s3", b"GET", b"/bucket/key", [], b""),
        ):
            mark = f"m{next(_numbers):05}"
            answer = gate.send(self.signed(reader, service, method, url, headers, body, mark))
            gate.read()
            assert answer.startswith(b"HTTP/1.1 200"), answer
            assert len(gate.upstream.of(mark)) == 1


HOSTS = (b"victim.s3.amazonaws.com", b"victim.s3.eu-west-1.amazonaws.com")
UNSIGNED = {
    "a host that only Cairn could read": [(b"DELETE", b"/mine", host) for host in HOSTS],
    "a policy spelled another way": [
        (b"PUT", b"/mine?%70olicy", b"store"), (b"DELETE", b"/mine?%70olicy", b"store"),
    ],
    "a path that others shorten": [(b"PUT", b"/x/../mine?policy", b"store")],
}


@pytest.mark.parametrize("case", UNSIGNED)
def test_what_two_could_read_two_ways_is_on_record_as_neither(gate, case):
    """No operation is named, and it counts as a write."""
    for method, url, host in UNSIGNED[case]:
        mark = f"m{next(_numbers):05}"
        lines = [
            method + b" " + url + b" HTTP/1.1", b"Host: " + host,
            b"User-Agent: " + mark.encode(), b"Content-Length: 0", b"", b"",
        ]
        gate.send(b"\r\n".join(lines))
        (record,) = [r for r in gate.read() if r.get("userAgent") == mark]
        assert record["readOnly"] is False
        assert record["eventName"] not in (
            "DescribeInstances", "CreateBucket", "DeleteBucket", "DeleteObject", "PutObject",
        ), record


def test_an_action_at_an_object_deletes_the_object(gate):
    mark = f"m{next(_numbers):05}"
    url = b"/mine/key?Action=DescribeInstances&Version=2016-11-15"
    gate.send(b"DELETE " + url + b" HTTP/1.1\r\nHost: store\r\nUser-Agent: " + mark.encode()
              + b"\r\n\r\n")
    (record,) = [r for r in gate.read() if r.get("userAgent") == mark]
    assert (record["eventSource"], record["eventName"]) == ("s3.amazonaws.com", "DeleteObject")
