use serde_json::{Value, json};

use super::{
    Delivery, Refused, Results, cloudtrail_bucket, cloudtrail_key, cloudtrail_topic, lake_bucket,
};
use crate::{Decision, Policy, template};

const TRAIL: &str = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main";
const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/k";

fn delivery() -> Delivery<'static> {
    Delivery {
        trail_arn: TRAIL,
        account: "111122223333".parse().unwrap(),
        bucket: "logs",
        prefix: None,
        organization: None,
        kms_key: None,
    }
}

fn policy(statements: &[Value]) -> Policy {
    let document = json!({"Version": "2012-10-17", "Statement": statements});
    Policy::parse(&document.to_string()).unwrap()
}

fn acl() -> Value {
    json!({
        "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::logs",
        "Condition": {"StringEquals": {"aws:SourceArn": TRAIL}},
    })
}

fn write(resource: &str) -> Value {
    json!({
        "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject", "Resource": resource,
        "Condition": {"StringEquals": {
            "s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": TRAIL,
        }},
    })
}

fn deny(action: &str, condition: Value) -> Value {
    json!({
        "Effect": "Deny", "Principal": "*", "Action": action,
        "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"], "Condition": condition,
    })
}

#[test]
fn the_documented_bucket_policy_is_enough() {
    let full = policy(&[acl(), write("arn:aws:s3:::logs/AWSLogs/111122223333/*")]);
    assert_eq!(cloudtrail_bucket(&full, &delivery()), Ok(()));
    let prefixed = Delivery { prefix: Some("p/q"), ..delivery() };
    assert!(cloudtrail_bucket(&full, &prefixed).is_err());
    let full = policy(&[acl(), write("arn:aws:s3:::logs/p/q/AWSLogs/111122223333/*")]);
    assert_eq!(cloudtrail_bucket(&full, &prefixed), Ok(()));
    assert!(cloudtrail_bucket(&full, &delivery()).is_err());
}

#[test]
fn an_organization_needs_its_own_folder() {
    let delivery = Delivery { organization: Some("o-a1b2c3d4e5"), ..delivery() };
    let own = write("arn:aws:s3:::logs/AWSLogs/111122223333/*");
    let organization = write("arn:aws:s3:::logs/AWSLogs/o-a1b2c3d4e5/*");
    assert!(cloudtrail_bucket(&policy(&[acl(), own.clone()]), &delivery).is_err());
    assert!(cloudtrail_bucket(&policy(&[acl(), organization.clone()]), &delivery).is_err());
    assert_eq!(cloudtrail_bucket(&policy(&[acl(), own, organization]), &delivery), Ok(()));
}

#[test]
fn what_is_missing_is_named() {
    let only_write = policy(&[write("arn:aws:s3:::logs/AWSLogs/111122223333/*")]);
    let refused = cloudtrail_bucket(&only_write, &delivery()).unwrap_err();
    let expected = Refused {
        action: "s3:GetBucketAcl",
        resource: "arn:aws:s3:::logs".to_owned(),
        decision: Decision::ImplicitDeny,
    };
    assert_eq!(refused, expected);
    let refused = cloudtrail_bucket(&policy(&[acl()]), &delivery()).unwrap_err();
    assert_eq!(refused.action, "s3:PutObject");
    for narrow in ["CloudTrail/*", "CloudTrail*"] {
        let write = write(&format!("arn:aws:s3:::logs/AWSLogs/111122223333/{narrow}"));
        assert!(cloudtrail_bucket(&policy(&[acl(), write]), &delivery()).is_err(), "{narrow}");
    }
}

#[test]
fn a_trail_of_somebody_else_is_not_let_in() {
    let full = policy(&[acl(), write("arn:aws:s3:::logs/AWSLogs/*")]);
    let foreign = Delivery {
        trail_arn: "arn:aws:cloudtrail:eu-west-1:444455556666:trail/main",
        account: "444455556666".parse().unwrap(),
        ..delivery()
    };
    assert_eq!(cloudtrail_bucket(&full, &delivery()), Ok(()));
    assert!(cloudtrail_bucket(&full, &foreign).is_err());
}

