"""The unreliable S3 that delivery is tried on: it does what it says, and its oracle objects."""

import collections
import http.client
import itertools
import random
import socket
import threading
import time

import boto3
import botocore.exceptions
import pytest
from botocore.config import Config

from kit import chaos
from kit.chaos import Plan, Proxy, Store

BUCKET = "logs"
PATIENCE_SECONDS = 0.3


@pytest.fixture
def store():
    with Store() as running:
        running.create(BUCKET)
        yield running


def s3(url, attempts=1, timeout=5):
    config = Config(
        retries={"total_max_attempts": attempts, "mode": "standard"},
        s3={"addressing_style": "path"}, read_timeout=timeout, connect_timeout=timeout,
    )
    return boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="AKIDCHAOS",
        aws_secret_access_key="secret", config=config,
    )


def refused(call, **members):
    with pytest.raises(botocore.exceptions.ClientError) as caught:
        call(**members)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


class Cut(Exception):
    """The connection ended without a whole answer."""


def ask(url, method, target, body=b"", timeout=PATIENCE_SECONDS, **headers):
    """`(status, headers, body)`; raises `Cut`, or `TimeoutError` for silence."""
    connection = http.client.HTTPConnection(url.removeprefix("http://"), timeout=timeout)
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        connection.request(method, target, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()
    except TimeoutError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise Cut(type(error).__name__) from error
    finally:
        connection.close()


# The store.


def test_objects_come_back_as_they_were_put(store):
    client = s3(store.url)
    made = client.put_object(
        Bucket=BUCKET, Key="a/b c+d.gz", Body=b"bytes", ContentType="application/json",
        ContentEncoding="gzip", Metadata={"signature": "abc"}, ACL="bucket-owner-full-control",
    )
    got = client.get_object(Bucket=BUCKET, Key="a/b c+d.gz")
    assert got["Body"].read() == b"bytes"
    assert (got["ETag"], got["ContentType"]) == (made["ETag"], "application/json")
    assert (got["ContentEncoding"], got["Metadata"]) == ("gzip", {"signature": "abc"})
    head = client.head_object(Bucket=BUCKET, Key="a/b c+d.gz")
    assert head["ContentLength"] == 5
    part = client.get_object(Bucket=BUCKET, Key="a/b c+d.gz", Range="bytes=1-2")
    assert part["Body"].read() == b"yt"
    assert refused(client.get_object, Bucket=BUCKET, Key="none") == (404, "NoSuchKey")
    assert refused(client.put_object, Bucket="none", Key="x", Body=b"") == (404, "NoSuchBucket")
    client.delete_object(Bucket=BUCKET, Key="a/b c+d.gz")
    assert refused(client.head_object, Bucket=BUCKET, Key="a/b c+d.gz")[0] == 404


def test_a_condition_holds_once(store):
    client = s3(store.url)
    client.put_object(Bucket=BUCKET, Key="k", Body=b"first", IfNoneMatch="*")
    put = dict(Bucket=BUCKET, Key="k", Body=b"second", IfNoneMatch="*")
    assert refused(client.put_object, **put) == (412, "PreconditionFailed")
    assert store.objects(BUCKET) == {"k": b"first"}
    with Store(conditional=False) as careless:
        careless.create(BUCKET)
        client = s3(careless.url)
        client.put_object(**put)
        client.put_object(**put)
        assert [place for place in careless.overwritten()] == [(BUCKET, "k")]


def test_many_puts_of_one_key_under_a_condition_are_one(store):
    statuses = []

    def put(index):
        body = b"%d" % index
        statuses.append(ask(store.url, "PUT", f"/{BUCKET}/k", body, 5, If_None_Match="*")[0])

    threads = [threading.Thread(target=put, args=(index,)) for index in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [412] * 15
    assert len(store.writes) == 1


def test_a_body_that_is_not_what_was_claimed_is_refused(store):
    for header, value, code in (
        ("Content_MD5", "AAAAAAAAAAAAAAAAAAAAAA==", b"BadDigest"),
        ("x_amz_checksum_sha256", "AAAA", b"BadDigest"),
        ("x_amz_content_sha256", "0" * 64, b"XAmzContentSHA256Mismatch"),
    ):
        status, _, body = ask(store.url, "PUT", f"/{BUCKET}/k", b"x", **{header: value})
        assert status == 400 and code in body, (header, body)
    assert store.writes == []


def test_a_body_in_chunks_is_taken_out_of_them(store):
    body = b"3;chunk-signature=0\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"
    status, _, _ = ask(
        store.url, "PUT", f"/{BUCKET}/k", body, x_amz_decoded_content_length="5",
        x_amz_content_sha256="STREAMING-UNSIGNED-PAYLOAD-TRAILER", Content_Encoding="aws-chunked",
    )
    assert status == 200 and store.objects(BUCKET) == {"k": b"abcde"}


@pytest.mark.parametrize("operation", ["list_objects", "list_objects_v2"])
def test_lists_come_in_pages(store, operation):
    client = s3(store.url)
    keys = sorted(f"p/{day:02}/{n}" for day in range(5) for n in range(5))
    for key in [*keys, "q"]:
        client.put_object(Bucket=BUCKET, Key=key, Body=b"")
    pages = client.get_paginator(operation).paginate(
        Bucket=BUCKET, Prefix="p/", PaginationConfig={"PageSize": 7}
    )
    pages = list(pages)
    assert [one["Key"] for page in pages for one in page["Contents"]] == keys
    assert [len(page["Contents"]) for page in pages] == [7, 7, 7, 4]
    pages = client.get_paginator(operation).paginate(
        Bucket=BUCKET, Prefix="p/", Delimiter="/", PaginationConfig={"PageSize": 2}
    )
    found = [one["Prefix"] for page in pages for one in page["CommonPrefixes"]]
    assert found == [f"p/{day:02}/" for day in range(5)]
    start = {"Marker": "p/04/2"} if operation == "list_objects" else {"StartAfter": "p/04/2"}
    rest = getattr(client, operation)(Bucket=BUCKET, Prefix="p/", **start)
    assert [one["Key"] for one in rest["Contents"]] == ["p/04/3", "p/04/4"]


def test_versions_are_all_kept(store):
    store.create("versioned", versioning="Enabled")
    client = s3(store.url)
    first = client.put_object(Bucket="versioned", Key="k", Body=b"1")["VersionId"]
    second = client.put_object(Bucket="versioned", Key="k", Body=b"2")["VersionId"]
    client.delete_object(Bucket="versioned", Key="k")
    listed = client.list_object_versions(Bucket="versioned")
    assert [one["VersionId"] for one in listed["Versions"]] == [second, first]
    assert [one["IsLatest"] for one in listed["DeleteMarkers"]] == [True]
    old = client.get_object(Bucket="versioned", Key="k", VersionId=first)
    assert old["Body"].read() == b"1"
    assert client.get_bucket_versioning(Bucket="versioned")["Status"] == "Enabled"


def test_bucket_settings(store):
    client = s3(store.url)
    assert refused(client.get_bucket_policy, Bucket=BUCKET) == (404, "NoSuchBucketPolicy")
    client.put_bucket_policy(Bucket=BUCKET, Policy='{"Version": "2012-10-17"}')
    assert client.get_bucket_policy(Bucket=BUCKET)["Policy"] == '{"Version": "2012-10-17"}'
    assert client.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] is None
    assert client.get_bucket_acl(Bucket=BUCKET)["Grants"][0]["Permission"] == "FULL_CONTROL"
    code = "ObjectLockConfigurationNotFoundError"
    assert refused(client.get_object_lock_configuration, Bucket=BUCKET) == (404, code)
    client.create_bucket(Bucket="more")
    assert [one["Name"] for one in client.list_buckets()["Buckets"]] == [BUCKET, "more"]
    client.delete_bucket(Bucket="more")
    assert refused(client.head_bucket, Bucket="more")[0] == 404


# The oracle.


def test_the_oracle_finds_what_is_planted(store):
    def put(key, ids):
        assert ask(store.url, "PUT", f"/{BUCKET}/{key}", " ".join(ids).encode())[0] == 200

    def judge():
        return store.judge(["a", "b", "c"], lambda key, body: body.decode().split(), "logs/")

    put("logs/1", ["a", "b"])
    assert judge() == {"missing": ["c"]}
    put("logs/2", ["c"])
    put("elsewhere", ["a"])
    assert judge() == {}
    put("logs/3", ["a", "z"])
    assert judge() == {"duplicate": ["a"], "invented": ["z"]}
    put("logs/3", [])
    assert judge() == {"overwritten": ["logs/3"]}
    put("logs/1", ["a"])
    assert judge() == {"missing": ["b"], "overwritten": ["logs/1", "logs/3"]}


# The faults.

# What the client sees of each fault in a conditional put, and whether the object is there.
SEEN = {
    "error-500": (500, False),
    "slow-down": (503, False),
    "reset-before": (Cut, False),
    "timeout-before": (TimeoutError, False),
    "denied": (403, False),
    "gone": (404, False),
    "error-in-200": (200, False),
    "conflict": (409, False),
    "reset-after": (Cut, True),
    "timeout-after": (TimeoutError, True),
    "slow": (200, True),
    "wrong-etag": (200, True),
    "half-body": (Cut, True),
    "error-after": (500, True),
}


def test_every_fault_is_tried_here():
    assert set(SEEN) == set(chaos.FAULTS)
    assert {fault for fault, (_, done) in SEEN.items() if done} == set(chaos.AFTER)


@pytest.mark.parametrize("fault", chaos.FAULTS)
def test_a_fault_does_to_a_put_what_it_says(store, fault):
    expected, done = SEEN[fault]
    with Proxy(store, Plan(1, 1.0, (fault,)), slow_seconds=0.1) as proxy:
        target = f"/{BUCKET}/k"
        try:
            status, headers, body = ask(proxy.url, "PUT", target, b"x", If_None_Match="*")
        except (Cut, TimeoutError) as error:
            status, headers, body = type(error), {}, b""
        assert status == expected
        assert (store.objects(BUCKET) == {"k": b"x"}) is done
        if fault in chaos.BEFORE and isinstance(expected, int):
            assert b"<Error><Code>" in body
        if fault == "wrong-etag":
            assert headers["ETag"].strip('"') != store.writes[0].etag
        if fault == "slow":
            assert headers["ETag"].strip('"') == store.writes[0].etag
        assert proxy.counts[fault] == 1
        proxy.calm()
        assert ask(proxy.url, "GET", target)[0] == (200 if done else 404)


@pytest.mark.parametrize("fault", chaos.FAULTS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE"])
def test_every_fault_can_be_done_to_every_request(store, method, fault):
    store.answer(request_of("PUT", f"/{BUCKET}/k", b"0123456789"))
    with Proxy(store, Plan(1, 1.0, (fault,)), hold_seconds=0.5, slow_seconds=0.01) as proxy:
        try:
            status, headers, body = ask(proxy.url, method, f"/{BUCKET}/k")
        except (Cut, TimeoutError):
            return
        if status < 300:
            told = ("slow", "wrong-etag", *(["error-in-200"] if method == "DELETE" else []))
            assert fault in told, (fault, status)
            if method == "GET":
                assert body == b"0123456789"


def test_half_a_body_is_half_of_what_was_announced(store):
    store.answer(request_of("PUT", f"/{BUCKET}/k", b"0123456789"))
    with Proxy(store, Plan(1, 1.0, ("half-body",))) as proxy:
        sock = socket.create_connection(("127.0.0.1", proxy.port), timeout=5)
        sock.sendall(f"GET /{BUCKET}/k HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        said = b"".join(iter(lambda: sock.recv(4096), b""))
    assert b"Content-Length: 10\r\n" in said and said.endswith(b"\r\n\r\n01234")


def test_a_bucket_is_gone_for_a_while_and_comes_back(store):
    plan = Plan(3, 1.0, ("gone",))
    with Proxy(store, plan) as proxy:
        assert ask(proxy.url, "GET", f"/{BUCKET}?location")[0] == 404
        proxy.plan = Plan(3, 0.0)
        dice = plan.fate("GET", f"/{BUCKET}?location", 1)[1]
        left = int(dice * chaos.GONE_REQUESTS)
        assert left > 0, "a seed that shows something"
        statuses = [ask(proxy.url, "GET", f"/{BUCKET}?location")[0] for _ in range(left + 1)]
        assert statuses == [404] * left + [200]


def test_the_same_seed_has_the_same_fates_in_any_order(store):
    calls = [("PUT", f"/{BUCKET}/{n}") for n in range(100)] * 3
    faults = tuple(fault for fault in chaos.FAULTS if fault != "gone")

    def fates(seed, order):
        with Proxy(store, Plan(seed, 0.5, faults), hold_seconds=0.0, slow_seconds=0.0) as proxy:
            for method, target in order:
                try:
                    ask(proxy.url, method, target, b"", 5)
                except Cut:
                    pass
            return sorted(proxy.log), proxy.counts

    shuffled = calls.copy()
    random.Random(1).shuffle(shuffled)
    first = fates(7, calls)
    assert first == fates(7, shuffled)
    assert first != fates(8, calls)


def test_the_rate_is_what_was_asked_for():
    for rate in (0.0, 0.1, 0.3, 1.0):
        found = collections.Counter(
            Plan(5, rate).fate("PUT", f"/{BUCKET}/{n}", 1)[0] for n in range(20_000)
        )
        harmed = 20_000 - found[chaos.PASS]
        assert abs(harmed / 20_000 - rate) < 0.015
        for fault in chaos.FAULTS:
            assert abs(found[fault] / 20_000 - rate / len(chaos.FAULTS)) < 0.01, fault
    weighted = Plan(5, 1.0, ("denied", "slow"), (("denied", 0),))
    assert {weighted.fate("GET", "/", n)[0] for n in range(100)} == {"slow"}


def test_requests_are_sent_on_as_they_came(store):
    seen = []
    answer = store.answer
    store.server.answer = lambda request: seen.append(request) or answer(request)
    with Proxy(store.url, Plan(rate=0.0)) as proxy:
        client = s3(proxy.url)
        client.put_object(Bucket=BUCKET, Key="a b/c+d", Body=b"bytes", IfNoneMatch="*")
        assert client.head_object(Bucket=BUCKET, Key="a b/c+d")["ContentLength"] == 5
        assert client.get_object(Bucket=BUCKET, Key="a b/c+d")["Body"].read() == b"bytes"
        assert proxy.counts == {chaos.PASS: 3}
    assert {request.header("Host") for request in seen} == {f"127.0.0.1:{proxy.port}"}
    assert {request.path for request in seen} == {f"/{BUCKET}/a%20b/c%2Bd"}
    assert all(request.header("Authorization").startswith("AWS4-HMAC-") for request in seen)


def test_an_upstream_that_is_not_there_is_a_reset():
    with Store() as gone:
        url = gone.url
    with Proxy(url, Plan(rate=0.0)) as proxy, pytest.raises(Cut):
        ask(proxy.url, "GET", "/")


# What it is for.


def deliver(url, key, body, careful, chance):
    """Puts an object until it is known to be there. A careful client holds on to its key and its
    condition, and believes only an answer that says what it must; a careless one takes another key
    after a failure, and believes a status.
    """
    for attempt in itertools.count(1):
        target = f"/{BUCKET}/{key}" if careful else f"/{BUCKET}/{key}-{attempt}"
        condition = {"If_None_Match": "*"} if careful else {}
        try:
            status, headers, _ = ask(url, "PUT", target, body, **condition)
            if status == 412 or (status == 200 and (not careful or "ETag" in headers)):
                return
        except (Cut, TimeoutError):
            pass
        time.sleep(chance.random() * 0.002)


def load(store, careful, seed):
    plan = Plan(seed, 0.3)
    with Proxy(store, plan, hold_seconds=PATIENCE_SECONDS * 2, slow_seconds=0.02) as proxy:
        def run(first):
            chance = random.Random(first)
            for n in range(first, 200, 8):
                deliver(proxy.url, f"o{n}", b"id-%d" % n, careful, chance)

        threads = [threading.Thread(target=run, args=(first,)) for first in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert proxy.faults() > 50
    expected = [f"id-{n}" for n in range(200)]
    return store.judge(expected, lambda key, body: [body.decode()])


def test_a_careful_client_gets_through_and_a_careless_one_is_caught(store):
    assert load(store, careful=True, seed=11) == {}
    with Store() as other:
        other.create(BUCKET)
        wrong = load(other, careful=False, seed=11)
    assert wrong["duplicate"] and wrong["missing"], wrong


def request_of(method, target, body=b""):
    from kit.upstream import Request

    return Request(method, target, "HTTP/1.1", [], body, whole=True)
