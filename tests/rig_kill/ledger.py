"""What the rig sent and what it was told: the oracle's own file, never on the server's directory."""

import collections
import json
import os
import threading
from dataclasses import dataclass

ATTEMPTED, OK, REFUSED, UNKNOWN = "attempted", "ok", "refused", "unknown"


@dataclass(slots=True)
class Entry:
    account: str
    # Of the bytes sent; `None` where the server writes the record itself.
    sha256: str | None
    # The sequential client that sent it, and its place in what that client sent.
    client: int
    order: int
    state: str = ATTEMPTED


class Ledger:
    """Every event by id. Lines are appended to a file that is synced before each kill."""

    def __init__(self, path):
        self.entries = {}
        self.counts = collections.Counter()
        # What was sent since the last `take_fresh`.
        self.fresh = []
        self._file = open(path, "a", buffering=1 << 16)
        self._lock = threading.Lock()
        self._orders = {}

    def attempt(self, account, client, events):
        """`events` are (id, sha256); noted before they are sent."""
        with self._lock:
            for event_id, sha256 in events:
                order = self._orders[client] = self._orders.get(client, 0) + 1
                self.entries[event_id] = Entry(account, sha256, client, order)
                self.fresh.append(event_id)
            self.counts[ATTEMPTED] += len(events)
            self._write(ATTEMPTED, {"account": account, "events": events})

    def again(self, ids):
        """Sent a second time: from here on their order is not the client's to say."""
        with self._lock:
            for event_id in ids:
                self.entries[event_id].order = 0
            self.fresh += ids
            self._write("again", {"ids": ids})

    def outcome(self, state, ids, last_seq=None):
        with self._lock:
            for event_id in ids:
                entry = self.entries[event_id]
                self.counts[entry.state] -= 1
                self.counts[state] += 1
                entry.state = state
            self._write(state, {"ids": ids, "last_seq": last_seq})

    def take_fresh(self):
        with self._lock:
            taken, self.fresh = self.fresh, []
            return taken

    def sync(self):
        """Notes durably what was acknowledged so far: done before each kill."""
        with self._lock:
            self._file.flush()
            os.fsync(self._file.fileno())

    def _write(self, state, members):
        self._file.write(json.dumps({"state": state, **members}) + "\n")
