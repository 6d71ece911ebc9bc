"""The ingest door: what is stored, what is a duplicate, what goes to quarantine."""

import base64
import concurrent.futures
import gzip
import hashlib
import json

import pytest

from conftest import new_account
from kit import records, zstd

KIB = 1024


def raw(client, event_id):
    """The stored texts with this eventID."""
    hits = client.search(Attributes=[{"AttributeKey": "EventId", "AttributeValue": event_id}])
    return [hit["Record"].encode() for hit in hits]


def counts(stored=0, duplicates=0, quarantined=0):
    return {"Stored": stored, "Duplicates": duplicates, "Quarantined": quarantined}


def check(answer, expected, conflicts=()):
    assert {key: answer[key] for key in expected} == expected, answer
    assert [conflict["EventId"] for conflict in answer["Conflicts"]] == list(conflicts)


BODIES = {
    "records file": records.log_file,
    "records file with white space": lambda found: json.dumps({"Records": found}, indent=2).encode(),
    "json lines": records.json_lines,
    "array": lambda found: b"[" + b",".join(records.encode(one) for one in found) + b"]",
}


@pytest.mark.parametrize("form", BODIES)
@pytest.mark.parametrize("encoding", [None, "gzip", "zstd"])
def test_forms_and_encodings(account, form, encoding):
    found = [records.record() for _ in range(5)]
    body = BODIES[form](found)
    packed = {None: lambda b: b, "gzip": gzip.compress, "zstd": zstd.compress}[encoding](body)
    check(account.client.ingest(packed, encoding), counts(stored=5))
    for one in found:
        stored, = raw(account.client, one["eventID"])
        assert json.loads(stored) == one


def test_one_object(account):
    one = records.record()
    check(account.client.ingest(records.encode(one)), counts(stored=1))
    assert raw(account.client, one["eventID"]) == [records.encode(one)]


def test_every_member_of_a_gzip_file_is_read(account):
    """Log files are often gzip members put end to end."""
    found = [records.record() for _ in range(3)]
    body = b"".join(gzip.compress(records.encode(one) + b"\n") for one in found)
    check(account.client.ingest(body, "gzip"), counts(stored=3))


def test_bytes_are_kept_exactly(account):
    """Key order, white space, escapes, big and odd numbers: nothing is written again."""
    text = (
        '{ "eventID":"exact-1" , "eventVersion":"1.08",\t"eventName":"Put\\u004fbject",'
        '"eventSource":"s3.amazonaws.com","awsRegion":"us-east-1",'
        f'"eventTime":"{records.at(30)}","numbers":[1e400,-0,243.0,12345678901234567890],'
        '"slash":"\\/\\u003d","half":"\\ud800","userIdentity":{"type":"Root"},"empty":{},"eventCategory":"Management"}'
    ).encode()
    check(account.client.ingest(b'{"Records":[' + text + b"]}"), counts(stored=1))
    assert raw(account.client, "exact-1") == [text]


def test_the_same_bytes_are_a_duplicate(account):
    found = [records.record() for _ in range(4)]
    body = records.log_file(found)
    first = account.client.ingest(body)
    check(first, counts(stored=4))
    again = account.client.ingest(body)
    check(again, counts(duplicates=4))
    assert again.get("LastSeq", 0) <= first["LastSeq"]
    more = records.log_file([*found, records.record()])
    check(account.client.ingest(more), counts(stored=1, duplicates=4))
    twice = records.record()
    check(account.client.ingest(records.log_file([twice, twice])), counts(stored=1, duplicates=1))
    assert len(raw(account.client, twice["eventID"])) == 1


def test_other_bytes_under_a_known_id_are_a_conflict(account):
    honest = records.record("DeleteTrail")
    check(account.client.ingest(records.encode(honest)), counts(stored=1))
    forged = {**honest, "eventName": "ListTrails"}
    answer = account.client.ingest(records.log_file([forged, records.record()]))
    check(answer, counts(stored=1), conflicts=[honest["eventID"]])
    assert answer["Conflicts"][0]["Message"]
    assert raw(account.client, honest["eventID"]) == [records.encode(honest)]


