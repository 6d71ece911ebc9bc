"""The audit questions in three dialects. `{…}` are facts of the corpus; `{t}` is the table."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Question:
    """`near`: columns that engines may answer within a share of each other, as approximations."""

    name: str
    lake: str
    duckdb: str
    clickhouse: str
    near: tuple = ()


QUESTIONS = [
    Question(
        "event id",
        "SELECT eventTime, eventName, userIdentity.arn, sourceIPAddress FROM {t} "
        "WHERE eventID = '{event_id}'",
        "SELECT eventtime, eventname, useridentity_arn, sourceipaddress FROM {t} "
        "WHERE eventid = '{event_id}'",
        "SELECT eventTime, eventName, userIdentity.arn, sourceIPAddress FROM {t} "
        "WHERE eventID = '{event_id}'",
    ),
    Question(
        "user, 7 days",
        "SELECT eventTime, eventSource, eventName, awsRegion, sourceIPAddress, errorCode FROM {t} "
        "WHERE userIdentity.arn = '{user}' AND eventTime >= '{week}' AND eventTime < '{ends}' "
        "ORDER BY eventTime DESC, eventID LIMIT 500",
        "SELECT eventtime, eventsource, eventname, awsregion, sourceipaddress, errorcode FROM {t} "
        "WHERE useridentity_arn = '{user}' AND eventtime >= TIMESTAMP '{week_sql}' "
        "AND eventtime < TIMESTAMP '{ends_sql}' ORDER BY eventtime DESC, eventid LIMIT 500",
        "SELECT eventTime, eventSource, eventName, awsRegion, sourceIPAddress, errorCode FROM {t} "
        "WHERE userIdentity.arn = '{user}' AND eventTime >= '{week_sql}' "
        "AND eventTime < '{ends_sql}' ORDER BY eventTime DESC, eventID LIMIT 500",
    ),
    Question(
        "access key",
        "SELECT eventTime, eventSource, eventName, sourceIPAddress FROM {t} "
        "WHERE userIdentity.accessKeyId = '{access_key}' ORDER BY eventTime, eventID",
        "SELECT eventtime, eventsource, eventname, sourceipaddress FROM {t} "
        "WHERE useridentity_accesskeyid = '{access_key}' ORDER BY eventtime, eventid",
        "SELECT eventTime, eventSource, eventName, sourceIPAddress FROM {t} "
        "WHERE userIdentity.accessKeyId = '{access_key}' ORDER BY eventTime, eventID",
    ),
    Question(
        "login failures",
        "SELECT eventTime, userIdentity.arn, sourceIPAddress, eventName FROM {t} "
        "WHERE eventName = 'ConsoleLogin' AND responseElements.ConsoleLogin = 'Failure' "
        "AND eventTime > '{fortnight}' ORDER BY eventTime DESC, eventID LIMIT 100",
        "SELECT eventtime, useridentity_arn, sourceipaddress, eventname FROM {t} "
        "WHERE eventname = 'ConsoleLogin' AND (responseelements->>'$.ConsoleLogin') = 'Failure' "
        "AND eventtime > TIMESTAMP '{fortnight_sql}' ORDER BY eventtime DESC, eventid LIMIT 100",
        "SELECT eventTime, userIdentity.arn, sourceIPAddress, eventName FROM {t} "
        "WHERE eventName = 'ConsoleLogin' "
        "AND JSONExtractString(responseElements, 'ConsoleLogin') = 'Failure' "
        "AND eventTime > '{fortnight_sql}' ORDER BY eventTime DESC, eventID LIMIT 100",
    ),
    Question(
        "errors by service",
        "SELECT eventSource, errorCode, count(*) AS calls FROM {t} WHERE errorCode IS NOT NULL "
        "GROUP BY eventSource, errorCode ORDER BY calls DESC, eventSource, errorCode LIMIT 100",
        "SELECT eventsource, errorcode, count(*) AS calls FROM {t} WHERE errorcode IS NOT NULL "
        "GROUP BY eventsource, errorcode ORDER BY calls DESC, eventsource, errorcode LIMIT 100",
        "SELECT eventSource, errorCode, count(*) AS calls FROM {t} WHERE errorCode != '' "
        "GROUP BY eventSource, errorCode ORDER BY calls DESC, eventSource, errorCode LIMIT 100",
    ),
    Question(
        "addresses of one",
        "SELECT sourceIPAddress, count(*) AS calls, max(eventTime) AS latest FROM {t} "
        "WHERE userIdentity.arn = '{principal}' GROUP BY sourceIPAddress "
        "ORDER BY calls DESC, sourceIPAddress LIMIT 100",
        "SELECT sourceipaddress, count(*) AS calls, max(eventtime) AS latest FROM {t} "
        "WHERE useridentity_arn = '{principal}' GROUP BY sourceipaddress "
        "ORDER BY calls DESC, sourceipaddress LIMIT 100",
        "SELECT sourceIPAddress, count(*) AS calls, max(eventTime) AS latest FROM {t} "
        "WHERE userIdentity.arn = '{principal}' GROUP BY sourceIPAddress "
        "ORDER BY calls DESC, sourceIPAddress LIMIT 100",
    ),
    Question(
        "per day, service",
        "SELECT date_trunc('day', eventTime) AS day, eventSource, count(*) AS calls FROM {t} "
        "WHERE eventTime < '{ends}' GROUP BY date_trunc('day', eventTime), eventSource "
        "ORDER BY day, eventSource",
        "SELECT date_trunc('day', eventtime) AS day, eventsource, count(*) AS calls FROM {t} "
        "WHERE eventtime < TIMESTAMP '{ends_sql}' GROUP BY ALL ORDER BY day, eventsource",
        "SELECT toStartOfDay(eventTime) AS day, eventSource, count() AS calls FROM {t} "
        "WHERE eventTime < '{ends_sql}' GROUP BY day, eventSource ORDER BY day, eventSource",
    ),
    Question(
        "instance types",
        "SELECT element_at(requestParameters, 'instanceType') AS kind, count(*) AS calls FROM {t} "
        "WHERE eventName = 'RunInstances' AND errorCode IS NULL "
        "GROUP BY element_at(requestParameters, 'instanceType') ORDER BY calls DESC, kind",
        "SELECT (requestparameters->>'$.instanceType') AS kind, count(*) AS calls FROM {t} "
        "WHERE eventname = 'RunInstances' AND errorcode IS NULL "
        "GROUP BY ALL ORDER BY calls DESC, kind",
        "SELECT JSONExtractString(requestParameters, 'instanceType') AS kind, count() AS calls "
        "FROM {t} WHERE eventName = 'RunInstances' AND errorCode = '' "
        "GROUP BY kind ORDER BY calls DESC, kind",
    ),
    Question(
        "parameters like",
        "SELECT eventTime, eventID, element_at(requestParameters, 'bucketName') AS bucket FROM {t} "
        "WHERE eventName = 'GetBucketAcl' "
        "AND element_at(requestParameters, 'bucketName') LIKE '%lake-0042%' "
        "ORDER BY eventTime, eventID",
        "SELECT eventtime, eventid, (requestparameters->>'$.bucketName') AS bucket FROM {t} "
        "WHERE eventname = 'GetBucketAcl' "
        "AND (requestparameters->>'$.bucketName') LIKE '%lake-0042%' ORDER BY eventtime, eventid",
        "SELECT eventTime, eventID, JSONExtractString(requestParameters, 'bucketName') AS bucket "
        "FROM {t} WHERE eventName = 'GetBucketAcl' AND bucket LIKE '%lake-0042%' "
        "ORDER BY eventTime, eventID",
    ),
    Question(
        "role's sessions",
        "SELECT s.eventSource, s.eventName, count(*) AS calls, "
        "count(DISTINCT s.userIdentity.accessKeyId) AS sessions FROM {t} a JOIN {t} s "
        "ON s.userIdentity.accessKeyId = "
        "json_extract_scalar(element_at(a.responseElements, 'credentials'), '$.accessKeyId') "
        "WHERE a.eventName = 'AssumeRole' "
        "AND element_at(a.requestParameters, 'roleArn') = '{joined_role}' "
        "GROUP BY s.eventSource, s.eventName "
        "ORDER BY calls DESC, s.eventSource, s.eventName LIMIT 50",
        "SELECT s.eventsource, s.eventname, count(*) AS calls, "
        "count(DISTINCT s.useridentity_accesskeyid) AS sessions FROM {t} a JOIN {t} s "
        "ON s.useridentity_accesskeyid = (a.responseelements->>'$.credentials.accessKeyId') "
        "WHERE a.eventname = 'AssumeRole' "
        "AND (a.requestparameters->>'$.roleArn') = '{joined_role}' "
        "GROUP BY s.eventsource, s.eventname "
        "ORDER BY calls DESC, s.eventsource, s.eventname LIMIT 50",
        "SELECT s.eventSource, s.eventName, count() AS calls, "
        "uniqExact(s.userIdentity.accessKeyId) AS sessions FROM {t} AS s INNER JOIN ("
        "SELECT JSONExtractString(responseElements, 'credentials', 'accessKeyId') AS key FROM {t} "
        "WHERE eventName = 'AssumeRole' "
        "AND JSONExtractString(requestParameters, 'roleArn') = '{joined_role}') AS a "
        "ON s.userIdentity.accessKeyId = a.key GROUP BY s.eventSource, s.eventName "
        "ORDER BY calls DESC, s.eventSource, s.eventName LIMIT 50",
    ),
    Question(
        "calls a minute",
        "SELECT approx_percentile(calls, 0.5) AS p50, approx_percentile(calls, 0.95) AS p95, "
        "approx_percentile(calls, 0.99) AS p99, max(calls) AS most FROM ("
        "SELECT date_trunc('minute', eventTime) AS minute, count(*) AS calls FROM {t} "
        "WHERE eventTime < '{ends}' GROUP BY date_trunc('minute', eventTime))",
        "SELECT quantile_disc(calls, 0.5), quantile_disc(calls, 0.95), quantile_disc(calls, 0.99), "
        "max(calls) FROM (SELECT date_trunc('minute', eventtime) AS minute, count(*) AS calls "
        "FROM {t} WHERE eventtime < TIMESTAMP '{ends_sql}' GROUP BY minute)",
        "SELECT quantileExact(0.5)(calls), quantileExact(0.95)(calls), quantileExact(0.99)(calls), "
        "max(calls) FROM (SELECT toStartOfMinute(eventTime) AS minute, count() AS calls "
        "FROM {t} WHERE eventTime < '{ends_sql}' GROUP BY minute)",
        near=(0, 1, 2),
    ),
    Question(
        "touched by a role",
        "SELECT r.arn, count(*) AS calls FROM {t} CROSS JOIN UNNEST(resources) AS x(r) "
        "WHERE userIdentity.sessionContext.sessionIssuer.arn = '{role}' "
        "GROUP BY r.arn ORDER BY calls DESC, r.arn LIMIT 100",
        "SELECT resource.ARN AS arn, count(*) AS calls FROM ("
        "SELECT unnest(resources) AS resource FROM {t} WHERE useridentity_issuer_arn = '{role}') "
        "GROUP BY arn ORDER BY calls DESC, arn LIMIT 100",
        "SELECT arrayJoin(resources.ARN) AS arn, count() AS calls FROM {t} "
        "WHERE userIdentity.sessionContext.sessionIssuer.arn = '{role}' "
        "GROUP BY arn ORDER BY calls DESC, arn LIMIT 100",
    ),
]

# One value each, anywhere in the table: the column in each dialect.
NEEDLES = {
    name: {"lake": ours, "duckdb": flat, "clickhouse": ours}
    for name, ours, flat in (
        ("eventID", "eventID", "eventid"),
        ("access key", "userIdentity.accessKeyId", "useridentity_accesskeyid"),
        ("source address", "sourceIPAddress", "sourceipaddress"),
        ("requestID", "requestID", "requestid"),
    )
}


def with_facts(text, facts, table):
    """The statement; times as engines other than the lake read them end in `_sql`."""
    times = {
        f"{name}_sql": facts[name].replace("T", " ").replace("Z", "")
        for name in ("ends", "week", "fortnight")
    }
    return text.format(t=table, **facts, **times)
