#!/usr/bin/env python3
"""The lake beside DuckDB and ClickHouse: the same questions about the same generated events, in one
run. Warm and cold, each the median of several rounds; rows are compared before times are.

DuckDB and ClickHouse get two layouts each, and of those the one with the better geometric mean
counts. They run in this process and give their rows directly. The lake's `engine` is
ExecutionTimeInMillis of DescribeQuery; its `client` is the time from StartQuery to the last page of
GetQueryResults, with signing in Python, HTTP, authentication and the durable query in it.
"""

import argparse
import json
import pathlib
import random
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benches" / "lake")]

import duck
from cairn import Cairn
from click import Click
from click import LAYOUTS as CLICK_LAYOUTS
from figures import at, cold, geometric, median, same, table, verdict
from questions import NEEDLES, QUESTIONS, with_facts
from writing import exact, writing

RUNS = 7
NEEDLE_VALUES = 200
# What is aimed at.
SLOWEST, RAW_TIMES, NEEDLE_MS, EVENT_BYTES = 1.5, 200, 50, 150


def main():
    chosen = arguments()
    work = pathlib.Path(chosen.work)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    corpus = pathlib.Path(chosen.corpus) if chosen.corpus else make_corpus(chosen, work)
    facts = json.loads((corpus / "facts.json").read_text())
    print(f"{facts['events']:,} events of {facts['mean_bytes']} bytes on average")
    lake = None if chosen.peers_only else fill(chosen, work, corpus, facts)
    engines = peers(work, corpus, facts)
    try:
        met = answers(lake, engines, facts)
        met &= times(lake, engines, facts, work, chosen.runs)
        met &= needles(lake, engines, facts, corpus)
        if lake:
            met &= raw(lake, corpus, facts)
            met &= exact(lake, corpus)
    finally:
        if lake:
            lake.close()
        for engine in engines:
            getattr(engine, "close", lambda: None)()
    if lake:
        met &= writing(chosen, work, corpus, facts)
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
    parser.add_argument("--peers-only", action="store_true")
    parser.add_argument("--keep", action="store_true", help="the work directory")
    return parser.parse_args()


def make_corpus(chosen, work):
    command = [f"{chosen.bin}/cairn-bench", "corpus", work / "corpus"]
    subprocess.run([*command, "--events", str(chosen.events)], check=True)
    return work / "corpus"


def fill(chosen, work, corpus, facts):
    lake = Cairn(f"{chosen.bin}/cairn", work / "cairn")
    seconds = lake.ingest(corpus / "logs")
    lake.await_rows(facts["events"], facts["ends"])
    lake.stop_taking()
    lake.settle()
    size = lake.table_bytes() / facts["events"]
    print(f"Cairn: ingested in {seconds:.0f} s, {len(lake.table_files())} files")
    verdict(size < EVENT_BYTES, f"{size:.1f} bytes an event on disk (below {EVENT_BYTES})")
    return lake


def peers(work, corpus, facts):
    for layout, size in duck.load(work, corpus).items():
        print(f"DuckDB {layout}: {size / facts['events']:.1f} bytes an event")
    click = Click(work / "clickhouse")
    for layout, size in click.load(corpus).items():
        print(f"ClickHouse {layout}: {size / facts['events']:.1f} bytes an event")
    ducks = [duck.Duck(work, layout) for layout in duck.LAYOUTS]
    return [*ducks, *(click.layout(layout) for layout in CLICK_LAYOUTS)]


def statement(engine, question, facts):
    dialect = "duckdb" if isinstance(engine, duck.Duck) else "clickhouse"
    return with_facts(getattr(question, dialect), facts, engine.table)


def answers(lake, engines, facts):
    """Every engine gives the same rows."""
    equal = True
    for question in QUESTIONS:
        found = [(engine.name, engine.ask(statement(engine, question, facts))) for engine in engines]
        if lake:
            found.insert(0, ("Cairn", lake.ask(with_facts(question.lake, facts, lake.table))))
        first, rows = found[0]
        if not rows:
            equal = verdict(False, f"{question.name}: no rows")
        for name, others in found[1:]:
            if why := same(question, rows, others):
                equal = verdict(False, f"{question.name}: {first} and {name} differ: {why}")
    return verdict(equal, f"{len(QUESTIONS)} questions, the same rows from all engines")


def times(lake, engines, facts, work, runs):
    """Warm and cold tables, and what they say."""
    met = True
    for heat in ("warm", "cold"):
        columns = {}
        if lake:
            columns["Cairn engine"], columns["Cairn client"] = lake_times(lake, facts, heat, runs)
        for engine in engines:
            columns[engine.name] = engine_times(engine, facts, heat, work, runs)
        met &= compared(columns, heat, runs)
    return met


def lake_times(lake, facts, heat, runs):
    engine, client = [], []
    for question in QUESTIONS:
        asked = with_facts(question.lake, facts, lake.table)
        rounds = []
        lake.ask(asked)
        for _ in range(runs):
            if heat == "cold":
                cold([lake.data])
            rounds.append(lake.timed(asked))
        engine.append(at([found[0] for found in rounds], 0.5))
        client.append(at([found[1] for found in rounds], 0.5))
    return engine, client


