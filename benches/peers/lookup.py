"""Point and page queries of Cairn, DuckDB and ClickHouse over the same generated records.

The peers get the layouts that suit them best: DuckDB the gzipped files as they are, a Parquet file
sorted by time, and a table with an index on the event id; ClickHouse (chDB) one table sorted by
event id and one sorted by time with bloom filters. Every figure is the median of several runs, warm,
and the client's own time is in it. Cairn's time includes signing in Python, HTTP, authentication and
the durable record of the lookup itself.
"""

import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import chdb.session  # noqa: E402
import duckdb  # noqa: E402
from kit.server import Server  # noqa: E402

RUNS = 15


def median(ask, runs=RUNS):
    ask()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        rows = ask()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times), rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--bin", default=str(ROOT / "target" / "release"))
    parser.add_argument("--work", default=str(ROOT / "target" / "peers"))
    chosen = parser.parse_args()
    work = pathlib.Path(chosen.work)
    shutil.rmtree(work, ignore_errors=True)
    files = work / "files"
    subprocess.run(
        [f"{chosen.bin}/cairn-bench", "generate", files, "--events", str(chosen.events)], check=True
    )
    questions, cairn = cairn_times(chosen.bin, work, files)
    report("Cairn LookupEvents", cairn, cairn)
    for name, times in duckdb_times(work, files, questions):
        report(name, times, cairn)
    for name, times in clickhouse_times(work, questions):
        report(name, times, cairn)
    shutil.rmtree(work, ignore_errors=True)


def report(name, times, cairn):
    for question, (ms, rows) in times.items():
        ratio = ms / cairn[question][0]
        print(f"{name:34} {question:10} {ms:10.2f} ms  {rows:3} rows  {ratio:10.1f} x Cairn")


def cairn_times(binaries, work, files):
    os.environ["CAIRN_BIN"] = f"{binaries}/cairn"
    server = Server(work / "cairn")
    server.start()
    try:
        began = time.perf_counter()
        subprocess.run(
            [f"{binaries}/cairn", "ingest", "--quiet", "--data", work / "cairn", files], check=True
        )
        print(f"cairn ingest: {time.perf_counter() - began:.1f} s")
        client = server.client()
        newest = lookup(client)
        event = json.loads(newest[-1]["CloudTrailEvent"])
        questions = {
            "EventId": event["eventID"],
            "Username": "user-0400",
            "EventName": "GetThing240",
        }
        times = {}
        for key, value in questions.items():
            times[key] = median(lambda key=key, value=value: len(lookup(client, key, value)))
        return questions, times
    finally:
        server.stop()


def lookup(client, key=None, value=None):
    body = {}
    if key:
        body["LookupAttributes"] = [{"AttributeKey": key, "AttributeValue": value}]
    return client.lookup(**body)["Events"]


def sql(table, questions):
    """The same questions: newest first, 50 rows, in one Region."""
    where = {
        "EventId": f"eventID = '{questions['EventId']}'",
        "Username": f"userName = '{questions['Username']}'",
        "EventName": f"eventName = '{questions['EventName']}'",
    }
    return {
        name: f"SELECT raw FROM {table} WHERE {condition} AND awsRegion = 'us-east-1' "
        "ORDER BY eventTime DESC LIMIT 50"
        for name, condition in where.items()
    }


def duckdb_times(work, files, questions):
    base = duckdb.connect(str(work / "base.duckdb"))
    base.execute("SET threads = 2")
    source = (
        f"(SELECT json->>'$.eventID' AS eventID, json->>'$.eventTime' AS eventTime, "
        f"json->>'$.eventName' AS eventName, json->>'$.awsRegion' AS awsRegion, "
        f"json->>'$.userIdentity.userName' AS userName, json AS raw "
        f"FROM read_json_objects('{files}/*.jsonl.gz', format = 'newline_delimited'))"
    )
    found = {}
    for name, query in sql(source, questions).items():
        began = time.perf_counter()
        rows = len(base.execute(query).fetchall())
        found[name] = ((time.perf_counter() - began) * 1000, rows)
    yield "DuckDB, the gzipped files", found
    parquet = work / "by_time.parquet"
    base.execute(
        f"COPY (SELECT * FROM {source} ORDER BY eventTime) TO '{parquet}' "
        "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
    )
    yield "DuckDB, Parquet by time", timed(base, sql(f"'{parquet}'", questions))
    base.execute(f"CREATE TABLE events AS SELECT * FROM '{parquet}'")
    base.execute("CREATE INDEX by_id ON events (eventID)")
    yield "DuckDB, table with an id index", timed(base, sql("events", questions))
    base.close()


def timed(base, queries):
    return {
        name: median(lambda query=query: len(base.execute(query).fetchall()))
        for name, query in queries.items()
    }


def clickhouse_times(work, questions):
    session = chdb.session.Session(str(work / "chdb"))
    columns = "eventID String, eventTime String, eventName String, awsRegion String, userName String, raw String"
    filters = "INDEX u userName TYPE bloom_filter GRANULARITY 1, INDEX n eventName TYPE bloom_filter GRANULARITY 1"
    session.query("CREATE DATABASE IF NOT EXISTS peer")
    for table, order, extra in (("by_id", "eventID", ""), ("by_time", "eventTime", f", {filters}")):
        session.query(
            f"CREATE TABLE peer.{table} ({columns}{extra}) ENGINE = MergeTree ORDER BY {order} "
            "SETTINGS index_granularity = 1024"
        )
        session.query(
            f"INSERT INTO peer.{table} SELECT eventID, eventTime, eventName, awsRegion, "
            f"coalesce(userName, ''), raw FROM file('{work / 'by_time.parquet'}', Parquet)"
        )
        queries = sql(f"peer.{table}", questions)
        times = {
            name: median(
                lambda query=query: session.query(query, "JSONCompactEachRow").data().count("\n")
            )
            for name, query in queries.items()
        }
        yield f"ClickHouse, sorted {table.replace('_', ' ')}", times
    session.close()


if __name__ == "__main__":
    main()
