-- name: Failed console sign-ins
-- about: Who failed to sign in to the console, from which address, and how often.
-- tags: console, sign-in, security, failure
-- asks: who failed to log in; unsuccessful logins; wrong password; brute force
-- covers: service=signin.amazonaws.com, action=ConsoleLogin
SELECT userIdentity.username, userIdentity.arn, sourceIPAddress, errorMessage,
       count(*) AS attempts, min(eventTime) AS first, max(eventTime) AS last
FROM $EDS_ID
WHERE {time|7 days}
  AND eventName = 'ConsoleLogin'
  AND element_at(responseElements, 'ConsoleLogin') = 'Failure'{filter}
GROUP BY userIdentity.username, userIdentity.arn, sourceIPAddress, errorMessage
ORDER BY attempts DESC
LIMIT {limit|100}

-- name: Console sign-ins
-- about: Every sign-in to the console, newest first, with its outcome and whether MFA was used.
-- tags: console, sign-in
-- asks: who signed in; when did a user last log in; login history; last time a user logged in
-- covers: service=signin.amazonaws.com, action=ConsoleLogin
SELECT eventTime, userIdentity.arn, sourceIPAddress, userAgent,
       element_at(responseElements, 'ConsoleLogin') AS outcome,
       element_at(additionalEventData, 'MFAUsed') AS mfa
FROM $EDS_ID
WHERE {time|7 days}
  AND eventName = 'ConsoleLogin'{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Console sign-ins without MFA
-- about: Successful sign-ins to the console that used no second factor.
-- tags: console, sign-in, mfa, security
-- asks: login without multi factor authentication; who does not use mfa
-- covers: service=signin.amazonaws.com, action=ConsoleLogin
SELECT eventTime, userIdentity.arn, sourceIPAddress, awsRegion
FROM $EDS_ID
WHERE {time|30 days}
  AND eventName = 'ConsoleLogin'
  AND element_at(responseElements, 'ConsoleLogin') = 'Success'
  AND element_at(additionalEventData, 'MFAUsed') = 'No'{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Sign-ins of the root user
-- about: When the root user of an account signed in, and from where.
-- tags: root, console, sign-in, security
-- asks: root login; did root sign in
-- covers: service=signin.amazonaws.com, action=ConsoleLogin, user=root
SELECT eventTime, recipientAccountId, sourceIPAddress, userAgent,
       element_at(responseElements, 'ConsoleLogin') AS outcome,
       element_at(additionalEventData, 'MFAUsed') AS mfa
FROM $EDS_ID
WHERE {time|90 days}
  AND eventName = 'ConsoleLogin'
  AND userIdentity.type = 'Root'{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Everything the root user did
-- about: API calls of the root user, newest first.
-- tags: root, activity, security
-- asks: root account usage; root activity; what did root do
-- covers: user=root
SELECT eventTime, recipientAccountId, eventSource, eventName, sourceIPAddress, errorCode
FROM $EDS_ID
WHERE {time|30 days}
  AND userIdentity.type = 'Root'
  AND userIdentity.invokedBy IS NULL{filter}
ORDER BY eventTime DESC
LIMIT {limit|200}

-- name: Sign-ins per day
-- about: How many console sign-ins succeeded and failed on each day.
-- tags: console, sign-in, trend
-- asks: number of logins by day; login trend
-- covers: service=signin.amazonaws.com, action=ConsoleLogin
SELECT date_trunc('{period|day}', eventTime) AS period,
       count_if(element_at(responseElements, 'ConsoleLogin') = 'Success') AS succeeded,
       count_if(element_at(responseElements, 'ConsoleLogin') = 'Failure') AS failed
FROM $EDS_ID
WHERE {time|30 days}
  AND eventName = 'ConsoleLogin'{filter}
GROUP BY 1
ORDER BY 1

-- name: Users that signed in from several addresses
-- about: Principals with console sign-ins from more than one source address.
-- tags: console, sign-in, ip, anomaly
-- asks: login from different ip; impossible travel; shared credentials
-- covers: service=signin.amazonaws.com, action=ConsoleLogin
SELECT userIdentity.arn, count(DISTINCT sourceIPAddress) AS addresses,
       array_join(array_agg(DISTINCT sourceIPAddress), ', ') AS list
FROM $EDS_ID
WHERE {time|7 days}
  AND eventName = 'ConsoleLogin'
  AND element_at(responseElements, 'ConsoleLogin') = 'Success'{filter}
GROUP BY userIdentity.arn
HAVING count(DISTINCT sourceIPAddress) > 1
ORDER BY addresses DESC
LIMIT {limit|100}

-- name: Changes made in the console
-- about: Write events that came from a console session rather than from a program.
-- tags: console, write, manual
-- asks: manual changes; clickops; what was changed by hand
-- covers: access=write
SELECT eventTime, userIdentity.arn, eventSource, eventName, awsRegion
FROM $EDS_ID
WHERE {time|7 days}
  AND sessionCredentialFromConsole = 'true'
  AND readOnly = false{filter}
ORDER BY eventTime DESC
LIMIT {limit|200}

-- name: Addresses with many failed sign-ins and a success
-- about: Source addresses where sign-ins failed several times before one succeeded.
-- tags: console, sign-in, security, brute force
-- asks: password guessing that succeeded; compromised login
-- covers: service=signin.amazonaws.com, action=ConsoleLogin
WITH attempts AS (
    SELECT sourceIPAddress,
           count_if(element_at(responseElements, 'ConsoleLogin') = 'Failure') AS failed,
           count_if(element_at(responseElements, 'ConsoleLogin') = 'Success') AS succeeded
    FROM $EDS_ID
    WHERE {time|7 days}
      AND eventName = 'ConsoleLogin'{filter}
    GROUP BY sourceIPAddress
)
SELECT sourceIPAddress, failed, succeeded
FROM attempts
WHERE failed >= 3 AND succeeded > 0
ORDER BY failed DESC
