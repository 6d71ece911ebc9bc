"""The lake's tables as other engines read them, while they are written."""

import datetime
import threading
import time
from collections import Counter

import pytest

from conftest import REGION, eventually, new_account
from kit import clickhouse, iceberg, records, server as servers, spark
from kit.iceberg import NAMESPACE, Catalog, refusal
from kit.sigv4 import Credentials

ENV = {"CAIRN_LAKE_FLUSH_SECONDS": "1"}
ROLE = "arn:aws:iam::{}:role/reader"
DAY = 24 * 60 * 60
NAMES = ["ConsoleLogin", "GetObject", "RunInstances", "DescribeInstances"]


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    data = tmp_path_factory.mktemp("lake") / "data"
    with servers.Server(data, args=["--region", REGION], env=ENV) as running:
        yield running
        assert running.process.poll() is None, running.said()[-4000:]
        assert "panicked" not in running.said()


@pytest.fixture
def owner(lake):
    return new_account(lake.client())


def created(account, federated=True):
    """The id of a new event data store."""
    trail = account.boto("cloudtrail")
    arn = trail.create_event_data_store(Name=f"store-{time.monotonic_ns()}")["EventDataStoreArn"]
    if federated:
        trail.enable_federation(EventDataStore=arn, FederationRoleArn=ROLE.format(account.id))
    return arn.rpartition("/")[2]


def event(account, number):
    """One of four days, four names, ten users."""
    user = records.iam_user(f"user-{number % 10}", account.id)
    return records.record(
        NAMES[number % 4],
        account=account.id,
        eventTime=records.at(DAY * (1 + number % 3) + number % 600),
        userIdentity=user if number % 5 else {"type": "AWSService", "invokedBy": "x"},
        requestParameters={"number": str(number), "bucketName": f"bucket-{number % 7}"},
    )


def filled(account, count, first=0):
    found = [event(account, number) for number in range(first, first + count)]
    for start in range(0, count, 500):
        account.ingest(*found[start : start + 500])
    return found


def settled(catalog, table, count):
    """The loaded table once files hold so many rows. Calls of the account's own are rows, too."""

    def look():
        answer = catalog.load(table)
        return answer if answer.status == 200 and iceberg.total(answer) >= count else None

    return eventually(look, 30)


@pytest.fixture(scope="module")
def shop(lake):
    """An account with a published table of 2,000 rows: account, table and its events."""
    account = new_account(lake.client())
    table = created(account)
    found = filled(account, 2_000)
    settled(Catalog(account.client), table, len(found))
    return account, table, found


def expected(found):
    return {
        "rows": len(found),
        "sum": sum(int(one["requestParameters"]["number"]) for one in found),
        "logins": sum(one["eventName"] == "ConsoleLogin" for one in found),
        "users": len({one["userIdentity"].get("arn") for one in found} - {None}),
        "ids": len({one["eventID"] for one in found}),
    }


SUMS = """
    SELECT count(*), sum(requestparameters['number']::BIGINT),
           count(*) FILTER (eventname = 'ConsoleLogin'),
           count(DISTINCT useridentity.arn), count(DISTINCT eventid)
    FROM {} WHERE requestparameters['number'] IS NOT NULL
"""


def test_duckdb_reads_with_nothing_but_the_address_and_a_key(shop):
    account, table, found = shop
    duck = iceberg.attached(account.client)
    name = f'lake."{NAMESPACE}"."{table}"'
    sums = duck.execute(SUMS.format(name)).fetchone()
    assert dict(zip(("rows", "sum", "logins", "users", "ids"), sums)) == expected(found)
    days = duck.execute(
        f"SELECT eventtime::DATE::VARCHAR, count(*) FROM {name} "
        "WHERE requestparameters['number'] IS NOT NULL GROUP BY 1"
    ).fetchall()
    wanted = {}
    for one in found:
        wanted[one["eventTime"][:10]] = wanted.get(one["eventTime"][:10], 0) + 1
    assert dict(days) == wanted
    first = min(wanted)
    following = datetime.date.fromisoformat(first) + datetime.timedelta(days=1)
    of_day = duck.execute(
        f"SELECT count(*) FROM {name} WHERE eventtime >= '{first}' AND eventtime < '{following}'"
    ).fetchone()
    assert of_day == (wanted[first],)
    needle = found[777]
    hit = duck.execute(
        f"SELECT eventname, useridentity.username FROM {name} WHERE eventid = ?", [needle["eventID"]]
    ).fetchall()
    assert hit == [(needle["eventName"], needle["userIdentity"].get("userName"))]


