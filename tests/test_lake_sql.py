"""Questions in the lake's SQL, and the same by hand in DuckDB's over the same records: same rows.

DuckDB knows nothing of Cairn: it reads the records' JSON.
"""

import json
import random
import uuid

import pytest
from kit import records
from kit.lake import Lake

ACCOUNT = "111122223333"
USERS = ["alice", "bob", "carol", "dave"]
SERVICES = {
    "ec2": ["RunInstances", "DescribeInstances", "StopInstances", "CreateTags"],
    "s3": ["CreateBucket", "PutBucketPolicy", "ListBuckets"],
    "iam": ["CreateUser", "DeleteUser", "CreateAccessKey", "AttachUserPolicy"],
    "signin": ["ConsoleLogin"],
    "sts": ["AssumeRole"],
}
ERRORS = ["AccessDenied", "Client.UnauthorizedOperation", "NoSuchEntityException"]


def made():
    """The same few hundred records at every call."""
    chance, found = random.Random(5), []
    for number in range(400):
        service = chance.choice(list(SERVICES))
        name, user = chance.choice(SERVICES[service]), chance.choice(USERS)
        role = chance.random() < 0.3
        identity = {
            "type": "AssumedRole" if role else "IAMUser", "principalId": f"AIDA{user.upper()}",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/{user}", "accountId": ACCOUNT,
            "accessKeyId": f"AKIA{user.upper()}", "userName": user,
        }
        if role:
            identity["arn"] = f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/{user}"
            identity["sessionContext"] = {
                "sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/deploy",
                                  "userName": "deploy"},
                "attributes": {"creationDate": "2026-11-20T00:00:00Z",
                               "mfaAuthenticated": chance.choice(["true", "false"])},
            }
        response = None
        if name == "ConsoleLogin":
            response = {"ConsoleLogin": chance.choice(["Success", "Failure"])}
        elif name == "RunInstances":
            items = [{"instanceId": f"i-{number:04}{n}", "instanceType": "m7g.large"} for n in range(2)]
            response = {"instancesSet": {"items": items}}
        request = {"bucketName": f"bucket-{number % 7}", "count": number % 5, "dry": number % 2 == 0}
        if name == "RunInstances":
            request["instanceType"] = chance.choice(["t3.micro", "m7g.large", "c7g.xlarge"])
        if name == "CreateTags":
            tags = [{"key": "team", "value": chance.choice(["red", "blue"])}]
            request["tagSet"] = {"items": tags}
        fields = {
            "eventTime": f"2026-11-{20 + number % 5:02}T{number % 24:02}:{number % 60:02}:07Z",
            "eventID": str(uuid.UUID(int=chance.getrandbits(128))),
            "userIdentity": identity, "sourceIPAddress": f"198.51.100.{number % 9}",
            "awsRegion": chance.choice(["us-east-1", "eu-west-1"]), "readOnly": name[0] in "DL",
            "requestParameters": request, "responseElements": response,
            "resources": [{"ARN": f"arn:aws:s3:::bucket-{n}", "accountId": ACCOUNT,
                           "type": "AWS::S3::Bucket"} for n in range(number % 3)],
            "tlsDetails": {"tlsVersion": chance.choice(["TLSv1.2", "TLSv1.3"]),
                           "cipherSuite": "TLS_AES_128_GCM_SHA256",
                           "clientProvidedHostHeader": f"{service}.amazonaws.com"},
        }
        if chance.random() < 0.2:
            fields["errorCode"] = chance.choice(ERRORS)
            fields["errorMessage"] = "it is not allowed"
        found.append(records.record(name, f"{service}.amazonaws.com", **fields))
    return found


