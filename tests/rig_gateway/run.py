#!/usr/bin/env python3
"""Kills the gateway with SIGKILL at random points under load, and looks for what it was to record.

Each cycle: start on the same directory, read what is new in the record, judge the last cycle, call
through the gateway with sequential clients, kill. The upstream lives in this process and remembers
what it did. In the end everything is read once more by paging, judged, and the judge is tested with
planted faults.
"""

import json
import pathlib
import random
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import oracle
from kit import server as servers
from kit.client import Client, Refused
from kit.rig import Violation, main
from kit.sigv4 import Credentials
from ledger import BROKEN, CUT, OK, REFUSED, UNANSWERED, Ledger
from load import LoadClient
from oracle import KINDS, Seen
from store import AGENT, Store

PAGE = 1000
MAX_LOAD_SECONDS = 0.200
INDEX_SECONDS = 20
# Small segments and index parts: kills also fall into rolling, sealing and merging.
SETTINGS = {
    "CAIRN_JOURNAL_SEGMENT_MIB": "1",
    "CAIRN_HISTORY_OPEN_ROWS": "2000",
    "CAIRN_GATEWAY_DATA_EVENTS": "all",
}


class Rig:
    def __init__(self, options, home):
        self.options = options
        self.store = Store(options.seed)
        self.server = servers.Server(
            home / "data", options.binary, ["--upstream", f"*={self.store.url}"], env=SETTINGS
        )
        self.ledger = Ledger()
        self.chance = random.Random(options.seed)
        self.seen, self.cursor = [], 0
        self.number = self.starts = 0
        self.first_acks = []
        self.creds = self.reader = None

    def prepare(self):
        """Somebody who may write, and somebody who may only read."""
        self.server.start()
        operator = self.server.client()
        self.creds = operator.creds
        operator.cairn("CreateUser", UserName="reader", Admin=False)
        key = operator.cairn("CreateAccessKey", UserName="reader")["AccessKey"]
        self.reader = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        self.server.kill()

    def cycle(self):
        """One start, look, load and kill; a violation ends the run."""
        ready_after = self._start()
        self.look()
        self.number += 1
        load = [
            LoadClient(
                number,
                self.number,
                self._client(self.creds),
                self._client(self.reader),
                self.ledger,
                self.chance.getrandbits(64),
            )
            for number in range(self.options.clients)
        ]
        started = time.monotonic()
        for client in load:
            client.start()
        time.sleep(self.chance.uniform(0, MAX_LOAD_SECONDS))
        self.server.kill()
        for client in load:
            client.halt.set()
            client.join()
            if client.broken:
                raise client.broken
        acks = [client.first_ack for client in load if client.first_ack]
        if acks:
            self.first_acks.append(ready_after + min(acks) - started)

    def look(self):
        """Reads on, and judges the last cycle: nothing that it did may be missing now."""
        client = self._client(self.creds)
        while True:
            page = client.cairn("TailEvents", After=self.cursor, WaitSeconds=0, MaxResults=PAGE)
            if page["Cursor"] == self.cursor:
                break
            self.seen += _ours(page["Records"])
            self.cursor = page["Cursor"]
        client.close()
        last = self.ledger.of(self.number)
        self._judge(self.seen, last)

    def look_at_everything(self):
        """The whole record by paging is what was read on the way, and nothing is wrong."""
        client = self._client(self.creds)
        records = _ours(_search(client))
        client.close()
        if sorted(r.id for r in records) != sorted(r.id for r in self.seen):
            kinds = {r.id for r in records} ^ {r.id for r in self.seen}
            raise Violation({"found by one way of reading only": sorted(kinds)})
        self._judge(records)
        return records

    def _judge(self, records, only=None):
        found = oracle.objections(self.ledger.calls, self.store.effects, records, only)
        if found:
            raise Violation({kind: [self._tell(i) for i in ids] for kind, ids in found.items()})

    def _tell(self, call):
        """A call and what became of it, for who has to find out why."""
        done = len(self.store.effects.get(call, []))
        return f"{call} {self.ledger.calls.get(call)} done {done} times"

    def _start(self):
        self.starts += 1
        started = time.monotonic()
        self.server.start()
        return time.monotonic() - started

    def _client(self, creds):
        return Client(self.server.endpoint, self.server.region, creds, timeout=20)


def _search(client):
    """After a start the index may still be reading the journal: then the server says 503."""
    deadline = time.monotonic() + INDEX_SECONDS
    while True:
        try:
            return client.search(Text=f'"userAgent":"{AGENT}', MaxResults=PAGE)
        except Refused as refused:
            if refused.answer.status != 503 or time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def _ours(hits):
    found = []
    for hit in hits:
        record = json.loads(hit["Record"])
        agent = record.get("userAgent", "")
        if agent.startswith(AGENT):
            more = record.get("additionalEventData") or {}
            unknown = more.get("outcome") == "Unknown"
            call = agent.removeprefix(AGENT)
            found.append(Seen(record["eventID"], call, unknown, record.get("errorCode")))
    return found


def run(rig, options):
    began = time.monotonic()
    rig.prepare()
    for number in range(1, options.cycles + 1):
        rig.cycle()
        if number % 50 == 0:
            print(f"  {number} kills, {rig.store.done():,} effects", flush=True)
    partial = rig.store.settle()
    rig._start()
    rig.look()
    records = rig.look_at_everything()
    rig.server.stop()
    missed = oracle.self_test(rig.ledger.calls, rig.store.effects, records, options.seed)
    report(rig, records, partial, missed, time.monotonic() - began)
    if missed:
        raise Violation({"planted faults that the oracle did not notice: the run is void": missed})


def report(rig, records, partial, missed, seconds):
    calls, counts = rig.ledger.calls, rig.ledger.counts()
    effects = rig.store.effects
    unanswered = [i for i, call in calls.items() if call.state in (UNANSWERED, BROKEN)]
    unknown = [record for record in records if record.unknown]
    done = sum(record.call in effects for record in unknown)
    unavailable = sum(c.state == REFUSED and c.status >= 500 for c in calls.values())
    acks = sorted(round(1000 * ack) for ack in rig.first_acks)
    print(f"kills              {rig.options.cycles:,} of kill -9 in {seconds:.0f} s")
    print(
        f"calls              {len(calls):,}: answered {counts[OK]:,}, refused {counts[REFUSED]:,} "
        f"({unavailable} with 5xx), no answer {len(unanswered):,}, hung up {counts[CUT]:,}"
    )
    print(
        f"effects            {rig.store.done():,} at the upstream, "
        f"{sum(i in effects for i in unanswered):,} of them of calls without an answer; "
        f"{partial:,} requests never had their end"
    )
    print(
        f"records            {len(records):,}; unknown outcomes {len(unknown):,}, of which the "
        f"upstream did {done:,}"
    )
    for kind in KINDS:
        print(f"{kind + ' ':<31}0")
    if acks:
        middle, late = acks[len(acks) // 2], acks[len(acks) * 99 // 100]
        print(f"first ack          p50 {middle} ms, p99 {late} ms, max {acks[-1]} ms after start")
    print(f"oracle             {len(KINDS) - len(missed)} of {len(KINDS)} planted faults noticed")


if __name__ == "__main__":
    sys.exit(main("gateway rig", __doc__, Rig, run, cycles=60, clients=6))
