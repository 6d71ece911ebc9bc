"""TLS on both sides of the gateway, and HTTP/2 and keys that outlive a restart."""

import http.server
import json
import pathlib
import ssl
import subprocess
import threading

import pytest

from conftest import boto, eventually
from kit import server as servers
from kit import sigv4
from kit.gate import mark, s3


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """A certificate for the loopback, and its key."""
    made = tmp_path_factory.mktemp("tls")
    cert, key = made / "cert.pem", made / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-addext", "basicConstraints=critical,CA:FALSE", "-out", cert, "-keyout", key],
        check=True, capture_output=True,
    )
    return cert, key


class Store(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def store(pair):
    """An upstream that speaks TLS; gives its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Store)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pair)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()


def put_through(tmp_path, store, config, pair):
    """Puts one object through a gateway that ends TLS; gives the answer and the record."""
    file = tmp_path / "cairn.toml"
    file.write_text(f'[upstream."*"]\nurl = "{store}"\n{config}\n')
    running = servers.Server(
        tmp_path / "data",
        args=["--config", file, "--tls-cert", pair[0], "--tls-key", pair[1]],
        env={"CAIRN_GATEWAY_DATA_EVENTS": "all"},
    )
    try:
        running.start(cafile=pair[0])
        client, agent = running.client(cafile=pair[0]), mark()
        answer = s3(client, "PUT", "/bucket/key", b"sealed", agent)
        found = client.search(Text=f'"userAgent":"{agent}"')
        return answer, json.loads(found[0]["Record"])
    finally:
        running.kill()


def test_both_sides_are_sealed(tmp_path, store, pair):
    answer, record = put_through(tmp_path, store, f'ca = "{pair[0]}"', pair)
    assert answer.status == 200
    assert record["tlsDetails"]["tlsVersion"].startswith("TLSv1.")
    assert record["additionalEventData"]["CipherSuite"] == record["tlsDetails"]["cipherSuite"]


def test_an_upstream_that_nobody_vouches_for_gets_nothing(tmp_path, store, pair):
    answer, record = put_through(tmp_path, store, "", pair)
    assert answer.status == 503 and "certificate" in answer.message.lower()
    assert record["errorCode"] == "ServiceUnavailable"


def test_a_ca_that_cannot_be_read_stops_the_start(tmp_path, store):
    file = tmp_path / "cairn.toml"
    file.write_text(f'[upstream."*"]\nurl = "{store}"\nca = "{tmp_path}/none.pem"\n')
    with pytest.raises(servers.StartFailed, match="none.pem"):
        servers.Server(tmp_path / "data", args=["--config", file]).start()


class Iam(http.server.BaseHTTPRequestHandler):
    """Hands out one key, and takes any call of it."""

    def do_POST(self):
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        key = "<AccessKey><UserName>bob</UserName><AccessKeyId>AKIABOBBOBBOBBOBBOB1</AccessKeyId>" \
              "<Status>Active</Status><SecretAccessKey>s</SecretAccessKey></AccessKey>"
        inside = f"<CreateAccessKeyResult>{key}</CreateAccessKeyResult>" \
            if "CreateAccessKey" in form else ""
        body = f"<R>{inside}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></R>"
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        pass


def test_whose_a_new_key_is_outlives_a_kill(tmp_path):
    upstream = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Iam)
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    running = servers.Server(
        tmp_path / "data", args=["--upstream", f"iam=http://127.0.0.1:{upstream.server_port}"]
    )
    try:
        running.start()
        boto(running.client(), "iam").create_access_key(UserName="bob")
        bob = sigv4.Credentials("AKIABOBBOBBOBBOBBOB1", "a secret that only the upstream knows")
        for start in range(2):
            client = running.client()
            boto(client.with_creds(bob), "iam").delete_group(GroupName=f"g{start}")
            (found,) = client.search(Text=f'"groupName":"g{start}"')
            identity = json.loads(found["Record"])["userIdentity"]
            assert (identity["type"], identity["userName"]) == ("IAMUser", "bob"), identity
            assert identity["accessKeyId"] == bob.access_key_id
            if start == 0:
                wait_until_saved(running)
                running.kill()
                running.start()
    finally:
        running.kill()
        upstream.shutdown()


def wait_until_saved(running):
    """The worker that saves has nothing left to do when it has run after the call."""
    log = pathlib.Path(running.data) / "state.sqlite-wal"
    eventually(lambda: log.exists() and b"AKIABOBBOBBOBBOBBOB1" in log.read_bytes())
