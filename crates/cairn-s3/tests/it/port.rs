//! The service as trails see it.

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use cairn_ports::{Actor, Buckets, Condition, Encryption, EncryptionContext, PortErrorKind, Put};

use crate::kit::{Asked, House, KEY, OWNER, admin};

fn put<'a>(actor: &'a Actor, key: &'a str, bytes: &'static [u8]) -> Put<'a> {
    Put {
        actor,
        bucket: "one",
        key,
        bytes: Bytes::from_static(bytes),
        content_type: "application/json",
        content_encoding: Some("gzip"),
        metadata: &[],
        acl: Some("bucket-owner-full-control"),
        encryption: Encryption::Bucket,
        condition: Condition::Absent,
        sha256: digest(&SHA256, bytes).as_ref().try_into().unwrap(),
    }
}

#[tokio::test]
async fn a_trail_delivers_where_the_policy_lets_it() {
    let house = House::new().await;
    house.bucket("one").await;
    let trail = format!("arn:aws:cloudtrail:us-east-1:{OWNER}:trail/one");
    let actor = Actor::trail(&trail, OWNER.parse().unwrap());
    let refused = house.s3.put(put(&actor, "AWSLogs/a", b"x")).await.unwrap_err();
    assert_eq!((refused.kind, &*refused.code), (PortErrorKind::Denied, "AccessDenied"));
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow",
            "Principal":{{"Service":"cloudtrail.amazonaws.com"}},"Action":"s3:PutObject",
            "Resource":"arn:aws:s3:::one/AWSLogs/*",
            "Condition":{{"StringEquals":{{"aws:SourceArn":"{trail}",
            "s3:x-amz-acl":"bucket-owner-full-control"}}}}}}]}}"#
    );
    Asked::new("PUT", "/one?policy").body(policy).of(&house).await.fine();
    let metadata = [("signature".to_owned(), "00".to_owned())];
    let stored =
        house.s3.put(Put { metadata: &metadata, ..put(&actor, "AWSLogs/a", b"x") }).await.unwrap();
    assert_eq!(stored.etag, "9dd4e461268c8034f5c8564e155c67a6");
    let again = house.s3.put(put(&actor, "AWSLogs/a", b"y")).await.unwrap_err();
    assert_eq!(again.kind, PortErrorKind::Exists);
    let owner = admin(OWNER);
    let got = house.s3.get(&owner, "one", "AWSLogs/a", None).await.unwrap();
    assert_eq!((&got.bytes[..], &got.meta.metadata[..]), (&b"x"[..], &metadata[..]));
    assert!(got.meta.checksum_sha256.is_some());
    let head = house.s3.head(&owner, "one", "AWSLogs/none").await.unwrap_err();
    assert_eq!((head.kind, &*head.code), (PortErrorKind::Missing, "NoSuchKey"));
    let listed = house.s3.list(&owner, "one", "AWS", None, 10).await.unwrap();
    assert_eq!((listed.objects.len(), listed.more), (1, false));
    assert!(house.s3.policy("one").await.unwrap().unwrap().contains("cloudtrail"));
    assert_eq!(house.s3.bucket("none").await.unwrap_err().code, "NoSuchBucket");
}

#[tokio::test]
async fn bytes_that_are_not_those_that_were_hashed_are_refused() {
    let house = House::new().await;
    house.bucket("one").await;
    let owner = admin(OWNER);
    let wrong = Put { sha256: [0; 32], ..put(&owner, "key", b"x") };
    assert_eq!(house.s3.put(wrong).await.unwrap_err().kind, PortErrorKind::Invalid);
    assert_eq!(house.files(), 0);
}

#[tokio::test]
async fn a_key_that_cannot_be_used_is_a_denial() {
    let house = House::new().await;
    house.bucket("one").await;
    let owner = admin(OWNER);
    let context = EncryptionContext::from([("aws:cloudtrail:arn".into(), "t".into())]);
    let encryption = Encryption::Kms { key_arn: KEY, context: &context };
    let sealed = |key| Put { encryption, ..put(&owner, key, b"x") };
    house.s3.put(sealed("a")).await.unwrap();
    assert_eq!(house.neighbours.contexts()[0]["aws:cloudtrail:arn"], "t");
    house.neighbours.key_disabled.store(true, std::sync::atomic::Ordering::Relaxed);
    let refused = house.s3.put(sealed("b")).await.unwrap_err();
    assert_eq!((refused.kind, &*refused.code), (PortErrorKind::Denied, "KMS.DisabledException"));
}

#[tokio::test]
async fn abilities_are_those_of_the_bucket() {
    let house = House::new().await;
    for (bucket, versioning, object_lock) in
        [("one", false, false), ("vone", true, false), ("lone", true, true)]
    {
        house.bucket(bucket).await;
        let found = house.s3.abilities(bucket).await.unwrap();
        assert!(found.conditional_put);
        assert_eq!((found.versioning, found.object_lock), (versioning, object_lock));
    }
}
