"""What the gateway owes to those who read its record: whatever fails, the record says what is true,
and what cannot be recorded is not done.
"""

import hashlib
import json
import os
import shutil
import socket
import time

import h2.config
import h2.connection
import h2.events
import pytest

from conftest import eventually
from kit import ed25519, sigv4
from kit import server as servers
from kit.gate import EMPTY, LARGE, READS, WRITES, Gate, in_protocol, is_unknown, mark, raw_put, s3
from kit.upstream import Upstream, response

MIB = 1 << 20


@pytest.fixture
def gate(tmp_path):
    """Opens gateways; `gate(answer=…, env=…)`."""
    opened = []

    def open_gate(answer=None, begun=None, env=None, until="/readyz"):
        opened.append(Gate(tmp_path / f"data-{len(opened)}", Upstream(answer, begun), env, until))
        return opened[-1]

    yield open_gate
    for one in opened:
        one.close()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A gateway that several tests share; they change what the upstream answers."""
    made = Gate(
        tmp_path_factory.mktemp("plain") / "data",
        Upstream(),
        {"CAIRN_UPSTREAM_ANY_ANSWER_SECONDS": "1"},
    )
    yield made
    made.close()


@pytest.fixture
def upstream(plain):
    """The shared upstream, as it was made."""
    answer, begun = plain.upstream.answer, plain.upstream.begun
    yield plain.upstream
    plain.upstream.answer, plain.upstream.begun = answer, begun


class TestAFullJournal:
    @pytest.fixture(scope="class")
    def full(self, tmp_path_factory):
        env = {"CAIRN_JOURNAL_RESERVE_MIB": "1048576"}
        made = Gate(tmp_path_factory.mktemp("full") / "data", Upstream(), env, until="/healthz")
        yield made
        made.close()

    @pytest.mark.parametrize("kind", [WRITES, READS], ids=["writes", "reads"])
    @pytest.mark.parametrize("protocol", WRITES)
    def test_nothing_is_done_that_cannot_be_recorded(self, full, kind, protocol):
        agent = mark()
        began = time.monotonic()
        answer = kind[protocol](full.client, agent)
        assert time.monotonic() - began < 1.3
        assert answer.status == 503
        in_protocol(answer, protocol)
        if kind is WRITES:
            assert full.upstream.begun_of(agent) == []


def free(path):
    return shutil.disk_usage(path).free


def fill(path, size):
    """Takes that many bytes of the disk for real."""
    with open(path, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)


class TestGaps:
    # The disk is shared: what others free or take meanwhile may keep it from being full.
    ATTEMPTS = 4

    def test_calls_without_a_record_are_told_of_exactly_and_signed(self, gate, tmp_path):
        for attempt in range(self.ATTEMPTS):
            if self.attempt(gate, tmp_path / f"filler-{attempt}"):
                return
        pytest.fail(f"every call was recorded in {self.ATTEMPTS} attempts with the disk full")

    def attempt(self, gate, filler):
        """Whether there were calls without a record."""
        margin = 384 * MIB
        reserve = str((free(filler.parent) - margin) // MIB)
        env = {"CAIRN_GATEWAY_RECORD": "*=open", "CAIRN_JOURNAL_RESERVE_MIB": reserve}
        made = gate(env=env, until="/healthz")
        fill(filler, 4 * margin)
        agents = []
        # How much is free is asked for five times a second.
        for write in [WRITES["s3"]] * 12 + [WRITES["json"]] * 6 + [READS["s3"]] * 4:
            agents.append(mark())
            began = time.monotonic()
            assert write(made.client, agents[-1]).status == 200
            assert time.monotonic() - began < 1.3
            time.sleep(0.02)
        assert all(len(made.upstream.of(agent)) == 1 for agent in agents)
        filler.unlink()
        eventually(lambda: made.client.cloudtrail("LookupEvents").status == 200, 20)
        recorded = sum(len(made.records(agent)) for agent in agents)
        if recorded == len(agents):
            return False
        gaps = eventually(lambda: self.gaps(made), 10)
        assert s3(made.client, "PUT", "/bucket/after", b"x").status == 200
        # A call is on record or counted, and never both.
        assert sum(gap["calls"] for gap in gaps) + recorded == len(agents)
        assert len({gap["publicKey"] for gap in gaps}) == 1
        for gap in gaps:
            assert sum(gap["byOperation"].values()) == gap["calls"]
            assert gap["from"] <= gap["to"] and gap["reason"]
            self.signed(gap)
        return True

    def gaps(self, made):
        names = {"AttributeKey": "EventName", "AttributeValue": "RecordingGap"}
        found = [json.loads(hit["Record"]) for hit in made.client.search(Attributes=[names])]
        assert all(r["eventSource"] == "cairn.amazonaws.com" for r in found)
        return [record["serviceEventDetails"] for record in found]

    def signed(self, gap):
        key, signature = bytes.fromhex(gap["publicKey"]), bytes.fromhex(gap["signature"])
        assert list(gap)[-1] == "signature"
        told = {name: value for name, value in gap.items() if name != "signature"}
        assert ed25519.verifies(key, compact(told), signature)
        told["calls"] -= 1
        assert not ed25519.verifies(key, compact(told), signature)


def compact(members):
    return json.dumps(members, separators=(",", ":"), ensure_ascii=False).encode()


class TestAnUpstreamThatFails:
    @pytest.mark.parametrize("protocol", WRITES)
    def test_one_that_is_down(self, gate, protocol):
        made = gate()
        made.upstream.close()
        for kind in (WRITES, READS):
            agent = mark()
            answer = kind[protocol](made.client, agent)
            assert answer.status == 503
            in_protocol(answer, protocol)
            record = made.record(agent)
            assert record["errorCode"] and record["errorMessage"]
            assert not is_unknown(record)
        ready, said = servers.plain_get(made.server.endpoint, "/readyz")
        assert ready == 200
        assert f"upstream * 127.0.0.1:{made.upstream.port} down\n".encode() in said

    def test_readyz_names_upstreams(self, plain):
        said = servers.plain_get(plain.server.endpoint, "/readyz")[1].decode()
        assert f"upstream * 127.0.0.1:{plain.upstream.port} up\n" in said

    @pytest.mark.parametrize("size", [4, LARGE], ids=["small", "large"])
    def test_one_that_dies_within_a_write(self, plain, upstream, size):
        upstream.begun = lambda request, sock: False
        agent = mark()
        try:
            answer = s3(plain.client, "PUT", "/bucket/key", b"x" * size, agent)
        except ConnectionError:
            # A client that is still sending when its connection closes may miss the answer.
            assert size == LARGE
        else:
            assert answer.status >= 500
            in_protocol(answer, "s3")
        record = plain.record(agent)
        assert is_unknown(record) and record["additionalEventData"]["outcomeReason"]

    @pytest.mark.parametrize("protocol", WRITES)
    def test_one_that_dies_before_its_answer(self, plain, upstream, protocol):
        upstream.answer = lambda request, sock: None
        agent = mark()
        answer = WRITES[protocol](plain.client, agent)
        assert answer.status >= 500
        in_protocol(answer, protocol)
        assert is_unknown(plain.record(agent))
        # Whatever it did, it was asked once.
        assert len(upstream.of(agent)) == 1

    def test_one_that_dies_within_a_small_answer(self, plain, upstream):
        upstream.answer = self.half_an_answer(200)
        for protocol, call in WRITES.items():
            agent = mark()
            answer = call(plain.client, agent)
            assert answer.status >= 500
            assert len(upstream.of(agent)) == 1
            # The status was heard and what it says was not.
            record = plain.record(agent)
            assert is_unknown(record) or "errorCode" in record

    def half_an_answer(self, size):
        def answer(request, sock):
            sock.sendall(response(200, b"x" * size)[: -size // 2])

        return answer

    def test_one_that_dies_within_a_large_answer(self, plain, upstream):
        upstream.answer = self.half_an_answer(LARGE)
        agent = mark()
        with pytest.raises(Exception):
            s3(plain.client, "GET", "/bucket/key", agent=agent)
        assert is_unknown(plain.record(agent))

    def test_one_that_says_nothing(self, plain, upstream):
        upstream.answer = lambda request, sock: time.sleep(1.6)
        agent = mark()
        answer = s3(plain.client, "PUT", "/bucket/key", b"text", agent)
        assert answer.status in (503, 504)
        in_protocol(answer, "s3")
        assert is_unknown(plain.record(agent))

    def test_one_that_is_slow_is_waited_for(self, plain, upstream):
        def slow(request, sock):
            time.sleep(0.3)
            for byte in response(200, b"slow answer"):
                sock.sendall(bytes([byte]))
                time.sleep(0.005)
            return b""

        upstream.answer = slow
        agent = mark()
        answer = s3(plain.client, "PUT", "/bucket/key", b"text", agent)
        assert (answer.status, answer.body) == (200, b"slow answer")
        record = plain.record(agent)
        assert not is_unknown(record) and "errorCode" not in record

    @pytest.mark.parametrize(
        "said",
        [
            b"nonsense\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
            b"HTTP/1.1 200 OK\r\nX: " + b"a" * 2_000_000,
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            b"",
        ],
        ids=["nonsense", "two lengths", "a huge header", "bad chunks", "switches", "nothing"],
    )
    def test_one_that_talks_nonsense(self, plain, upstream, said):
        def nonsense(request, sock):
            sock.sendall(said)

        upstream.answer = nonsense
        agent = mark()
        answer = s3(plain.client, "PUT", "/bucket/key", b"text", agent)
        plain.client.close()
        assert answer.status >= 500, answer
        record = plain.record(agent)
        assert is_unknown(record) or "errorCode" in record


class TestAClientThatHangsUp:
    def test_within_an_upload(self, plain, upstream):
        agent = mark()
        raw = raw_put(plain.client, "/bucket/half", b"x" * LARGE, agent)
        plain.dial(raw[: -LARGE // 2]).close()
        record = plain.record(agent)
        assert is_unknown(record) or record["errorCode"]
        assert upstream.of(agent) == []

    def test_within_an_upload_of_which_nothing_was_forwarded(self, plain, upstream):
        agent = mark()
        raw = raw_put(plain.client, "/bucket/half", b"x" * 5000, agent)
        with plain.dial(raw[:-2500]) as sock:
            sock.shutdown(socket.SHUT_WR)
            assert b" 400 " in sock.recv(65536)
        assert upstream.begun_of(agent) == []
        assert all(r["errorCode"] for r in plain.records(agent))

    def test_before_its_answer(self, plain, upstream):
        def slow(request, sock):
            time.sleep(0.3)
            return response()

        upstream.answer = slow
        agent = mark()
        plain.dial(raw_put(plain.client, "/bucket/gone", b"text", agent)).close()
        eventually(lambda: upstream.of(agent))
        record = plain.record(agent)
        assert not is_unknown(record) and "errorCode" not in record

    def test_within_a_download(self, plain, upstream):
        size = 64 * MIB
        upstream.answer = lambda request, sock: response(200, b"x" * size)
        agent, client = mark(), plain.client
        headers = {"Host": client.host, "User-Agent": agent, "x-amz-content-sha256": EMPTY}
        scope = sigv4.Scope(client.region, "s3")
        signed = sigv4.sign_headers(client.creds, scope, "GET", "/bucket/big", headers, b"")
        lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        sock = plain.dial(f"GET /bucket/big HTTP/1.1\r\n{lines}\r\n".encode())
        taken = 0
        while taken < 2 * MIB:
            taken += len(sock.recv(65536))
        sock.close()
        record = plain.record(agent)
        assert is_unknown(record)
        # What left is what the client took and what was in the buffers between them.
        sent = record["additionalEventData"]["bytesTransferredOut"]
        assert 2 * MIB - 4096 <= sent < size

    def test_a_whole_download_is_recorded_with_its_size(self, plain, upstream):
        upstream.answer = lambda request, sock: response(200, b"x" * LARGE)
        agent = mark()
        assert len(s3(plain.client, "GET", "/bucket/big", agent=agent).body) == LARGE
        record = plain.record(agent)
        assert record["additionalEventData"]["bytesTransferredOut"] == LARGE


class TestStrangers:
    def test_those_who_announce_bodies_and_send_nothing_keep_nobody_waiting(self, gate):
        made = gate(env={"CAIRN_GATEWAY_MEMORY_MIB": "16"})
        head = "PUT /b/k HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\nx"
        # The small ones take what the large ones leave.
        stalled = [made.dial((head % size).encode()) for size in [262_144] * 80 + [1024] * 150]
        try:
            began = time.monotonic()
            assert s3(made.client, "PUT", "/bucket/key", b"text").status == 200
            assert time.monotonic() - began < 2
        finally:
            for sock in stalled:
                sock.close()


class TestHttp2:
    """Cairn speaks HTTP/2 to clients who begin with it, and HTTP/1.1 to the upstream."""

    def exchange(self, plain, streams):
        """Statuses and bodies of requests on one connection; `streams` are (headers, body)."""
        settings = h2.config.H2Configuration(
            validate_outbound_headers=False, normalize_outbound_headers=False
        )
        wire = h2.connection.H2Connection(settings)
        wire.initiate_connection()
        for number, (headers, body) in enumerate(streams):
            wire.send_headers(2 * number + 1, headers, end_stream=not body)
            if body:
                wire.send_data(2 * number + 1, body, end_stream=True)
        found, ended = {}, set()
        with plain.dial(wire.data_to_send()) as sock:
            while len(ended) < len(streams) and (data := sock.recv(65536)):
                for event in wire.receive_data(data):
                    number = getattr(event, "stream_id", 0)
                    match event:
                        case h2.events.ResponseReceived():
                            found[number] = [int(dict(event.headers)[b":status"]), b""]
                        case h2.events.DataReceived():
                            found[number][1] += event.data
                            wire.acknowledge_received_data(len(event.data), number)
                        case h2.events.StreamEnded():
                            ended.add(number)
                        case h2.events.StreamReset():
                            found[number] = [0, b""]
                            ended.add(number)
                        case h2.events.ConnectionTerminated():
                            return found
                sock.sendall(wire.data_to_send())
        return found

    def put(self, plain, agent, body=b"text", extra=()):
        client = plain.client
        headers = {
            "host": client.host,
            "user-agent": agent,
            "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
        }
        scope, path = sigv4.Scope(client.region, "s3"), f"/bucket/{agent}"
        signed = sigv4.sign_headers(client.creds, scope, "PUT", path, headers, body)
        del signed["host"]
        pseudo = [
            (":method", "PUT"),
            (":scheme", "http"),
            (":authority", client.host),
            (":path", path),
        ]
        return [*pseudo, *signed.items(), *extra], body

    def test_many_calls_at_once(self, plain):
        agents = [mark() for _ in range(20)]
        found = self.exchange(plain, [self.put(plain, agent) for agent in agents])
        assert [status for status, _ in found.values()] == [200] * 20
        for agent in agents:
            (seen,) = plain.upstream.of(agent)
            assert (seen.version, seen.body) == ("HTTP/1.1", b"text")
            assert sigv4.holds(
                plain.client.creds, seen.method, seen.target, seen.headers, seen.body
            )[0]
            assert "errorCode" not in plain.record(agent)

    @pytest.mark.parametrize(
        "extra",
        [
            ("content-length", "3"),
            ("content-length", "400"),
            ("transfer-encoding", "chunked"),
            ("connection", "close"),
            ("x", "a\r\nSmuggled: y"),
            ("x\r\nsmuggled", "y"),
            ("x", "a\x00"),
            (":path", "/other"),
            ("X-Upper", "y"),
            ("host", "other"),
        ],
        ids=str,
    )
    def test_headers_that_smuggle(self, plain, extra):
        agent = mark()
        self.exchange(plain, [self.put(plain, agent, extra=[extra])])
        seen = plain.upstream.of(agent)
        assert len(seen) <= 1
        for request in seen:
            assert request.body == b"text" and request.path == f"/bucket/{agent}"
            assert not request.header("Smuggled")
            assert request.header("Host") == plain.client.host
            assert len(plain.records(agent)) == 1
