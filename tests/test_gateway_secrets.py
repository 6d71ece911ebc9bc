"""Secrets in calls through the gateway: none of them is found in anything that Cairn keeps or says.

Session tokens are shown on purpose, as CloudTrail does, so none is planted in an answer of STS.
"""

import gzip
import json
import re

import boto3
import pytest
import zstandard
from botocore import UNSIGNED
from botocore.config import Config

from conftest import run, shell_env
from gateway_shapes import ASKED, TOLD, UNKNOWN, UNKNOWN_TOLD, target
from kit import server as servers
from kit import sigv4
from planting import Garden, Operation, unpacked
from kit.upstream import Upstream, response

# Calls that nobody signs.
UNSIGNED_CALLS = ("sso", "sso-oidc")
CANARY = "canary-of-the-secrets-test"


class Sown:
    """A gateway through which everything has passed, and what was planted."""

    def __init__(self, home):
        self.garden = Garden()
        self.said = response()
        self.upstream = Upstream(lambda request, sock: self.said)
        url = self.upstream.url
        self.server = servers.Server(
            home / "data",
            args=["--upstream", f"*={url}", "--upstream", f"sts={url}"],
            env={"CAIRN_GATEWAY_DATA_EVENTS": "all", "CAIRN_LOG_LEVEL": "trace"},
        ).start()
        self.client = self.server.client()
        self.botos = {}
        self.calls = 0

    def boto(self, service):
        if service not in self.botos:
            signing = {"signature_version": UNSIGNED} if service in UNSIGNED_CALLS else {}
            self.botos[service] = boto3.client(
                service,
                endpoint_url=self.server.endpoint,
                region_name=self.server.region,
                aws_access_key_id=self.client.creds.access_key_id,
                aws_secret_access_key=self.client.creds.secret,
                config=Config(
                    retries={"total_max_attempts": 1},
                    parameter_validation=False,
                    disable_request_compression=True,
                    inject_host_prefix=False,
                    s3={"addressing_style": "path"},
                    **signing,
                ),
            )
        return self.botos[service]

    def ask(self, line):
        service, name, path = line.split()
        operation = Operation(self.boto(service), name)
        headers, body = operation.answer(None, None)
        self.said = response(200, body, headers)
        self._arrives(lambda: operation.call(path, self.garden.secret(f"{line} (asked)")), line)

    def tell(self, line):
        service, name, path = line.split()
        operation = Operation(self.boto(service), name)
        headers, body = operation.answer(path, self.garden.secret(f"{line} (told)"))
        self.said = response(200, body, headers)
        self._arrives(lambda: operation.call(None, None), line)

    def _arrives(self, call, line):
        before = len(self.upstream.seen)
        made = call()
        assert len(self.upstream.seen) == before + 1, (line, made)
        self.calls += 1

    def raw(self, label, method, target, headers, body="", service="frobnicator", answer=b"{}"):
        """A request and an answer by hand; `@` is the secret, and so it is in the answer."""
        secret = self.garden.secret(label)
        put = lambda text: text.replace("@", secret)
        data = (
            body.replace(b"@", secret.encode()) if isinstance(body, bytes) else put(body).encode()
        )
        if "gzip" in headers.get("Content-Encoding", ""):
            data = gzip.compress(data)
        headers = {name: put(value) for name, value in headers.items()}
        self.said = response(200, answer.replace(b"@", secret.encode()))
        if service:
            self.client.call(service, method, put(target), headers, data)
        else:
            self.client.send(method, put(target), {"Host": self.client.host, **headers}, data)
        self.calls += 1


@pytest.fixture(scope="module")
def sown(tmp_path_factory):
    made = Sown(tmp_path_factory.mktemp("sown"))
    made.client.send("GET", "/canary/1", {"Host": made.client.host, "User-Agent": CANARY}, b"")
    for line in ASKED.strip().splitlines():
        made.ask(line)
    for line in TOLD.strip().splitlines():
        made.tell(line)
    for label, (method, url, headers, *more) in UNKNOWN.items():
        body, service = (*more, "", "frobnicator")[:2] if not more else (*more, "frobnicator")[:2]
        made.raw(f"unknown: {label}", method, url, headers, body, service)
    for label, (headers, answer) in UNKNOWN_TOLD.items():
        made.raw(f"unknown answer: {label}", "POST", "/", headers, "", answer=answer)
    token = made.garden.secret("token of a foreign session")
    foreign = sigv4.Credentials("ASIAFOREIGNKEYOFOTHR", "s", token)
    made.client.with_creds(foreign).call(
        "s3", "GET", "/bucket/key", {"Host": made.client.host}, b""
    )
    yield made
    assert made.server.process.poll() is None
    made.server.kill()
    made.upstream.close()
    assert "panicked" not in made.server.said()


