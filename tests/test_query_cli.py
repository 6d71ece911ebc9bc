"""`cairn query`: a server's stores, or log files with no server."""

import csv
import gzip
import io
import json
import subprocess

import pytest
from kit import records, server as servers
from kit.lake import Lake

ASK = "SELECT eventName, count(*) AS n FROM $EDS_ID WHERE eventSource = 'ec2.amazonaws.com' GROUP BY 1"
NAMES = {"RunInstances": 3, "StopInstances": 2}


def found():
    return [records.record(name) for name, count in NAMES.items() for _ in range(count)]


def cairn(*args, env=None, text=None):
    return subprocess.run(
        [servers.binary(), "query", *map(str, args)], capture_output=True, text=True, input=text,
        env={**servers.clean_env(), **(env or {})}, timeout=120,
    )


def counts(said):
    assert said.returncode == 0, said.stderr
    return {row["eventName"]: int(row["n"]) for row in json.loads(said.stdout)}


@pytest.fixture
def logs(tmp_path):
    """One gzipped log file, and one of JSON lines."""
    (tmp_path / "a.json.gz").write_bytes(gzip.compress(records.log_file(found()[:2])))
    (tmp_path / "b.jsonl").write_bytes(records.json_lines(found()[2:]))
    return tmp_path


@pytest.fixture
def asked(account):
    """The environment of an account that has a store with the records in it."""
    store = Lake(account.client).create("cli")
    account.ingest(*found())
    creds = account.client.creds
    return store, {
        "AWS_ENDPOINT_URL": account.client.endpoint, "AWS_REGION": account.client.region,
        "AWS_ACCESS_KEY_ID": creds.access_key_id, "AWS_SECRET_ACCESS_KEY": creds.secret,
    }


def test_files_are_asked_without_a_server(logs):
    assert counts(cairn("--files", logs, ASK, "-o", "json")) == NAMES
    one = cairn("--files", logs / "a.json.gz", ASK, "-o", "json")
    assert counts(one) == {"RunInstances": 2}


def test_every_form_has_the_rows(logs, tmp_path):
    import duckdb

    lines = cairn("--files", logs, ASK + " ORDER BY n DESC", "-o", "jsonl")
    assert [json.loads(line)["eventName"] for line in lines.stdout.splitlines()] == list(NAMES)
    table = cairn("--files", logs, ASK, "-o", "csv")
    rows = list(csv.DictReader(io.StringIO(table.stdout)))
    assert {row["eventName"]: int(row["n"]) for row in rows} == NAMES
    out = tmp_path / "out.parquet"
    said = cairn("--files", logs, ASK, "-o", "parquet", "--out", out)
    assert said.returncode == 0, said.stderr
    told = duckdb.sql(f"SELECT eventName, n::INT FROM '{out}'").fetchall()
    assert dict(told) == NAMES


def test_columns_stand_in_the_order_of_the_statement(logs):
    ask = "SELECT eventSource AS z, eventName AS a, eventName AS a, -84 AS n FROM $EDS_ID LIMIT 1"
    names = ["z", "a", "a_2", "n"]
    assert list(json.loads(cairn("--files", logs, ask, "-o", "jsonl").stdout)) == names
    assert list(json.loads(cairn("--files", logs, ask, "-o", "json").stdout)[0]) == names


def test_numbers_are_no_formulas(logs):
    ask = "SELECT -84 AS n, '-A1' AS f FROM $EDS_ID LIMIT 1"
    assert cairn("--files", logs, ask, "-o", "csv").stdout == "n,f\n-84,'-A1\n"


def test_a_statement_that_is_refused_says_where(logs):
    said = cairn("--files", logs, "SELECT nosuch FROM $EDS_ID")
    assert said.returncode == 1 and "line 1:8: Column 'nosuch' cannot be resolved" in said.stderr
    said = cairn("--files", logs, "SELECT 1 FROM cloudtrail_logs")
    assert said.returncode == 1 and "FROM takes the ID of an event data store" in said.stderr
    said = cairn("--files", logs, "--memory", "0", ASK)
    assert said.returncode == 1 and "more than 0 MiB" in said.stderr


def test_a_server_is_asked_for_the_store_that_is_meant(asked):
    arn, env = asked
    assert counts(cairn(ASK, "-o", "json", env=env)) == NAMES
    for store in ("cli", arn, arn.rpartition("/")[2]):
        assert counts(cairn("--store", store, ASK, "-o", "json", env=env)) == NAMES
    said = cairn("--store", "nosuch", ASK, env=env)
    assert said.returncode == 1 and "there is no event data store 'nosuch'" in said.stderr


def test_statements_of_a_pipe_run_one_after_the_other(asked):
    _, env = asked
    said = cairn("-o", "jsonl", env=env, text=f"-- twice\n{ASK};\nSELECT 'a;b' AS x FROM $EDS_ID LIMIT 1;")
    rows = [json.loads(line) for line in said.stdout.splitlines()]
    assert said.returncode == 0 and {"x": "a;b"} in rows and len(rows) == 3


def test_files_of_a_bucket_are_asked(asked, account):
    _, env = asked
    account.client.call("s3", "PUT", "/query-logs", {}, b"")
    key = "/query-logs/AWSLogs/1/CloudTrail/us-east-1/2026/01/01/1_CloudTrail.json.gz"
    put = account.client.call("s3", "PUT", key, {}, gzip.compress(records.log_file(found())))
    assert put.status == 200, put.body
    said = cairn("--files", "s3://query-logs/AWSLogs/", ASK, "-o", "json", env=env)
    assert counts(said) == NAMES