def test_duckdb_reads_a_table_that_changed_since_its_transaction_began(owner):
    table, catalog = created(owner), Catalog(owner.client)
    filled(owner, 10)
    before = iceberg.total(settled(catalog, table, 10))
    duck = iceberg.attached(owner.client)
    duck.execute("BEGIN")
    filled(owner, 10, first=10)
    settled(catalog, table, before + 10)
    count = (
        f'SELECT count(*) FROM lake."{NAMESPACE}"."{table}" '
        "WHERE requestparameters['number'] IS NOT NULL"
    )
    assert duck.execute(count).fetchone() == (10,)
    duck.execute("COMMIT")
    assert duck.execute(count).fetchone() == (20,)


def test_clickhouse_reads_with_nothing_but_the_address_and_a_key(shop):
    account, table, found = shop
    name = f"lake.`{NAMESPACE}.{table}`"
    numbers = "toInt64OrNull(requestparameters['number'])"
    sums = clickhouse.asked(
        account.client,
        f"SELECT toInt32(count()), toInt32(sum({numbers})), "
        "toInt32(countIf(eventname = 'ConsoleLogin')), toInt32(uniqExact(useridentity.arn)), "
        f"toInt32(uniqExact(eventid)) FROM {name} WHERE mapContains(requestparameters, 'number')",
    )
    wanted = expected(found)
    assert sums == [tuple(wanted[one] for one in ("rows", "sum", "logins", "users", "ids"))]
    needle = found[777]
    hit = clickhouse.asked(
        account.client,
        f"SELECT eventname, useridentity.username FROM {name} WHERE eventid = '{needle['eventID']}'",
    )
    assert hit == [(needle["eventName"], needle["userIdentity"].get("userName"))]


def test_spark_reads_with_nothing_but_the_address_and_a_key(shop):
    account, table, found = shop
    name = f"lake.`{NAMESPACE}`.`{table}`"
    needle = found[777]
    tables, sums, hit, days = spark.asked(
        account.client,
        f"SHOW TABLES IN lake.`{NAMESPACE}`",
        f"SELECT count(*), sum(bigint(requestparameters['number'])), "
        "count_if(eventname = 'ConsoleLogin'), count(DISTINCT useridentity.arn), "
        f"count(DISTINCT eventid) FROM {name} WHERE requestparameters['number'] IS NOT NULL",
        f"SELECT eventname, useridentity.username FROM {name} WHERE eventid = '{needle['eventID']}'",
        f"SELECT string(date(eventtime)), count(*) FROM {name} "
        "WHERE requestparameters['number'] IS NOT NULL GROUP BY 1",
    )
    assert [row[1] for row in tables] == [table]
    wanted = expected(found)
    assert sums == [tuple(wanted[one] for one in ("rows", "sum", "logins", "users", "ids"))]
    assert hit == [(needle["eventName"], needle["userIdentity"].get("userName"))]
    assert dict(days) == Counter(one["eventTime"][:10] for one in found)


def arrow_sums(rows):
    numbers = [dict(row["requestparameters"] or ()).get("number") for row in rows]
    kept = [(row, int(number)) for row, number in zip(rows, numbers) if number is not None]
    return {
        "rows": len(kept),
        "sum": sum(number for _, number in kept),
        "logins": sum(row["eventname"] == "ConsoleLogin" for row, _ in kept),
        "users": len({(row["useridentity"] or {}).get("arn") for row, _ in kept} - {None}),
        "ids": len({row["eventid"] for row, _ in kept}),
    }


COLUMNS = ("eventid", "eventname", "useridentity", "requestparameters")


@pytest.mark.parametrize("way", ["oauth", "sigv4", "sql"])
def test_pyiceberg_reads_by_every_way_in(shop, lake, way):
    account, table, found = shop
    creds = account.client.creds
    catalog = {
        "oauth": lambda: iceberg.rest(account.client),
        "sigv4": lambda: iceberg.rest(
            account.client,
            **{
                "rest.sigv4-enabled": "true",
                "rest.signing-region": REGION,
                "rest.signing-name": "glue",
                "client.access-key-id": creds.access_key_id,
                "client.secret-access-key": creds.secret,
            },
        ),
        "sql": lambda: iceberg.sql(lake.data, account.client),
    }[way]()
    assert catalog.list_namespaces() == [(NAMESPACE,)]
    assert (NAMESPACE, table) in catalog.list_tables((NAMESPACE,))
    opened = catalog.load_table((NAMESPACE, table))
    rows = opened.scan(selected_fields=COLUMNS).to_arrow().to_pylist()
    assert arrow_sums(rows) == expected(found)


