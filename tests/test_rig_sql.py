"""The SQL rig's judge and its writer, without a server."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent / "rig_sql"))

import hostile
import judge
from texts import KINDS, Writer

BOUNDS = judge.Bounds(seconds=10, rows=100, bytes=1 << 30)
OWN, OTHER = "11112222-0000-4000-8000-aaaaaaaaaaaa", "9a9b9c9d-0000-4000-8000-bbbbbbbbbbbb"


class Names:
    own, owner, a, more, b = "111122223333", "444455556666", OWN, OWN[:-1] + "0", OTHER
    arn = f"arn:aws:cloudtrail:us-east-1:{owner}:eventdatastore/{OTHER}"
    file, folder, state, table = "/x.csv", "/data", "/data/state.sqlite", "/data/x.parquet"


def test_it_is_silent_when_all_is_well_and_notices_every_planted_fault():
    missed, planted = judge.self_test(BOUNDS)
    assert missed == []
    assert planted == 19


def test_a_refusal_is_no_fault_and_an_answer_to_a_barred_text_is():
    house = judge.House(1, True, "", 0, [], {})
    refused = judge.Told("x", barred=True, status=400, error="EventDataStoreNotFoundException",
                         message="no such store")
    answered = judge.Told("x", barred=True, end="FINISHED")
    assert judge.objections([refused], house, BOUNDS) == {}
    assert judge.objections([answered], house, BOUNDS) == {"barred texts accepted": ["x"]}


@pytest.mark.parametrize("shown", [
    "beefcafebabe", "x" + "beefcafebabe" * 3, "626565666361666562616265", "YmVlZmNhZmViYWJl",
    "eGJlZWZjYWZlYmFiZQ==", "eHhiZWVmY2FmZWJhYmU=",
])
def test_a_marker_is_found_in_other_readings(shown):
    assert any(mark in shown.lower() for mark in judge.readings("beefcafebabe"))


def test_one_seed_writes_the_same_texts_and_all_kinds():
    texts = [[writer.write() for _ in range(1500)] for writer in (Writer(Names, 5), Writer(Names, 5))]
    assert texts[0] == texts[1]
    assert {text.kind for text in texts[0]} == set(KINDS)
    assert [writer.write() for writer in [Writer(Names, 6)]] != texts[0][:1]
    assert len({text.sql for text in texts[0]}) > 1200


def test_every_form_has_its_names():
    forms = [*hostile.STORE, *hostile.HARMLESS, *hostile.ELSEWHERE, *hostile.OTHERS, *hostile.FUNCTIONS]
    for form in forms:
        assert "{a}" not in (text := hostile.fill(form, Names)) and "{b}" not in text, form
    assert all("{b}" in form.lower() or any(name in form for name in ("{arn}", "{plain}", "{wide}", "{tail}"))
               for form in hostile.STORE)
