-- name: Queries that were run on the lake
-- about: Who ran which queries on event data stores.
-- tags: cloudtrail, lake, query, audit
-- asks: lake queries; who queried; query history; StartQuery
-- covers: service=cloudtrail.amazonaws.com, action=StartQuery
SELECT eventTime, userIdentity.arn, element_at(responseElements, 'queryId') AS query_id,
       element_at(requestParameters, 'queryStatement') AS statement, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 'cloudtrail.amazonaws.com'
  AND eventName = 'StartQuery'{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: How much of each category there is
-- about: Management, data, network activity and Insights events, and their newest and oldest.
-- tags: category, count, lake
-- asks: event categories; oldest event; newest event; how many events are stored
SELECT eventCategory, count(*) AS events, min(eventTime) AS oldest, max(eventTime) AS newest
FROM $EDS_ID
WHERE {time|366 days}{filter}
GROUP BY eventCategory
ORDER BY events DESC

-- name: Busiest minutes
-- about: The minutes with the most calls, and how many distinct principals made them.
-- tags: rate, minute, spike, top
-- asks: spikes; peak rate; busiest minute; calls per minute
SELECT date_trunc('minute', eventTime) AS period, count(*) AS calls,
       count(DISTINCT userIdentity.arn) AS principals
FROM $EDS_ID
WHERE {time|1 days}{filter}
GROUP BY 1
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Percentiles of calls per minute
-- about: How evenly calls are spread over time.
-- tags: rate, percentile, minute, statistics
-- asks: p95; p99; percentile of calls; median rate
WITH minutes AS (
    SELECT date_trunc('minute', eventTime) AS period, count(*) AS calls
    FROM $EDS_ID
    WHERE {time|7 days}{filter}
    GROUP BY 1
)
SELECT approx_percentile(calls, 0.5) AS p50, approx_percentile(calls, 0.95) AS p95,
       approx_percentile(calls, 0.99) AS p99, max(calls) AS most
FROM minutes

-- name: Newest event of each principal
-- about: What every principal did last.
-- tags: user, last, window
-- asks: last activity of each user; inactive users; last seen; when was a user last active
SELECT arn, eventTime, eventSource, eventName
FROM (
    SELECT userIdentity.arn, eventTime, eventSource, eventName,
           rank() OVER (PARTITION BY userIdentity.arn ORDER BY eventTime DESC) AS place
    FROM $EDS_ID
    WHERE {time|30 days}
      AND userIdentity.arn IS NOT NULL{filter}
) ranked
WHERE place = 1
ORDER BY eventTime DESC
LIMIT {limit|100}
