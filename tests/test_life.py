"""The life of a server: configuration, start, health, stop, restart, repair of what is derived."""

import json
import random
import re
import shutil
import signal
import stat
import subprocess
import threading
import time
from http.client import HTTPException

import pytest

from conftest import eventually, new_account, run
from kit import records
from kit import server as servers
from kit.client import Refused


def refused_start(tmp_path, *args, env=None):
    """What a server says that does not start."""
    command = [servers.binary(), "serve", "--data", tmp_path / "data", "--listen", "127.0.0.1:0"]
    done = run([*command, *args], {**servers.clean_env(), **(env or {})}, timeout=20)
    assert done.returncode not in (0, 101) and done.returncode > 0, done
    return done.stderr.decode()


class TestConfiguration:
    def config(self, tmp_path, text):
        file = tmp_path / "cairn.toml"
        file.write_text(text)
        return file

    def test_an_unknown_key_is_refused_with_a_suggestion(self, tmp_path):
        said = refused_start(tmp_path, "--config", self.config(tmp_path, 'regoin = "eu-west-1"'))
        assert "regoin" in said and '"region"' in said and "cairn.toml" in said

    def test_an_unknown_variable_is_refused(self, tmp_path):
        said = refused_start(tmp_path, env={"CAIRN_LISTN": "127.0.0.1:0"})
        assert "CAIRN_LISTN" in said and "listen" in said

    @pytest.mark.parametrize("text, word", [
        ('region = "Mars!"', "region"), ("[auth]\nskew_seconds = 0", "auth.skew_seconds"),
        ('account = "12"', "account"), ("this is not toml", "TOML"),
        ('[tls]\ncert = "cert.pem"', "tls"), ('log.level = "loud"', "log.level"),
    ])
    def test_bad_values(self, tmp_path, text, word):
        assert word in refused_start(tmp_path, "--config", self.config(tmp_path, text))

    def test_a_file_that_is_not_there(self, tmp_path):
        assert "nothing.toml" in refused_start(tmp_path, "--config", tmp_path / "nothing.toml")

    def test_plain_http_for_others_needs_a_word(self, tmp_path):
        command = [servers.binary(), "serve", "--data", tmp_path / "data", "--listen", "0.0.0.0:0"]
        done = run(command, servers.clean_env(), timeout=20)
        assert done.returncode == 1 and b"insecure" in done.stderr

    def test_show_gives_each_values_origin(self, cairn, account, tmp_path):
        file = self.config(tmp_path, 'region = "eu-west-1"\n[log]\nlevel = "debug"\n')
        done = cairn(account.client, "config", "show", "--config", file, "-o", "json",
                     CAIRN_LOG_FORMAT="json")
        shown = json.loads(done.stdout)
        shown = shown if isinstance(shown, list) else shown["Settings"]
        found = {line["Key"]: (line["Value"], line["Origin"]) for line in shown}
        assert found["region"] == ("eu-west-1", str(file))
        assert found["log.level"] == ("debug", str(file))
        assert found["log.format"] == ("json", "CAIRN_LOG_FORMAT")
        assert found["listen"] == ("127.0.0.1:4586", "default")

    def test_check(self, cairn, account, tmp_path):
        cairn(account.client, "config", "check", "--config", self.config(tmp_path, 'region="a-1"'))
        cairn(account.client, "config", "check", "--config", self.config(tmp_path, "regio=1"), code=1)