def engine_times(engine, facts, heat, work, runs):
    found = []
    for question in QUESTIONS:
        asked = statement(engine, question, facts)

        def before():
            cold([work])
            engine.forget()

        engine.ask(asked)
        ask = lambda asked=asked: engine.ask(asked)  # noqa: E731
        found.append(median(ask, runs, before if heat == "cold" else None))
    return found


def compared(columns, heat, runs):
    best = {kind: better(columns, kind) for kind in ("DuckDB", "ClickHouse")}
    heads = [f"{heat}, ms, median of {runs}", *columns]
    if "Cairn engine" in columns:
        heads += ["engine/better", "client/better"]
    rows, ratios = [], []
    for at_row, question in enumerate(QUESTIONS):
        row = [question.name, *(f"{column[at_row]:.1f}" for column in columns.values())]
        if "Cairn engine" in columns:
            least = min(columns[name][at_row] for name in best.values())
            pair = [columns[name][at_row] / least for name in ("Cairn engine", "Cairn client")]
            ratios.append((pair, question.name))
            row += [f"{ratio:.2f}" for ratio in pair]
        rows.append(row)
    means = {name: geometric(column) for name, column in columns.items()}
    last = ["geometric mean", *(f"{mean:.1f}" for mean in means.values())]
    rows.append(last + [""] * (len(heads) - len(last)))
    print()
    table(heads, rows)
    if not ratios:
        return True
    met = True
    for at_pair, name in enumerate(("Cairn engine", "Cairn client")):
        for kind, peer in best.items():
            met &= verdict(
                means[name] < means[peer],
                f"{heat}: geometric mean of {name} {means[name]:.1f} ms, of {peer} "
                f"{means[peer]:.1f} ms",
            )
        worst, question = max((pair[at_pair], question) for pair, question in ratios)
        met &= verdict(
            worst <= SLOWEST,
            f"{heat}: {name} is slowest beside the better of both at '{question}': {worst:.2f} "
            f"times ({SLOWEST} allowed)",
        )
    return met


def better(columns, kind):
    names = [name for name in columns if name.startswith(kind)]
    return min(names, key=lambda name: geometric(columns[name]))


def needles(lake, engines, facts, corpus):
    """One value anywhere in the table, by each identifier."""
    print()
    chooser, met, rows = random.Random(7), True, []
    records = [json.loads(line) for line in open(corpus / "sample.jsonl")]
    for name, columns in NEEDLES.items():
        values = sorted({value for record in records if (value := member(record, columns[0]))})
        values = chooser.sample(values, min(NEEDLE_VALUES, len(values)))
        asked = {}
        if lake:
            found = [lake.timed(needle(columns[0], value, lake.table)) for value in values]
            asked["Cairn engine"] = [times[0] for times in found]
            asked["Cairn client"] = [times[1] for times in found]
            if not all(rows for _, _, rows in found):
                met = verdict(False, f"{name}: a value was not found")
        for engine in engines:
            column = columns[1 if isinstance(engine, duck.Duck) else 2]
            asked[engine.name] = [
                median(lambda: engine.ask(needle(column, value, engine.table)), 1)
                for value in values
            ]
        rows += [
            [name, which, f"{at(found, 0.5):.1f}", f"{at(found, 0.99):.1f}"]
            for which, found in asked.items()
        ]
        if lake:
            slow = at(asked["Cairn client"], 0.99)
            met &= verdict(slow < NEEDLE_MS, f"{name}: p99 {slow:.1f} ms (below {NEEDLE_MS})")
    table([f"{NEEDLE_VALUES} values each, ms", "", "p50", "p99"], rows)
    return met


def member(record, path):
    for name in path.split("."):
        record = record.get(name) or {}
    return record or None


def needle(column, value, source):
    return f"SELECT * FROM (SELECT {column} AS found FROM {source} WHERE {column} = '{value}') LIMIT 100"


def raw(lake, corpus, facts):
    """DuckDB over the gzipped log files, once for each of three questions."""
    print()
    peer, ratios = duck.Raw(corpus), []
    for question in QUESTIONS:
        if question.name not in peer.MEMBERS:
            continue
        asked = with_facts(question.duckdb, facts, peer.table(question.name))
        theirs = median(lambda asked=asked: peer.ask(asked), 1)
        ours = at([lake.timed(with_facts(question.lake, facts, lake.table))[1] for _ in range(RUNS)], 0.5)
        ratios.append(theirs / ours)
        print(f"{peer.name}: {question.name} {theirs / 1000:.1f} s, {theirs / ours:.0f} x Cairn client")
    mean = geometric(ratios)
    return verdict(mean >= RAW_TIMES, f"{mean:.0f} times faster than {peer.name} ({RAW_TIMES})")


def visible(chosen):
    """Acknowledged to visible in SQL, at a fixed rate of events."""
    print(flush=True)
    command = [f"{chosen.bin}/cairn-bench", "visible", "--seconds", str(chosen.seconds)]
    return subprocess.run(command, check=False).returncode == 0


if __name__ == "__main__":
    main()
