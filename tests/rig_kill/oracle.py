"""Compares what the server shows with the ledger, and proves that it would object."""

import collections
import dataclasses
import random
from dataclasses import dataclass

from ledger import OK, REFUSED

KINDS = ("lost", "duplicated", "altered", "invented", "misplaced", "refused yet stored", "reordered")


@dataclass(frozen=True, slots=True)
class Seen:
    """One record of the view, which is in order of seq."""

    seq: int
    account: str
    id: str
    sha256: str


def objections(entries, view, expected=None, before=frozenset()):
    """Violations by kind: `{"lost": [id, …], …}`, empty where all is as it must be.

    For a look at what is new, `before` are the ids that earlier looks saw and `expected` the ids
    to be missed; a look at everything leaves both out.
    """
    expected = entries if expected is None else expected
    times = collections.Counter(seen.id for seen in view)
    found = collections.defaultdict(list)
    found["duplicated"] = [i for i, count in times.items() if count > 1 or i in before]
    found["lost"] = [
        i for i in expected if entries[i].state == OK and i not in times and i not in before
    ]
    for seen in view:
        entry = entries.get(seen.id)
        if entry is None:
            found["invented"].append(seen.id)
            continue
        if entry.sha256 and entry.sha256 != seen.sha256:
            found["altered"].append(seen.id)
        if entry.account != seen.account:
            found["misplaced"].append(seen.id)
        if entry.state == REFUSED:
            found["refused yet stored"].append(seen.id)
    found["reordered"] = _reordered(entries, view)
    return {kind: ids for kind, ids in found.items() if ids}


def _reordered(entries, view):
    """Seqs grow through the view, and each client's acknowledged events stand as it sent them.

    Events whose answer was lost are left out: a retry stores them after later ones.
    """
    wrong, last_seq, last_order = [], 0, {}
    for seen in view:
        entry = entries.get(seen.id)
        if seen.seq <= last_seq:
            wrong.append(seen.id)
        last_seq = seen.seq
        if entry is None or entry.state != OK or entry.order == 0:
            continue
        if entry.order <= last_order.get(entry.client, 0):
            wrong.append(seen.id)
        last_order[entry.client] = entry.order
    return wrong


def self_test(entries, view, seed):
    """Plants five faults in copies of the view. Returns the kinds that went unnoticed."""
    chance = random.Random(seed)
    plants = {
        "lost": _delete, "duplicated": _duplicate, "altered": _alter, "reordered": _swap,
        "invented": _invent,
    }
    return [
        kind for kind, plant in plants.items()
        if not objections(entries, plant(list(view), entries, chance)).get(kind)
    ]


def _acknowledged(view, entries):
    """Places of ingested, acknowledged events that were never sent twice."""
    sure = {i for i, entry in entries.items() if entry.state == OK and entry.sha256 and entry.order}
    return [place for place, seen in enumerate(view) if seen.id in sure]


def _delete(view, entries, chance):
    del view[chance.choice(_acknowledged(view, entries))]
    return view


def _duplicate(view, entries, chance):
    seen = view[chance.choice(_acknowledged(view, entries))]
    return [*view, dataclasses.replace(seen, seq=view[-1].seq + 1)]


def _alter(view, entries, chance):
    place = chance.choice(_acknowledged(view, entries))
    sha256 = view[place].sha256
    flipped = format(int(sha256[0], 16) ^ 1, "x") + sha256[1:]
    view[place] = dataclasses.replace(view[place], sha256=flipped)
    return view


def _swap(view, entries, chance):
    """Two events of one client change places and take each other's seq."""
    of_client = collections.defaultdict(list)
    for place in _acknowledged(view, entries):
        of_client[entries[view[place].id].client].append(place)
    rows = [places for _, places in sorted(of_client.items()) if len(places) > 1]
    first, second = sorted(chance.sample(chance.choice(rows), 2))
    one, other = view[first], view[second]
    view[first] = dataclasses.replace(other, seq=one.seq)
    view[second] = dataclasses.replace(one, seq=other.seq)
    return view


def _invent(view, entries, _):
    seen = view[-1]
    return [*view, dataclasses.replace(seen, seq=seen.seq + 1, id="nobody-sent-this")]

