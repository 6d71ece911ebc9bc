-- name: Newest events
-- about: The newest events with who did what, where, and how it ended.
-- tags: events, activity, list
-- asks: latest activity; recent events; show events; all events; what happened; audit log; calls
SELECT eventTime, eventSource, eventName, userIdentity.arn, sourceIPAddress, awsRegion,
       errorCode, eventID
FROM $EDS_ID
WHERE {time|1 days}{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Events per service and operation
-- about: How often each operation of each service was called.
-- tags: count, operation, service, top
-- asks: most used apis; top operations; top api calls; most frequent events; api usage
SELECT eventSource, eventName, count(*) AS calls
FROM $EDS_ID
WHERE {time|7 days}{filter}
GROUP BY eventSource, eventName
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Events per service
-- about: How many events each service has.
-- tags: count, service, top
-- asks: most used services; which services are used; busiest services; calls by service
SELECT eventSource, count(*) AS calls
FROM $EDS_ID
WHERE {time|7 days}{filter}
GROUP BY eventSource
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Events per principal
-- about: Who made the most calls.
-- tags: count, user, top
-- asks: most active users; top users; busiest principals; calls by user; who called most
SELECT userIdentity.arn, userIdentity.type, count(*) AS calls,
       min(eventTime) AS first, max(eventTime) AS last
FROM $EDS_ID
WHERE {time|7 days}{filter}
GROUP BY userIdentity.arn, userIdentity.type
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Events per day
-- about: How many events there are on each day.
-- tags: count, trend, day
-- asks: activity over time; number of events by day; daily volume; timeline
SELECT date_trunc('{period|day}', eventTime) AS period, count(*) AS events
FROM $EDS_ID
WHERE {time|30 days}{filter}
GROUP BY 1
ORDER BY 1

-- name: Events per hour of the day
-- about: At which hours of the day calls are made.
-- tags: count, hour, pattern
-- asks: busiest hour; activity by hour; off hours; night
SELECT hour(eventTime) AS hour_of_day, count(*) AS events
FROM $EDS_ID
WHERE {time|7 days}{filter}
GROUP BY 1
ORDER BY 1

-- name: Events per day of the week
-- about: On which days of the week calls are made; Monday is 1.
-- tags: count, weekday, pattern
-- asks: weekend activity; events by weekday
SELECT day_of_week(eventTime) AS weekday, count(*) AS events
FROM $EDS_ID
WHERE {time|30 days}{filter}
GROUP BY 1
ORDER BY 1

-- name: Events per Region
-- about: How many events each Region has, and in which Regions there is any activity.
-- tags: count, region
-- asks: which regions are used; activity by region; unused regions
SELECT awsRegion, count(*) AS events, count(DISTINCT userIdentity.arn) AS principals
FROM $EDS_ID
WHERE {time|7 days}{filter}
GROUP BY awsRegion
ORDER BY events DESC

-- name: Events per account
-- about: How many events each account has.
-- tags: count, account
-- asks: activity by account; busiest accounts
SELECT recipientAccountId, count(*) AS events, count(DISTINCT userIdentity.arn) AS principals
FROM $EDS_ID
WHERE {time|7 days}{filter}
GROUP BY recipientAccountId
ORDER BY events DESC

-- name: Events per source address
-- about: Which addresses the most calls came from.
-- tags: count, ip, top
-- asks: top ip addresses; where do calls come from; calls by ip
SELECT sourceIPAddress, count(*) AS calls, count(DISTINCT userIdentity.arn) AS principals
FROM $EDS_ID
WHERE {time|7 days}{filter}
GROUP BY sourceIPAddress
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Read and write events per day
-- about: How many events only read, and how many changed something, on each day.
-- tags: count, read, write, trend
-- asks: reads versus writes; write activity over time
SELECT date_trunc('{period|day}', eventTime) AS period,
       count_if(readOnly = true) AS reads, count_if(readOnly = false) AS writes
FROM $EDS_ID
WHERE {time|30 days}{filter}
GROUP BY 1
ORDER BY 1

-- name: Activity of a user
-- about: What one user did, newest first.
-- tags: user, activity, investigation
-- asks: what did a user do; actions of a user; everything done by a user; user history
SELECT eventTime, eventSource, eventName, awsRegion, sourceIPAddress, errorCode, eventID
FROM $EDS_ID
WHERE {time|7 days}
  AND (userIdentity.username = '{user|alice}' OR userIdentity.arn LIKE '%/{user|alice}'){filter}
ORDER BY eventTime DESC
LIMIT {limit|200}

-- name: Activity of an access key
-- about: What one access key was used for, newest first.
-- tags: access key, activity, investigation
-- asks: what was a key used for; leaked key; compromised key; credential usage
SELECT eventTime, userIdentity.arn, eventSource, eventName, awsRegion, sourceIPAddress, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND userIdentity.accessKeyId = '{key|AKIAIOSFODNN7EXAMPLE}'{filter}
ORDER BY eventTime DESC
LIMIT {limit|200}

-- name: Operations of an access key
-- about: Which operations an access key called, how often, and how often they failed.
-- tags: access key, count, investigation
-- asks: summary of a key; services used by a key
SELECT eventSource, eventName, count(*) AS calls, count(errorCode) AS failed,
       min(eventTime) AS first, max(eventTime) AS last
FROM $EDS_ID
WHERE {time|30 days}
  AND userIdentity.accessKeyId = '{key|AKIAIOSFODNN7EXAMPLE}'{filter}
GROUP BY eventSource, eventName
ORDER BY calls DESC

-- name: Activity from an address
-- about: What was called from one source address, newest first.
-- tags: ip, activity, investigation
-- asks: what came from an ip; calls from an address; requests from an ip
SELECT eventTime, userIdentity.arn, eventSource, eventName, awsRegion, userAgent, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND sourceIPAddress = '{ip|198.51.100.7}'{filter}
ORDER BY eventTime DESC
LIMIT {limit|200}

-- name: Addresses of a user
-- about: From which addresses one user called, and when first and last.
-- tags: user, ip, investigation
-- asks: where does a user call from; ip addresses of a user; distinct ips
SELECT sourceIPAddress, count(*) AS calls, min(eventTime) AS first, max(eventTime) AS last
FROM $EDS_ID
WHERE {time|30 days}
  AND (userIdentity.username = '{user|alice}' OR userIdentity.arn LIKE '%/{user|alice}'){filter}
GROUP BY sourceIPAddress
ORDER BY calls DESC

-- name: One event by its id
-- about: Everything that was recorded of one event.
-- tags: event id, lookup, json
-- asks: find an event; show the record; event details
SELECT eventJson
FROM $EDS_ID
WHERE eventID = '{event|5e2676f8-9fce-46ef-8142-3e36a94e6691}'

-- name: Calls of an operation
-- about: Who called one operation, with its parameters, newest first.
-- tags: operation, list, investigation
-- asks: who called an operation; list calls; usage of an api
SELECT eventTime, userIdentity.arn, sourceIPAddress, awsRegion, requestParameters, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND eventName = '{action|RunInstances}'{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Users of a service
-- about: Who used one service, how often and when last.
-- tags: service, user, count
-- asks: who uses a service; list of users that used a service; which users called
SELECT userIdentity.arn, count(*) AS calls, max(eventTime) AS last
FROM $EDS_ID
WHERE {time|30 days}
  AND eventSource = '{service|sns.amazonaws.com}'{filter}
GROUP BY userIdentity.arn
ORDER BY calls DESC

-- name: User agents
-- about: With which programs calls were made.
-- tags: user agent, count
-- asks: which sdk; which tools; cli usage; terraform
SELECT userAgent, count(*) AS calls, count(DISTINCT userIdentity.arn) AS principals
FROM $EDS_ID
WHERE {time|7 days}{filter}
GROUP BY userAgent
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Calls with an old TLS version
-- about: Calls that came over TLS 1.0 or 1.1.
-- tags: tls, security, encryption
-- asks: outdated tls; unsupported tls; weak encryption
SELECT eventSource, tlsDetails.tlsVersion, sourceIPAddress, userIdentity.arn, count(*) AS calls
FROM $EDS_ID
WHERE {time|7 days}
  AND tlsDetails.tlsVersion IN ('TLSv1', 'TLSv1.1'){filter}
GROUP BY eventSource, tlsDetails.tlsVersion, sourceIPAddress, userIdentity.arn
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Operations that were never called before
-- about: Operations called in the last day that nobody called in the weeks before.
-- tags: anomaly, operation, new
-- asks: new apis; first time calls; unusual operations
WITH seen AS (
    SELECT eventSource, eventName, min(eventTime) AS first, count(*) AS calls
    FROM $EDS_ID
    WHERE {time|30 days}{filter}
    GROUP BY eventSource, eventName
)
SELECT eventSource, eventName, first, calls
FROM seen
WHERE first > date_add('day', -1, current_timestamp)
ORDER BY first DESC