def test_the_same_id_in_two_accounts_is_two_events(account, operator):
    one = records.record()
    check(account.client.ingest(records.encode(one)), counts(stored=1))
    check(operator.ingest(records.encode(one)), counts(stored=1))


GOOD = records.encode(records.record())
BROKEN = {
    "bad utf-8": GOOD.replace(b"aws-cli", b"aws\xff\xfecli"),
    "truncated": GOOD[: len(GOOD) // 2],
    "deep": GOOD[:-1] + b',"deep":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "duplicate key": GOOD[:-1] + b',"eventID":"another"}',
    "no eventID": GOOD.replace(b'"eventID"', b'"eventIdentifier"'),
    "empty eventID": records.encode(records.record(eventID="")),
    "eventID is a number": records.encode(records.record(eventID=7)),
    "no eventTime": GOOD.replace(b'"eventTime"', b'"time"'),
    "a time that is none": records.encode(records.record(eventTime="yesterday")),
    "NUL": GOOD.replace(b"aws-cli", b"aws\x00cli"),
    "single quotes": GOOD.replace(b'"', b"'"),
    "trailing comma": GOOD[:-1] + b",}",
    "NaN": GOOD[:-1] + b',"n":NaN}',
    "leading zero": GOOD[:-1] + b',"n":01}',
    "not an object": b'"just text"',
}


@pytest.mark.parametrize("flaw", BROKEN)
def test_what_is_no_record_goes_to_quarantine(account, flaw):
    """It is counted, it hides nothing beside it, and sending it again stores it once."""
    before, after = records.record(), records.record()
    body = records.json_lines([before, BROKEN[flaw], after])
    check(account.client.ingest(body), counts(stored=2, quarantined=1))
    for one in (before, after):
        assert len(raw(account.client, one["eventID"])) == 1
    again = account.client.ingest(body)
    assert again["Stored"] == 0
    assert again["Duplicates"] + again["Quarantined"] == 3


@pytest.mark.parametrize("cut", [1, 2, 100])
def test_a_file_that_ends_too_early(account, cut):
    """The whole records at its beginning are stored, the rest goes to quarantine."""
    found = [records.record() for _ in range(3)]
    body = records.log_file(found)[:-cut]
    answer = account.client.ingest(body)
    assert answer["Stored"] >= 2 and answer["Stored"] + answer["Quarantined"] >= 3
    assert len(raw(account.client, found[0]["eventID"])) == 1


@pytest.mark.parametrize("body", [b"", b" \n\t ", b'{"Records":[]}', b"[]"])
def test_nothing_to_store(account, body):
    check(account.client.ingest(body), counts())


@pytest.mark.parametrize(
    "size, stored", [(256 * KIB - 1, 1), (256 * KIB, 1), (256 * KIB + 1, 0)]
)
def test_the_size_of_a_record(account, size, stored):
    one = records.of_size(size)
    check(account.client.ingest(records.encode(one)),
          counts(stored=stored, quarantined=1 - stored))
    assert raw(account.client, one["eventID"]) == [records.encode(one)] * stored


def test_a_gzip_bomb(account, server):
    """A few bytes that become gigabytes are refused before they are in memory."""
    account.client.ingest(records.encode(records.record()))
    before = server.rss()
    bomb = gzip.compress(b" " * (256 * KIB * KIB), 9)
    assert len(bomb) < 300 * KIB
    answer = account.client.ingest_answer(bomb, "gzip")
    assert answer.status == 413 or answer.status == 400, answer
    assert server.rss() - before < 64 * KIB * KIB
    check(account.client.ingest(records.encode(records.record())), counts(stored=1))


def test_a_body_above_the_limit(account):
    answer = account.client.ingest_answer(b" " * (16 * KIB * KIB + 1))
    assert answer.status in {400, 413}