#[test]
fn what_modules_forbid_is_seen_as_delivery_would_see_it() {
    let allow = [acl(), write("arn:aws:s3:::logs/AWSLogs/111122223333/*")];
    let with = |statement: Value| policy(&[allow[0].clone(), statement, allow[1].clone()]);
    let insecure = json!({"Bool": {"aws:SecureTransport": "false"}});
    assert_eq!(cloudtrail_bucket(&with(deny("s3:*", insecure)), &delivery()), Ok(()));
    let unencrypted = json!({"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}});
    let unencrypted = with(deny("s3:PutObject", unencrypted));
    let refused = cloudtrail_bucket(&unencrypted, &delivery()).unwrap_err();
    assert_eq!(refused.decision, Decision::ExplicitDeny);
    let encrypted = Delivery { kms_key: Some(KEY), ..delivery() };
    assert_eq!(cloudtrail_bucket(&unencrypted, &encrypted), Ok(()));
    let endpoint = json!({"StringNotEquals": {"aws:SourceVpce": "vpce-1"}});
    assert!(cloudtrail_bucket(&with(deny("s3:*", endpoint)), &delivery()).is_err());
    let digests = json!({
        "Effect": "Deny", "Principal": "*", "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/AWSLogs/111122223333/CloudTrail-Digest/*",
    });
    assert!(cloudtrail_bucket(&with(digests), &delivery()).is_err());
}

#[test]
fn topics_and_keys_are_checked() {
    let topic = "arn:aws:sns:eu-west-1:111122223333:t";
    let publish = |condition: Value| {
        policy(&[json!({
            "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "SNS:Publish", "Resource": topic, "Condition": condition,
        })])
    };
    let source = |arn: &str| json!({"StringEquals": {"aws:SourceArn": arn}});
    assert_eq!(cloudtrail_topic(&publish(source(TRAIL)), topic, &delivery()), Ok(()));
    assert!(cloudtrail_topic(&publish(source("arn:x")), topic, &delivery()).is_err());
    assert!(cloudtrail_topic(&publish(json!({})), "arn:aws:sns:r:1:u", &delivery()).is_err());

    let cloudtrail = json!({"Service": "cloudtrail.amazonaws.com"});
    let describe = json!({
        "Effect": "Allow", "Principal": cloudtrail, "Action": "kms:DescribeKey", "Resource": "*",
    });
    let generate = |account: &str| {
        json!({
            "Effect": "Allow", "Principal": cloudtrail, "Action": "kms:GenerateDataKey*",
            "Resource": "*",
            "Condition": {"StringLike": {
                "kms:EncryptionContext:aws:cloudtrail:arn":
                    format!("arn:aws:cloudtrail:*:{account}:trail/*"),
            }},
        })
    };
    let full = policy(&[describe.clone(), generate("111122223333")]);
    assert_eq!(cloudtrail_key(&full, KEY, &delivery()), Ok(()));
    assert!(cloudtrail_key(&policy(&[generate("111122223333")]), KEY, &delivery()).is_err());
    assert!(cloudtrail_key(&policy(&[describe, generate("4")]), KEY, &delivery()).is_err());
    let root = json!({"AWS": "arn:aws:iam::111122223333:root"});
    let root = policy(&[json!({
        "Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*",
    })]);
    assert!(cloudtrail_key(&root, KEY, &delivery()).is_err());
}

/// Fills in a template as the client does.
fn filled(text: &str, prefix: &str) -> Policy {
    let text = text
        .replace("<BucketName>", "logs")
        .replace("<CustomerAccountID>", "111122223333")
        .replace("<Prefix>/", prefix)
        .replace("<Region>", "eu-west-1")
        .replace("<SNSTopicOwnerAccountId>", "111122223333")
        .replace("<SNSTopicName>", "t");
    Policy::parse(&text).unwrap()
}

#[test]
fn the_templates_pass_the_checks() {
    assert_eq!(cloudtrail_bucket(&filled(template::BUCKET, ""), &delivery()), Ok(()));
    let prefixed = Delivery { prefix: Some("p"), ..delivery() };
    assert_eq!(cloudtrail_bucket(&filled(template::BUCKET, "p/"), &prefixed), Ok(()));
    let topic = "arn:aws:sns:eu-west-1:111122223333:t";
    assert_eq!(cloudtrail_topic(&filled(template::TOPIC, ""), topic, &delivery()), Ok(()));
    let foreign = Delivery { account: "444455556666".parse().unwrap(), ..delivery() };
    assert!(cloudtrail_topic(&filled(template::TOPIC, ""), topic, &foreign).is_err());
}

#[test]
fn the_documented_policy_for_results_is_enough() {
    let store_arn = "arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/1";
    let account = "111122223333".parse().unwrap();
    let results = Results { store_arn, account, bucket: "logs", prefix: Some("p") };
    let allow = |action: Value, resource: Value, stores: &str| {
        json!({
            "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": action, "Resource": resource,
            "Condition": {"StringLike": {
                "aws:sourceAccount": "111122223333",
                "aws:sourceArn": format!("arn:aws:cloudtrail:eu-west-1:{stores}"),
            }},
        })
    };
    let put = |stores: &str| {
        let resources = json!(["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"]);
        allow(json!(["s3:PutObject*", "s3:Abort*"]), resources, stores)
    };
    let acl = allow(json!("s3:GetBucketAcl"), json!("arn:aws:s3:::logs"), "111122223333:*");
    let own = "111122223333:eventdatastore/*";
    assert_eq!(lake_bucket(&policy(&[acl.clone(), put(own)]), &results), Ok(()));
    let refused = lake_bucket(&policy(&[put(own)]), &results).unwrap_err();
    assert_eq!(refused.action, "s3:GetBucketAcl");
    let other = put("444455556666:eventdatastore/*");
    let refused = lake_bucket(&policy(&[acl, other]), &results).unwrap_err();
    assert_eq!(
        refused.resource,
        "arn:aws:s3:::logs/p/AWSLogs/111122223333/CloudTrail-Lake/Query/*"
    );
}
