//! Who may do what.

use cairn_ports::Actor;

use crate::kit::{Answered, Asked, House, OTHER, OWNER, admin, reader};

async fn policy(house: &House, text: &str) -> Answered {
    Asked::new("PUT", "/one?policy").body(text.to_owned()).of(house).await
}

fn statement(effect: &str, principal: &str, action: &str, more: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Principal":{principal},
            "Action":"{action}","Resource":["arn:aws:s3:::one","arn:aws:s3:::one/*"]{more}}}]}}"#
    )
}

#[tokio::test]
async fn without_a_policy_a_bucket_is_its_owners() {
    let house = House::new().await;
    house.bucket("one").await;
    house.put("/one/key", "x").await;
    for (actor, reads, writes) in [
        (admin(OWNER), true, true),
        (reader(OWNER), true, false),
        (admin(OTHER), false, false),
        (Actor::Anonymous, false, false),
    ] {
        let get = Asked::new("GET", "/one/key").by(actor.clone()).of(&house).await;
        assert_eq!(get.status.is_success(), reads, "{actor:?}");
        let put = Asked::new("PUT", "/one/key").by(actor.clone()).body("y").of(&house).await;
        assert_eq!(put.status.is_success(), writes, "{actor:?}");
        if !writes {
            assert_eq!(put.code(), "AccessDenied");
        }
    }
    let other = Asked::new("PUT", "/one").by(admin(OTHER)).of(&house).await;
    assert_eq!(other.code(), "BucketAlreadyExists");
    assert_eq!(house.ask("PUT", "/one").await.code(), "BucketAlreadyOwnedByYou");
    let listed = Asked::new("GET", "/").by(admin(OTHER)).of(&house).await.fine();
    assert!(listed.elements("Name").is_empty());
}

#[tokio::test]
async fn a_policy_lets_another_account_in() {
    let house = House::new().await;
    house.bucket("one").await;
    house.put("/one/key", "x").await;
    let principal = format!(r#"{{"AWS":"arn:aws:iam::{OTHER}:root"}}"#);
    policy(&house, &statement("Allow", &principal, "s3:GetObject", "")).await.fine();
    Asked::new("GET", "/one/key").by(admin(OTHER)).of(&house).await.fine();
    let put = Asked::new("PUT", "/one/key").by(admin(OTHER)).of(&house).await;
    assert_eq!(put.code(), "AccessDenied");
    // Who may not list does not learn that a key is missing.
    let missing = Asked::new("GET", "/one/none").by(admin(OTHER)).of(&house).await;
    assert_eq!(missing.code(), "AccessDenied");
    house.ask("DELETE", "/one?policy").await.fine();
    let get = Asked::new("GET", "/one/key").by(admin(OTHER)).of(&house).await;
    assert_eq!(get.code(), "AccessDenied");
}

#[tokio::test]
async fn a_denial_binds_the_owner_but_not_the_root_user_at_the_policy() {
    let house = House::new().await;
    house.bucket("one").await;
    policy(&house, &statement("Deny", "{\"AWS\":\"*\"}", "s3:*", "")).await.fine();
    assert_eq!(house.ask("GET", "/one?policy").await.code(), "AccessDenied");
    let arn = format!("arn:aws:iam::{OWNER}:root");
    let root = Actor::Principal { account: OWNER.parse().unwrap(), arn, admin: true };
    let put = Asked::new("PUT", "/one/key").by(root.clone()).of(&house).await;
    assert_eq!(put.code(), "AccessDenied");
    Asked::new("DELETE", "/one?policy").by(root).of(&house).await.fine();
    house.put("/one/key", "x").await;
}

#[tokio::test]
async fn a_service_is_let_in_for_the_resource_that_it_acts_for() {
    let house = House::new().await;
    house.bucket("one").await;
    let trail = format!("arn:aws:cloudtrail:us-east-1:{OWNER}:trail/one");
    let condition = format!(
        r#","Condition":{{"StringEquals":{{"aws:SourceArn":"{trail}",
            "s3:x-amz-acl":"bucket-owner-full-control"}}}}"#
    );
    let principal = r#"{"Service":"cloudtrail.amazonaws.com"}"#;
    policy(&house, &statement("Allow", principal, "s3:PutObject", &condition)).await.fine();
    let account = OWNER.parse().unwrap();
    let put = |arn: &str, acl: bool| {
        let put = Asked::new("PUT", "/one/key").by(Actor::trail(arn, account)).body("x");
        if acl { put.header("x-amz-acl", "bucket-owner-full-control") } else { put }
    };
    put(&trail, true).of(&house).await.fine();
    assert_eq!(put(&trail, false).of(&house).await.code(), "AccessDenied");
    let other = format!("arn:aws:cloudtrail:us-east-1:{OTHER}:trail/one");
    assert_eq!(put(&other, true).of(&house).await.code(), "AccessDenied");
}

