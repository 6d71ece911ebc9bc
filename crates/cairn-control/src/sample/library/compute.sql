-- name: Instances that were launched
-- about: Who started EC2 instances, of which type and from which image.
-- tags: ec2, instance, launch
-- asks: new instances; launched instances; started ec2; who created instances
-- covers: service=ec2.amazonaws.com, action=RunInstances
SELECT eventTime, userIdentity.arn, awsRegion,
       element_at(requestParameters, 'instanceType') AS instance_type,
       json_extract_scalar(element_at(responseElements, 'instancesSet'),
                           '$.items[0].instanceId') AS instance,
       json_extract_scalar(element_at(responseElements, 'instancesSet'),
                           '$.items[0].imageId') AS image, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND eventName = 'RunInstances'{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Launches per instance type
-- about: How often each type of EC2 instance was launched.
-- tags: ec2, instance, count, cost
-- asks: instance types; launches by type; expensive instances
-- covers: service=ec2.amazonaws.com, action=RunInstances
SELECT element_at(requestParameters, 'instanceType') AS instance_type, awsRegion,
       count(*) AS launches
FROM $EDS_ID
WHERE {time|30 days}
  AND eventName = 'RunInstances'
  AND errorCode IS NULL{filter}
GROUP BY element_at(requestParameters, 'instanceType'), awsRegion
ORDER BY launches DESC
LIMIT {limit|100}

-- name: Instances that were stopped or terminated
-- about: Who ended EC2 instances.
-- tags: ec2, instance, delete
-- asks: terminated instances; stopped instances; who terminated an instance; deleted instances
-- covers: service=ec2.amazonaws.com, action=TerminateInstances, action=StopInstances
SELECT eventTime, eventName, userIdentity.arn, awsRegion,
       json_extract_scalar(element_at(requestParameters, 'instancesSet'),
                           '$.items[0].instanceId') AS instance, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND eventName IN ('TerminateInstances', 'StopInstances'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: What happened to an instance
-- about: Every event that names one EC2 instance.
-- tags: ec2, instance, investigation
-- asks: history of an instance; who touched an instance
SELECT eventTime, eventSource, eventName, userIdentity.arn, sourceIPAddress, errorCode
FROM $EDS_ID
WHERE {time|30 days}
  AND (eventJson LIKE '%{instance|i-0123456789abcdef0}%'){filter}
ORDER BY eventTime DESC
LIMIT {limit|200}

-- name: Calls by instance roles
-- about: What EC2 instances call with the credentials of their roles.
-- tags: ec2, role, instance profile, count
-- asks: instance credentials; instance profile usage
SELECT userIdentity.arn, eventSource, eventName, sourceIPAddress, count(*) AS calls
FROM $EDS_ID
WHERE {time|1 days}
  AND userIdentity.sessionContext.ec2RoleDelivery IS NOT NULL{filter}
GROUP BY userIdentity.arn, eventSource, eventName, sourceIPAddress
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Changes of Lambda functions
-- about: Functions that were created, changed or deleted, and by whom.
-- tags: lambda, function, change, serverless
-- asks: lambda changes; function updates; deployed code; new functions
-- covers: service=lambda.amazonaws.com
SELECT eventTime, eventName, element_at(requestParameters, 'functionName') AS function_name,
       userIdentity.arn, awsRegion
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 'lambda.amazonaws.com'
  AND readOnly = false
  AND eventCategory = 'Management'{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Invocations of Lambda functions
-- about: Which functions are invoked most; needs data events.
-- tags: lambda, function, count, data events, serverless
-- asks: top lambda functions; function invocations; most invoked
-- covers: service=lambda.amazonaws.com, action=Invoke
SELECT element_at(requestParameters, 'functionName') AS function_name, count(*) AS invocations,
       count(errorCode) AS failed
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 'lambda.amazonaws.com'
  AND eventCategory = 'Data'{filter}
GROUP BY element_at(requestParameters, 'functionName')
ORDER BY invocations DESC
LIMIT {limit|100}

-- name: Operations on DynamoDB tables
-- about: Which tables are read and written most; needs data events.
-- tags: dynamodb, table, count, data events
-- asks: dynamodb usage; table operations; busiest tables
-- covers: service=dynamodb.amazonaws.com
SELECT element_at(requestParameters, 'tableName') AS table_name, eventName, count(*) AS calls
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 'dynamodb.amazonaws.com'
  AND element_at(requestParameters, 'tableName') IS NOT NULL{filter}
GROUP BY element_at(requestParameters, 'tableName'), eventName
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Changes of databases
-- about: RDS instances and clusters that were created, changed, restored or deleted.
-- tags: rds, database, change
-- asks: rds changes; deleted database; database failover; new database
-- covers: service=rds.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn,
       coalesce(element_at(requestParameters, 'dBInstanceIdentifier'),
                element_at(requestParameters, 'dBClusterIdentifier')) AS database_name, errorCode
FROM $EDS_ID
WHERE {time|30 days}
  AND eventSource = 'rds.amazonaws.com'
  AND readOnly = false{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Databases that are open to the public
-- about: RDS instances that were created or changed to be publicly accessible.
-- tags: rds, database, public, security
-- asks: public database; publicly accessible rds
-- covers: service=rds.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn,
       element_at(requestParameters, 'dBInstanceIdentifier') AS database_name
FROM $EDS_ID
WHERE {time|90 days}
  AND eventSource = 'rds.amazonaws.com'
  AND eventName IN ('CreateDBInstance', 'ModifyDBInstance')
  AND element_at(requestParameters, 'publiclyAccessible') = 'true'{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Changes of containers
-- about: Changes in ECS, EKS and ECR.
-- tags: ecs, eks, ecr, container, change
-- asks: container changes; kubernetes; docker images; clusters
SELECT eventTime, eventSource, eventName, userIdentity.arn, awsRegion, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource IN ('ecs.amazonaws.com', 'eks.amazonaws.com', 'ecr.amazonaws.com')
  AND readOnly = false{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}
