#!/usr/bin/env python3
"""Kills the server with SIGKILL while rows go into tables, and looks for rows that are not as they
should be.

Each cycle: start on the same directory, ask by SQL for everything that is new, load the server,
note durably what was acknowledged, kill. Rounds are short and memory is small, so that kills fall
into files, commits, compaction and expiry. Beside it another engine reads the tables through the
catalog. In the end the whole table is read once more and judged, and the judge is tested with
planted faults.
"""

import collections
import hashlib
import pathlib
import random
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "rig_kill")]

from kit import server as servers
from kit.lake import Lake
from kit.rig import Violation, main
from ledger import OK, REFUSED, UNKNOWN, Ledger
from load import SOURCE, LoadClient, RigClient


MAX_LOAD_SECONDS = 0.4
# A look at every row's text, beside the one at the end, every so many cycles.
WHOLE_CYCLES = 25
# How long a query takes is not what is judged, and a busy machine takes long.
PATIENCE_SECONDS = 900
# Rows of one query: a result may have 2 GiB, and a row has 4 KiB at the most.
PART_ROWS = 100_000
SMALL = {
    "CAIRN_JOURNAL_SEGMENT_MIB": "1",
    "CAIRN_LAKE_FLUSH_SECONDS": "1",
    "CAIRN_LAKE_MEMORY_MIB": "8",
    "CAIRN_LAKE_SNAPSHOT_MINUTES": "1",
}
COUNTS = """SELECT count(*), count(DISTINCT eventID) FROM {store}
            WHERE eventSource = '{source}'"""
ROWS = """SELECT eventID, eventJson FROM {store} WHERE eventSource = '{source}' AND {part}"""


