-- name: Top errors
-- about: Which errors calls ended with, and how often.
-- tags: error, count, top
-- asks: most common errors; top errors; what fails most; failures
SELECT errorCode, errorMessage, count(*) AS errors
FROM $EDS_ID
WHERE {time|7 days}
  AND errorCode IS NOT NULL{filter}
GROUP BY errorCode, errorMessage
ORDER BY errors DESC
LIMIT {limit|50}

-- name: Errors per service
-- about: How many calls of each service failed, and what part of its calls that is.
-- tags: error, service, count
-- asks: which services fail; failures by service; error rate
SELECT eventSource, count(errorCode) AS errors, count(*) AS calls,
       round(100.0 * count(errorCode) / count(*), 2) AS percent
FROM $EDS_ID
WHERE {time|7 days}{filter}
GROUP BY eventSource
HAVING count(errorCode) > 0
ORDER BY errors DESC
LIMIT {limit|100}

-- name: Errors per day
-- about: How many calls failed on each day.
-- tags: error, trend
-- asks: failures over time; error trend; number of errors by day
SELECT date_trunc('{period|day}', eventTime) AS period, count(*) AS errors
FROM $EDS_ID
WHERE {time|30 days}
  AND errorCode IS NOT NULL{filter}
GROUP BY 1
ORDER BY 1

-- name: Failed calls
-- about: Calls that ended with an error, newest first.
-- tags: error, list
-- asks: list errors; show failures; errors of a user; failed requests; events with errors
SELECT eventTime, eventSource, eventName, userIdentity.arn, errorCode, errorMessage, eventID
FROM $EDS_ID
WHERE {time|1 days}
  AND errorCode IS NOT NULL{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Denied calls
-- about: Calls that were refused because a permission was missing, newest first.
-- tags: access denied, permission, security
-- asks: access denied; unauthorized operation; forbidden; not authorized; who was denied
-- covers: error=AccessDenied
SELECT eventTime, userIdentity.arn, eventSource, eventName, sourceIPAddress, errorCode, errorMessage
FROM $EDS_ID
WHERE {time|7 days}
  AND (errorCode IN ('AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation',
                     'Client.UnauthorizedOperation', 'Forbidden')
       OR errorMessage = 'Access Denied'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Principals that are denied most
-- about: Who is refused most often, and at what.
-- tags: access denied, permission, user, count, top
-- asks: users with most access denied; denied by user; missing permissions; reconnaissance
-- covers: error=AccessDenied
SELECT userIdentity.arn, eventSource, eventName, count(*) AS denied
FROM $EDS_ID
WHERE {time|7 days}
  AND errorCode IN ('AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation',
                    'Client.UnauthorizedOperation'){filter}
GROUP BY userIdentity.arn, eventSource, eventName
ORDER BY denied DESC
LIMIT {limit|100}

-- name: Throttled calls
-- about: Which operations were throttled, and whose calls they were.
-- tags: throttling, rate, limit, error
-- asks: rate exceeded; throttle; too many requests; request limit
-- covers: error=ThrottlingException
SELECT eventSource, eventName, userIdentity.arn, count(*) AS throttled
FROM $EDS_ID
WHERE {time|7 days}
  AND errorCode IN ('ThrottlingException', 'Throttling', 'RequestLimitExceeded',
                    'Client.RequestLimitExceeded', 'TooManyRequestsException', 'SlowDown'){filter}
GROUP BY eventSource, eventName, userIdentity.arn
ORDER BY throttled DESC
LIMIT {limit|100}

-- name: Calls with invalid credentials
-- about: Calls whose token had expired or whose credentials were not valid.
-- tags: credential, token, error
-- asks: expired token; invalid client token; bad signature; invalid key
SELECT eventTime, eventSource, eventName, sourceIPAddress, userAgent, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND errorCode IN ('ExpiredToken', 'ExpiredTokenException', 'InvalidClientTokenId',
                    'UnrecognizedClientException', 'SignatureDoesNotMatch', 'AuthFailure',
                    'Client.AuthFailure'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Operations that failed at first and succeeded later
-- about: Principals that were denied an operation and could call it afterwards.
-- tags: access denied, privilege escalation, security
-- asks: denied then allowed; privilege escalation; permission gained
WITH calls AS (
    SELECT userIdentity.arn AS principal, eventSource, eventName,
           min(if(errorCode LIKE '%AccessDenied%' OR errorCode LIKE '%Unauthorized%', eventTime))
               AS first_denied,
           max(if(errorCode IS NULL, eventTime)) AS last_allowed
    FROM $EDS_ID
    WHERE {time|7 days}{filter}
    GROUP BY userIdentity.arn, eventSource, eventName
)
SELECT principal, eventSource, eventName, first_denied, last_allowed
FROM calls
WHERE last_allowed > first_denied
ORDER BY last_allowed DESC
LIMIT {limit|100}
