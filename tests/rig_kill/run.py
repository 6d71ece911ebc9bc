#!/usr/bin/env python3
"""Kills the server with SIGKILL at random points under load and looks for what it promised to keep.

Each cycle: start on the same directory, look at everything that is new since the last cycle,
load it with sequential clients, note durably what was acknowledged, kill. In the end the whole
journal is read once more and judged, and the judge is tested with planted faults.
"""

import hashlib
import json
import pathlib
import random
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import oracle
from kit import server as servers
from kit.client import Refused
from kit.rig import Violation, main
from kit.sigv4 import Credentials
from ledger import OK, REFUSED, UNKNOWN, Ledger
from load import CALL_AGENT, SOURCE, LoadClient, RigClient
from oracle import KINDS, Seen

ACCOUNTS = 2
PAGE = 1000
MAX_LOAD_SECONDS = 0.150
SAMPLES = 2
# A full read from the beginning, beside the one at the end, every so many cycles.
REREAD_CYCLES = 500
INDEX_SECONDS = 20
# Small segments and index parts: kills also fall into rolling, sealing and merging.
SMALL = {"CAIRN_JOURNAL_SEGMENT_MIB": "1", "CAIRN_HISTORY_OPEN_ROWS": "2000"}


class View:
    """What one account was seen to hold, and the cursor behind it."""

    def __init__(self, account, creds):
        self.account, self.creds = account, creds
        self.rewind()

    def rewind(self):
        self.seen, self.seqs, self.cursor = [], [], 0

    def read_on(self, client):
        """The records of the load that are new since the last time."""
        new = []
        while True:
            page = client.cairn("TailEvents", After=self.cursor, WaitSeconds=0, MaxResults=PAGE)
            if page["Cursor"] == self.cursor:
                self.seen += new
                return new
            for hit in page["Records"]:
                self.seqs.append(hit["Seq"])
                if seen := _seen(self.account, hit):
                    new.append(seen)
            self.cursor = page["Cursor"]


class Rig:
    def __init__(self, options, home):
        self.options = options
        self.server = servers.Server(home / "data", options.binary, env=SMALL)
        self.ledger = Ledger(home / "ledger.jsonl")
        self.chance = random.Random(options.seed)
        self.views, self.ids = [], set()
        self.unanswered = [[] for _ in range(options.clients)]
        self.starts = self.retried = 0
        self.first_acks = []

    def prepare(self):
        """The accounts: the operator's own, which takes no load, and those of the clients."""
        self._start()
        operator = self.server.client()
        self.views = [View(self.server.bootstrap()["account_id"], operator.creds)]
        for number in range(ACCOUNTS):
            made = operator.cairn("CreateAccount", Name=f"rig-{number}")
            key, account = made["AccessKey"], made["Account"]["AccountId"]
            creds = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
            self.views.append(View(account, creds))
        self.server.kill()

    def cycle(self):
        """One start, look, load and kill; a violation ends the run."""
        ready_after = self._start()
        self.look()
        started = time.monotonic()
        load = self._start_load()
        time.sleep(self.chance.uniform(0, MAX_LOAD_SECONDS))
        self.ledger.sync()
        self.server.kill()
        for number, client in enumerate(load):
            client.halt.set()
            client.join()
            if client.broken:
                raise client.broken
            # Half of what got no answer is sent again, as a real client would; half stays open.
            self.unanswered[number] = [b for b in client.unanswered if self.chance.random() < 0.5]
        acks = [client.first_ack for client in load if client.first_ack]
        if acks:
            self.first_acks.append(ready_after + min(acks) - started)

    def look(self):
        """Judges what is new in every account; looks up some acknowledged events by their id."""
        expected, new = self.ledger.take_fresh(), []
        for view in self.views:
            client = self._client(view.creds)
            new += view.read_on(client)
            self._sample(view, client)
            client.close()
        new.sort(key=lambda seen: seen.seq)
        _object(oracle.objections(self.ledger.entries, new, expected, self.ids))
        self.ids.update(seen.id for seen in new)

    def look_at_everything(self):
        """Reads all from the beginning: it is what was seen on the way, and nothing is wrong.

        Gives the view and the number of places in the journal that no account shows.
        """
        before = [view.seen for view in self.views]
        for view in self.views:
            view.rewind()
            client = self._client(view.creds)
            view.read_on(client)
            client.close()
        if before != [view.seen for view in self.views]:
            raise Violation({"changed since it was first read": ["a whole account"]})
        whole = sorted((seen for view in self.views for seen in view.seen), key=lambda s: s.seq)
        _object(oracle.objections(self.ledger.entries, whole))
        seqs = sorted(seq for view in self.views for seq in view.seqs)
        if len(set(seqs)) != len(seqs):
            raise Violation({"places taken twice": [a for a, b in zip(seqs, seqs[1:]) if a == b]})
        return whole, seqs[-1] - len(seqs)

    def _start(self):
        started = time.monotonic()
        self.server.start()
        self.starts += 1
        return time.monotonic() - started

    def _start_load(self):
        load = []
        for number, retries in enumerate(self.unanswered):
            self.retried += sum(len(batch) for batch in retries)
            view = self.views[1 + number % ACCOUNTS]
            load.append(LoadClient(
                number, view.account, self._client(view.creds), self.ledger, retries,
                self.chance.getrandbits(64),
            ))
        for client in load:
            client.start()
        return load

    def _client(self, creds):
        return RigClient(self.server.endpoint, self.server.region, creds, timeout=20)

    def _sample(self, view, client):
        """The index finds acknowledged events by id, once and byte for byte."""
        recent = [s for s in view.seen[-200:] if self.ledger.entries[s.id].sha256]
        for seen in self.chance.sample(recent, min(SAMPLES, len(recent))):
            query = [{"AttributeKey": "EventId", "AttributeValue": seen.id}]
            hits = _search(client, query)
            if [_seen(view.account, hit) for hit in hits] != [seen]:
                raise Violation({"not found by id": [seen.id]})