#[tokio::test]
async fn a_public_policy_needs_a_bucket_that_takes_one() {
    let house = House::new().await;
    house.bucket("one").await;
    house.put("/one/key", "x").await;
    let public = statement("Allow", "\"*\"", "s3:GetObject", "");
    assert_eq!(policy(&house, &public).await.code(), "AccessDenied");
    house.ask("DELETE", "/one?publicAccessBlock").await.fine();
    policy(&house, &public).await.fine();
    let status = house.ask("GET", "/one?policyStatus").await.fine();
    assert_eq!(status.element("IsPublic"), "true");
    let get = || Asked::new("GET", "/one/key").by(Actor::Anonymous);
    get().of(&house).await.fine();
    let block = "<PublicAccessBlockConfiguration><RestrictPublicBuckets>true\
                 </RestrictPublicBuckets></PublicAccessBlockConfiguration>";
    Asked::new("PUT", "/one?publicAccessBlock").body(block).of(&house).await.fine();
    assert_eq!(get().of(&house).await.code(), "AccessDenied");
}

#[tokio::test]
async fn the_bucket_of_templates_is_everybodys_to_read_and_nobodys_to_have() {
    let house = House::new().await;
    let path = "/awscloudtrail-policy-us-east-1/policy/a.json";
    let get = Asked::new("GET", path).by(admin(OTHER)).of(&house).await.fine();
    assert_eq!(get.text(), "{\"a\":1}");
    assert_eq!(house.ask("PUT", path).await.code(), "AccessDenied");
    let make = house.ask("PUT", "/awscloudtrail-policy-eu-west-1").await;
    assert_eq!(make.status.as_u16(), 403);
}

#[tokio::test]
async fn unconfigured_settings_have_their_own_errors() {
    let house = House::new().await;
    house.bucket("one").await;
    for (setting, code) in [
        ("cors", "NoSuchCORSConfiguration"),
        ("website", "NoSuchWebsiteConfiguration"),
        ("replication", "ReplicationConfigurationNotFoundError"),
        ("lifecycle", "NoSuchLifecycleConfiguration"),
        ("object-lock", "ObjectLockConfigurationNotFoundError"),
        ("tagging", "NoSuchTagSet"),
        ("policy", "NoSuchBucketPolicy"),
    ] {
        assert_eq!(house.ask("GET", &format!("/one?{setting}")).await.code(), code);
    }
    for setting in [
        "acl",
        "accelerate",
        "encryption",
        "location",
        "logging",
        "notification",
        "requestPayment",
        "versioning",
        "publicAccessBlock",
        "ownershipControls",
    ] {
        house.ask("GET", &format!("/one?{setting}")).await.fine();
    }
    let acl = Asked::new("PUT", "/one/key").header("x-amz-acl", "public-read").of(&house).await;
    assert_eq!(acl.code(), "AccessControlListNotSupported");
}
