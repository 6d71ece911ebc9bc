"""Raw sockets: what no well-behaved client would send. The server stays up and answers others."""

import socket
import threading
import time
import urllib.parse

import pytest

from kit import records
from kit import server as servers
from kit import sigv4


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server with little patience."""
    env = {"CAIRN_HTTP_HEADER_SECONDS": "1", "CAIRN_HTTP_BODY_SECONDS": "2"}
    with servers.Server(tmp_path_factory.mktemp("hostile") / "data", env=env) as running:
        yield running
        assert running.process.poll() is None
        assert "panicked" not in running.said()


@pytest.fixture
def dial(server):
    """Opens raw connections, and checks in the end that the server still answers."""
    host = urllib.parse.urlsplit(server.endpoint)
    opened = []

    def connect():
        made = socket.create_connection((host.hostname, host.port), timeout=10)
        opened.append(made)
        return made

    yield connect
    for made in opened:
        made.close()
    assert servers.plain_get(server.endpoint, "/healthz")[0] == 200


def answer(sock):
    """All bytes until the peer closes or five seconds pass."""
    sock.settimeout(5)
    found = b""
    try:
        while chunk := sock.recv(65536):
            found += chunk
            if b"\r\n\r\n" in found and b"HTTP/1.1 2" in found:
                break
    except (TimeoutError, ConnectionResetError):
        pass
    return found


def status(found):
    return int(found.split(b" ", 2)[1]) if found.startswith(b"HTTP/1.") else None


SMUGGLED = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n",
        b"Content-Length: 6\r\nContent-Length: 60\r\n",
        b"Content-Length: +6\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999999999999999\r\n",
        b"Transfer-Encoding: chunked, identity\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Content-Length : 6\r\n",
    ],
    ids=["CL+TE", "TE+CL", "two lengths", "plus", "negative", "huge", "not chunked last",
         "unknown coding", "space before colon"],
)
def test_no_second_request_is_smuggled(dial, head):
    sock = dial()
    sock.sendall(b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n" + SMUGGLED)
    found = answer(sock)
    assert found.count(b"HTTP/1.1") <= 1, found
    assert b"200 OK" not in found


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % n for n in range(5000)) + b"\r\n",
        b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 200,
        b"\x00" * 1000 + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: \x00\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
    ids=["huge header", "many headers", "huge target", "TLS hello", "NULs", "version", "NUL value",
         "h2 preface"],
)
def test_garbage_is_refused(dial, sent):
    sock = dial()
    try:
        sock.sendall(sent)
    except (BrokenPipeError, ConnectionResetError):
        pass
    found = status(answer(sock))
    assert found is None or 400 <= found < 600 and found != 500


def test_slow_clients_hold_up_nobody(server):
    """Slowloris: 200 connections that send a byte now and then."""
    host = urllib.parse.urlsplit(server.endpoint)
    slow = [socket.create_connection((host.hostname, host.port)) for _ in range(200)]
    stop = threading.Event()

    def drip():
        while not stop.is_set():
            for sock in slow:
                try:
                    sock.send(b"G")
                except OSError:
                    pass
            stop.wait(0.2)

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        for _ in range(20):
            started = time.monotonic()
            assert servers.plain_get(server.endpoint, "/readyz")[0] == 200
            assert time.monotonic() - started < 1
    finally:
        stop.set()
        thread.join()
        for sock in slow:
            sock.close()


@pytest.mark.parametrize("missing", [2100, 20], ids=["in the head", "in the body"])
def test_a_request_that_never_ends_is_cut_off(server, dial, missing):
    client, body = server.client(), b"x" * 2000
    headers = {"Host": client.host, "Content-Length": str(len(body))}
    scope = sigv4.Scope(client.region, "cairn")
    signed = sigv4.sign_headers(client.creds, scope, "POST", "/ingest", headers, body)
    head = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
    whole = b"POST /ingest HTTP/1.1\r\n" + head.encode() + b"\r\n" + body
    sock = dial()
    sock.sendall(whole[:-missing])
    started = time.monotonic()
    try:
        while sock.recv(4096):
            pass
    except ConnectionResetError:
        pass
    assert 0.5 < time.monotonic() - started < 8


def test_a_client_that_hangs_up(dial, server):
    for _ in range(50):
        sock = dial()
        sock.sendall(b"POST /ingest HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nhalf")
        sock.close()
    assert servers.plain_get(server.endpoint, "/readyz")[0] == 200


class TestMemory:
    """What a client can make the server hold, before and after it has shown a key."""

    def test_strangers_who_announce_bodies_do_not_keep_others_waiting(self, server, dial):
        client = server.client()
        authorization = (
            b"AWS4-HMAC-SHA256 Credential=AKIANOBODYHASTHISKEY/20261121/us-east-1/cairn/aws4_request, "
            b"SignedHeaders=host;x-amz-date, Signature=" + b"0" * 64
        )
        for _ in range(12):
            dial().sendall(
                b"POST /ingest HTTP/1.1\r\nHost: x\r\nX-Amz-Date: 20261121T000000Z\r\n"
                b"Authorization: " + authorization + b"\r\nContent-Length: 16777216\r\n\r\n"
            )
        began = time.monotonic()
        assert client.sts("GetCallerIdentity").status == 200
        assert client.ingest(records.json_lines([records.record()]))["Stored"] == 1
        assert time.monotonic() - began < 1.5

    def test_a_small_record_does_not_keep_its_large_request_in_memory(self, server):
        client = server.client()
        client.ingest(records.json_lines([records.record()]))
        before = server.rss()
        for _ in range(20):
            body = records.json_lines([records.record()]) + b"\n" * (12 * 1024 * 1024)
            assert client.ingest(body)["Stored"] == 1
        assert server.rss() - before < 120 * 1024 * 1024

    def test_a_tail_answers_in_pages_of_bounded_size(self, server):
        client = server.client()
        after = client.cairn("TailEvents", WaitSeconds=0)["Cursor"]
        large = [records.of_size(200 * 1024) for _ in range(60)]
        for some in (large[:30], large[30:]):
            assert client.ingest(records.json_lines(some))["Stored"] == 30
        found = 0
        while page := client.cairn("TailEvents", After=after, WaitSeconds=0)["Records"]:
            assert sum(len(record["Record"]) for record in page) < 9 * 1024 * 1024
            found += sum(len(record["Record"]) == 200 * 1024 for record in page)
            after = page[-1]["Seq"]
        assert found == 60


class TestHangingUp:
    def test_a_call_is_recorded_although_nobody_waits_for_its_answer(self, server, dial):
        client = server.client()
        creds, scope = client.creds, sigv4.Scope(client.region, "sts")
        marks = [f"gone-{number:02}" for number in range(40)]
        for mark in marks:
            body = b"Action=GetCallerIdentity&Version=2011-06-15"
            headers = {
                "Host": client.host, "User-Agent": mark,
                "Content-Type": "application/x-www-form-urlencoded",
            }
            signed = sigv4.sign_headers(creds, scope, "POST", "/", headers, body)
            head = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
            sock = dial()
            length = f"Content-Length: {len(body)}\r\n\r\n"
            sock.sendall(b"POST / HTTP/1.1\r\n" + (head + length).encode() + body)
            sock.close()
        deadline = time.monotonic() + 5
        missing = set(marks)
        while missing and time.monotonic() < deadline:
            text = [found["Record"] for found in client.search(Text='"userAgent":"gone-')]
            missing = {mark for mark in marks if not any(mark in record for record in text)}
        assert not missing

    def test_reading_from_the_start_leaves_a_record(self, server):
        client = server.client()
        client.cairn("TailEvents", After=0, WaitSeconds=0, MaxResults=1)
        names = {
            "AttributeKey": "EventName", "AttributeValue": "TailEvents",
        }
        before = len(client.search(Attributes=[names]))
        client.cairn("TailEvents", After=0, WaitSeconds=0, MaxResults=1)
        assert len(client.search(Attributes=[names])) == before + 1


@pytest.mark.parametrize("region", ["xx-hidden-1", "us-east-99"])
def test_a_made_up_region_is_refused(server, region):
    answer = server.client().in_region(region).cloudtrail("LookupEvents")
    assert answer.status == 400
    assert b"InvalidSignatureException" in answer.body


@pytest.mark.parametrize("action", ["", "a%0Ab%00", "A" * 300, "GetCallerIdentity%3Cx%3E"])
def test_a_name_that_can_be_no_operation_is_the_clients_error(server, action):
    client = server.client()
    body = f"Action={action}&Version=2011-06-15".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert client.call("sts", "POST", "/", headers, body).status == 400
