"""Who may call through the gateway, and whose signature the upstream sees."""

import hashlib
import random

import pytest

from conftest import credentials
from kit import sigv4
from kit.gate import EMPTY, LARGE, READS, WRITES, Gate, in_protocol, mark, raw_put, s3
from kit.upstream import Upstream

STREAMING = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A gateway that forwards signatures as they are."""
    made = Gate(tmp_path_factory.mktemp("plain") / "data", Upstream())
    yield made
    made.close()


class TestResigning:
    OWNER = sigv4.Credentials("AKIAUPSTREAMOWNERKEY", "the/upstreams+own-secret-of-40-characters")

    @pytest.fixture(scope="class")
    def signing(self, tmp_path_factory):
        env = {
            "CAIRN_UPSTREAM_ANY_ACCESS_KEY_ID": self.OWNER.access_key_id,
            "CAIRN_UPSTREAM_ANY_SECRET_ACCESS_KEY": self.OWNER.secret,
        }
        made = Gate(tmp_path_factory.mktemp("signing") / "data", Upstream(), env)
        yield made
        streams = b"".join(bytes(stream) for stream in made.upstream.streams)
        assert made.client.creds.access_key_id.encode() not in streams
        made.close()

    def seen(self, made, agent):
        """The data of the one request that came, signed by the upstream's owner."""
        (request,) = made.upstream.of(agent)
        right, data = sigv4.holds(
            self.OWNER, request.method, request.target, request.headers, request.body
        )
        assert right, request.headers
        assert request.header("Host") == f"127.0.0.1:{made.upstream.port}"
        return data

    @pytest.mark.parametrize("size", [0, 4, LARGE])
    @pytest.mark.parametrize(
        "path",
        [
            "/bucket/key",
            "/bucket/a%20b%2Bc/%C3%BC?partNumber=1&uploadId=a%2Fb%3D",
            "/bucket/?acl",
            "/bucket/a//b/./c",
            "/bucket/~-_.%21%2A%27%28%29",
        ],
    )
    def test_objects(self, signing, path, size):
        agent, body = mark(), random.randbytes(size)
        assert s3(signing.client, "PUT", path, body, agent).status == 200
        assert self.seen(signing, agent) == body
        assert (
            signing.record(agent)["userIdentity"]["accessKeyId"]
            == signing.client.creds.access_key_id
        )

    @pytest.mark.parametrize("protocol", ["json", "query"])
    def test_other_protocols(self, signing, protocol):
        agent = mark()
        assert WRITES[protocol](signing.client, agent).status == 200
        self.seen(signing, agent)

    def test_a_presigned_url(self, signing):
        client, agent = signing.client, mark()
        scope = sigv4.Scope(client.region, "s3")
        url = sigv4.presign(
            client.creds, scope, client.host, {"prefix": agent}, payload="UNSIGNED-PAYLOAD"
        )
        assert client.send("GET", url, {"Host": client.host}, b"").status == 200
        self.seen(signing, agent)
        (request,) = signing.upstream.of(agent)
        assert "X-Amz-Signature" not in request.target and agent in request.target

    @pytest.mark.parametrize("size", [4, LARGE], ids=["small", "large"])
    def test_other_bytes_than_were_signed_never_arrive_whole(self, signing, size):
        agent = mark()
        payload = hashlib.sha256(b"something else").hexdigest()
        raw = raw_put(signing.client, "/bucket/wrong", b"x" * size, agent, payload=payload)
        answer = self.answer(signing.dial(raw))
        assert b" 400 " in answer or b" 403 " in answer, answer
        assert signing.upstream.of(agent) == []
        if signing.upstream.begun_of(agent):
            assert signing.record(agent)["errorCode"]

    @pytest.mark.parametrize("sizes", [[4], [8192, 8192, 7], [LARGE, 1], [65536] * 12])
    def test_signed_chunks(self, signing, sizes):
        agent, pieces = mark(), [random.randbytes(size) for size in sizes]
        answer = self.answer(signing.dial(self.streaming(signing.client, pieces, agent)))
        assert b" 200 " in answer, answer
        assert self.seen(signing, agent) == b"".join(pieces)

    @pytest.mark.parametrize("where", ["first", "last", "signature", "cut", "extra"])
    @pytest.mark.parametrize("sizes", [[4000, 4000], [LARGE, LARGE]], ids=["small", "large"])
    def test_chunks_that_were_tampered_with_never_arrive_whole(self, signing, sizes, where):
        agent, pieces = mark(), [b"a" * size for size in sizes]
        raw = self.streaming(signing.client, pieces, agent)
        head, _, body = raw.partition(b"\r\n\r\n")
        flipped = {
            "first": lambda: body.replace(b"aaa", b"aab", 1),
            "last": lambda: body[::-1].replace(b"aaa", b"baa", 1)[::-1],
            "signature": lambda: body[:-8] + (b"0" if body[-8:-7] != b"0" else b"1") + body[-7:],
            # The last chunk, which is empty, is another one.
            "cut": lambda: body.replace(b"\r\n0;", b"\r\n1;", 1),
            "extra": lambda: body[:-4] + b"ab\r\n",
        }[where]()
        assert flipped != body and len(flipped) == len(body)
        answer = self.answer(signing.dial(head + b"\r\n\r\n" + flipped))
        assert b" 400 " in answer or b" 403 " in answer, answer[:300]
        assert signing.upstream.of(agent) == []

    def streaming(self, client, pieces, agent):
        at, scope = sigv4.now(), sigv4.Scope(client.region, "s3")
        size = sum(len(piece) for piece in pieces)
        length = len(sigv4.chunks(client.creds, scope, at, "0" * 64, pieces))
        headers = {
            "Host": client.host,
            "User-Agent": agent,
            "Content-Encoding": "aws-chunked",
            "x-amz-decoded-content-length": str(size),
            "Content-Length": str(length),
            "x-amz-content-sha256": STREAMING,
        }
        signed = sigv4.sign_headers(
            client.creds, scope, "PUT", "/bucket/chunks", headers, b"", at, payload=STREAMING
        )
        seed = sigv4.signature_of(signed["authorization"])
        lines = "".join(f"{name}: {value}\r\n" for name, value in signed.items())
        body = sigv4.chunks(client.creds, scope, at, seed, pieces)
        return f"PUT /bucket/chunks HTTP/1.1\r\n{lines}\r\n".encode() + body

    def answer(self, sock):
        with sock:
            sock.settimeout(8)
            try:
                return sock.recv(65536)
            except ConnectionResetError:
                return b"HTTP/1.1 400 reset"

    def test_nobody_and_strangers_are_refused(self, signing):
        client, agent = signing.client, mark()
        unsigned = client.send(
            "PUT", "/bucket/key", {"Host": client.host, "User-Agent": agent}, b""
        )
        assert unsigned.status == 403
        stranger = client.with_creds(sigv4.Credentials("AKIANOBODYHASTHISKEY", "secret"))
        assert s3(stranger, "PUT", "/bucket/key", b"x", agent).status == 403
        guess = client.with_creds(sigv4.Credentials(client.creds.access_key_id, "wrong"))
        assert s3(guess, "PUT", "/bucket/key", b"x", agent).status == 403
        own = client.with_creds(self.OWNER)
        assert s3(own, "PUT", "/bucket/key", b"x", agent).status == 403
        assert signing.upstream.begun_of(agent) == []