def everything(sown):
    """All records of the account, by reading on from the beginning."""
    out, after = [], 0
    while True:
        page = sown.client.cairn("TailEvents", After=after, WaitSeconds=0, MaxResults=1000)
        if page["Cursor"] == after:
            return out
        after = page["Cursor"]
        out += [hit["Record"] for hit in page["Records"]]


def nothing_of(sown, text):
    data = text if isinstance(text, bytes) else text.encode()
    assert sown.garden.found_in(data) == []


def test_there_is_much_to_find(sown):
    assert len(sown.garden.labels) >= 200
    records = everything(sown)
    assert (
        len([r for r in records if json.loads(r)["eventSource"] != "cairn.amazonaws.com"])
        > sown.calls
    )
    assert any(CANARY in record for record in records)


def test_no_secret_is_in_a_record(sown):
    leaks = {}
    for text in everything(sown):
        record = json.loads(text)
        for label in sown.garden.found_in(text.encode()):
            where = places(sown.garden, record, label) or ["somewhere"]
            leaks.setdefault(label, []).append(f"{record['eventName']} {', '.join(where)}")
    assert not leaks, listed(leaks)


def listed(leaks):
    return "\n" + "\n".join(f"{label}: {where}" for label, where in sorted(leaks.items()))


def places(garden, value, label, path=""):
    """Where in a record the secret stands."""
    if isinstance(value, dict):
        names = [f"{path}.(a name)"] if label in garden.found_in(" ".join(value).encode()) else []
        return names + [
            at for n, v in value.items() for at in places(garden, v, label, f"{path}.{n}")
        ]
    if isinstance(value, list):
        return [at for each in value for at in places(garden, each, label, f"{path}[]")]
    return [path] if label in garden.found_in(str(value).encode()) else []


def test_no_secret_is_in_event_history(sown):
    token = {}
    while True:
        page = sown.client.lookup(MaxResults=50, **token)
        nothing_of(sown, json.dumps(page))
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}


def test_no_secret_is_in_quarantine(sown, cairn):
    listed = cairn(sown.client, "quarantine", "list", "-o", "json").stdout
    nothing_of(sown, listed)
    for seq in re.findall(rb'"Seq":\s*(\d+)', listed):
        nothing_of(sown, cairn(sown.client, "quarantine", "show", seq.decode()).stdout)


def test_no_secret_is_in_the_data_directory(sown):
    decompress = lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data)
    leaks, canary = {}, False
    for path in sown.server.data.rglob("*"):
        if path.is_file():
            data = unpacked(path.read_bytes(), decompress)
            canary = canary or CANARY.encode() in data
            for label in sown.garden.found_in(data):
                leaks.setdefault(label, []).append(path.name)
    assert canary, "the search does not see what is in the journal"
    assert not leaks, listed(leaks)


def test_no_secret_is_in_the_log(sown):
    said = sown.server.said()
    assert "TRACE" in said
    nothing_of(sown, said)


def test_no_secret_is_in_the_pages(sown):
    for page in ("/metrics", "/readyz", "/healthz"):
        status, body = servers.plain_get(sown.server.endpoint, page)
        assert status == 200
        nothing_of(sown, body)


def test_credentials_of_an_upstream_are_shown_nowhere(tmp_path):
    garden, upstream = Garden(), Upstream()
    env = {
        "CAIRN_UPSTREAM_ANY_URL": upstream.url,
        "CAIRN_UPSTREAM_ANY_ACCESS_KEY_ID": "AKIAUPSTREAM",
        "CAIRN_UPSTREAM_ANY_SECRET_ACCESS_KEY": garden.secret("secret of the upstream"),
        "CAIRN_UPSTREAM_ANY_SESSION_TOKEN": garden.secret("token of the upstream"),
        "CAIRN_LOG_LEVEL": "trace",
    }
    with servers.Server(tmp_path / "data", env=env) as server:
        client = server.client()
        assert client.call(
            "s3", "PUT", "/b/k", {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, b""
        ).status in (200, 403)
        client.call("dynamodb", "POST", "/", target("DynamoDB_20120810.PutItem"), b"{}")
        assert upstream.seen
        upstream.close()
        client.call("dynamodb", "POST", "/", target("DynamoDB_20120810.PutItem"), b"{ }")
        said = [server.said().encode(), servers.plain_get(server.endpoint, "/readyz")[1]]
        said.append(servers.plain_get(server.endpoint, "/metrics")[1])
        said += [hit["Record"].encode() for hit in client.search()]
        said += [path.read_bytes() for path in server.data.rglob("*") if path.is_file()]
        for form in ("json", "table"):
            done = run([servers.binary(), "config", "show", "-o", form], shell_env(client, **env))
            assert done.returncode == 0 and b"AKIAUPSTREAM" in done.stdout, done
            said += [done.stdout, done.stderr]
    assert garden.found_in(b"\n".join(said)) == []
