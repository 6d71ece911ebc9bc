//! The policies that `aws cloudtrail create-subscription` fetches and fills in.

/// Of a bucket. Placeholders: `<BucketName>`, `<CustomerAccountID>`, and `<Prefix>/`, which the
/// client replaces by nothing where there is no prefix.
pub const BUCKET: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "AWSCloudTrailAclCheck20150319",
      "Effect": "Allow",
      "Principal": {"Service": "cloudtrail.amazonaws.com"},
      "Action": "s3:GetBucketAcl",
      "Resource": "arn:aws:s3:::<BucketName>",
      "Condition": {"StringEquals": {"aws:SourceAccount": "<CustomerAccountID>"}}
    },
    {
      "Sid": "AWSCloudTrailWrite20150319",
      "Effect": "Allow",
      "Principal": {"Service": "cloudtrail.amazonaws.com"},
      "Action": "s3:PutObject",
      "Resource": "arn:aws:s3:::<BucketName>/<Prefix>/AWSLogs/<CustomerAccountID>/*",
      "Condition": {
        "StringEquals": {
          "s3:x-amz-acl": "bucket-owner-full-control",
          "aws:SourceAccount": "<CustomerAccountID>"
        }
      }
    }
  ]
}
"#;

/// Of a topic. Placeholders: `<Region>`, `<SNSTopicOwnerAccountId>`, `<SNSTopicName>`.
pub const TOPIC: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "AWSCloudTrailSNSPolicy20131101",
      "Effect": "Allow",
      "Principal": {"Service": "cloudtrail.amazonaws.com"},
      "Action": "SNS:Publish",
      "Resource": "arn:aws:sns:<Region>:<SNSTopicOwnerAccountId>:<SNSTopicName>",
      "Condition": {"StringEquals": {"aws:SourceAccount": "<SNSTopicOwnerAccountId>"}}
    }
  ]
}
"#;

/// The keys that the client asks for in the bucket `awscloudtrail-policy-REGION`.
pub const BUCKET_KEY: &str = "policy/S3/AWSCloudTrail-S3BucketPolicy-2014-12-17.json";
pub const TOPIC_KEY: &str = "policy/SNS/AWSCloudTrail-SnsTopicPolicy-2014-12-17.json";
