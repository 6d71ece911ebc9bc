#!/usr/bin/env python3
"""Asks the lake thousands of generated SQL texts as one account, while another account has rows that
carry a marker, and looks for what must not be.

Texts are well-formed, broken, hostile and expensive; one seed makes the same ones again. The server
runs with small bounds on time, memory and rows. Each refusal has to be one of CloudTrail's, each
query has to end within its bounds, the process has to live, and the other account's marker has to
be in no answer. In the end the judge is tested with planted faults.
"""

import collections
import dataclasses
import json
import pathlib
import random
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import judge
import rows
from ask import Asker
from kit import records, sigv4
from kit import server as servers
from kit.client import Client
from kit.lake import ENDED, Lake
from kit.rig import Violation, main
from texts import KINDS, Writer

EVENTS = 40
QUERY_SECONDS, RESULT_ROWS, QUERY_MIB, RUNNING = 4, 2000, 32, 10
# How late the end of a query may be seen: workers share few cores with the queries.
LATE_SECONDS = 8
# Resident: what the server has at rest, and for each query that runs its memory twice over, since
# the engine counts what operators hold and not the batch that is between them.
REST_MIB = 512
BOUNDS = judge.Bounds(
    seconds=QUERY_SECONDS + LATE_SECONDS, rows=RESULT_ROWS,
    bytes=(REST_MIB + 2 * RUNNING * QUERY_MIB) << 20,
)
# Where the server is ended, for the sake of the machine.
HARD_BYTES = 8 << 30
LOOK_SECONDS = 0.02
SHOWN = 300


@dataclasses.dataclass
class Names:
    """What texts name: own stores; the other account's store; what lies on the server's disk."""

    own: str
    owner: str
    a: str
    more: str
    b: str
    arn: str
    file: str
    folder: str
    state: str
    table: str = "/nonexistent"


class Watch(threading.Thread):
    """The greatest resident size, and what ran when it grew beyond its bound."""

    def __init__(self, server, sent):
        super().__init__(daemon=True)
        self.server, self.sent = server, sent
        self.peak, self.heavy, self.halt = 0, [], threading.Event()

    def run(self):
        while not self.halt.wait(LOOK_SECONDS):
            try:
                size = self.server.rss()
            except (OSError, StopIteration):
                return
            if size > self.peak:
                self.peak = size
                if size > BOUNDS.bytes:
                    self.heavy = [f"{size >> 20} MiB", *self.sent.copy().values()]
                if size > HARD_BYTES:
                    self.server.process.kill()


