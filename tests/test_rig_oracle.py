"""The kill rig's judge, without a server: it is silent when all is well and objects to each fault."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "rig_kill"))

import oracle
from ledger import OK, REFUSED, UNKNOWN, Ledger

SHA = "ab" * 32


@pytest.fixture
def told(tmp_path):
    """A ledger of three clients with five batches of four, all acknowledged, and its view."""
    ledger, view = Ledger(tmp_path / "ledger"), []
    for batch in range(5):
        for client in range(3):
            ids = [f"{client}-{batch}-{number}" for number in range(4)]
            ledger.attempt("A", client, [(event_id, SHA) for event_id in ids])
            ledger.outcome(OK, ids, 1)
            view += [oracle.Seen(0, "A", event_id, SHA) for event_id in ids]
    view = [oracle.Seen(seq, "A", seen.id, SHA) for seq, seen in enumerate(view, 1)]
    return ledger, view


def test_it_is_silent_when_all_is_well(told):
    ledger, view = told
    assert oracle.objections(ledger.entries, view) == {}


@pytest.mark.parametrize("seed", range(20))
def test_it_notices_every_planted_fault(told, seed):
    ledger, view = told
    assert oracle.self_test(ledger.entries, view, seed) == []


@pytest.mark.parametrize("state, stored, kind", [
    (UNKNOWN, True, None), (UNKNOWN, False, None), (OK, False, "lost"),
    (REFUSED, True, "refused yet stored"), (REFUSED, False, None),
])
def test_what_an_answer_promises(told, state, stored, kind):
    ledger, view = told
    ledger.attempt("A", 0, [("late", SHA)])
    ledger.outcome(state, ["late"])
    if stored:
        view.append(oracle.Seen(len(view) + 1, "A", "late", SHA))
    assert list(oracle.objections(ledger.entries, view)) == ([kind] if kind else [])


def test_another_account_is_noticed(told):
    ledger, view = told
    view[3] = oracle.Seen(view[3].seq, "B", view[3].id, SHA)
    assert list(oracle.objections(ledger.entries, view)) == ["misplaced"]


def test_a_look_at_what_is_new_remembers_what_was_seen(told):
    ledger, view = told
    old, new = view[:30], view[30:]
    before = {seen.id for seen in old}
    expected = [seen.id for seen in view]
    assert oracle.objections(ledger.entries, new, expected, before) == {}
    assert oracle.objections(ledger.entries, [old[-1], *new], expected, before) == {
        "duplicated": [old[-1].id]
    }
