"""What writing the table costs, beside ClickHouse's insert of the same lines into typed columns;
and whether each record comes back with the bytes that it came with."""

import gzip
import itertools
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import threading

from cairn import Cairn
from figures import verdict

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS = 3
# How ClickHouse writes; the first is what the lake is compared with.
KINDS = (("ZSTD(3)", "no filters"), ("ZSTD(3)", "filters"), ("LZ4", "no filters"))
# Ids in one statement, which has at most 10,000 characters.
IDS = 200


def writing(chosen, work, corpus, facts):
    """Processor time of an event: Cairn with a store less Cairn without, in turns with the peer."""
    count = min(chosen.write_events, facts["events"])
    files, lines = first(corpus, count, facts["events"])
    ours, bare, theirs = [], [], {kind: [] for kind in KINDS}
    joining, joined = [], []
    print(f"\nwriting {lines:,} events, {ROUNDS} rounds of some minutes each", flush=True)
    for turn in range(ROUNDS):
        whole, merges = cairn(chosen, work, files, True)
        ours.append(whole / lines)
        joining.append(merges / lines)
        bare.append(cairn(chosen, work, files, False)[0] / lines)
        for kind, found in theirs.items():
            whole, merges = clickhouse(work, corpus, lines, *kind)
            found.append(whole / lines)
            if kind == KINDS[0]:
                joined.append(merges / lines)
        spent = [one[-1] for one in (ours, bare, *theirs.values())]
        print(f"round {turn + 1}:", *(f"{one * 1e6:.2f}" for one in spent), "us", flush=True)
    cost = statistics.median(ours) - statistics.median(bare)
    print(
        f"processor time an event, {lines:,} events, median of {ROUNDS}: Cairn with a store "
        f"{statistics.median(ours) * 1e6:.2f} us, without {statistics.median(bare) * 1e6:.2f} us"
    )
    part = statistics.median(joining)
    print(
        f"of it joining files {part * 1e6:.2f} us, the rows alone {(cost - part) * 1e6:.2f} us; "
        f"joining ClickHouse's parts costs {statistics.median(joined) * 1e6:.2f} us more"
    )
    for (codec, filters), found in theirs.items():
        said = f"ClickHouse, typed columns, {codec}, {filters}"
        print(f"{said}: {statistics.median(found) * 1e6:.2f} us")
    peer = statistics.median(theirs[KINDS[0]])
    return verdict(
        cost <= peer, f"writing the table {cost * 1e6:.2f} us an event, ClickHouse {peer * 1e6:.2f}"
    )


def first(corpus, count, total):
    """Log files with about as many events, and how many they are."""
    files = sorted((corpus / "logs").rglob("*.json.gz"))
    each = -(-total // len(files))
    taken = files[: max(count // each, 1)]
    return taken, min(len(taken) * each, total)


def cairn(chosen, work, files, store):
    """Processor seconds of the server until it has written everything, and those of them that went
    into joining files."""
    data = work / "writing"
    shutil.rmtree(data, ignore_errors=True)
    server = Cairn(f"{chosen.bin}/cairn", data, store)
    try:
        before = server.cpu()
        with Joining(server.server.process.pid) as joining:
            server.ingest(*files)
            server.settle()
        return server.cpu() - before, joining.seconds()
    finally:
        server.close()
        shutil.rmtree(data, ignore_errors=True)


class Joining(threading.Thread):
    """Watches the threads that join files, each of which lives for one joining. What one does
    after it was last looked at is not seen: a tenth of a second at the most."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.tasks, self.seen, self.over = pathlib.Path(f"/proc/{pid}/task"), {}, threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.join()

    def run(self):
        while not self.over.wait(0.1):
            for task in self.tasks.iterdir():
                self.look(task)

    def look(self, task):
        try:
            if (task / "comm").read_text().strip() == "lake-merge":
                # Behind the name, by proc(5): 11 and 12 are its ticks, 19 is when it began.
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                self.seen[task.name, fields[19]] = int(fields[11]) + int(fields[12])
        except OSError:
            pass  # It has ended.

    def seconds(self):
        return sum(self.seen.values()) / os.sysconf("SC_CLK_TCK")


def clickhouse(work, corpus, count, codec, filters):
    """Processor seconds of the insert and of joining its parts, in a process of its own."""
    data = work / "clickhouse-insert"
    shutil.rmtree(data, ignore_errors=True)
    lines = work / "insert.jsonl"
    if not lines.exists():
        with open(lines, "wb") as out:
            files = (gzip.open(path) for path in sorted((corpus / "lines").iterdir()))
            out.writelines(itertools.islice(itertools.chain.from_iterable(files), count))
    command = [sys.executable, HERE / "insert.py", data, lines, codec, filters]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    shutil.rmtree(data, ignore_errors=True)
    found = json.loads(said.splitlines()[-1])
    if found["rows"] != count:
        raise SystemExit(f"ClickHouse has {found['rows']} rows, not {count}")
    return found["cpu"], found["joining"]


def exact(lake, corpus):
    """`eventJson` of the records that were kept aside, compared with their bytes."""
    kept = {}
    with open(corpus / "sample.jsonl") as sample:
        for line in sample:
            kept[json.loads(line)["eventID"]] = line.rstrip("\n")
    wrong, found, ids = 0, 0, list(kept)
    for begin in range(0, len(ids), IDS):
        names = ", ".join(f"'{name}'" for name in ids[begin : begin + IDS])
        for name, text in lake.ask(
            f"SELECT eventID, eventJson FROM {lake.table} WHERE eventID IN ({names})"
        ):
            found += 1
            wrong += text != kept[name]
    good = found == len(kept) and not wrong
    return verdict(good, f"eventJson of {found} of {len(kept)} records, {wrong} with other bytes")