@pytest.mark.parametrize(
    "encoding, body", [("gzip", b"no gzip"), ("zstd", b"no zstd"), ("br", b"x"),
                       ("gzip", gzip.compress(GOOD)[:-9])],
    ids=["not gzip", "not zstd", "unknown", "cut gzip"],
)
def test_an_encoding_that_does_not_fit(account, encoding, body):
    answer = account.client.ingest_answer(body, encoding)
    assert answer.status in {400, 415}, answer
    assert raw(account.client, json.loads(GOOD)["eventID"]) == []


def test_records_go_to_the_callers_account(account):
    """What a record says about its account does not decide whose it is."""
    one = records.record(account="999988887777")
    check(account.client.ingest(records.encode(one)), counts(stored=1))
    assert raw(account.client, one["eventID"]) == [records.encode(one)]


def test_operators_may_ingest_for_each_records_account(account, operator):
    mine = records.record(account=account.id)
    check(operator.ingest(records.encode(mine), from_record=True), counts(stored=1))
    assert raw(account.client, mine["eventID"]) == [records.encode(mine)]
    assert raw(operator, mine["eventID"]) == []


def test_the_same_batch_from_many_clients_at_once(account):
    """Eight clients race; every event is stored once, and every one of them is told so."""
    found = [records.record(eventID=f"race-{n}") for n in range(50)]
    body = records.log_file(found)
    clients = [account.client.with_creds(account.client.creds) for _ in range(8)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda client: client.ingest(body), clients))
    assert sum(answer["Stored"] for answer in answers) == 50
    assert all(answer["Stored"] + answer["Duplicates"] == 50 for answer in answers)
    for one in found[::10]:
        assert len(raw(account.client, one["eventID"])) == 1


def test_a_big_batch_is_all_there(account):
    found = [records.record(eventID=f"big-{n}") for n in range(3000)]
    check(account.client.ingest(gzip.compress(records.log_file(found), 1), "gzip"),
          counts(stored=3000))
    seen = account.client.search(
        Attributes=[{"AttributeKey": "EventName", "AttributeValue": "DescribeInstances"}],
        MaxResults=1000,
    )
    assert len(seen) == 3000
    assert {json.loads(hit["Record"])["eventID"] for hit in seen} == {f"big-{n}" for n in range(3000)}


class TestQuarantineCanBeRead:
    """What is kept can be seen again: listed with its reason, and byte for byte."""

    PIECES = [b'{"eventID": 01}', b"\xff\xfe not UTF-8", b'{"eventVersion":"1.11"}']

    def test_every_piece_is_listed_and_shown(self, account):
        client = account.client
        for piece in self.PIECES:
            assert client.ingest(piece)["Quarantined"] == 1
            assert client.ingest(piece)["Quarantined"] == 0
        listed = client.cairn("ListQuarantine", MaxResults=1000)
        assert listed["End"]
        shas = [hashlib.sha256(piece).hexdigest() for piece in self.PIECES]
        found = [piece for piece in listed["Pieces"] if piece["Sha256"] in shas]
        assert [piece["Sha256"] for piece in found] == shas
        for piece, sent in zip(found, self.PIECES):
            assert piece["Length"] == len(sent) and piece["Reason"] and "Content" not in piece
            one = client.cairn("ListQuarantine", Seq=piece["Seq"])["Pieces"]
            assert base64.b64decode(one[0]["Content"]) == sent

    def test_pages_meet(self, account):
        client = account.client
        for number in range(5):
            client.ingest(b"page %d" % number)
        everything = client.cairn("ListQuarantine", MaxResults=1000)["Pieces"]
        paged, after = [], 0
        while True:
            page = client.cairn("ListQuarantine", After=after, MaxResults=2)
            paged += page["Pieces"]
            after = page["Cursor"]
            if page["End"]:
                break
        assert [piece["Seq"] for piece in paged] == [piece["Seq"] for piece in everything]

    def test_only_by_its_account(self, account, operator):
        client = account.client
        client.ingest(b"not for others")
        seq = client.cairn("ListQuarantine", MaxResults=1000)["Pieces"][-1]["Seq"]
        other = new_account(operator).client
        assert other.cairn("ListQuarantine")["Pieces"] == []
        assert other.cairn_answer("ListQuarantine", Seq=seq).status == 400
