#!/usr/bin/env python3
"""The lake beside DuckDB and ClickHouse: the same questions about the same generated events, in one
run. Rows are compared before times are; engines take turns, warm and cold.

DuckDB and ClickHouse get two layouts each, and of those the one with the better geometric mean
counts. They run in this process and give their rows directly. The lake's `engine` is
ExecutionTimeInMillis of DescribeQuery; its `client` is the time from StartQuery to the last page of
GetQueryResults, with signing in Python, HTTP, authentication and the durable query in it.
"""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benches" / "lake")]

import asking
import duck
from cairn import Cairn
from click import LAYOUTS as CLICK_LAYOUTS
from click import Click
from figures import verdict
from writing import exact, writing

RUNS = 7
PARTS = ("questions", "writing", "visible")
# What is aimed at.
EVENT_BYTES = 150


def main():
    chosen = arguments()
    work = pathlib.Path(chosen.work)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    corpus = pathlib.Path(chosen.corpus) if chosen.corpus else make_corpus(chosen, work)
    facts = json.loads((corpus / "facts.json").read_text())
    print(f"{facts['events']:,} events of {facts['mean_bytes']} bytes on average", flush=True)
    met = True
    if "questions" in chosen.parts:
        met &= questions(chosen, work, corpus, facts)
    if "writing" in chosen.parts and not chosen.peers_only:
        met &= writing(chosen, work, corpus, facts)
    if "visible" in chosen.parts and not chosen.peers_only:
        met &= visible(chosen)
    if not chosen.keep:
        shutil.rmtree(work, ignore_errors=True)
    print("all met" if met else "some were missed")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5_000_000)
    parser.add_argument("--bin", default=str(ROOT / "target" / "release"))
    parser.add_argument("--work", default=str(ROOT / "target" / "bench-lake"))
    parser.add_argument("--corpus", help="one that `cairn-bench corpus` made before")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--write-events", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=int, default=60, help="of ingest at 50,000 events/s")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--peers-only", action="store_true")
    parser.add_argument("--keep", action="store_true", help="the work directory")
    return parser.parse_args()


def make_corpus(chosen, work):
    command = [f"{chosen.bin}/cairn-bench", "corpus", work / "corpus"]
    subprocess.run([*command, "--events", str(chosen.events)], check=True)
    return work / "corpus"


def questions(chosen, work, corpus, facts):
    """Everything that is asked of a full table."""
    met, asked = True, []
    if not chosen.peers_only:
        lake, met = fill(chosen, work, corpus, facts)
        asked.append(lake)
    asked += peers(work, corpus, facts)
    try:
        met &= asking.answers(asked, facts)
        met &= asking.times(asked, facts, work, chosen.runs)
        met &= asking.needles(asked, corpus)
        if not chosen.peers_only:
            met &= asking.raw(lake, corpus, facts, chosen.runs)
            met &= exact(lake, corpus)
        return met
    finally:
        for engine in asked:
            engine.close()


def fill(chosen, work, corpus, facts):
    lake = Cairn(f"{chosen.bin}/cairn", work / "cairn")
    try:
        seconds = lake.ingest(corpus / "logs")
        lake.await_rows(facts["events"], facts["ends"])
        lake.stop_taking()
        lake.settle()
    except BaseException:
        lake.close()
        raise
    now = lake.snapshot()
    size = int(now["total-files-size"]) / facts["events"]
    print(f"Cairn: ingested in {seconds:.0f} s, {now['total-data-files']} files")
    met = verdict(size < EVENT_BYTES, f"{size:.1f} bytes an event on disk (below {EVENT_BYTES})")
    return lake, met


def peers(work, corpus, facts):
    for layout, size in duck.load(work, corpus).items():
        print(f"DuckDB {layout}: {size / facts['events']:.1f} bytes an event", flush=True)
    click = Click(work / "clickhouse")
    for layout, size in click.load(corpus).items():
        print(f"ClickHouse {layout}: {size / facts['events']:.1f} bytes an event", flush=True)
    ducks = [duck.Duck(work, layout) for layout in duck.LAYOUTS]
    return [*ducks, *(click.layout(layout) for layout in CLICK_LAYOUTS)]


def visible(chosen):
    """Acknowledged to visible in SQL, at a fixed rate of events."""
    print(flush=True)
    command = [f"{chosen.bin}/cairn-bench", "visible", "--seconds", str(chosen.seconds)]
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    main()