class TestStart:
    def test_one_process_a_directory(self, private_server):
        said = refused_start(private_server.data.parent)
        assert "another" in said or "in use" in said or "lock" in said
        assert servers.plain_get(private_server.endpoint, "/readyz")[0] == 200

    def test_secrets_are_the_owners_alone(self, private_server):
        for path in [private_server.data, *private_server.data.rglob("*")]:
            if path.name == "bootstrap.json":
                assert stat.S_IMODE(path.stat().st_mode) == 0o600
        secret = private_server.bootstrap()["secret_access_key"].encode()
        holders = [
            path.name for path in private_server.data.rglob("*")
            if path.is_file() and secret in path.read_bytes()
        ]
        assert holders == ["bootstrap.json"]

    def test_the_first_account_can_be_chosen(self, tmp_path):
        with servers.Server(tmp_path / "data", args=["--account", "123456789012"]) as chosen:
            assert chosen.bootstrap()["account_id"] == "123456789012"
            body = chosen.client().sts("GetCallerIdentity").body
            assert b"<Account>123456789012</Account>" in body

    def test_json_logs_carry_request_ids(self, tmp_path):
        env = {"CAIRN_LOG_FORMAT": "json", "CAIRN_LOG_LEVEL": "debug"}
        with servers.Server(tmp_path / "data", env=env) as running:
            client = running.client()
            answer = client.cloudtrail("StartQuery")
            request_id = answer.headers["x-amzn-requestid"]
            running.stop()
            logged = [json.loads(line) for line in running.said().splitlines()]
            assert any(request_id in json.dumps(line) for line in logged)
            assert client.creds.secret not in running.said()


class TestHealth:
    def test_without_credentials(self, server):
        for path in ("/healthz", "/readyz"):
            assert servers.plain_get(server.endpoint, path)[0] == 200
        assert 400 <= servers.plain_get(server.endpoint, "/secret")[0] < 500

    def test_metrics_count_what_happens(self, server, account):
        def metrics():
            status, body = servers.plain_get(server.endpoint, "/metrics")
            assert status == 200
            found = {}
            for line in body.decode().splitlines():
                if line and not line.startswith("#"):
                    name, _, value = line.rpartition(" ")
                    assert re.fullmatch(r'[a-zA-Z_:][\w:]*(\{.*\})?', name), line
                    found[name] = float(value)
            return found

        before = metrics()
        assert all(name.startswith(("cairn_", "process_")) for name in before)
        account.ingest(records.record(), records.record())
        account.client.ingest(b"not a record")
        after = metrics()
        grown = {name for name in after if after[name] > before.get(name, 0)}
        assert any("ingest" in name or "event" in name or "record" in name for name in grown), grown
        assert any("quarantin" in name.lower() for name in grown), grown


