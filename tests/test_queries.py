"""Queries of the lake as boto3, the aws CLI and `cairn verify` see them."""

import csv
import gzip
import hashlib
import io
import json
import re
import uuid

import pytest
from botocore.exceptions import ClientError
from conftest import REGION, eventually, new_account
from kit import records
from kit.lake import Lake

ROWS = 25


def found(number, **changes):
    """One of the records that the tests ask for."""
    changes.setdefault("eventTime", f"2026-11-20T08:{number:02}:00Z")
    return records.record("CreateThing", "things.amazonaws.com", **changes)


@pytest.fixture(scope="module")
def lake(module_account):
    lake = Lake(module_account.client)
    lake.account = module_account
    lake.boto, lake.s3 = module_account.boto("cloudtrail"), module_account.boto("s3")
    lake.arn = lake.create("main")
    lake.id = lake.arn.rsplit("/", 1)[1]
    events = [
        found(number, requestParameters={"number": number, "text": 'a "b",\nc' if number == 3 else "x"},
              errorCode="AccessDenied" if number % 2 else None)
        for number in range(ROWS)
    ]
    module_account.ingest(*events)
    lake.numbers = (
        f"SELECT eventTime, element_at(requestParameters, 'number') AS n, errorCode "
        f"FROM {lake.id} WHERE eventName = 'CreateThing' ORDER BY eventTime"
    )
    return lake


def code(caught):
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return caught.value.response["Error"]["Code"]


def refused(call, **members):
    with pytest.raises(ClientError) as caught:
        call(**members)
    return code(caught)


def test_a_query_runs_and_its_rows_come_in_pages(lake):
    query = lake.boto.start_query(QueryStatement=lake.numbers)["QueryId"]
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", query)
    said = lake.wait(query)
    assert (said["QueryStatus"], said["QueryString"]) == ("FINISHED", lake.numbers)
    statistics = said["QueryStatistics"]
    assert statistics["EventsMatched"] == ROWS <= statistics["EventsScanned"]
    assert statistics["BytesScanned"] > 0
    rows, token = [], {}
    while True:
        page = lake.boto.get_query_results(QueryId=query, MaxQueryResults=10, **token)
        assert page["QueryStatistics"]["TotalResultsCount"] == ROWS
        assert page["QueryStatistics"]["ResultsCount"] == len(page["QueryResultRows"]) <= 10
        rows += page["QueryResultRows"]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert len(rows) == ROWS
    assert rows[4] == [{"eventTime": "2026-11-20 08:04:00.000"}, {"n": "4"}, {"errorCode": ""}]
    assert rows[5][2] == {"errorCode": "AccessDenied"}
    bad = {"QueryId": query, "NextToken": "A" * 40}
    assert refused(lake.boto.get_query_results, **bad) == "InvalidNextTokenException"


def test_the_aws_cli_asks_and_lists(lake, aws):
    client = lake.account.client
    query = aws(client, "cloudtrail", "start-query", "--query-statement", lake.numbers)["QueryId"]
    lake.wait(query)
    got = aws(client, "cloudtrail", "get-query-results", "--query-id", query)
    assert len(got["QueryResultRows"]) == ROWS
    listed = aws(client, "cloudtrail", "list-queries", "--event-data-store", lake.arn)["Queries"]
    assert query in [entry["QueryId"] for entry in listed]
    started = lake.account.client.lookup(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "StartQuery"}]
    )["Events"]
    event = json.loads(started[0]["CloudTrailEvent"])
    assert event["responseElements"] == {"queryId": query}
    assert event["requestParameters"] == {"queryStatement": lake.numbers}
    text = aws(client, "cloudtrail", "start-query", "--query-statement", "SELECT 1", fails=True)
    assert "(InvalidQueryStatementException)" in text


@pytest.mark.parametrize("statement, expected", [
    ("DELETE FROM {e}", "InvalidQueryStatementException"),
    ("SELECT FROM WHERE", "InvalidQueryStatementException"),
    ("SELECT nothing FROM {e}", "InvalidQueryStatementException"),
    ("SELECT no_function(eventName) FROM {e}", "InvalidQueryStatementException"),
    ("SELECT eventName FROM {e}; SELECT eventName FROM {e}", "InvalidQueryStatementException"),
    ("SELECT eventName FROM {n}", "EventDataStoreNotFoundException"),
    ("SELECT e.eventName FROM {e} e JOIN {n} n ON e.eventID = n.eventID",
     "EventDataStoreNotFoundException"),
])
def test_what_cannot_run_is_refused_at_once(lake, statement, expected):
    text = statement.replace("{e}", lake.id).replace("{n}", str(uuid.uuid4()))
    assert refused(lake.boto.start_query, QueryStatement=text) == expected


