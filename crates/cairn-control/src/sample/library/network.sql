-- name: Changes of security groups
-- about: Rules of security groups that were added or removed, and by whom.
-- tags: ec2, vpc, security group, firewall, change
-- asks: security group changes; firewall rules; opened ports; ingress
-- covers: service=ec2.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn, element_at(requestParameters, 'groupId') AS group_id,
       element_at(requestParameters, 'ipPermissions') AS rules, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND eventName IN ('AuthorizeSecurityGroupIngress', 'AuthorizeSecurityGroupEgress',
                    'RevokeSecurityGroupIngress', 'RevokeSecurityGroupEgress',
                    'ModifySecurityGroupRules', 'CreateSecurityGroup', 'DeleteSecurityGroup'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Security groups that were opened to the world
-- about: Ingress rules for 0.0.0.0/0 or ::/0.
-- tags: ec2, vpc, security group, public, security
-- asks: open to internet; 0.0.0.0/0; world open; exposed ports
-- covers: service=ec2.amazonaws.com, action=AuthorizeSecurityGroupIngress
SELECT eventTime, userIdentity.arn, awsRegion, element_at(requestParameters, 'groupId') AS group_id,
       element_at(requestParameters, 'ipPermissions') AS rules
FROM $EDS_ID
WHERE {time|30 days}
  AND eventName = 'AuthorizeSecurityGroupIngress'
  AND (element_at(requestParameters, 'ipPermissions') LIKE '%0.0.0.0/0%'
       OR element_at(requestParameters, 'ipPermissions') LIKE '%::/0%'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Changes of the network
-- about: VPCs, subnets, routes, gateways and peerings that were created, changed or deleted.
-- tags: ec2, vpc, network, change
-- asks: vpc changes; route changes; network changes; new subnet; internet gateway
-- covers: service=ec2.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn, awsRegion, requestParameters, errorCode
FROM $EDS_ID
WHERE {time|30 days}
  AND eventSource = 'ec2.amazonaws.com'
  AND readOnly = false
  AND regexp_like(eventName, 'Vpc|Subnet|Route|Gateway|NetworkAcl|Peering'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Calls through VPC endpoints
-- about: Which services are called through which VPC endpoints.
-- tags: vpc endpoint, network, count
-- asks: vpce usage; private link; endpoint traffic
SELECT vpcEndpointId, eventSource, count(*) AS calls, count(errorCode) AS failed
FROM $EDS_ID
WHERE {time|7 days}
  AND vpcEndpointId IS NOT NULL{filter}
GROUP BY vpcEndpointId, eventSource
ORDER BY calls DESC
LIMIT {limit|100}

-- name: Calls that a VPC endpoint denied
-- about: Network activity events that the policy of a VPC endpoint refused.
-- tags: vpc endpoint, network, access denied, security
-- asks: vpce access denied; endpoint policy denied
-- covers: error=VpceAccessDenied
SELECT eventTime, eventSource, eventName, userIdentity.arn, userIdentity.accountId, vpcEndpointId,
       sourceIPAddress, errorMessage
FROM $EDS_ID
WHERE {time|7 days}
  AND eventCategory = 'NetworkActivity'
  AND errorCode = 'VpceAccessDenied'{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Changes of DNS records
-- about: Route 53 records and zones that were changed.
-- tags: route53, dns, change
-- asks: dns changes; record sets; hosted zone
-- covers: service=route53.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn,
       element_at(requestParameters, 'hostedZoneId') AS zone,
       element_at(requestParameters, 'changeBatch') AS changes
FROM $EDS_ID
WHERE {time|30 days}
  AND eventSource = 'route53.amazonaws.com'
  AND readOnly = false{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Changes of load balancers
-- about: Load balancers, listeners and target groups that were changed.
-- tags: elb, load balancer, change
-- asks: load balancer changes; elb; target group
-- covers: service=elasticloadbalancing.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn, awsRegion, requestParameters, errorCode
FROM $EDS_ID
WHERE {time|30 days}
  AND eventSource = 'elasticloadbalancing.amazonaws.com'
  AND readOnly = false{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}