def _search(client, query):
    """After a start the index may still be reading the journal: then the server says 503."""
    deadline = time.monotonic() + INDEX_SECONDS
    while True:
        answer = client.cairn_answer("SearchEvents", Attributes=query)
        if answer.status == 200:
            return answer.json()["Records"]
        if answer.status != 503 or time.monotonic() > deadline:
            raise Refused(answer)
        time.sleep(0.05)


def _object(found):
    if found:
        raise Violation(found)


def _seen(account, hit):
    """`None` for a record of a call that is not part of the load."""
    text = hit["Record"]
    record = json.loads(text)
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    if record["eventSource"] == SOURCE:
        return Seen(hit["Seq"], account, record["eventID"], sha256)
    agent = record.get("userAgent", "")
    if agent.startswith(CALL_AGENT):
        return Seen(hit["Seq"], account, agent.removeprefix(CALL_AGENT), sha256)
    return None


def run(rig, options):
    began = time.monotonic()
    rig.prepare()
    for cycle in range(1, options.cycles + 1):
        rig.cycle()
        if cycle % REREAD_CYCLES == 0 and cycle < options.cycles:
            rig._start()
            rig.look()
            rig.look_at_everything()
            rig.server.kill()
        if cycle % 50 == 0:
            print(f"  {cycle} kills, {rig.ledger.counts[OK]:,} events acknowledged", flush=True)
    rig._start()
    rig.look()
    view, gaps = rig.look_at_everything()
    # A start may note the torn tail that it cut; nothing else takes a place without a record.
    if gaps > rig.starts:
        raise Violation({"places without a record": [gaps]})
    rig.server.stop()
    missed = oracle.self_test(rig.ledger.entries, view, options.seed)
    report(rig, view, gaps, missed, time.monotonic() - began)
    if missed:
        raise Violation({"planted faults that the oracle did not notice: the run is void": missed})


def report(rig, view, gaps, missed, seconds):
    counts = rig.ledger.counts
    sent = sum(counts.values())
    open_ids = {i for i, entry in rig.ledger.entries.items() if entry.state == UNKNOWN}
    kept = sum(seen.id in open_ids for seen in view)
    acks = sorted(round(1000 * ack) for ack in rig.first_acks)
    print(f"kills              {rig.options.cycles:,} of kill -9 in {seconds:.0f} s")
    print(f"starts             {rig.starts:,}, failed 0")
    print(f"events sent        {sent:,}: acknowledged {counts[OK]:,}, refused {counts[REFUSED]:,}, "
          f"no answer {len(open_ids):,} (stored {kept:,}); sent again {rig.retried:,}")
    print(f"lost               0 of {counts[OK]:,} acknowledged")
    for kind in KINDS[1:]:
        print(f"{kind:<19}0 of {len(view):,} in the journal")
    print(f"not shown          {gaps:,} places of the journal are not records of an account")
    if acks:
        middle, late = acks[len(acks) // 2], acks[len(acks) * 99 // 100]
        print(f"first ack          p50 {middle} ms, p99 {late} ms, max {acks[-1]} ms after start")
    print(f"oracle             {5 - len(missed)} of 5 planted faults noticed")


if __name__ == "__main__":
    sys.exit(main("kill rig", __doc__, Rig, run, cycles=200, clients=4))