def test_queries_and_stores_stay_within_their_account(lake, account):
    query = lake.start(lake.numbers)
    lake.wait(query)
    other = account.boto("cloudtrail")
    for call in (other.describe_query, other.get_query_results, other.cancel_query):
        assert refused(call, QueryId=query) == "QueryIdNotFoundException"
    assert refused(other.start_query, QueryStatement=lake.numbers) == "EventDataStoreNotFoundException"
    gone = {"QueryId": query, "EventDataStoreOwnerAccountId": lake.account.id}
    assert refused(other.get_query_results, **gone) == "QueryIdNotFoundException"


def test_a_policy_lets_another_account_ask(operator):
    own, guest = new_account(operator), new_account(operator)
    lake = Lake(own.client)
    arn = lake.create("shared")
    own.ingest(found(1), found(2))
    boto, other = own.boto("cloudtrail"), guest.boto("cloudtrail")
    statement = f"SELECT count(*) AS n FROM {arn.rsplit('/', 1)[1]} WHERE eventName = 'CreateThing'"
    ask = {"QueryStatement": statement, "EventDataStoreOwnerAccountId": own.id}
    assert refused(other.start_query, **ask) == "EventDataStoreNotFoundException"
    actions = ["StartQuery", "DescribeQuery", "GetQueryResults", "CancelQuery"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{guest.id}:root"},
        "Action": [f"cloudtrail:{action}" for action in actions], "Resource": arn,
    }]}
    boto.put_resource_policy(ResourceArn=arn, ResourcePolicy=json.dumps(policy))
    query = other.start_query(**ask)["QueryId"]
    who = {"QueryId": query, "EventDataStoreOwnerAccountId": own.id}
    eventually(lambda: other.describe_query(**who)["QueryStatus"] == "FINISHED", 30)
    assert other.get_query_results(**who)["QueryResultRows"] == [[{"n": "2"}]]
    boto.delete_resource_policy(ResourceArn=arn)
    assert refused(other.get_query_results, **who) == "EventDataStoreNotFoundException"


def test_a_query_is_cancelled(lake):
    wide = lake.start(f"SELECT count(*) FROM {lake.id} a, {lake.id} b, {lake.id} c, {lake.id} d, "
                      f"{lake.id} e, {lake.id} f WHERE a.eventJson < concat(f.eventJson, b.eventID)")
    assert lake.boto.cancel_query(QueryId=wide)["QueryStatus"] == "CANCELLED"
    assert lake.wait(wide)["QueryStatus"] == "CANCELLED"
    assert refused(lake.boto.cancel_query, QueryId=wide) == "InactiveQueryException"
    assert lake.boto.get_query_results(QueryId=wide)["QueryResultRows"] == []


def test_finished_queries_are_there_after_a_kill(private_server):
    client = private_server.client()
    lake = Lake(client)
    store = lake.create("main").rsplit("/", 1)[1]
    client.ingest(records.log_file([found(number) for number in range(5)]))
    query = lake.start(f"SELECT eventTime FROM {store} WHERE eventName = 'CreateThing'")
    before = lake.wait(query)
    rows = lake.results(query)
    assert len(rows) == 5
    private_server.kill()
    private_server.start()
    lake = Lake(private_server.client())
    assert lake.results(query) == rows
    assert lake.wait(query)["QueryStatistics"] == before["QueryStatistics"]


class Delivered:
    """A result in a bucket."""

    def __init__(self, lake, prefix):
        self.bucket, self.prefix = f"results-{lake.account.id}", prefix
        self.lake, self.s3 = lake, lake.s3

    def run(self, statement):
        uri = f"s3://{self.bucket}/{self.prefix}".rstrip("/")
        query = self.lake.boto.start_query(QueryStatement=statement, DeliveryS3Uri=uri)["QueryId"]
        self.lake.wait(query)
        describe = lambda: self.lake.boto.describe_query(QueryId=query)
        eventually(lambda: describe()["DeliveryStatus"] != "PENDING", 30)
        said = describe()
        assert (said["DeliveryS3Uri"], said["DeliveryStatus"]) == (uri, "SUCCESS")
        listed = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=self.prefix)["Contents"]
        self.keys = [entry["Key"] for entry in listed if query in entry["Key"]]
        self.folder = self.keys[0].rsplit("/", 1)[0]
        folder = rf"AWSLogs/{self.lake.account.id}/CloudTrail-Lake/Query/\d{{4}}/\d\d/\d\d/{query}"
        assert re.fullmatch(re.escape(self.prefix) + folder, self.folder)
        return self

    def get(self, name):
        key = f"{self.folder}/{name}"
        return self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()