def test_readers_skip_days_and_files(shop):
    account, table, found = shop
    opened = iceberg.rest(account.client).load_table((NAMESPACE, table))
    days = sorted({one["eventTime"][:10] for one in found})
    whole = list(opened.scan().plan_files())
    one = list(opened.scan(row_filter=f"eventtime < '{days[0]}T23:59:59'").plan_files())
    assert 0 < len(one) < len(whole)
    assert {f"eventtime_day={days[0]}" in task.file.file_path for task in one} == {True}
    # Fields inside of columns have the bounds of their copies.
    for field in ("eventname", "useridentity.type"):
        assert list(opened.scan(row_filter=f"{field} = 'ZZZ'").plan_files()) == []
    assert str(opened.spec().fields[0].transform) == "day"


def test_rows_are_right_while_they_are_written_and_files_are_joined(lake, owner):
    """Readers see all rows up to some event and none after it, whatever is being written."""
    table = created(owner)
    catalog = Catalog(owner.client)
    eventually(lambda: catalog.load(table).status == 200, 20)
    enough, written = threading.Event(), []
    client = owner.client.with_creds(owner.client.creds)

    def write():
        while not enough.is_set():
            first = len(written)
            found = [event(owner, number) for number in range(first, first + 100)]
            client.ingest(records.log_file(found))
            written.extend(found)
            time.sleep(0.1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        duck = iceberg.attached(owner.client)
        query = (
            "SELECT count(*), max(requestparameters['number']::BIGINT), count(DISTINCT eventid) "
            f'FROM lake."{NAMESPACE}"."{table}" WHERE requestparameters[\'number\'] IS NOT NULL'
        )

        def look(counts=[0]):
            count, last, distinct = duck.execute(query).fetchone()
            assert (count, distinct) == (0 if last is None else last + 1, count)
            assert count >= counts[-1], counts
            counts.append(count)
            return counts

        eventually(lambda: look()[-1] > 3_000 and "replace" in operations(catalog, table), 90)
        counts = look()
    finally:
        enough.set()
        writer.join()
    assert len(set(counts)) > 3, counts
    eventually(lambda: look()[-1] == len(written), 30)


def operations(catalog, table):
    """What the snapshots that are kept did."""
    snapshots = catalog.load(table).json()["metadata"]["snapshots"]
    return {snapshot["summary"]["operation"] for snapshot in snapshots}


def test_only_what_an_account_published_is_seen(lake, owner):
    other = new_account(lake.client())
    table, hidden = created(owner), created(owner, federated=False)
    catalog = Catalog(owner.client)
    eventually(lambda: catalog.tables() == [table], 20)
    assert Catalog(other.client).tables() == []
    for asking, name in ((catalog, hidden), (Catalog(other.client), table)):
        status, kind, _ = refusal(asking.load(name))
        assert (status, kind) == (404, "NoSuchTableException")
        head = asking.ask("HEAD", f"namespaces/{iceberg.quoted(NAMESPACE)}/tables/{name}")
        assert (head.status, head.body) == (404, b"")
    plain = owner.user("bob")
    assert Catalog(plain).tables() == [table]
    owner.boto("cloudtrail").disable_federation(EventDataStore=table)
    assert catalog.tables() == []
    assert catalog.load(table).status == 404


def file_of(catalog, table):
    location = catalog.load(table).json()["metadata-location"]
    return location.removeprefix("s3:/")


def test_files_are_read_by_their_account_only(lake, owner):
    table = created(owner)
    catalog = Catalog(owner.client)
    eventually(lambda: catalog.load(table).status == 200, 20)
    path, reader = file_of(catalog, table), catalog.reader(table)
    whole = reader.call("s3", "GET", path, {}, b"")
    assert whole.status == 200 and b'"format-version":2' in whole.body
    assert whole.headers["content-length"] == str(len(whole.body))
    head = reader.call("s3", "HEAD", path, {}, b"")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.body))
    part = reader.call("s3", "GET", path, {"Range": "bytes=2-5"}, b"")
    assert (part.status, part.body) == (206, whole.body[2:6])
    assert part.headers["content-range"] == f"bytes 2-5/{len(whole.body)}"
    tail = reader.call("s3", "GET", path, {"Range": "bytes=-3"}, b"")
    assert (tail.status, tail.body) == (206, whole.body[-3:])
    beyond = reader.call("s3", "GET", path, {"Range": f"bytes={len(whole.body)}-"}, b"")
    assert (beyond.status, beyond.error) == (416, "InvalidRange")
    assert owner.client.call("s3", "GET", path, {}, b"").body == whole.body

    stranger = new_account(lake.client())
    theirs = created(stranger)
    eventually(lambda: Catalog(stranger.client).tables() == [theirs], 20)
    for client in (stranger.client, Catalog(stranger.client).reader(theirs)):
        answer = client.call("s3", "GET", path, {}, b"")
        assert (answer.status, answer.error) == (403, "AccessDenied")
    missing = reader.call("s3", "GET", path + "x", {}, b"")
    assert (missing.status, missing.error) == (404, "NoSuchKey")
    for odd in ("/cairn-lake", "/cairn-lake/", f"/cairn-lake/{table}/metadata/../../x",
                f"/cairn-lake/{table}/data/eventtime_day=2026-01-01/..", "/cairn-lake/?list-type=2"):
        assert reader.call("s3", "GET", odd, {}, b"").status in (400, 403), odd
    owner.boto("cloudtrail").disable_federation(EventDataStore=table)
    assert reader.call("s3", "GET", path, {}, b"").error == "AccessDenied"