class Rig:
    def __init__(self, options, home):
        self.options = options
        self.server = servers.Server(home / "data", options.binary, env=SMALL)
        self.ledger = Ledger(home / "ledger.jsonl")
        self.chance = random.Random(options.seed)
        self.unanswered = [[] for _ in range(options.clients)]
        self.starts = self.retried = self.looks = 0
        self.store = self.account = self.creds = None
        self.outside = None
        self.visible = []

    def prepare(self):
        self._start()
        operator = self.server.client()
        self.creds, self.account = operator.creds, self.server.bootstrap()["account_id"]
        made = Lake(operator).create("rig")
        self.store = made.rpartition("/")[2]
        if self.options.outside:
            from outside import Outside

            lake = Lake(operator)
            role = f"arn:aws:iam::{self.account}:role/reader"
            lake.call("EnableFederation", EventDataStore=made, FederationRoleArn=role)
            self.outside = Outside(self.server, self.creds, self.store, self._known)
        self.server.kill()

    def cycle(self, number):
        self._start()
        self.look()
        if number % WHOLE_CYCLES == 0:
            self.look_at_everything()
        load = self._start_load()
        if self.outside:
            self.outside.read()
        time.sleep(self.chance.uniform(0, MAX_LOAD_SECONDS))
        self.ledger.sync()
        self.server.kill()
        for client_number, client in enumerate(load):
            client.halt.set()
            client.join()
            if client.broken:
                raise client.broken
            # Half of what got no answer is sent again, as a real client would; half stays open.
            again = [b for b in client.unanswered if self.chance.random() < 0.5]
            self.unanswered[client_number] = again

    def look(self):
        """No row twice; none of those that were acknowledged is missing."""
        lake = self._lake()
        [[count, distinct]] = lake.query(COUNTS.format(store=self.store, source=SOURCE))
        self.looks += 1
        acknowledged = self.ledger.counts[OK]
        most = acknowledged + self.ledger.counts[UNKNOWN] + self.ledger.counts["attempted"]
        wrong = {}
        if count != distinct:
            wrong["duplicated"] = [f"{count} rows of {distinct} events"]
        if int(distinct) < acknowledged:
            wrong["lost"] = [f"{distinct} rows of {acknowledged} acknowledged events"]
        if int(distinct) > most:
            wrong["invented"] = [f"{distinct} rows of {most} events sent"]
        if wrong:
            raise Violation(wrong)

    def look_at_everything(self):
        """Every row, with its text. Gives them as (id, SHA-256), and how many there are by SQL."""
        lake, seen = self._lake(), []
        for part in parts(len(self.ledger.entries) // PART_ROWS + 1):
            rows = lake.query(ROWS.format(store=self.store, source=SOURCE, part=part))
            seen += [(name, hashlib.sha256(text.encode()).hexdigest()) for name, text in rows]
        [[count, _]] = lake.query(COUNTS.format(store=self.store, source=SOURCE))
        if found := objections(self.ledger.entries, seen, int(count)):
            raise Violation(found)
        return seen, int(count)

    def _known(self):
        return self.ledger.entries

    def _start(self):
        self.server.start()
        self.starts += 1

    def _lake(self):
        client = RigClient(self.server.endpoint, self.server.region, self.creds, timeout=300)
        return Lake(client, PATIENCE_SECONDS)

    def _start_load(self):
        load = []
        for number, retries in enumerate(self.unanswered):
            self.retried += sum(len(batch) for batch in retries)
            client = RigClient(self.server.endpoint, self.server.region, self.creds, timeout=20)
            seed = self.chance.getrandbits(64)
            made = LoadClient(number, self.account, client, self.ledger, retries, seed)
            # Calls of the server's own are not what this rig counts.
            made._call = lambda made=made: made._send(made._batch())
            load.append(made)
        for client in load:
            client.start()
        return load


def parts(count):
    """Conditions of which every id meets one. The first and the last have no end, so that an id
    that nobody sent is in a part as well."""
    bounds = [f"{(at << 32) // count:08x}" for at in range(1, count)]
    begins = ["eventID >= ''", *(f"eventID >= '{bound}'" for bound in bounds)]
    ends = [*(f" AND eventID < '{bound}'" for bound in bounds), ""]
    return [begin + end for begin, end in zip(begins, ends)]


def objections(entries, seen, count):
    """Violations by kind, empty where all is as it must be. `count` is of all rows at once, `seen`
    came in parts."""
    times = collections.Counter(event_id for event_id, _ in seen)
    found = {
        "duplicated": [i for i, count in times.items() if count > 1],
        "lost": [i for i, entry in entries.items() if entry.state == OK and i not in times],
        "invented": [i for i in times if i not in entries],
        "altered": [
            i for i, sha256 in seen if i in entries and entries[i].sha256 not in (None, sha256)
        ],
        "refused yet stored": [i for i in times if i in entries and entries[i].state == REFUSED],
    }
    if count != len(seen):
        found["in no part or in two"] = [f"{len(seen)} rows in parts of {count}"]
    return {kind: ids for kind, ids in found.items() if ids}


def self_test(entries, seen, count, seed):
    """Plants faults in copies of what was seen. Returns the kinds that went unnoticed, and how many
    were planted."""
    chance = random.Random(seed)
    sure = [i for i, (event_id, _) in enumerate(seen) if entries[event_id].state == OK]
    at = chance.choice(sure)
    event_id, sha256 = seen[at]
    flipped = format(int(sha256[0], 16) ^ 1, "x") + sha256[1:]
    plants = {
        "lost": (seen[:at] + seen[at + 1:], count - 1),
        "duplicated": (seen + [seen[at]], count + 1),
        "altered": (seen[:at] + [(event_id, flipped)] + seen[at + 1:], count),
        "invented": (seen + [("nobody-sent-this", sha256)], count + 1),
        "in no part or in two": (seen, count + 1),
    }
    missed = [kind for kind, planted in plants.items() if kind not in objections(entries, *planted)]
    return missed, len(plants)


def run(rig, options):
    began = time.monotonic()
    rig.prepare()
    for cycle in range(1, options.cycles + 1):
        rig.cycle(cycle)
        if cycle % 50 == 0:
            print(f"  {cycle} kills, {rig.ledger.counts[OK]:,} events acknowledged", flush=True)
    rig._start()
    rig.look()
    seen, count = rig.look_at_everything()
    if rig.outside:
        rig.outside.finish(len(seen))
    rig.server.stop()
    missed, planted = self_test(rig.ledger.entries, seen, count, options.seed)
    counts = rig.ledger.counts
    print(f"kills              {options.cycles:,} of kill -9 in {time.monotonic() - began:.0f} s")
    print(f"starts             {rig.starts:,}, failed 0; looks by SQL {rig.looks:,}")
    print(f"events             {counts[OK]:,} acknowledged, {len(seen):,} rows; lost, duplicated, "
          "altered, invented: 0 each")
    if rig.outside:
        print(rig.outside.report())
    print(f"oracle             {planted - len(missed)} of {planted} planted faults noticed")
    if missed:
        raise Violation({"planted faults that the oracle did not notice: the run is void": missed})


def more(parser):
    parser.add_argument("--outside", action="store_true", help="another engine reads meanwhile")


if __name__ == "__main__":
    sys.exit(main("lake rig", __doc__, Rig, run, cycles=40, clients=4, more=more))
