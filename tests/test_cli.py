"""The cairn command as scripts use it: data on stdout, exit codes, every verb."""

import csv
import gzip
import io
import json
import os
import re
import signal
import subprocess
import threading

import pytest

from conftest import boto, eventually, shell_env
from kit import records, zstd
from kit import server as servers
from kit.sigv4 import Credentials


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def ids(found):
    return [one.get("eventID") or one["record"]["eventID"] for one in found]


def raw_ids(cairn, client, *args):
    return [one["eventID"] for one in lines(cairn(client, "lookup", "--raw", *args))]


class TestLookup:
    @pytest.fixture(scope="class")
    def story(self, module_account):
        """Four records that filters tell apart, oldest first."""
        bucket = [{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::ledger"}]
        found = [
            records.record("CreateBucket", "s3.amazonaws.com", eventTime=records.at(4 * 86400),
                           resources=bucket, readOnly=False),
            records.record("PutBucketPolicy", "s3.amazonaws.com", eventTime=records.at(7200),
                           resources=bucket, readOnly=False, userIdentity=records.iam_user("bob")),
            records.record("GetObject", "s3.amazonaws.com", eventTime=records.at(3600),
                           managementEvent=False, eventCategory="Data", readOnly=True),
            records.record("RunInstances", eventTime=records.at(600), awsRegion="eu-west-3",
                           requestParameters={"text": "zürich, \"quoted\""}, readOnly=False),
        ]
        module_account.ingest(*found)
        return module_account.client, [one["eventID"] for one in found]

    @pytest.mark.parametrize("filters, expected", [
        (["--event-name", "RunInstances"], [3]),
        (["--event-source", "s3"], [2, 1, 0]),
        (["--event-source", "s3.amazonaws.com", "--user", "bob"], [1]),
        (["--event-source", "s3", "--read-only", "true"], [2]),
        (["--event-source", "s3", "--category", "data"], [2]),
        (["--event-source", "s3", "--category", "management"], [1, 0]),
        (["--resource-name", "arn:aws:s3:::ledger", "--since", "3h"], [1]),
        (["--resource-type", "AWS::S3::Bucket", "--until", "1d"], [0]),
        (["--event-source", "s3", "--since", "3d", "--until", "90m"], [1]),
        (["--text", "zürich"], [3]),
        (["--text", "zürich", "--region", "eu-west-3"], [3]),
        (["--text", "zürich", "--region", "us-east-1"], []),
        (["--user", "alice", "--event-source", "s3", "--limit", "1"], [2]),
        (["--event-name", "NoSuchThing"], []),
        (["--access-key", "AKIAEXAMPLE111111111", "--event-name", "CreateBucket"], [0]),
    ])
    def test_filters_all_hold(self, cairn, story, filters, expected):
        client, known = story
        assert raw_ids(cairn, client, *filters) == [known[place] for place in expected]

    def test_by_id(self, cairn, story):
        client, known = story
        for event_id in known:
            assert raw_ids(cairn, client, "--event-id", event_id) == [event_id]

    def test_forms_of_output(self, cairn, story):
        client, known = story
        query = ["lookup", "--event-source", "s3", "--utc"]
        whole = json.loads(cairn(client, *query, "-o", "json").stdout)
        assert len(whole if isinstance(whole, list) else whole["Records"]) == 3
        assert len(lines(cairn(client, *query, "-o", "jsonl"))) == 3
        rows = list(csv.reader(io.StringIO(cairn(client, *query, "-o", "csv").stdout.decode())))
        assert len(rows) == 4 and len({len(row) for row in rows}) == 1
        table = cairn(client, *query, "-o", "table").stdout.decode().splitlines()
        assert len(table) == 4
        assert re.match(r"TIME\s+EVENT\s+SOURCE\s+USER", table[0])
        assert re.match(r"20\d\d-.*GetObject\s+s3", table[1])

    def test_nothing_found(self, cairn, story):
        client, _ = story
        assert cairn(client, "lookup", "--event-name", "Nothing", "--raw").stdout == b""
        cairn(client, "lookup", "--event-name", "Nothing", "--fail-empty", code=3)

    @pytest.mark.parametrize("args", [
        ["lookup", "--since", "the day before"], ["lookup", "--limit", "0"], ["lookup", "-o", "pdf"],
        ["lookup", "--no-such-flag"], ["fly"], ["user", "create"],
    ])
    def test_wrong_usage(self, cairn, story, args):
        done = cairn(story[0], *args, code=2)
        assert done.stdout == b"" and done.stderr

    def test_not_let_in(self, cairn, story):
        client = story[0].with_creds(Credentials(story[0].creds.access_key_id, "wrong" * 8))
        done = cairn(client, "lookup", code=5)
        assert done.stdout == b"" and done.stderr.startswith(b"error: ")

    def test_nobody_there(self, cairn, story):
        done = cairn(story[0], "worker", "list", code=1, AWS_ENDPOINT_URL="http://127.0.0.1:9")
        assert done.stderr.startswith(b"error: ")

    def test_the_data_directory_is_enough(self, cairn, story, server):
        env = {"AWS_ENDPOINT_URL": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}
        done = cairn(story[0], "account", "list", "--data", server.data, "-o", "json", **env)
        assert server.bootstrap()["account_id"].encode() in done.stdout


class TestIngest:
    def test_files_and_directories(self, cairn, account, tmp_path):
        found = [records.record("PutRule", eventID=f"file-{n}") for n in range(6)]
        deep = tmp_path / "AWSLogs" / account.id / "CloudTrail"
        deep.mkdir(parents=True)
        (deep / "a.json").write_bytes(records.log_file(found[:2]))
        (deep / "b.json.gz").write_bytes(gzip.compress(records.log_file(found[2:4])))
        (tmp_path / "c.jsonl.zst").write_bytes(zstd.compress(records.json_lines(found[4:])))
        done = cairn(account.client, "ingest", tmp_path, "-o", "json")
        assert b"6" in done.stdout and json.loads(done.stdout)
        assert done.stderr
        assert sorted(raw_ids(cairn, account.client, "--event-name", "PutRule")) == [
            f"file-{n}" for n in range(6)
        ]
        again = cairn(account.client, "ingest", tmp_path, "--quiet")
        assert again.stdout == b"" and again.stderr == b""
        assert len(raw_ids(cairn, account.client, "--event-name", "PutRule")) == 6

    def test_standard_input(self, cairn, account):
        one = records.record("PutRule")
        cairn(account.client, "ingest", "-", stdin=records.json_lines([one]))
        assert raw_ids(cairn, account.client, "--event-id", one["eventID"]) == [one["eventID"]]

    def test_what_is_no_record_is_said(self, cairn, account, tmp_path):
        (tmp_path / "broken.json").write_bytes(b'{"Records":[{"eventID":"x"}]}')
        done = cairn(account.client, "ingest", tmp_path / "broken.json")
        assert b"quarantine" in done.stderr.lower()

    def test_an_altered_record_is_an_error(self, cairn, account, tmp_path):
        honest = records.record("DeleteTrail")
        account.ingest(honest)
        (tmp_path / "forged.json").write_bytes(records.encode({**honest, "eventName": "GetTrail"}))
        done = cairn(account.client, "ingest", tmp_path / "forged.json", code=1)
        assert honest["eventID"].encode() in done.stderr

    def test_a_file_that_is_not_there(self, cairn, account, tmp_path):
        cairn(account.client, "ingest", tmp_path / "nothing.json", code=1)

    def test_account_from_record(self, cairn, account, operator, tmp_path):
        one = records.record("PutRule", account=account.id)
        (tmp_path / "one.json").write_bytes(records.encode(one))
        cairn(account.client, "ingest", "--account-from-record", tmp_path, code=5)
        cairn(operator, "ingest", "--account-from-record", tmp_path)
        assert raw_ids(cairn, account.client, "--event-id", one["eventID"]) == [one["eventID"]]


class TestIdentities:
    def test_users_and_keys(self, cairn, account):
        client = account.client
        made = json.loads(cairn(client, "user", "create", "alice", "-o", "json").stdout)
        assert made["User"]["UserName"] == "alice"
        done = cairn(client, "key", "create", "--user", "alice", "-o", "json")
        key = json.loads(done.stdout)["AccessKey"]
        alice = client.with_creds(Credentials(key["AccessKeyId"], key["SecretAccessKey"]))
        assert boto(alice, "sts").get_caller_identity()["Arn"].endswith(":user/alice")
        listed = cairn(client, "key", "list", "--user", "alice", "-o", "json").stdout.decode()
        assert key["AccessKeyId"] in listed and key["SecretAccessKey"] not in listed
        cairn(client, "key", "deactivate", key["AccessKeyId"])
        cairn(alice, "worker", "list", code=5)
        cairn(client, "key", "activate", key["AccessKeyId"])
        assert alice.sts("GetCallerIdentity").status == 200
        cairn(client, "key", "delete", key["AccessKeyId"])
        cairn(client, "user", "delete", "alice")
        assert "alice" not in cairn(client, "user", "list", "-o", "json").stdout.decode()
        cairn(client, "user", "delete", "alice", code=1)

    def test_roles(self, cairn, account):
        client = account.client
        made = json.loads(
            cairn(client, "role", "create", "audit", "--trust", account.id, "-o", "json").stdout
        )["Role"]
        assert made["Arn"] == f"arn:aws:iam::{account.id}:role/audit"
        assert account.assume(made["Arn"], "s1").sts("GetCallerIdentity").status == 200
        assert "audit" in cairn(client, "role", "list", "-o", "table").stdout.decode()
        cairn(client, "role", "delete", "audit")

    def test_accounts(self, cairn, operator, account):
        made = json.loads(cairn(operator, "account", "create", "by-cli", "-o", "json").stdout)
        assert len(made["Account"]["AccountId"]) == 12
        listed = cairn(operator, "account", "list", "-o", "csv").stdout.decode()
        assert made["Account"]["AccountId"] in listed
        cairn(account.client, "account", "list", code=5)

    def test_workers(self, cairn, operator):
        workers = json.loads(cairn(operator, "worker", "list", "-o", "json").stdout)
        workers = workers if isinstance(workers, list) else workers["Workers"]
        assert workers
        for worker in workers:
            assert {"Name", "State", "Lag", "Errors", "ConsecutiveErrors"} <= set(worker)
            assert worker["ConsecutiveErrors"] == 0


class Tail:
    """`cairn tail` as a process whose lines are collected."""

    def __init__(self, client, *args):
        self.process = subprocess.Popen(
            [str(servers.binary()), "tail", *args],
            env=shell_env(client), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        self.ids, self.said = [], []
        for stream, use in ((self.process.stdout, self._line), (self.process.stderr, self._say)):
            threading.Thread(target=lambda s=stream, u=use: [u(x) for x in s], daemon=True).start()

    def _line(self, line):
        self.ids.append(json.loads(line)["eventID"])

    def _say(self, line):
        self.said.append(line)

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(10)


class TestTail:
    def test_the_last_events(self, cairn, account):
        account.ingest(*[records.record("PutRule", eventID=f"t{n}",
                                        eventTime=records.at(60 - n)) for n in range(5)])
        done = cairn(account.client, "tail", "-n", "3", "--event-name", "PutRule", "--raw")
        assert ids(lines(done)) == ["t2", "t3", "t4"]

    def test_it_follows_with_a_filter_and_ends_on_sigint(self, account):
        tail = Tail(account.client, "-f", "-n", "0", "--raw", "--event-name", "PutRule")
        sent = []

        def arrived():
            sent.append(f"live-{len(sent)}")
            account.ingest(records.record("PutRule", eventID=sent[-1]),
                           records.record("GetRule", eventID=f"not-{sent[-1]}"))
            return tail.ids

        eventually(arrived)
        eventually(lambda: tail.ids[-1:] == sent[-1:])
        assert tail.ids == sent[-len(tail.ids):]
        assert tail.interrupt() == 130

    def test_it_goes_on_after_a_restart_of_the_server(self, private_server):
        client = private_server.client()
        tail = Tail(client, "-f", "-n", "0", "--raw", "--event-name", "PutRule")
        number = 0

        def ingest():
            nonlocal number
            number += 1
            client.ingest(records.encode(records.record("PutRule", eventID=f"r{number}")))
            return tail.ids

        eventually(ingest)
        port = private_server.endpoint.rpartition(":")[2]
        private_server.kill()
        private_server.listen = f"127.0.0.1:{port}"
        private_server.start()
        client.close()
        for _ in range(5):
            ingest()
        eventually(lambda: tail.ids[-1] == f"r{number}", seconds=30)
        first = int(tail.ids[0][1:])
        assert tail.ids == [f"r{n}" for n in range(first, number + 1)]
        assert tail.interrupt() == 130


def test_env_is_for_eval(private_server, tmp_path):
    """`eval "$(cairn env)"` is all that a shell needs."""
    script = f'eval "$("{servers.binary()}" env --data "{private_server.data}")" && env'
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"]},
    )
    told = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    key = private_server.bootstrap()
    assert told["AWS_ENDPOINT_URL"] == private_server.endpoint
    assert told["AWS_ACCESS_KEY_ID"] == key["access_key_id"]
    assert told["AWS_SECRET_ACCESS_KEY"] == key["secret_access_key"]
    assert told["AWS_REGION"] == told["AWS_DEFAULT_REGION"] == "eu-central-1"


def test_env_without_a_server(cairn, account, tmp_path):
    done = cairn(account.client, "env", "--data", tmp_path / "nothing", code=1)
    assert done.stdout == b"" and b"nothing" in done.stderr


def test_help_names_every_command(cairn, account):
    told = cairn(account.client, "--help").stdout.decode()
    for command in ("serve", "env", "lookup", "tail", "ingest", "user", "role", "account", "key",
                    "quarantine", "worker", "config"):
        assert re.search(rf"^\s+{command}\s", told, re.M), command
        assert cairn(account.client, command, "--help").stdout


def test_quarantine_is_listed_and_shown(cairn, account, tmp_path):
    client, broken = account.client, tmp_path / "broken.jsonl"
    broken.write_bytes(b'{"eventID": "never finished')
    cairn(client, "ingest", "--quiet", broken)
    listed = json.loads(cairn(client, "quarantine", "list", "-o", "json").stdout)
    (piece,) = listed["Pieces"]
    shown = cairn(client, "quarantine", "show", piece["Seq"]).stdout
    assert shown == broken.read_bytes()
    assert b"quarantine" in cairn(client, "quarantine", "show", piece["Seq"] + 1, code=1).stderr