class Rig:
    def __init__(self, options, home):
        self.options, self.home = options, home
        self.chance = random.Random(options.seed)
        # A palindrome of letters and digits: what reverses or changes its case leaves it readable.
        half = "".join(self.chance.choice("acdef013579") for _ in range(6))
        other = "".join(self.chance.choice("b2468") for _ in range(6))
        self.own, self.foreign = half + half[::-1], other + other[::-1]
        self.server = servers.Server(home / "data", options.binary, env={
            "CAIRN_LAKE_QUERY_SECONDS": str(QUERY_SECONDS), "CAIRN_LAKE_RUNNING": str(RUNNING),
            "CAIRN_LAKE_QUERY_MEMORY_MIB": str(QUERY_MIB), "CAIRN_LAKE_RESULT_MIB": "16",
            "CAIRN_LAKE_RESULT_ROWS": str(RESULT_ROWS), "CAIRN_LAKE_SCANNED_GIB": "1",
            "CAIRN_LAKE_FLUSH_SECONDS": "1", "RIG_MARKER": self.foreign * 3,
        })
        self.starts = 0
        self.told, self.sent = [], {}
        self.names = self.clients = self.stores = None

    def prepare(self):
        self.server.start()
        self.starts += 1
        operator = self.server.client()
        mine, other = self._account(operator, "mine"), self._account(operator, "other")
        self.clients = (mine[1], other[1])
        a, more = (self._store(mine, name, self.own) for name in ("main", "more"))
        b = self._store(other, "theirs", self.foreign)
        self._ingest(mine, self.own)
        self._ingest(other, self.foreign)
        planted = self.home / "planted.csv"
        planted.write_text(f"a,b\n{self.foreign * 3},1\n")
        ids = [arn.rpartition("/")[2] for arn in (a, more, b)]
        self.names = Names(mine[0], other[0], *ids, b, str(planted), str(self.server.data),
                           str(self.server.data / "state.sqlite"))
        self.names.table = self._data_file(ids[2])

    def ask(self):
        """Every text, by as many workers as an account may have queries."""
        writer = Writer(self.names, self.options.seed, self.options.kinds)
        left = iter(range(self.options.cycles))
        lock = threading.Lock()

        def next_text():
            with lock:
                return writer.write() if next(left, None) is not None else None

        marks = (judge.readings(self.own), judge.readings(self.foreign))
        client, began = self.clients[0], time.monotonic()
        askers = [
            Asker(Client(client.endpoint, client.region, client.creds, timeout=60), next_text, self.sent,
                  self.told, marks, random.Random(self.options.seed + number), self._stuck)
            for number in range(self.options.clients)
        ]
        for asker in askers:
            asker.start()
        shown = 0
        while any(asker.is_alive() for asker in askers):
            time.sleep(0.05)
            if len(self.told) - shown >= 1000:
                shown = len(self.told)
                print(f"  {shown:,} texts in {time.monotonic() - began:.0f} s", flush=True)
        for asker in askers:
            if asker.broken:
                raise asker.broken

    def controls(self):
        """Whether markers are where they belong, and nowhere else; without that, silence says
        nothing."""
        if self._stuck():
            return {"every text was sent": False}
        mine, other = self.clients
        own, foreign = self._rows(mine, self.names.a), self._rows(other, self.names.b)
        accepted = sum(one.accepted for one in self.told)
        full = [one for one in self.told if one.end == "FINISHED" and one.rows]
        return {
            "A sees its own rows, each with its marker": len(own) == EVENTS and self._all(own, self.own),
            "B sees its own rows, each with its marker":
                len(foreign) == EVENTS and self._all(foreign, self.foreign),
            "A's texts were read": any(one.own for one in full),
            "a tenth of the texts was accepted": accepted * 10 >= len(self.told),
            "a twentieth of the texts gave rows": len(full) * 20 >= len(self.told),
            "every text was sent": len(self.told) == self.options.cycles,
            "a store of somebody else looks as one that is not there": self._alike(),
            "queries of somebody else are not found": self._unfound(),
        }

    def _alike(self):
        """The other's store and one that nobody has are refused with the same words."""
        texts = [self._refusal(self.clients[0], store) for store in (self.names.b, "0" + self.names.b[1:])]
        return texts[0].replace(self.names.b, "?") == texts[1].replace("0" + self.names.b[1:], "?")

    def _refusal(self, client, store):
        answer = client.cloudtrail("StartQuery", QueryStatement=f"SELECT eventID FROM {store}")
        return f"{answer.status} {answer.error} {answer.message}"

    def _unfound(self):
        mine, other = self.clients
        query = Lake(other).start(f"SELECT eventJson FROM {self.names.b}")
        Lake(other).wait(query)
        owner, found = {"EventDataStoreOwnerAccountId": self.names.owner}, []
        for operation in ("DescribeQuery", "GetQueryResults", "CancelQuery"):
            for more in ({}, owner):
                found.append(mine.cloudtrail(operation, QueryId=query, **more))
        found.append(mine.cloudtrail("ListQueries", EventDataStore=self.names.arn))
        return all(answer.status == 400 and answer.error in (
            "QueryIdNotFoundException", "EventDataStoreNotFoundException") for answer in found)

    def _rows(self, client, store):
        lake = Lake(client)
        return [json.dumps(row) for row in lake.query(f"SELECT * FROM {store}")]

    def _all(self, rows, marker):
        other = self.foreign if marker == self.own else self.own
        return all(marker in row and other not in row for row in rows)

    def _account(self, operator, name):
        made = operator.cairn("CreateAccount", Name=name)
        key = made["AccessKey"]
        creds = sigv4.Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        return made["Account"]["AccountId"], operator.with_creds(creds)

    def _store(self, account, name, marker):
        """A store of the events that are sent: not of the calls that the rig makes."""
        fields = [{"Field": "eventCategory", "Equals": ["Management"]},
                  {"Field": "eventSource", "Equals": [f"{marker}.amazonaws.com"]}]
        return Lake(account[1]).create(name, [{"FieldSelectors": fields}])

    def _ingest(self, account, core):
        number, client = account
        found = rows.made(number, core, EVENTS)
        counts = client.ingest(records.log_file(found))
        assert counts["Stored"] == EVENTS, counts

    def _data_file(self, store, within=20):
        """One of the store's data files, once there is one."""
        deadline = time.monotonic() + within
        while time.monotonic() < deadline:
            for path in self.server.data.rglob("*.parquet"):
                if store in str(path):
                    return str(path)
            time.sleep(0.05)
        raise AssertionError(f"{store} has no data file after {within} s")

    def _gone(self):
        return self.server.process.poll() is not None

    def _stuck(self):
        """Whether to stop asking: without the server, or with queries that no bound has ended."""
        return self._gone() or any(one.accepted and one.end not in ENDED for one in self.told)