class TestStop:
    def test_it_finishes_what_it_has_begun(self, private_server):
        """SIGTERM under load: exit 0, and everything acknowledged is there afterwards."""
        acknowledged = []

        def load(number):
            client = private_server.client()
            for count in range(100_000):
                event_id = f"{number}-{count}"
                try:
                    client.ingest(records.encode(records.record(eventID=event_id)))
                except (OSError, HTTPException, Refused):
                    return
                acknowledged.append(event_id)

        threads = [threading.Thread(target=load, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        eventually(lambda: len(acknowledged) > 40)
        assert private_server.stop() == 0
        for thread in threads:
            thread.join()
        private_server.start()
        found = private_server.client().search(
            Attributes=[{"AttributeKey": "EventName", "AttributeValue": "DescribeInstances"}],
            MaxResults=1000,
        )
        stored = [json.loads(hit["Record"])["eventID"] for hit in found]
        assert len(stored) == len(set(stored))
        assert set(acknowledged) <= set(stored)

    def test_sigint_stops_too(self, private_server):
        private_server.process.send_signal(signal.SIGINT)
        assert private_server.process.wait(15) == 0

    def test_a_long_poll_does_not_hold_up_the_stop(self, private_server):
        client = private_server.client()

        def poll():
            try:
                client.cairn("TailEvents", WaitSeconds=20)
            except (OSError, HTTPException, Refused):
                pass

        thread = threading.Thread(target=poll)
        thread.start()
        assert private_server.stop(within=10) == 0
        thread.join()


def everything(client):
    """What each way of reading says, without the reads themselves."""
    names = ("PutRule", "CreateUser", "GetObject")
    answers = []
    for name in names:
        query = [{"AttributeKey": "EventName", "AttributeValue": name}]
        answers.append(client.search(Attributes=query, MaxResults=7))
        for region in ("us-east-1", client.region):
            events = client.in_region(region).lookup(LookupAttributes=query)["Events"]
            answers.append(events)
    answers.append(client.search(Text="needle", Attributes=query))
    return answers


class TestRestart:
    @pytest.fixture
    def filled(self, private_server):
        client = private_server.client()
        client.cairn("CreateUser", UserName="alice")
        found = [records.record("PutRule", eventTime=records.at(1000 - n)) for n in range(40)]
        found += [records.record("PutRule", eventTime=records.at(n * 86400)) for n in range(80)]
        found += [records.record("GetObject", eventCategory="Data", managementEvent=False,
                                 requestParameters={"key": "needle"}, eventTime=records.at(5))]
        client.ingest(records.log_file(found))
        answers = everything(client)
        assert len(answers[0]) == 120 and answers[-1]
        return private_server, answers

    def test_everything_is_there_after_a_stop(self, filled):
        server, answers = filled
        assert server.stop() == 0
        server.start()
        assert everything(server.client()) == answers

    def test_everything_is_there_after_a_kill(self, filled):
        server, answers = filled
        server.kill()
        server.start()
        assert everything(server.client()) == answers

    @pytest.mark.parametrize("derived", ["history", "journal/ids"])
    def test_indexes_are_derived(self, filled, derived):
        """Deleted index files are built again from the journal, with equal answers."""
        server, answers = filled
        server.stop()
        assert (server.data / derived).is_dir()
        shutil.rmtree(server.data / derived)
        server.start()
        client = server.client()
        assert everything(client) == answers
        again = records.json_lines([hit["Record"].encode() for hit in answers[0]])
        counts = client.ingest(again)
        assert (counts["Stored"], counts["Duplicates"]) == (0, len(answers[0]))

    def test_identities_and_sessions_outlive_a_restart(self, private_server):
        account = new_account(private_server.client())
        user, role = account.user("alice"), account.role("deploy")
        private_server.kill()
        private_server.start()
        for client in (user, role):
            again = private_server.client().with_creds(client.creds)
            assert again.sts("GetCallerIdentity").status == 200


class TestDamage:
    @pytest.fixture
    def killed(self, private_server):
        """A server that was killed after 30 separate blocks, and its one segment file."""
        client = private_server.client()
        for number in range(30):
            client.ingest(records.encode(records.record(eventID=f"block-{number}")))
        private_server.kill()
        segment, = (private_server.data / "journal" / "segments").glob("*.seg")
        return private_server, segment

    def stored(self, server):
        query = [{"AttributeKey": "EventName", "AttributeValue": "DescribeInstances"}]
        hits = server.client().search(Attributes=query, MaxResults=1000)
        return {json.loads(hit["Record"])["eventID"] for hit in hits}

    def written(self, segment):
        return len(segment.read_bytes().rstrip(b"\0"))

    def test_damage_inside_stops_the_start(self, killed):
        """What lies before good blocks was acknowledged: it is not skipped and not cut away."""
        server, segment = killed
        before = segment.read_bytes()
        place = self.written(segment) // 2
        damaged = bytearray(before)
        damaged[place] ^= 0x40
        segment.write_bytes(damaged)
        with pytest.raises(servers.StartFailed) as failed:
            server.start()
        assert "panicked" not in str(failed.value)
        assert "damage" in str(failed.value) and segment.stem.lstrip("0") in str(failed.value)
        assert segment.read_bytes() == damaged
        segment.write_bytes(before)
        server.start()
        assert self.stored(server) == {f"block-{number}" for number in range(30)}

    def test_a_torn_tail_is_cut(self, killed):
        """The last block is half there, as after a power cut while it was written."""
        server, segment = killed
        whole = segment.read_bytes()
        torn = self.written(segment) - 40
        segment.write_bytes(whole[:torn].ljust(len(whole), b"\0"))
        server.start()
        assert self.stored(server) == {f"block-{number}" for number in range(29)}
        server.client().ingest(records.encode(records.record(eventID="after")))
        server.kill()
        server.start()
        assert "after" in self.stored(server)


def test_an_effect_and_its_record_outlive_a_kill_together(private_server):
    """Users are made while the server is killed: whoever exists was recorded, and the reverse."""
    chance = random.Random(7)
    for round_number in range(8):
        client = private_server.client()

        def make(number=round_number, client=client):
            for count in range(10_000):
                try:
                    client.cairn("CreateUser", UserName=f"u{number}-{count}")
                except (OSError, HTTPException, Refused):
                    return

        thread = threading.Thread(target=make)
        thread.start()
        time.sleep(chance.uniform(0.05, 0.3))
        private_server.kill()
        thread.join()
        private_server.start()
    client = private_server.client()
    query = [{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}]
    made = [json.loads(hit["Record"]) for hit in client.search(Attributes=query, MaxResults=1000)]
    names = [record["requestParameters"]["userName"] for record in made
             if "errorCode" not in record]
    users = {user["UserName"] for user in client.cairn("ListUsers")["Users"]} - {"admin"}
    assert len(users) > 8
    assert sorted(names) == sorted(users)


def test_lookups_can_be_limited_as_the_service_does(tmp_path):
    env = {"CAIRN_LIMITS_LOOKUP_PER_SECOND": "2"}
    with servers.Server(tmp_path / "data", env=env) as running:
        client = running.client()
        answers = [client.cloudtrail("LookupEvents") for _ in range(12)]
        refused = {answer.error for answer in answers if answer.status != 200}
        assert refused == {"ThrottlingException"}
        assert answers[0].status == 200
        assert client.in_region("eu-west-1").cloudtrail("LookupEvents").status == 200


def test_tls(tmp_path, aws, cairn):
    """TLS from two files, for the aws CLI and for the cairn command."""
    made = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost",
         "-addext", "basicConstraints=critical,CA:FALSE",
         "-out", made[0], "-keyout", made[1]],
        check=True, capture_output=True,
    )
    args = ["--tls-cert", made[0], "--tls-key", made[1]]
    running = servers.Server(tmp_path / "data", args=args)
    try:
        running.start(cafile=made[0])
        assert running.endpoint.startswith("https://")
        client = running.client(cafile=made[0])
        assert client.sts("GetCallerIdentity").status == 200
        who = aws(client, "sts", "get-caller-identity", AWS_CA_BUNDLE=str(made[0]))
        assert who["Account"] == running.bootstrap()["account_id"]
        done = cairn(client, "lookup", "--event-name", "GetCallerIdentity", "--raw",
                     AWS_CA_BUNDLE=str(made[0]))
        record = json.loads(done.stdout.splitlines()[0])
        assert record["tlsDetails"]["tlsVersion"].startswith("TLSv1.")
        plain = running.endpoint.replace("https", "http")
        with pytest.raises(Exception):
            servers.plain_get(plain, "/healthz", timeout=3)
    finally:
        running.kill()


def test_a_full_disk_is_said_and_survived(private_server):
    """Below the reserve of free space new records are refused, reads go on."""
    private_server.stop()
    private_server.env["CAIRN_JOURNAL_RESERVE_MIB"] = "1048576"
    private_server.start(until="/healthz")
    status, said = servers.plain_get(private_server.endpoint, "/readyz")
    assert status == 503 and b"free" in said
    client = private_server.client()
    answer = client.ingest_answer(records.encode(records.record()))
    assert answer.status in {500, 503, 507} and answer.message
    assert servers.plain_get(private_server.endpoint, "/healthz")[0] == 200
