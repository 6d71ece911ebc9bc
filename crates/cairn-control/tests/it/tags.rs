//! Tags of trails, and the keys of digests.

use cairn_core::Timestamp;
use cairn_store::{DigestKey, digest_key};
use serde_json::{Value, json};

use crate::kit::{House, NOW, OTHER, OWN, admin, user};

/// The id of nothing.
const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn tags(list: &[(&str, &str)]) -> Value {
    list.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

async fn listed(house: &House, arn: &str) -> Value {
    let input = json!({ "ResourceIdList": [arn] });
    let got = house.call("ListTags", input).await.unwrap();
    assert_eq!(got["ResourceTagList"][0]["ResourceId"], json!(arn));
    got["ResourceTagList"][0]["TagsList"].clone()
}

#[tokio::test]
async fn tags_come_with_the_trail_are_added_replaced_and_removed() {
    let house = House::open().await;
    let input = json!({ "Name": "main", "S3BucketName": "audit", "TagsList": tags(&[("a", "1")]) });
    let made = house.call("CreateTrail", input).await.unwrap();
    let arn = made["TrailARN"].as_str().unwrap();
    assert_eq!(listed(&house, arn).await, tags(&[("a", "1")]));
    let add = json!({ "ResourceId": arn, "TagsList": tags(&[("a", "2"), ("b", "3")]) });
    assert_eq!(house.call("AddTags", add).await.unwrap(), json!({}));
    let record = house.newest();
    assert_eq!(record["eventName"], "AddTags");
    assert_eq!(record["requestParameters"]["resourceId"], json!(arn));
    assert_eq!(record["responseElements"], Value::Null);
    assert_eq!(listed(&house, arn).await, tags(&[("a", "2"), ("b", "3")]));
    let bare = json!({ "ResourceId": arn, "TagsList": [{ "Key": "c" }] });
    house.call("AddTags", bare).await.unwrap();
    let remove = json!({ "ResourceId": arn, "TagsList": [{ "Key": "a" }, { "Key": "z" }] });
    assert_eq!(house.call("RemoveTags", remove).await.unwrap(), json!({}));
    let left = json!([{ "Key": "b", "Value": "3" }, { "Key": "c" }]);
    assert_eq!(listed(&house, arn).await, left);
    // The next trail of the name has none of them.
    house.call("DeleteTrail", json!({ "Name": "main" })).await.unwrap();
    house.trail("main").await;
    assert_eq!(listed(&house, arn).await, json!([]));
}

#[tokio::test]
async fn tags_are_for_trails_that_are_there() {
    let house = House::open().await;
    let arn = house.trail("main").await;
    let own = |resource: &str| format!("arn:aws:cloudtrail:eu-central-1:{OWN}:{resource}");
    let cases = [
        (own("trail/gone"), "ResourceNotFoundException"),
        (own("eventdatastore/x"), "EventDataStoreARNInvalidException"),
        (own(&format!("eventdatastore/{NOBODY}")), "EventDataStoreNotFoundException"),
        (own("channel/x"), "ChannelARNInvalidException"),
        (own("dashboard/x"), "ResourceNotFoundException"),
        (own("query/x"), "ResourceTypeNotSupportedException"),
        ("arn:aws:s3:::audit".to_owned(), "ResourceTypeNotSupportedException"),
        ("main".to_owned(), "CloudTrailARNInvalidException"),
        (arn.replace(OWN, OTHER), "CloudTrailARNInvalidException"),
    ];
    for (resource, code) in cases {
        let input = json!({ "ResourceId": resource, "TagsList": tags(&[("a", "1")]) });
        assert_eq!(house.refused("AddTags", input.clone()).await.0, code, "{resource}");
        assert_eq!(house.refused("RemoveTags", input).await.0, code, "{resource}");
        let input = json!({ "ResourceIdList": [resource] });
        assert_eq!(house.refused("ListTags", input).await.0, code, "{resource}");
    }
    let input = json!({ "ResourceIdList": [arn] });
    let fault = house.call_in("us-east-1", "ListTags", input).await.unwrap_err();
    assert_eq!(fault.code, "CloudTrailARNInvalidException");
    let text = "Region in ARN is wrong, you can only access resources in region us-east-1.";
    assert_eq!(fault.message, text);
    let many = json!({ "ResourceIdList": vec![&arn; 21] });
    assert_eq!(house.refused("ListTags", many).await.0, "OperationNotPermittedException");
    let token = json!({ "ResourceIdList": [arn], "NextToken": "x" });
    assert_eq!(house.refused("ListTags", token).await.0, "InvalidTokenException");
}

#[tokio::test]
async fn a_trail_has_fifty_tags_at_most_and_clerks_put_none() {
    let house = House::open().await;
    let arn = house.trail("main").await;
    let many: Vec<Value> =
        (0..50).map(|index| json!({ "Key": format!("k{index:02}"), "Value": "v" })).collect();
    house.call("AddTags", json!({ "ResourceId": arn, "TagsList": many })).await.unwrap();
    let more = json!({ "ResourceId": arn, "TagsList": tags(&[("one-more", "v")]) });
    let told = house.refused("AddTags", more.clone()).await;
    assert_eq!(told.0, "TagsLimitExceededException");
    assert_eq!(listed(&house, &arn).await.as_array().unwrap().len(), 50);
    let clerk = user(OWN, "clerk", false);
    for operation in ["AddTags", "RemoveTags"] {
        let refused = house.call_as(&clerk, "eu-central-1", operation, more.clone()).await;
        let fault = refused.unwrap_err();
        assert_eq!(fault.code, "AccessDeniedException");
        let on = format!("cloudtrail:{operation} on resource: {arn} because");
        assert!(fault.message.contains(&on), "{}", fault.message);
    }
    let listing = json!({ "ResourceIdList": [arn] });
    house.call_as(&clerk, "eu-central-1", "ListTags", listing.clone()).await.unwrap();
    let foreign = house.call_as(&admin(OTHER), "eu-central-1", "ListTags", listing).await;
    assert_eq!(foreign.unwrap_err().code, "CloudTrailARNInvalidException");
}

#[tokio::test]
async fn public_keys_are_those_of_the_region_and_the_time() {
    let house = House::open().await;
    let day = 86_400_000;
    let at = |days: i64| Timestamp::from_millis(NOW.millis() + days * day);
    let region = "eu-central-1".parse().unwrap();
    let mut txn = house.services.store.begin().await.unwrap();
    for (fingerprint, from, to) in [("aa", -40, -10), ("bb", -11, 19)] {
        let key = DigestKey {
            fingerprint: fingerprint.to_owned(),
            region: Clone::clone(&region),
            public: b"public".to_vec(),
            not_before: at(from),
            not_after: at(to),
        };
        digest_key::put(&mut txn, &key, b"private").await.unwrap();
    }
    txn.commit().await.unwrap();
    let prints = async |input: Value| -> Vec<String> {
        let got = house.call("ListPublicKeys", input).await.unwrap();
        let keys = got["PublicKeyList"].as_array().unwrap().clone();
        keys.iter().map(|key| key["Fingerprint"].as_str().unwrap().to_owned()).collect()
    };
    let from = |days: i64| json!({ "StartTime": at(days).seconds() });
    let (past, now) = (from(-100), at(0).seconds());
    assert_eq!(prints(json!({})).await, ["bb"]);
    assert_eq!(prints(past.clone()).await, ["aa", "bb"]);
    let range = json!({ "StartTime": at(-30).seconds(), "EndTime": at(-20).seconds() });
    assert_eq!(prints(range).await, ["aa"]);
    let got = house.call("ListPublicKeys", json!({})).await.unwrap();
    let key = json!({
        "Fingerprint": "bb", "Value": "cHVibGlj",
        "ValidityStartTime": at(-11).seconds(), "ValidityEndTime": at(19).seconds(),
    });
    assert_eq!(got, json!({ "PublicKeyList": [key] }));
    let elsewhere = house.call_in("us-east-1", "ListPublicKeys", past).await.unwrap();
    assert_eq!(elsewhere, json!({ "PublicKeyList": [] }));
    let turned = json!({ "StartTime": now, "EndTime": now - 1 });
    let told = house.refused("ListPublicKeys", turned).await;
    assert_eq!(told.0, "InvalidTimeRangeException");
    let token = house.refused("ListPublicKeys", json!({ "NextToken": "x" })).await;
    assert_eq!(token.0, "InvalidTokenException");
}