def run(rig, options):
    began = time.monotonic()
    rig.prepare()
    watch = Watch(rig.server, rig.sent)
    watch.start()
    pid = rig.server.process.pid
    rig.ask()
    controls = rig.controls()
    alive = not rig._gone() and rig.server.process.pid == pid
    watch.halt.set()
    watch.join()
    log = rig.server.said()
    if alive:
        controls["the server ends when it is told to"] = stops(rig.server)
    house = judge.House(rig.starts, alive, log, watch.peak, watch.heavy, controls)
    found = judge.objections(rig.told, house, BOUNDS)
    missed, planted = judge.self_test(BOUNDS)
    report(rig, house, found, time.monotonic() - began)
    print(f"oracle             {planted - len(missed)} of {planted} planted faults noticed")
    if found:
        keep(rig, found)
        raise Violation({kind: [text[:SHOWN] for text in texts] for kind, texts in found.items()})
    if missed:
        raise Violation({"planted faults that the oracle did not notice: the run is void": missed})


def stops(server):
    try:
        return server.stop() == 0
    except subprocess.TimeoutExpired:
        return False


def report(rig, house, found, elapsed):
    told = rig.told
    kinds = collections.Counter(one.kind for one in told)
    refused = collections.Counter(one.error for one in told if one.error)
    ends = collections.Counter(one.end for one in told if one.accepted)
    longest = max((one.seconds for one in told), default=0)
    slowest = max((one.slowest for one in told), default=0)
    said = collections.Counter(ascii((one.message or "")[:60]) for one in told if one.end == "FAILED")
    print(f"texts              {len(told):,}: " + listed(kinds))
    print(f"accepted           {sum(ends.values()):,}: {listed(ends)}; "
          f"{sum(one.rows for one in told):,} rows")
    print(f"failed             {listed(said, 6)}")
    print(f"refused            {sum(refused.values()):,}: {listed(refused)}")
    print(f"foreign rows       {len(found.get('foreign rows', []))}; barred texts accepted "
          f"{len(found.get('barred texts accepted', []))} of {sum(one.barred for one in told):,}; "
          f"panics {len(found.get('panics', []))}")
    print(f"bounds             queries {longest:.1f} s and calls {slowest:.1f} s of {BOUNDS.seconds} s, "
          f"{max((one.rows for one in told), default=0):,} rows of {BOUNDS.rows:,}, "
          f"peak RSS {house.peak >> 20} MiB of {BOUNDS.bytes >> 20} MiB")
    print(f"run                {elapsed:.0f} s, seed {rig.options.seed}")


def listed(counts, most=None):
    return ", ".join(f"{name} {count:,}" for name, count in counts.most_common(most))


def keep(rig, found):
    """Everything that is objected to, whole, beside the server's directory."""
    with open(rig.home / "objections.jsonl", "w") as out:
        for kind, texts in found.items():
            ones = {one.sql: dataclasses.asdict(one) for one in rig.told}
            for text in texts:
                out.write(json.dumps({"objection": kind, "text": text, "told": ones.get(text)}) + "\n")


def more(parser):
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS),
                        help="write texts of these kinds only")


if __name__ == "__main__":
    sys.exit(main("SQL rig", __doc__, Rig, run, cycles=500, clients=RUNNING, more=more, counted="texts"))
