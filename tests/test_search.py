"""Cairn's own reading operations: what they refuse, and how the long poll behaves."""

import threading
import time

import pytest

from kit import records


def fails(answer, error="ValidationException"):
    assert (answer.status, answer.error) == (400, error), answer.body
    assert answer.message


@pytest.mark.parametrize("members", [
    {"MaxResults": 0}, {"MaxResults": 1001}, {"NextToken": "nonsense"}, {"Region": "Mars!"},
    {"Category": "Gossip"}, {"Attributes": [{"AttributeKey": "Colour", "AttributeValue": "red"}]},
])
def test_search_refuses(account, members):
    fails(account.client.cairn_answer("SearchEvents", **members))


@pytest.mark.parametrize("members", [
    {"MaxResults": 0}, {"MaxResults": 1001}, {"WaitSeconds": 21}, {"After": 10**15},
    {"Region": "Mars!"},
])
def test_tail_refuses(account, members):
    fails(account.client.cairn_answer("TailEvents", **members))


@pytest.mark.parametrize("members", [{"MaxResults": "many"}, {"Attributes": 7}, {"After": -1}])
def test_wrong_types(account, members):
    operation = "TailEvents" if "After" in members else "SearchEvents"
    answer = account.client.cairn_answer(operation, **members)
    assert answer.status == 400 and answer.error in {"SerializationException", "ValidationException"}


def test_an_unknown_operation_is_named(account):
    answer = account.client.cairn_answer("MakeCoffee")
    assert answer.status == 400 and answer.error == "UnknownOperationException"
    assert "MakeCoffee" in answer.message


def test_a_search_token_belongs_to_its_question(account):
    account.ingest(*[records.record("PutRule") for _ in range(4)])
    query = {"Attributes": [{"AttributeKey": "EventName", "AttributeValue": "PutRule"}]}
    token = account.client.cairn("SearchEvents", **query, MaxResults=2)["NextToken"]
    fails(account.client.cairn_answer("SearchEvents", NextToken=token))
    fails(account.user("alice").cairn_answer("SearchEvents", NextToken=token, Text="PutRule"))
    page = account.client.cairn("SearchEvents", **query, MaxResults=2, NextToken=token)
    assert len(page["Records"]) == 2


def test_pages_of_a_search_hold_each_record_once(account):
    found = [records.record("PutRule", eventTime=records.at(n % 7)) for n in range(50)]
    account.ingest(*found)
    query = [{"AttributeKey": "EventName", "AttributeValue": "PutRule"}]
    seqs = [hit["Seq"] for hit in account.client.search(Attributes=query, MaxResults=3)]
    assert len(seqs) == 50 and len(set(seqs)) == 50


def test_a_tail_waits_for_news_and_answers_at_once(account):
    """The answer comes when the event comes, long before the wait is over."""
    client = account.client
    cursor = client.cairn("TailEvents", WaitSeconds=0)["Cursor"]
    started = time.monotonic()
    news = []

    def wait():
        query = [{"AttributeKey": "EventName", "AttributeValue": "PutRule"}]
        other = client.with_creds(client.creds)
        news.append(other.cairn("TailEvents", After=cursor, WaitSeconds=15, Attributes=query))

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.3)
    account.ingest(records.record("PutRule", eventID="awaited"))
    thread.join()
    assert time.monotonic() - started < 10
    hit, = news[0]["Records"]
    assert '"awaited"' in hit["Record"]
    assert news[0]["Cursor"] >= hit["Seq"] > cursor


def test_a_tail_without_news_waits_and_is_empty(account):
    # The call that starts a tail is an event itself; those that go on are not.
    start = account.client.cairn("TailEvents", WaitSeconds=0)["Cursor"]
    first = account.client.cairn("TailEvents", After=start, WaitSeconds=0)
    assert len(first["Records"]) == 1
    cursor = first["Cursor"]
    started = time.monotonic()
    page = account.client.cairn("TailEvents", After=cursor, WaitSeconds=1)
    assert page["Records"] == [] and 0.9 < time.monotonic() - started < 5


def test_a_tail_is_in_the_order_of_the_journal(account):
    start = account.client.cairn("TailEvents", WaitSeconds=0)["Cursor"]
    for number in range(5):
        account.ingest(*[records.record("PutRule", eventID=f"o-{number}-{n}") for n in range(20)])
    seen, cursor = [], start
    while len(seen) < 100:
        page = account.client.cairn(
            "TailEvents", After=cursor, WaitSeconds=5, MaxResults=7,
            Attributes=[{"AttributeKey": "EventName", "AttributeValue": "PutRule"}],
        )
        assert len(page["Records"]) <= 7
        seen += [hit["Seq"] for hit in page["Records"]]
        cursor = page["Cursor"]
    assert seen == sorted(set(seen)) and len(seen) == 100
