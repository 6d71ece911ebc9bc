-- name: Events of a resource
-- about: Everything that touched one resource, by its ARN.
-- tags: resource, arn, investigation
-- asks: history of a resource; who touched a resource; resource activity
SELECT eventTime, eventSource, eventName, userIdentity.arn, sourceIPAddress, errorCode
FROM $EDS_ID
WHERE {time|30 days}
  AND any_match(resources, r -> r.arn = '{resource|arn:aws:s3:::audit}'){filter}
ORDER BY eventTime DESC
LIMIT {limit|200}

-- name: Resources touched most
-- about: Which resources have the most events.
-- tags: resource, count, top
-- asks: most used resources; top resources; resources touched
SELECT r.arn, r.type, count(*) AS events
FROM $EDS_ID
CROSS JOIN UNNEST(resources) AS r (accountId, type, arn, arnPrefix)
WHERE {time|7 days}{filter}
GROUP BY r.arn, r.type
ORDER BY events DESC
LIMIT {limit|100}

-- name: Tags that were changed
-- about: Tags that were put on resources or removed from them.
-- tags: tag, change
-- asks: tag changes; who tagged; tagging history
SELECT eventTime, eventSource, eventName, userIdentity.arn, requestParameters
FROM $EDS_ID
WHERE {time|30 days}
  AND eventName IN ('CreateTags', 'DeleteTags', 'TagResource', 'UntagResource', 'TagResources',
                    'UntagResources', 'AddTags', 'RemoveTags', 'PutBucketTagging'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Events by a tag of their principal
-- about: How many events there are for each value of a tag on whoever called; needs enriched events.
-- tags: tag, principal, count, enriched
-- asks: events by principal tag; calls by team; number of calls each tag value performed
SELECT element_at(eventContext.tagContext.principalTags, '{tag|team}') AS tag_value,
       count(*) AS events
FROM $EDS_ID
WHERE {time|7 days}{filter}
GROUP BY 1
ORDER BY 2 DESC
LIMIT {limit|100}

-- name: Data events per resource type
-- about: How many data events there are, by service and operation.
-- tags: data events, count
-- asks: data events overview; data plane activity
SELECT eventSource, eventName, count(*) AS events
FROM $EDS_ID
WHERE {time|7 days}
  AND eventCategory = 'Data'{filter}
GROUP BY eventSource, eventName
ORDER BY events DESC
LIMIT {limit|100}

-- name: Management events per operation
-- about: How many management events there are, by service and operation.
-- tags: management events, count
-- asks: management events overview; control plane activity
SELECT eventSource, eventName, count(*) AS events
FROM $EDS_ID
WHERE {time|7 days}
  AND eventCategory = 'Management'{filter}
GROUP BY eventSource, eventName
ORDER BY events DESC
LIMIT {limit|100}

-- name: Events that services caused
-- about: Calls that an AWS service made on behalf of somebody.
-- tags: service, invoked by, count
-- asks: service events; aws service calls; on behalf of
SELECT userIdentity.invokedBy, eventSource, eventName, count(*) AS calls
FROM $EDS_ID
WHERE {time|7 days}
  AND userIdentity.invokedBy IS NOT NULL{filter}
GROUP BY userIdentity.invokedBy, eventSource, eventName
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Events by a tag of their resources
-- about: How many events there are for each value of a tag of a resource; needs enriched events.
-- tags: tag, resource, count, enriched
-- asks: events grouped by resource tag; count by resource tag value
SELECT element_at(rt.tags, '{tag|solution}') AS tag_value, count(*) AS events
FROM $EDS_ID
CROSS JOIN UNNEST(eventContext.tagContext.resourceTags) AS rt (arn, tags)
WHERE {time|7 days}{filter}
GROUP BY 1
ORDER BY 2 DESC
LIMIT {limit|100}

-- name: Events of resources with a tag
-- about: Events that touched resources with one value of a tag, newest first; needs enriched events.
-- tags: tag, resource, enriched, list
-- asks: events where resource tag has value; find events by resource tag
SELECT eventTime, eventSource, eventName, userIdentity.arn, errorCode, eventID
FROM $EDS_ID
WHERE {time|7 days}
  AND any_match(eventContext.tagContext.resourceTags,
                rt -> element_at(rt.tags, '{tag|Environment}') = '{value|prod}'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Events of a stack
-- about: Events that touched resources of one CloudFormation stack; needs enriched events.
-- tags: cloudformation, stack, resource, enriched, list
-- asks: events of a cloudformation stack; touched resources within a stack
-- covers: service=cloudformation.amazonaws.com
SELECT eventTime, eventID, eventSource, eventName, userIdentity.arn
FROM $EDS_ID
WHERE {time|7 days}
  AND any_match(eventContext.tagContext.resourceTags,
                rt -> element_at(rt.tags, 'aws:cloudformation:stack-name') = '{stack|myStack}'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}
