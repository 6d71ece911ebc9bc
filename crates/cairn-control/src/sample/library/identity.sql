-- name: New and deleted users
-- about: IAM users that were created or deleted, and by whom.
-- tags: iam, user, change
-- asks: created users; deleted users; who created a user; new iam users
-- covers: service=iam.amazonaws.com, action=CreateUser, action=DeleteUser
SELECT eventTime, eventName, element_at(requestParameters, 'userName') AS name,
       userIdentity.arn, sourceIPAddress, errorCode
FROM $EDS_ID
WHERE {time|30 days}
  AND eventSource = 'iam.amazonaws.com'
  AND eventName IN ('CreateUser', 'DeleteUser'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Access keys that were created or deleted
-- about: Long-lived keys that appeared or went, for whom and by whom.
-- tags: iam, access key, change
-- asks: new access keys; created keys; deleted keys; who created an access key
-- covers: service=iam.amazonaws.com, action=CreateAccessKey, action=DeleteAccessKey, action=UpdateAccessKey
SELECT eventTime, eventName, element_at(requestParameters, 'userName') AS name,
       json_extract_scalar(element_at(responseElements, 'accessKey'), '$.accessKeyId') AS access_key,
       userIdentity.arn, sourceIPAddress
FROM $EDS_ID
WHERE {time|30 days}
  AND eventSource = 'iam.amazonaws.com'
  AND eventName IN ('CreateAccessKey', 'DeleteAccessKey', 'UpdateAccessKey'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Changes of IAM
-- about: Every write to users, groups, roles and policies.
-- tags: iam, change, permission
-- asks: iam changes; who changed permissions; identity changes
-- covers: service=iam.amazonaws.com, access=write
SELECT eventTime, eventName, userIdentity.arn, requestParameters, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 'iam.amazonaws.com'
  AND readOnly = false{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Policies that were attached or changed
-- about: Changes of who may do what: policies attached, put, versioned, detached, deleted.
-- tags: iam, policy, permission, change
-- asks: policy changes; attached policies; who gave permissions; administrator access
-- covers: service=iam.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn,
       coalesce(element_at(requestParameters, 'policyArn'),
                element_at(requestParameters, 'policyName')) AS policy,
       coalesce(element_at(requestParameters, 'roleName'),
                element_at(requestParameters, 'userName'),
                element_at(requestParameters, 'groupName')) AS holder
FROM $EDS_ID
WHERE {time|30 days}
  AND eventSource = 'iam.amazonaws.com'
  AND (eventName LIKE 'Attach%Policy' OR eventName LIKE 'Detach%Policy'
       OR eventName LIKE 'Put%Policy' OR eventName LIKE 'Delete%Policy'
       OR eventName IN ('CreatePolicy', 'CreatePolicyVersion', 'SetDefaultPolicyVersion')){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Grants of administrator rights
-- about: When AdministratorAccess was attached to somebody.
-- tags: iam, policy, admin, security
-- asks: who became administrator; admin rights granted; AdministratorAccess
-- covers: service=iam.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn, requestParameters
FROM $EDS_ID
WHERE {time|90 days}
  AND eventName IN ('AttachUserPolicy', 'AttachRolePolicy', 'AttachGroupPolicy')
  AND element_at(requestParameters, 'policyArn') LIKE '%/AdministratorAccess'{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Roles that were assumed
-- about: Who assumed which role, and how often.
-- tags: sts, role, count
-- asks: assumed roles; who assumes a role; assume role usage
-- covers: service=sts.amazonaws.com, action=AssumeRole
SELECT element_at(requestParameters, 'roleArn') AS role, userIdentity.type, userIdentity.arn,
       userIdentity.invokedBy, count(*) AS times, max(eventTime) AS last
FROM $EDS_ID
WHERE {time|7 days}
  AND eventName = 'AssumeRole'{filter}
GROUP BY element_at(requestParameters, 'roleArn'), userIdentity.type, userIdentity.arn,
         userIdentity.invokedBy
ORDER BY times DESC
LIMIT {limit|100}

-- name: What sessions of a role did
-- about: Operations that were called with the credentials of one role.
-- tags: role, session, activity
-- asks: what did a role do; actions by role; top actions of a role; role activity
SELECT eventSource, eventName, count(*) AS calls, count(errorCode) AS failed, max(eventTime) AS last
FROM $EDS_ID
WHERE {time|7 days}
  AND userIdentity.sessionContext.sessionIssuer.username = '{role|admin}'{filter}
GROUP BY eventSource, eventName
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Sessions and what they called
-- about: AssumeRole joined to the calls that were made with the credentials it gave.
-- tags: sts, role, session, join
-- asks: trace a session; who was behind a role; follow assumed credentials
-- covers: service=sts.amazonaws.com, action=AssumeRole
SELECT a.eventTime AS assumed, a.userIdentity.arn AS who,
       element_at(a.requestParameters, 'roleSessionName') AS session_name,
       c.eventSource, c.eventName, count(*) AS calls
FROM $EDS_ID a
JOIN $EDS_ID c
  ON json_extract_scalar(element_at(a.responseElements, 'credentials'), '$.accessKeyId')
     = c.userIdentity.accessKeyId
WHERE {a.time|1 days}
  AND {c.time|1 days}
  AND a.eventName = 'AssumeRole'{a.filter}
GROUP BY a.eventTime, a.userIdentity.arn, element_at(a.requestParameters, 'roleSessionName'),
         c.eventSource, c.eventName
ORDER BY assumed DESC
LIMIT {limit|200}

-- name: Roles assumed from other accounts
-- about: Callers of a foreign account that assumed a role here.
-- tags: sts, role, cross-account, security
-- asks: cross account access; external accounts; third party access
-- covers: service=sts.amazonaws.com, action=AssumeRole
SELECT userIdentity.accountId AS caller, recipientAccountId AS account,
       element_at(requestParameters, 'roleArn') AS role, count(*) AS times, max(eventTime) AS last
FROM $EDS_ID
WHERE {time|30 days}
  AND eventName = 'AssumeRole'
  AND userIdentity.accountId <> recipientAccountId{filter}
GROUP BY userIdentity.accountId, recipientAccountId, element_at(requestParameters, 'roleArn')
ORDER BY times DESC
LIMIT {limit|100}

-- name: MFA devices that were changed
-- about: Second factors that were enabled, deactivated or deleted.
-- tags: iam, mfa, security, change
-- asks: mfa disabled; mfa removed; deactivated mfa
-- covers: service=iam.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn, requestParameters
FROM $EDS_ID
WHERE {time|90 days}
  AND eventName IN ('EnableMFADevice', 'DeactivateMFADevice', 'DeleteVirtualMFADevice',
                    'CreateVirtualMFADevice', 'ResyncMFADevice'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Changes of the password policy and of passwords
-- about: Login profiles and the account's password policy that were changed.
-- tags: iam, password, security, change
-- asks: password changes; password reset; login profile
-- covers: service=iam.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn, element_at(requestParameters, 'userName') AS name
FROM $EDS_ID
WHERE {time|90 days}
  AND eventName IN ('CreateLoginProfile', 'UpdateLoginProfile', 'DeleteLoginProfile',
                    'ChangePassword', 'UpdateAccountPasswordPolicy',
                    'DeleteAccountPasswordPolicy'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Access keys in use
-- about: Which long-lived keys are used, by whom, from how many addresses and when last.
-- tags: access key, count, user
-- asks: active keys; key usage; unused keys; who uses long lived keys
SELECT userIdentity.accessKeyId, userIdentity.arn, count(*) AS calls,
       count(DISTINCT sourceIPAddress) AS addresses, max(eventTime) AS last
FROM $EDS_ID
WHERE {time|30 days}
  AND userIdentity.accessKeyId LIKE 'AKIA%'{filter}
GROUP BY userIdentity.accessKeyId, userIdentity.arn
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Access keys used from several addresses
-- about: Keys that were used from many different addresses, which may mean that they leaked.
-- tags: access key, ip, anomaly, security
-- asks: leaked keys; shared keys; key used from multiple ips; stolen credentials
SELECT userIdentity.accessKeyId, userIdentity.arn, count(DISTINCT sourceIPAddress) AS addresses,
       count(*) AS calls
FROM $EDS_ID
WHERE {time|7 days}
  AND userIdentity.accessKeyId IS NOT NULL{filter}
GROUP BY userIdentity.accessKeyId, userIdentity.arn
HAVING count(DISTINCT sourceIPAddress) > 2
ORDER BY addresses DESC
LIMIT {limit|100}

-- name: Events per type of identity
-- about: How much is done by users, roles, services, federated users and root.
-- tags: identity, count
-- asks: identity types; users versus roles; calls by identity type
SELECT userIdentity.type, count(*) AS calls, count(DISTINCT userIdentity.arn) AS principals
FROM $EDS_ID
WHERE {time|7 days}{filter}
GROUP BY userIdentity.type
ORDER BY calls DESC

-- name: Federated sign-ins
-- about: Credentials that were given out for SAML and web identities.
-- tags: sts, federation, saml, oidc
-- asks: sso logins; saml; web identity; oidc; federation
-- covers: service=sts.amazonaws.com
SELECT eventTime, eventName, userIdentity.username, userIdentity.identityProvider,
       element_at(requestParameters, 'roleArn') AS role, sourceIPAddress, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND eventName IN ('AssumeRoleWithSAML', 'AssumeRoleWithWebIdentity'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}
