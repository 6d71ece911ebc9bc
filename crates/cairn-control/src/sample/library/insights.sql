-- name: Insights events
-- about: Unusual rates of calls and of errors, newest first; for an event data store of Insights events.
-- tags: insights, anomaly, list
-- asks: unusual activity; insights; anomalies
-- store: insights
SELECT eventTime, insightState, insightType, insightEventSource, insightEventName, insightErrorCode,
       insightContext.baselineAverage, insightContext.insightAverage
FROM $EDS_ID
WHERE {time|30 days}{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Insights per operation
-- about: For which operations there were unusual rates; for an event data store of Insights events.
-- tags: insights, anomaly, count
-- asks: insights by operation; insights by service
-- store: insights
SELECT insightEventSource, insightEventName, insightType, count(*) AS insights
FROM $EDS_ID
WHERE {time|30 days}
  AND insightState = 'Start'{filter}
GROUP BY insightEventSource, insightEventName, insightType
ORDER BY insights DESC
LIMIT {limit|100}

-- name: Insights per day
-- about: How many unusual rates began on each day; for an event data store of Insights events.
-- tags: insights, anomaly, trend
-- asks: insights over time
-- store: insights
SELECT date_trunc('{period|day}', eventTime) AS period, count(*) AS insights
FROM $EDS_ID
WHERE {time|30 days}
  AND insightState = 'Start'{filter}
GROUP BY 1
ORDER BY 1