def test_what_comes_with_a_table_reads_tables_and_nothing_else(owner):
    table = created(owner)
    catalog = Catalog(owner.client)
    eventually(lambda: catalog.load(table).status == 200, 20)
    reader = catalog.reader(table)
    assert reader.sts("GetCallerIdentity").status in (400, 403)
    assert reader.cloudtrail("ListEventDataStores").status in (400, 403)
    assert reader.call("s3", "GET", "/", {}, b"").status == 403
    owner.boto("s3").create_bucket(
        Bucket=f"bucket-{table}", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    assert reader.call("s3", "GET", f"/bucket-{table}", {}, b"").status == 403
    assert reader.call("glue", "GET", f"{iceberg.PATH}/config", {}, b"").status == 200
    # A token of a session is shown to whoever gets a presigned request: it is no bearer.
    creds = reader.creds
    catalog.token = f"{creds.access_key_id}.{creds.token}"
    assert refusal(catalog.ask("GET", "namespaces"))[:2] == (401, "NotAuthorizedException")
    # And a bearer token's session signs nothing.
    key, _, token = Catalog(owner.client).token.partition(".")
    forged = owner.client.with_creds(Credentials(key, owner.client.creds.secret, token))
    assert forged.cloudtrail("ListEventDataStores").status in (400, 403)


def test_who_does_not_prove_a_key_gets_nothing(lake, owner):
    client = owner.client
    assert iceberg.token(client, client_secret="wrong")["error"] == "invalid_client"
    assert iceberg.token(client, client_id="AKIAUNKNOWN111111111")["error"] == "invalid_client"
    assert iceberg.token(client, grant_type="password")["error"] == "unsupported_grant_type"
    headers = {"Host": client.host}
    for more in ({}, {"Authorization": "Bearer x"}, {"Authorization": "Bearer a.b"},
                 {"Authorization": "Basic eDp5"}):
        for path in ("config", "namespaces", f"namespaces/{NAMESPACE}/tables"):
            answer = client.send("GET", f"{iceberg.PATH}/{path}", {**headers, **more}, None)
            assert refusal(answer)[:2] == (401, "NotAuthorizedException"), (more, path)
    wrong = client.with_creds(Credentials(client.creds.access_key_id, "x" * 40))
    answer = wrong.call("glue", "GET", f"{iceberg.PATH}/namespaces", {}, b"")
    assert refusal(answer)[:2] == (401, "NotAuthorizedException")
    # A signature for S3 asks for a bucket of that name.
    assert client.call("s3", "GET", "/iceberg/v1/config", {}, b"").error == "NoSuchBucket"


def test_nothing_can_be_written(owner):
    table = created(owner)
    catalog = Catalog(owner.client)
    eventually(lambda: catalog.load(table).status == 200, 20)
    space = f"namespaces/{iceberg.quoted(NAMESPACE)}"
    for method, path in (
        ("POST", "namespaces"), ("DELETE", space), ("POST", f"{space}/properties"),
        ("POST", f"{space}/tables"), ("POST", f"{space}/tables/{table}"),
        ("DELETE", f"{space}/tables/{table}"), ("POST", "tables/rename"),
        ("POST", "transactions/commit"), ("POST", f"{space}/register"), ("POST", f"{space}/views"),
    ):
        body = b"{}" if method == "POST" else None
        assert refusal(catalog.ask(method, path, body))[:2] == (403, "ForbiddenException"), path
    report = b'{"report-type":"scan-report"}'
    assert catalog.ask("POST", f"{space}/tables/{table}/metrics", report).status == 204
    assert refusal(catalog.ask("GET", "namespaces/other"))[:2] == (404, "NoSuchNamespaceException")
    assert catalog.ask("GET", "namespaces?parent=aws%3Acloudtrail").json() == {"namespaces": []}
    assert catalog.ask("HEAD", space).status == 204
    assert catalog.ask("GET", "nothing/here").status == 404
    path = file_of(catalog, table)
    for client in (owner.client, catalog.reader(table)):
        for method, where in (("PUT", path), ("DELETE", path), ("PUT", "/cairn-lake"),
                              ("POST", f"{path}?uploads")):
            answer = client.call("s3", method, where, {}, b"")
            assert answer.status == 403, (method, where, answer.body)
    assert catalog.load(table).status == 200
