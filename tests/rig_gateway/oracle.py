"""Compares what the record says with what the upstream did and what the clients were told, and
proves that it would object.
"""

import collections
import copy
import random
from dataclasses import dataclass

from ledger import BROKEN, CUT, OK, REFUSED
from store import Effect

KINDS = (
    "missing",
    "twice",
    "invented",
    "told and not known",
    "unknown for no reason",
    "refused yet done",
    "done twice",
    "altered",
    "recorded as done and not done",
    "refused without a record",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One record."""

    id: str
    call: str
    # Nobody saw how the call ended.
    unknown: bool
    error: str | None


def objections(calls, effects, records, only=None):
    """Violations by kind: `{"missing": [call, …], …}`, empty where all is as it must be.

    `calls` is the ledger's, `effects` the upstream's, `records` what Cairn shows; `only` are the
    calls to judge, all where it is left out.
    """
    found = collections.defaultdict(list)
    by_call = collections.defaultdict(list)
    for record in records:
        by_call[record.call].append(record)
        if record.call not in calls:
            found["invented"].append(record.call)
    for call in only if only is not None else {*calls, *effects}:
        for kind in _wrong(calls.get(call), effects.get(call, []), by_call.get(call, [])):
            found[kind].append(call)
    return dict(found)


def _wrong(call, effects, records):
    """What is wrong with one call."""
    if call is None:
        yield "invented"
        return
    known = [record for record in records if not record.unknown]
    # An answer that began has been recorded, or at least the intent to give it.
    if not records and (effects or call.state in (OK, BROKEN)):
        yield "missing"
    if len(records) > 1:
        yield "twice"
    if call.state == OK and records and not known:
        yield "told and not known"
    if call.state in (OK, REFUSED) and any(record.unknown for record in records):
        yield "unknown for no reason"
    if effects and call.state in (REFUSED, CUT):
        yield "refused yet done"
    if len(effects) > 1:
        yield "done twice"
    if not all(effect.intact for effect in effects):
        yield "altered"
    if call.writes and not effects and any(record.error is None for record in known):
        yield "recorded as done and not done"
    if call.state == REFUSED and call.status < 500 and not any(r.error for r in records):
        yield "refused without a record"


def self_test(calls, effects, records, seed):
    """Plants a fault of each kind in copies. Gives the kinds that went unnoticed."""
    missed = []
    for number, (kind, plant) in enumerate(PLANTS.items()):
        chance = random.Random(seed + number)
        try:
            planted = plant(dict(calls), dict(effects), list(records), chance)
        except IndexError:
            # The run was too short to plant it in.
            missed.append(kind)
            continue
        if not objections(*planted).get(kind):
            missed.append(kind)
    return missed


def _told(calls, effects, records, chance):
    """The place of a record of a write that was done and answered."""
    sure = [p for p, r in enumerate(records) if calls[r.call].state == OK and r.call in effects]
    return chance.choice(sure)


def _lose(calls, effects, records, chance):
    del records[_told(calls, effects, records, chance)]
    return calls, effects, records


def _repeat(calls, effects, records, chance):
    return calls, effects, [*records, records[_told(calls, effects, records, chance)]]


def _invent(calls, effects, records, _):
    return calls, effects, [*records, Seen("e", "nobody-called-this", False, None)]


def _forget_outcome(calls, effects, records, chance):
    place = _told(calls, effects, records, chance)
    records[place] = Seen(records[place].id, records[place].call, True, None)
    return calls, effects, records


def _refuse(calls, effects, records, chance):
    call = records[_told(calls, effects, records, chance)].call
    calls[call] = copy.copy(calls[call])
    calls[call].state, calls[call].status = REFUSED, 503
    return calls, effects, records


def _do_again(calls, effects, records, chance):
    call = records[_told(calls, effects, records, chance)].call
    return calls, {**effects, call: effects[call] * 2}, records


def _alter(calls, effects, records, chance):
    call = records[_told(calls, effects, records, chance)].call
    return calls, {**effects, call: [Effect("PutObject", 1, False)]}, records


def _undo(calls, effects, records, chance):
    del effects[records[_told(calls, effects, records, chance)].call]
    return calls, effects, records


def _hush(calls, effects, records, chance):
    refused = [r.call for r in records if calls[r.call].state == REFUSED]
    call = chance.choice(refused)
    return calls, effects, [record for record in records if record.call != call]


PLANTS = {
    "missing": _lose,
    "twice": _repeat,
    "invented": _invent,
    "told and not known": _forget_outcome,
    "unknown for no reason": _forget_outcome,
    "refused yet done": _refuse,
    "done twice": _do_again,
    "altered": _alter,
    "recorded as done and not done": _undo,
    "refused without a record": _hush,
}

assert set(PLANTS) == set(KINDS)
