-- name: S3 operations
-- about: Which operations of S3 are called most.
-- tags: s3, bucket, count, top
-- asks: top s3 operations; s3 api calls; most used s3 actions
-- covers: service=s3.amazonaws.com
SELECT eventName, count(*) AS calls, count(errorCode) AS failed
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 's3.amazonaws.com'{filter}
GROUP BY eventName
ORDER BY calls DESC
LIMIT {limit|100}

-- name: S3 calls per bucket
-- about: Which buckets are used most.
-- tags: s3, bucket, count, top, data events
-- asks: top buckets; busiest buckets; most accessed buckets
-- covers: service=s3.amazonaws.com
SELECT element_at(requestParameters, 'bucketName') AS bucket, count(*) AS calls,
       count(DISTINCT userIdentity.arn) AS principals
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 's3.amazonaws.com'
  AND element_at(requestParameters, 'bucketName') IS NOT NULL{filter}
GROUP BY element_at(requestParameters, 'bucketName')
ORDER BY calls DESC
LIMIT {limit|100}

-- name: S3 objects that are read most
-- about: Which objects are fetched most; needs data events.
-- tags: s3, object, count, top, data events
-- asks: top objects; most downloaded objects; popular files
-- covers: service=s3.amazonaws.com, action=GetObject
SELECT element_at(requestParameters, 'bucketName') AS bucket,
       element_at(requestParameters, 'key') AS object, count(*) AS reads
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 's3.amazonaws.com'
  AND eventName = 'GetObject'{filter}
GROUP BY element_at(requestParameters, 'bucketName'), element_at(requestParameters, 'key')
ORDER BY reads DESC
LIMIT {limit|100}

-- name: Deleted S3 objects
-- about: Who deleted which objects; needs data events.
-- tags: s3, object, delete, data events
-- asks: who deleted an object; deleted files; removed objects
-- covers: service=s3.amazonaws.com, action=DeleteObject, action=DeleteObjects
SELECT eventTime, userIdentity.arn, sourceIPAddress,
       element_at(requestParameters, 'bucketName') AS bucket,
       element_at(requestParameters, 'key') AS object, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 's3.amazonaws.com'
  AND eventName IN ('DeleteObject', 'DeleteObjects'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Access to a bucket
-- about: Everything that was done with one bucket, newest first.
-- tags: s3, bucket, activity, investigation
-- asks: who accessed a bucket; bucket access; activity on a bucket
-- covers: service=s3.amazonaws.com
SELECT eventTime, eventName, userIdentity.arn, sourceIPAddress,
       element_at(requestParameters, 'key') AS object, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 's3.amazonaws.com'
  AND element_at(requestParameters, 'bucketName') = '{bucket|audit}'{filter}
ORDER BY eventTime DESC
LIMIT {limit|200}

-- name: Buckets that were created or deleted
-- about: Buckets that appeared or went, and by whom.
-- tags: s3, bucket, change
-- asks: new buckets; deleted buckets; who created a bucket; created s3 bucket
-- covers: service=s3.amazonaws.com, action=CreateBucket, action=DeleteBucket
SELECT eventTime, eventName, element_at(requestParameters, 'bucketName') AS bucket,
       userIdentity.arn, awsRegion, errorCode
FROM $EDS_ID
WHERE {time|30 days}
  AND eventSource = 's3.amazonaws.com'
  AND eventName IN ('CreateBucket', 'DeleteBucket'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Changes of bucket policies and public access
-- about: Policies, ACLs and public access blocks of buckets that were changed.
-- tags: s3, bucket, policy, public, security, change
-- asks: public bucket; bucket policy changes; bucket made public; acl changes
-- covers: service=s3.amazonaws.com
SELECT eventTime, eventName, element_at(requestParameters, 'bucketName') AS bucket,
       userIdentity.arn, sourceIPAddress
FROM $EDS_ID
WHERE {time|30 days}
  AND eventSource = 's3.amazonaws.com'
  AND eventName IN ('PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketAcl', 'PutObjectAcl',
                    'PutBucketPublicAccessBlock', 'DeleteBucketPublicAccessBlock',
                    'PutAccountPublicAccessBlock', 'DeleteAccountPublicAccessBlock'){filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Anonymous S3 requests
-- about: Requests to buckets that nobody signed; needs data events.
-- tags: s3, anonymous, public, security, data events
-- asks: unauthenticated access; anonymous access; public reads
-- covers: service=s3.amazonaws.com
SELECT eventTime, eventName, element_at(requestParameters, 'bucketName') AS bucket,
       element_at(requestParameters, 'key') AS object, sourceIPAddress, errorCode
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 's3.amazonaws.com'
  AND userIdentity.accountId = 'anonymous'{filter}
ORDER BY eventTime DESC
LIMIT {limit|100}

-- name: Bytes out of S3 per principal
-- about: Who downloaded how many bytes; needs data events.
-- tags: s3, download, bytes, exfiltration, data events
-- asks: data transfer; downloaded bytes; exfiltration; largest downloads
-- covers: service=s3.amazonaws.com, action=GetObject
SELECT userIdentity.arn, count(*) AS reads,
       sum(try_cast(element_at(additionalEventData, 'bytesTransferredOut') AS double)) AS bytes_out
FROM $EDS_ID
WHERE {time|7 days}
  AND eventSource = 's3.amazonaws.com'
  AND eventName = 'GetObject'{filter}
GROUP BY userIdentity.arn
ORDER BY bytes_out DESC
LIMIT {limit|100}
