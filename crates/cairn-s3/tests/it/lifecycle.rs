//! Lifecycle rules that run.

use std::time::Duration;

use cairn_core::Clock;

use crate::kit::{Asked, House};

async fn rules(house: &House, bucket: &str, rules: &str) {
    let text = format!("<LifecycleConfiguration>{rules}</LifecycleConfiguration>");
    let put = Asked::new("PUT", &format!("/{bucket}?lifecycle")).body(text);
    put.of(house).await.fine();
}

fn rule(filter: &str, action: &str) -> String {
    format!("<Rule><Filter>{filter}</Filter><Status>Enabled</Status>{action}</Rule>")
}

async fn after(house: &House, days: u32) -> u64 {
    house.clock.advance(Duration::from_hours(24) * days);
    house.s3.expire(house.clock.now()).await.unwrap()
}

async fn keys(house: &House, bucket: &str) -> Vec<String> {
    house.ask("GET", &format!("/{bucket}")).await.fine().elements("Key")
}

#[tokio::test]
async fn objects_go_by_age_prefix_tag_and_size() {
    let house = House::new().await;
    house.bucket("one").await;
    let days = "<Expiration><Days>3</Days></Expiration>";
    let tagged = rule("<Tag><Key>a</Key><Value>b</Value></Tag>", days);
    let large = rule("<ObjectSizeGreaterThan>3</ObjectSizeGreaterThan>", days);
    let all = [rule("<Prefix>old/</Prefix>", days), tagged, large].concat();
    rules(&house, "one", &all).await;
    for key in ["old/1", "new/1"] {
        house.put(&format!("/one/{key}"), "x").await;
    }
    house.put("/one/large", "xxxx").await;
    let tag = Asked::new("PUT", "/one/tagged").header("x-amz-tagging", "a=b").of(&house);
    tag.await.fine();
    assert_eq!(after(&house, 2).await, 0);
    assert_eq!(after(&house, 2).await, 3);
    assert_eq!(keys(&house, "one").await, ["new/1"]);
    assert_eq!(house.files(), 1);
}

#[tokio::test]
async fn versions_become_markers_and_go_later() {
    let house = House::new().await;
    house.bucket("vone").await;
    let action = "<Expiration><Days>1</Days></Expiration><NoncurrentVersionExpiration>\
                  <NoncurrentDays>2</NoncurrentDays><NewerNoncurrentVersions>1\
                  </NewerNoncurrentVersions></NoncurrentVersionExpiration>";
    rules(&house, "vone", &rule("", action)).await;
    for text in ["1", "2", "3"] {
        house.put("/vone/key", text).await;
    }
    let versions = async |house: &House| {
        house.ask("GET", "/vone?versions").await.fine().elements("VersionId").len()
    };
    assert_eq!(after(&house, 2).await, 1);
    assert!(keys(&house, "vone").await.is_empty());
    assert_eq!(versions(&house).await, 4, "a marker more");
    assert_eq!(after(&house, 3).await, 2, "one that is not current stays");
    assert_eq!(versions(&house).await, 2);
}

#[tokio::test]
async fn a_marker_that_is_alone_goes() {
    let house = House::new().await;
    house.bucket("vone").await;
    let action = "<Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker>\
                  </Expiration>";
    rules(&house, "vone", &rule("", action)).await;
    house.ask("DELETE", "/vone/alone").await.fine();
    house.put("/vone/kept", "x").await;
    house.ask("DELETE", "/vone/kept").await.fine();
    assert_eq!(after(&house, 1).await, 1);
    let left = house.ask("GET", "/vone?versions").await.fine();
    assert_eq!(left.elements("Key"), ["kept", "kept"]);
}

#[tokio::test]
async fn a_rule_never_removes_what_a_lock_holds() {
    let house = House::new().await;
    house.bucket("lone").await;
    let action = "<NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays>\
                  </NoncurrentVersionExpiration>";
    rules(&house, "lone", &rule("", action)).await;
    let put = Asked::new("PUT", "/lone/key")
        .header("x-amz-object-lock-mode", "GOVERNANCE")
        .header("x-amz-object-lock-retain-until-date", "2025-11-01T00:00:00Z");
    put.body("1").of(&house).await.fine();
    house.put("/lone/key", "2").await;
    assert_eq!(after(&house, 5).await, 0);
    assert_eq!(house.files(), 2);
    assert_eq!(after(&house, 30).await, 1);
    assert_eq!(house.files(), 1);
}

#[tokio::test]
async fn an_upload_that_nobody_ends_is_aborted() {
    let house = House::new().await;
    house.bucket("one").await;
    let action = "<AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation>\
                  </AbortIncompleteMultipartUpload>";
    rules(&house, "one", &rule("<Prefix>a</Prefix>", action)).await;
    for key in ["a", "b"] {
        let id = house.ask("POST", &format!("/one/{key}?uploads")).await.element("UploadId");
        house.put(&format!("/one/{key}?partNumber=1&uploadId={id}"), "x").await;
    }
    assert_eq!(after(&house, 8).await, 1);
    let left = house.ask("GET", "/one?uploads").await.fine();
    assert_eq!(left.elements("Key"), ["b"]);
    assert_eq!(house.files(), 1);
}