@pytest.fixture(scope="module")
def bucket(lake):
    name = f"results-{lake.account.id}"
    lake.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    condition = {"StringLike": {
        "aws:SourceAccount": lake.account.id,
        "aws:SourceArn": f"arn:aws:cloudtrail:{REGION}:{lake.account.id}:eventdatastore/*",
    }}
    cloudtrail = {"Service": "cloudtrail.amazonaws.com"}
    arns = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
    policy = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": cloudtrail, "Action": ["s3:PutObject*", "s3:Abort*"],
         "Resource": arns, "Condition": condition},
        {"Effect": "Allow", "Principal": cloudtrail, "Action": "s3:GetBucketAcl",
         "Resource": arns[0], "Condition": condition},
    ]}
    uri = {"QueryStatement": lake.numbers, "DeliveryS3Uri": f"s3://{name}"}
    assert refused(lake.boto.start_query, **uri) == "InsufficientS3BucketPolicyException"
    lake.s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))
    return name


def test_a_result_is_delivered_and_verified(lake, bucket, cairn, tmp_path):
    result = Delivered(lake, "deep/er/").run(
        f"SELECT element_at(requestParameters, 'number') AS n, element_at(requestParameters, 'text') "
        f"AS t, errorCode FROM {lake.id} WHERE eventName = 'CreateThing' ORDER BY eventTime"
    )
    packed = result.get("result_1.csv.gz")
    rows = list(csv.reader(io.StringIO(gzip.decompress(packed).decode(), newline="")))
    assert rows[0] == ["n", "t", "errorCode"] and len(rows) == ROWS + 1
    assert rows[4] == ["3", 'a "b",\nc', "AccessDenied"]
    sign = json.loads(result.get("result_sign.json"))
    assert list(sign) == ["version", "region", "files", "hashAlgorithm", "signatureAlgorithm",
                          "queryCompleteTime", "hashSignature", "publicKeyFingerprint"]
    digest = hashlib.sha256(packed).hexdigest()
    assert sign["files"] == [{"fileHashValue": digest, "fileName": "result_1.csv.gz"}]
    keys = lake.boto.list_public_keys(StartTime=0, EndTime=4102444800)["PublicKeyList"]
    assert sign["publicKeyFingerprint"] in [key["Fingerprint"] for key in keys]

    client = lake.account.client
    place = f"s3://{bucket}/{result.folder}"
    done = cairn(client, "verify", "result", place)
    assert b"verified:  1 files\nverdict:   ok" in done.stdout
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("result_1.csv.gz", "result_sign.json"):
        (copy / name).write_bytes(result.get(name))
    file_of_keys = tmp_path / "keys.json"
    file_of_keys.write_text(json.dumps({"PublicKeyList": keys}, default=packed_key))
    offline = ["verify", "result", copy, "--public-keys", file_of_keys, "--output", "json"]
    assert json.loads(cairn(client, *offline).stdout)["verdict"] == "ok"
    (copy / "result_2.csv.gz").write_bytes(packed)
    (copy / "result_1.csv.gz").write_bytes(packed[:-1])
    said = json.loads(cairn(client, *offline, code=1).stdout)
    assert [finding["code"] for finding in said["findings"]] == ["altered", "extra"]
    (copy / "result_2.csv.gz").unlink()
    (copy / "result_1.csv.gz").unlink()
    assert json.loads(cairn(client, *offline, code=2).stdout)["verdict"] == "incomplete"
    lake.s3.put_object(Bucket=bucket, Key=f"{result.folder}/result_9.csv.gz", Body=b"more")
    assert b"result_9.csv.gz is no file of the result" in cairn(
        client, "verify", "result", place, code=1).stdout


def packed_key(value):
    """As the aws CLI prints it: bytes in base64, times as text."""
    import base64

    return base64.b64encode(value).decode() if isinstance(value, bytes) else value.isoformat()


def test_a_bucket_that_is_not_there_is_refused(lake):
    uri = {"QueryStatement": lake.numbers, "DeliveryS3Uri": "s3://no-such-bucket-at-all"}
    assert refused(lake.boto.start_query, **uri) == "S3BucketDoesNotExistException"
