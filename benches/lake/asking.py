"""Questions to all engines in turns: whether they give the same rows, and how long they take."""

import json
import random

import duck
from figures import at, cold, geometric, same, table, verdict
from questions import NEEDLES, QUESTIONS, with_facts

NEEDLE_VALUES = 200
# What is aimed at.
SLOWEST, RAW_TIMES, NEEDLE_MS = 1.5, 200, 50
OURS = ("Cairn engine", "Cairn client")


def statement(engine, question, facts):
    return with_facts(getattr(question, engine.dialect), facts, engine.table)


def answers(engines, facts):
    """Every engine gives the same rows."""
    equal = True
    for question in QUESTIONS:
        found = [(each.name, each.ask(statement(each, question, facts))) for each in engines]
        first, rows = found[0]
        if not rows:
            equal = verdict(False, f"{question.name}: no rows")
        for name, others in found[1:]:
            if why := same(question, rows, others):
                equal = verdict(False, f"{question.name}: {first} and {name} differ: {why}")
    return verdict(equal, f"{len(QUESTIONS)} questions, the same rows from all engines")


def times(engines, facts, work, runs):
    """Warm and cold tables, and what they say."""
    met = True
    for heat in ("warm", "cold"):
        columns = {}
        for question in QUESTIONS:
            for name, found in rounds(engines, question, facts, work, heat, runs).items():
                columns.setdefault(name, []).append(at(found, 0.5))
        met &= compared(columns, heat, runs)
    return met


def rounds(engines, question, facts, work, heat, runs):
    """Milliseconds of each column, all rounds. What else the machine does meets all engines."""
    found = {}
    for engine in engines:
        engine.ask(statement(engine, question, facts))
    for _ in range(runs):
        for engine in engines:
            if heat == "cold":
                engine.forget()
                cold([work])
            for name, ms in engine.timed(statement(engine, question, facts)).items():
                found.setdefault(name, []).append(ms)
    return found


def compared(columns, heat, runs):
    best = {kind: better(columns, kind) for kind in ("DuckDB", "ClickHouse")}
    ours = [name for name in OURS if name in columns]
    ratios = {name: [] for name in ours}
    rows = []
    for place, question in enumerate(QUESTIONS):
        least = min(columns[name][place] for name in best.values())
        for name in ours:
            ratios[name].append((columns[name][place] / least, question.name))
        row = [question.name, *(f"{column[place]:.1f}" for column in columns.values())]
        rows.append(row + [f"{ratios[name][place][0]:.2f}" for name in ours])
    means = {name: geometric(column) for name, column in columns.items()}
    rows.append(["geometric mean", *(f"{mean:.1f}" for mean in means.values())] + [""] * len(ours))
    print()
    heads = [f"{heat}, ms, median of {runs}", *columns]
    table(heads + [f"{name.removeprefix('Cairn ')}/better" for name in ours], rows)
    met = True
    for name in ours:
        for peer in best.values():
            said = f"{means[name]:.1f} ms, of {peer} {means[peer]:.1f} ms"
            met &= verdict(means[name] < means[peer], f"{heat}: geometric mean of {name} {said}")
        ratio, question = max(ratios[name])
        said = f"'{question}' takes {ratio:.2f} times the better of both ({SLOWEST} allowed)"
        met &= verdict(ratio <= SLOWEST, f"{heat}: {name} at its slowest: {said}")
    return met


def better(columns, kind):
    names = [name for name in columns if name.startswith(kind)]
    return min(names, key=lambda name: geometric(columns[name]))


def needles(engines, corpus):
    """One value anywhere in the table, by each identifier."""
    print()
    chooser, met, rows = random.Random(7), True, []
    with open(corpus / "sample.jsonl") as sample:
        records = [json.loads(line) for line in sample]
    for name, columns in NEEDLES.items():
        path = columns["lake"]
        values = sorted({value for record in records if (value := member(record, path))})
        values = chooser.sample(values, min(NEEDLE_VALUES, len(values)))
        found = {}
        for value in values:
            for engine in engines:
                asked = needle(columns[engine.dialect], value, engine.table)
                for which, ms in engine.timed(asked).items():
                    found.setdefault(which, []).append(ms)
                if not engine.last:
                    met = verdict(False, f"{name} '{value}' was not found by {engine.name}")
        for which, ms in found.items():
            rows.append([name, which, f"{at(ms, 0.5):.1f}", f"{at(ms, 0.99):.1f}"])
            if which in OURS:
                said = f"{name}: p99 of {which} {at(ms, 0.99):.1f} ms (below {NEEDLE_MS})"
                met &= verdict(at(ms, 0.99) < NEEDLE_MS, said)
    table([f"{NEEDLE_VALUES} values each, ms", "", "p50", "p99"], rows)
    return met


def member(record, path):
    for name in path.split("."):
        record = record.get(name) or {}
    return record or None


def needle(column, value, source):
    return f"SELECT {column} FROM {source} WHERE {column} = '{value}' LIMIT 100"


def raw(lake, corpus, facts, runs):
    """DuckDB over the gzipped records, once for each of three questions."""
    print()
    peer, ratios = duck.Raw(corpus), []
    for question in QUESTIONS:
        if question.name not in peer.MEMBERS:
            continue
        asked = statement(lake, question, facts)
        ours = at([lake.timed(asked)["Cairn client"] for _ in range(runs)], 0.5)
        (theirs,) = peer.timed(with_facts(question.duckdb, facts, peer.of(question.name))).values()
        ratios.append(theirs / ours)
        said = f"{theirs / 1000:.1f} s, {theirs / ours:.0f} times Cairn client's {ours:.1f} ms"
        print(f"{peer.name}: {question.name} {said}", flush=True)
    mean = geometric(ratios)
    return verdict(mean >= RAW_TIMES, f"{mean:.0f} times faster than {peer.name} ({RAW_TIMES})")
