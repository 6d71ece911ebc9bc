-- name: Changes of CloudTrail
-- about: Trails and event data stores that were stopped, changed or deleted.
-- tags: cloudtrail, trail, security, tampering, change
-- asks: logging stopped; trail deleted; cloudtrail disabled; audit tampering; StopLogging
-- covers: service=cloudtrail.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn, sourceIPAddress, requestParameters, errorCode
FROM $EDS_ID
WHERE {time|90 days}
  AND eventSource = 'cloudtrail.amazonaws.com'
  AND eventName IN ('StopLogging', 'DeleteTrail', 'UpdateTrail', 'PutEventSelectors',
                    'StopEventDataStoreIngestion', 'DeleteEventDataStore',
                    'UpdateEventDataStore', 'DeleteResourcePolicy'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Security services that were switched off
-- about: GuardDuty, Config, Security Hub, Macie and Inspector being disabled or loosened.
-- tags: guardduty, config, security hub, tampering, security
-- asks: guardduty disabled; config recorder stopped; defense evasion; disabled security
SELECT eventTime, eventSource, eventName, userIdentity.arn, sourceIPAddress
FROM $EDS_ID
WHERE {time|90 days}
  AND eventName IN ('DeleteDetector', 'UpdateDetector', 'StopMonitoringMembers',
                    'DisassociateFromMasterAccount', 'StopConfigurationRecorder',
                    'DeleteConfigurationRecorder', 'DeleteDeliveryChannel', 'DisableSecurityHub',
                    'DisableMacie', 'Disable', 'DeleteFlowLogs', 'DeleteLogGroup'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Use of KMS keys
-- about: Which keys are used by whom, and for what.
-- tags: kms, key, encryption, count
-- asks: kms usage; decrypt calls; who uses a key; encryption key usage
-- covers: service=kms.amazonaws.com
SELECT element_at(resources, 1).arn AS key_arn, eventName, userIdentity.arn, count(*) AS calls
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 'kms.amazonaws.com'
  AND cardinality(resources) > 0{filter}
GROUP BY element_at(resources, 1).arn, eventName, userIdentity.arn
ORDER BY calls DESC
LIMIT {limit|100}

-- name: KMS keys that were disabled or deleted
-- about: Keys that were disabled, scheduled for deletion, or whose policy changed.
-- tags: kms, key, delete, security, change
-- asks: key deletion; disabled kms keys; kms policy changes; ransom
-- covers: service=kms.amazonaws.com
SELECT eventTime, eventName, element_at(requestParameters, 'keyId') AS key_id, userIdentity.arn,
       sourceIPAddress
FROM $EDS_ID
WHERE {time|90 days}
  AND eventSource = 'kms.amazonaws.com'
  AND eventName IN ('DisableKey', 'ScheduleKeyDeletion', 'CancelKeyDeletion', 'PutKeyPolicy',
                    'DisableKeyRotation', 'DeleteAlias', 'DeleteImportedKeyMaterial'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Secrets that were read
-- about: Who read which secrets and parameters.
-- tags: secrets manager, ssm, secret, parameter, security
-- asks: secret access; read secrets; GetSecretValue; parameter store
-- covers: action=GetSecretValue, service=secretsmanager.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn, sourceIPAddress,
       coalesce(element_at(requestParameters, 'secretId'),
                element_at(requestParameters, 'name')) AS secret, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND eventName IN ('GetSecretValue', 'BatchGetSecretValue', 'GetParameter', 'GetParameters',
                    'GetParametersByPath'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Deletions
-- about: Every call that deletes or terminates something, newest first.
-- tags: delete, change, security
-- asks: what was deleted; who deleted; delete events; removed resources; destroyed
SELECT eventTime, eventSource, eventName, userIdentity.arn, sourceIPAddress, requestParameters,
       errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND (eventName LIKE 'Delete%' OR eventName LIKE 'Terminate%' OR eventName LIKE 'Remove%'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Resources that were created
-- about: Every call that creates something, newest first.
-- tags: create, change
-- asks: what was created; new resources; who created; create events
SELECT eventTime, eventSource, eventName, userIdentity.arn, awsRegion, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND (eventName LIKE 'Create%' OR eventName LIKE 'Run%')
  AND errorCode IS NULL{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Changes
-- about: Every event that is not read-only, newest first.
-- tags: write, change, list
-- asks: write events; what changed; modifications; who changed
-- covers: access=write
SELECT eventTime, eventSource, eventName, userIdentity.arn, sourceIPAddress, requestParameters,
       errorCode
FROM $EDS_ID
WHERE {time|1 days}
  AND readOnly = false{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Reconnaissance
-- about: Principals that call many different List, Describe and Get operations.
-- tags: reconnaissance, enumeration, anomaly, security
-- asks: enumeration; discovery; scanning; suspicious listing
SELECT userIdentity.arn, sourceIPAddress, count(DISTINCT eventName) AS operations,
       count(*) AS calls, count(errorCode) AS failed
FROM $EDS_ID
WHERE {time|1 days}
  AND readOnly = true
  AND regexp_like(eventName, '^(List|Describe|Get)'){filter}
GROUP BY userIdentity.arn, sourceIPAddress
HAVING count(DISTINCT eventName) >= 20
ORDER BY operations DESC
LIMIT {limit|100}

-- name: Snapshots and images that were shared
-- about: EBS snapshots, AMIs and RDS snapshots made available to others.
-- tags: ec2, rds, snapshot, share, exfiltration, security
-- asks: shared snapshots; public ami; snapshot permission
SELECT eventTime, eventName, userIdentity.arn, requestParameters
FROM $EDS_ID
WHERE {time|90 days}
  AND eventName IN ('ModifySnapshotAttribute', 'ModifyImageAttribute',
                    'ModifyDBSnapshotAttribute', 'ModifyDBClusterSnapshotAttribute'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Changes of Organizations
-- about: Accounts, policies and units of an organization that were changed.
-- tags: organizations, account, scp, change
-- asks: organization changes; new accounts; service control policy; account left
-- covers: service=organizations.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn, requestParameters, errorCode
FROM $EDS_ID
WHERE {time|90 days}
  AND eventSource = 'organizations.amazonaws.com'
  AND readOnly = false{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: CloudFormation stacks that changed
-- about: Stacks that were created, updated or deleted, and by whom.
-- tags: cloudformation, stack, deployment, change
-- asks: stack changes; deployments; infrastructure as code
-- covers: service=cloudformation.amazonaws.com
SELECT eventTime, eventName, element_at(requestParameters, 'stackName') AS stack,
       userIdentity.arn, awsRegion, errorCode
FROM $EDS_ID
WHERE {time|30 days}
  AND eventSource = 'cloudformation.amazonaws.com'
  AND readOnly = false{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Commands sent to instances
-- about: Systems Manager sessions and commands, and who started them.
-- tags: ssm, command, session, instance, security
-- asks: run command; session manager; shell access; ssm sessions
-- covers: service=ssm.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn, element_at(requestParameters, 'target') AS target,
       element_at(requestParameters, 'documentName') AS document
FROM $EDS_ID
WHERE {time|30 days}
  AND eventSource = 'ssm.amazonaws.com'
  AND eventName IN ('StartSession', 'SendCommand', 'ResumeSession', 'TerminateSession'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}