# The lake's statement over {e}; DuckDB's over the table e, whose column j is a record.
PAIRS = [
    ("SELECT count(*) FROM {e}", "SELECT count(*) FROM e"),
    ("SELECT eventSource, count(*) AS n FROM {e} GROUP BY eventSource ORDER BY n DESC",
     "SELECT j->>'eventSource', count(*) FROM e GROUP BY 1"),
    ("SELECT eventID FROM {e} WHERE eventName = 'ConsoleLogin' "
     "AND responseElements.ConsoleLogin = 'Failure'",
     "SELECT j->>'eventID' FROM e WHERE (j->>'eventName') = 'ConsoleLogin' "
     "AND (j->'responseElements'->>'ConsoleLogin') = 'Failure'"),
    ("SELECT userIdentity.userName, count(DISTINCT sourceIPAddress) FROM {e} GROUP BY 1",
     "SELECT j->'userIdentity'->>'userName', count(DISTINCT j->>'sourceIPAddress') FROM e GROUP BY 1"),
    ("SELECT errorCode, eventSource, count(*) FROM {e} WHERE errorCode IS NOT NULL GROUP BY 1, 2 "
     "HAVING count(*) > 2",
     "SELECT j->>'errorCode', j->>'eventSource', count(*) FROM e WHERE j->>'errorCode' IS NOT NULL "
     "GROUP BY 1, 2 HAVING count(*) > 2"),
    ("SELECT element_at(requestParameters, 'instanceType') AS kind, count(*) FROM {e} "
     "WHERE eventName = 'RunInstances' GROUP BY element_at(requestParameters, 'instanceType')",
     "SELECT j->'requestParameters'->>'instanceType', count(*) FROM e "
     "WHERE j->>'eventName' = 'RunInstances' GROUP BY 1"),
    ("SELECT eventID, element_at(requestParameters, 'count') FROM {e} "
     "WHERE element_at(requestParameters, 'dry') = 'true' AND eventName LIKE 'Create%'",
     "SELECT j->>'eventID', j->'requestParameters'->>'count' FROM e "
     "WHERE (j->'requestParameters'->>'dry') = 'true' AND (j->>'eventName') LIKE 'Create%'"),
    ("SELECT date_trunc('day', eventTime) AS day, count(*) FROM {e} GROUP BY 1",
     "SELECT strftime(date_trunc('day', (j->>'eventTime')::TIMESTAMP), '%Y-%m-%d 00:00:00.000'), "
     "count(*) FROM e GROUP BY 1"),
    ("SELECT hour(eventTime), day_of_week(eventTime), count(*) FROM {e} GROUP BY 1, 2",
     "SELECT hour((j->>'eventTime')::TIMESTAMP), isodow((j->>'eventTime')::TIMESTAMP), count(*) "
     "FROM e GROUP BY 1, 2"),
    ("SELECT eventID FROM {e} WHERE eventTime BETWEEN '2026-11-21 00:00:00' AND '2026-11-22 12:00:00'",
     "SELECT j->>'eventID' FROM e WHERE (j->>'eventTime')::TIMESTAMP "
     "BETWEEN '2026-11-21 00:00:00' AND '2026-11-22 12:00:00'"),
    ("SELECT eventID, r.arn FROM {e} CROSS JOIN UNNEST(resources) AS t(r)",
     "SELECT j->>'eventID', r->>'ARN' FROM e, unnest((j->'resources')::JSON[]) AS t(r)"),
    ("SELECT eventID, element_at(resources, 1).arn FROM {e} WHERE cardinality(resources) > 0",
     "SELECT j->>'eventID', j->'resources'->0->>'ARN' FROM e "
     "WHERE json_array_length(j->'resources') > 0"),
    ("SELECT count(*) FROM {e} WHERE any_match(resources, x -> x.arn LIKE '%bucket-1')",
     "SELECT count(*) FROM e WHERE list_bool_or(list_transform((j->'resources')::JSON[], "
     "lambda x: (x->>'ARN') LIKE '%bucket-1'))"),
    ("SELECT json_extract_scalar(eventJson, '$.userIdentity.sessionContext.sessionIssuer.arn') AS r, "
     "count(*) FROM {e} WHERE userIdentity.type = 'AssumedRole' GROUP BY 1",
     "SELECT j->'userIdentity'->'sessionContext'->'sessionIssuer'->>'arn', count(*) FROM e "
     "WHERE j->'userIdentity'->>'type' = 'AssumedRole' GROUP BY 1"),
    ("SELECT json_extract_scalar(element_at(responseElements, 'instancesSet'), '$.items[0].instanceId') "
     "FROM {e} WHERE eventName = 'RunInstances' AND errorCode IS NULL",
     "SELECT j->'responseElements'->'instancesSet'->'items'->0->>'instanceId' FROM e "
     "WHERE (j->>'eventName') = 'RunInstances' AND (j->>'errorCode') IS NULL"),
    ("WITH c AS (SELECT userIdentity.userName AS who, eventName, count(*) AS n FROM {e} GROUP BY 1, 2), "
     "p AS (SELECT who, eventName, n, row_number() OVER (PARTITION BY who ORDER BY n DESC, eventName) "
     "AS place FROM c) SELECT who, eventName, n FROM p WHERE place <= 2",
     "WITH c AS (SELECT j->'userIdentity'->>'userName' AS who, j->>'eventName' AS name, count(*) AS n "
     "FROM e GROUP BY 1, 2), p AS (SELECT *, row_number() OVER (PARTITION BY who ORDER BY n DESC, name) "
     "AS place FROM c) SELECT who, name, n FROM p WHERE place <= 2"),
    ("SELECT a.eventID FROM {e} a JOIN (SELECT sourceIPAddress AS ip FROM {e} WHERE errorCode IS NOT NULL "
     "GROUP BY sourceIPAddress) b ON a.sourceIPAddress = b.ip WHERE a.eventName = 'DeleteUser'",
     "SELECT a.j->>'eventID' FROM e a JOIN (SELECT DISTINCT j->>'sourceIPAddress' AS ip FROM e "
     "WHERE j->>'errorCode' IS NOT NULL) b ON a.j->>'sourceIPAddress' = b.ip "
     "WHERE a.j->>'eventName' = 'DeleteUser'"),
    ("SELECT eventName FROM {e} WHERE awsRegion = 'us-east-1' "
     "EXCEPT SELECT eventName FROM {e} WHERE readOnly = true",
     "SELECT j->>'eventName' FROM e WHERE j->>'awsRegion' = 'us-east-1' "
     "EXCEPT SELECT j->>'eventName' FROM e WHERE (j->>'readOnly')::BOOLEAN"),
    ("SELECT CASE WHEN errorCode IS NULL THEN 'ok' ELSE 'failed' END AS result, count(*) FROM {e} "
     "GROUP BY CASE WHEN errorCode IS NULL THEN 'ok' ELSE 'failed' END",
     "SELECT CASE WHEN j->>'errorCode' IS NULL THEN 'ok' ELSE 'failed' END, count(*) FROM e GROUP BY 1"),
    ("SELECT count_if(errorCode IS NOT NULL), count(*) / 7, count(*) % 7 FROM {e}",
     "SELECT count(*) FILTER (j->>'errorCode' IS NOT NULL), count(*) // 7, count(*) % 7 FROM e"),
    ("SELECT max_by(eventID, eventTime), min(eventTime) FROM (SELECT eventID, eventTime FROM {e} "
     "WHERE eventName = 'AssumeRole' ORDER BY eventTime DESC, eventID LIMIT 1)",
     "SELECT j->>'eventID', strftime((j->>'eventTime')::TIMESTAMP, '%Y-%m-%d %H:%M:%S.000') FROM e "
     "WHERE j->>'eventName' = 'AssumeRole' ORDER BY j->>'eventTime' DESC, j->>'eventID' LIMIT 1"),
    ("SELECT DISTINCT split_part(userIdentity.arn, '/', 2) FROM {e} "
     "WHERE regexp_like(userIdentity.arn, 'user/(alice|bob)$')",
     "SELECT DISTINCT split_part(j->'userIdentity'->>'arn', '/', 2) FROM e "
     "WHERE regexp_matches(j->'userIdentity'->>'arn', 'user/(alice|bob)$')"),
    ("SELECT CAST(replace(tlsDetails.tlsVersion, 'TLSv') AS DOUBLE) AS v, count(*) FROM {e} GROUP BY 1",
     "SELECT replace(j->'tlsDetails'->>'tlsVersion', 'TLSv', '')::DOUBLE, count(*) FROM e GROUP BY 1"),
    ("SELECT eventID, coalesce(errorCode, 'none'), lower(eventName), length(eventName) FROM {e} "
     "WHERE eventName IN ('CreateUser', 'DeleteUser')",
     "SELECT j->>'eventID', coalesce(j->>'errorCode', 'none'), lower(j->>'eventName'), "
     "length(j->>'eventName') FROM e WHERE j->>'eventName' IN ('CreateUser', 'DeleteUser')"),
    ("SELECT approx_distinct(eventName) > 5, bool_and(managementEvent) FROM {e}",
     "SELECT count(DISTINCT j->>'eventName') > 5, bool_and((j->>'managementEvent')::BOOLEAN) FROM e"),
    ("SELECT awsRegion, array_join(array_sort(array_agg(DISTINCT eventSource)), ',') FROM {e} GROUP BY 1",
     "SELECT j->>'awsRegion', string_agg(DISTINCT j->>'eventSource', ',' ORDER BY j->>'eventSource') "
     "FROM e GROUP BY 1"),
    ("SELECT date_diff('hour', min(eventTime), max(eventTime)), "
     "date_add('day', 1, max(eventTime)) FROM {e}",
     "SELECT date_diff('second', min((j->>'eventTime')::TIMESTAMP), "
     "max((j->>'eventTime')::TIMESTAMP)) // 3600, "
     "strftime(max((j->>'eventTime')::TIMESTAMP) + INTERVAL 1 DAY, '%Y-%m-%d %H:%M:%S.000') FROM e"),
    ("SELECT eventSource, awsRegion, count(*) FROM {e} GROUP BY ROLLUP (eventSource, awsRegion)",
     "SELECT j->>'eventSource' AS s, j->>'awsRegion' AS r, count(*) FROM e GROUP BY ROLLUP (s, r)"),
    ("SELECT json_array_length(json_extract(element_at(requestParameters, 'tagSet'), '$.items')), "
     "json_extract_scalar(element_at(requestParameters, 'tagSet'), '$.items[0].value') AS team, count(*) "
     "FROM {e} WHERE eventName = 'CreateTags' GROUP BY 1, 2",
     "SELECT json_array_length(j->'requestParameters'->'tagSet'->'items'), "
     "j->'requestParameters'->'tagSet'->'items'->0->>'value', count(*) FROM e "
     "WHERE j->>'eventName' = 'CreateTags' GROUP BY 1, 2"),
    ("SELECT eventID, userIdentity.sessionContext.attributes.mfaAuthenticated FROM {e} "
     "WHERE userIdentity.sessionContext.attributes.mfaAuthenticated = 'false' AND readOnly = False",
     "SELECT j->>'eventID', 'false' FROM e WHERE "
     "j->'userIdentity'->'sessionContext'->'attributes'->>'mfaAuthenticated' = 'false' "
     "AND NOT (j->>'readOnly')::BOOLEAN"),
]


@pytest.fixture(scope="module")
def asked(server):
    """The lake with the records in a store, and DuckDB with the same."""
    import duckdb

    found = made()
    operator = server.client()
    lake = Lake(operator)
    store = lake.create("sql").rpartition("/")[2]
    texts = [records.encode(record) for record in found]
    operator.ingest(records.log_file(texts))
    other = duckdb.connect()
    other.execute("CREATE TABLE e (j JSON)")
    other.executemany("INSERT INTO e VALUES (?)", [[text.decode()] for text in texts])
    return lake, store, other


@pytest.mark.parametrize("pair", PAIRS, ids=[str(number) for number in range(len(PAIRS))])
def test_the_same_rows_as_another_engine(asked, pair):
    lake, store, other = asked
    # The server's own calls are records of the store, too.
    only = f"(SELECT * FROM {store} WHERE userAgent = 'aws-cli/2.27.0')"
    mine = lake.query(pair[0].replace("{e}", only))
    theirs = [[shown(value) for value in row] for row in other.execute(pair[1]).fetchall()]
    assert sorted(mine) == sorted(theirs)


def shown(value):
    """As GetQueryResults shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (str, int, float)) else json.dumps(value)
