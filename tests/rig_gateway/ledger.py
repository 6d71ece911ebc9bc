"""What the clients of the rig sent, and what they were told."""

import collections
import threading
from dataclasses import dataclass

# What became of a call, as its client saw it: an answer of the upstream, a refusal of Cairn, the
# first bytes of an answer and no end, nothing; and what the client itself broke off.
OK, REFUSED, BROKEN, UNANSWERED, CUT = "ok", "refused", "broken", "unanswered", "cut"
ATTEMPTED = "attempted"
READS = ("GetObject", "GetLargeObject", "GetItem")


@dataclass(slots=True)
class Call:
    what: str
    cycle: int
    # By one who may only read, so that Cairn has to refuse its writes.
    reader: bool = False
    state: str = ATTEMPTED
    status: int = 0

    @property
    def writes(self):
        return self.what not in READS


class Ledger:
    def __init__(self):
        self.calls = {}
        self._lock = threading.Lock()

    def attempt(self, call, what, cycle, reader):
        with self._lock:
            self.calls[call] = Call(what, cycle, reader)

    def outcome(self, call, state, status=0):
        found = self.calls[call]
        found.status, found.state = status, state

    def of(self, cycle):
        """The ids of a cycle's calls."""
        return [call for call, found in self.calls.items() if found.cycle == cycle]

    def counts(self):
        return collections.Counter(found.state for found in self.calls.values())