class TestWhoMayCall:
    def user(self, client, name):
        client.cairn("CreateUser", UserName=name, Admin=False)
        return client.with_creds(
            credentials(client.cairn("CreateAccessKey", UserName=name)["AccessKey"])
        )

    @pytest.mark.parametrize("protocol", WRITES)
    def test_readers_read(self, plain, protocol):
        reader = self.user(plain.client, f"reader-{protocol}")
        agent = mark()
        answer = WRITES[protocol](reader, agent)
        assert answer.status in (400, 403)
        in_protocol(answer, protocol)
        assert plain.upstream.begun_of(agent) == []
        assert "AccessDenied" in plain.record(agent)["errorCode"]
        agent = mark()
        assert READS[protocol](reader, agent).status == 200
        assert len(plain.upstream.of(agent)) == 1

    def test_other_accounts_are_refused(self, plain):
        self.other_account(plain, False)

    def test_other_accounts_that_are_admitted(self, tmp_path):
        made = Gate(tmp_path / "data", Upstream(), {"CAIRN_UPSTREAM_ANY_ACCOUNTS": "*"})
        try:
            self.other_account(made, True)
        finally:
            made.close()

    def other_account(self, made, allowed):
        key = made.client.cairn("CreateAccount", Name="other")["AccessKey"]
        other, agent = made.client.with_creds(credentials(key)), mark()
        assert (s3(other, "PUT", "/bucket/key", b"x", agent).status == 200) == allowed
        assert (s3(other, "GET", "/bucket/key", agent=agent).status == 200) == allowed
        assert len(made.upstream.begun_of(agent)) == 2 * allowed
        # It is on the record of the account that called.
        assert made.records(agent) == []
        assert len(other.search(Text=f'"userAgent":"{agent}"')) == 2

    def test_a_wrong_signature_of_a_known_key_is_refused(self, plain):
        wrong = plain.client.with_creds(
            sigv4.Credentials(plain.client.creds.access_key_id, "not the secret")
        )
        for protocol, write in WRITES.items():
            agent = mark()
            answer = write(wrong, agent)
            assert answer.status in (400, 403)
            in_protocol(answer, protocol)
            assert plain.upstream.begun_of(agent) == []

    BROKEN = {
        "no signed headers": lambda h: cut(h, "SignedHeaders=", "X="),
        "a short signature": lambda h: {**h, "authorization": h["authorization"][:-8]},
        "no signature": lambda h: {
            **h,
            "authorization": h["authorization"].partition(", Signed")[0],
        },
        "no date": lambda h: {n: v for n, v in h.items() if n != "x-amz-date"},
        "a date that is none": lambda h: {**h, "x-amz-date": "yesterday"},
        "an old date": lambda h: {**h, "x-amz-date": "20200101T000000Z"},
        "another algorithm": lambda h: cut(h, "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
        "another scope": lambda h: cut(h, "/aws4_request", "/aws5_request"),
        "a target that is not signed": lambda h: {**h, "x-amz-target": "DynamoDB_20120810.PutItem"},
        "a session token that it has not": lambda h: {**h, "x-amz-security-token": "x"},
    }

    @pytest.mark.parametrize("how", BROKEN)
    def test_a_broken_signature_of_a_known_key_is_refused(self, plain, how):
        """It must not pass as one of a key that the upstream is to judge."""
        client, agent = plain.client, mark()
        headers = {"Host": client.host, "User-Agent": agent, "x-amz-content-sha256": EMPTY}
        scope = sigv4.Scope(client.region, "s3")
        signed = sigv4.sign_headers(client.creds, scope, "PUT", "/bucket/key", headers, b"")
        answer = client.send("PUT", "/bucket/key", self.BROKEN[how](signed), b"")
        assert answer.status in (400, 403)
        assert plain.upstream.begun_of(agent) == []

    def test_a_key_that_cairn_does_not_know_passes_with_its_signature(self, plain):
        foreign, agent = (
            plain.client.with_creds(sigv4.Credentials("AKIAFOREIGNKEYOFOTHR", "s")),
            mark(),
        )
        assert s3(foreign, "PUT", "/bucket/key", b"x", agent).status == 200
        (seen,) = plain.upstream.of(agent)
        assert sigv4.holds(foreign.creds, seen.method, seen.target, seen.headers, seen.body)[0]
        record = plain.record(agent)
        assert record["userIdentity"]["accessKeyId"] == foreign.creds.access_key_id


def cut(headers, old, new):
    return {**headers, "authorization": headers["authorization"].replace(old, new)}
