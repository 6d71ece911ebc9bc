//! Event selectors and insight selectors of a trail.

use serde_json::{Value, json};

use crate::kit::{HOME, House, OWN};
use crate::ports::bucket_policy;

fn arn() -> String {
    format!("arn:aws:cloudtrail:{HOME}:{OWN}:trail/main")
}

async fn flags(house: &House) -> (bool, bool) {
    let trail = house.call("GetTrail", json!({ "Name": "main" })).await.unwrap();
    let flag = |name: &str| trail["Trail"][name].as_bool().unwrap();
    (flag("HasCustomEventSelectors"), flag("HasInsightSelectors"))
}

fn advanced_default() -> Value {
    json!([{ "Name": "Management events selector",
             "FieldSelectors": [{ "Field": "eventCategory", "Equals": ["Management"] }] }])
}

#[tokio::test]
async fn a_trail_without_selectors_shows_the_default() {
    let house = House::open().await;
    house.trail("main").await;
    let got = house.call("GetEventSelectors", json!({ "TrailName": "main" })).await.unwrap();
    let expected = json!({ "TrailARN": arn(), "AdvancedEventSelectors": advanced_default() });
    assert_eq!(got, expected);
    assert_eq!(flags(&house).await, (false, false));
}

#[tokio::test]
async fn basic_selectors_are_given_back_whole_and_advanced_ones_take_their_place() {
    let house = House::open().await;
    house.trail("main").await;
    let put = async |name: &str, list: Value| {
        house.call("PutEventSelectors", json!({ "TrailName": "main", name: list })).await.unwrap()
    };
    let get = async || {
        let got = house.call("GetEventSelectors", json!({ "TrailName": arn() })).await.unwrap();
        // The same from everywhere.
        let shadow = house.call_in("us-east-1", "GetEventSelectors", json!({ "TrailName": arn() }));
        assert_eq!(shadow.await.unwrap(), got);
        got
    };
    let data = json!([{ "Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::vault/"] }]);
    let whole = json!({ "TrailARN": arn(), "EventSelectors": [{
        "ReadWriteType": "All", "IncludeManagementEvents": true,
        "DataResources": data, "ExcludeManagementEventSources": [],
    }]});
    assert_eq!(put("EventSelectors", json!([{ "DataResources": data }])).await, whole);
    assert_eq!(get().await, whole);
    assert_eq!(flags(&house).await, (true, false));
    let text = house.records().into_iter().find(|text| text.contains("PutEventSelectors")).unwrap();
    let elements = format!(
        "\"responseElements\":{{\"trailARN\":\"{}\",\"eventSelectors\":[{{\"readWriteType\":\
         \"All\",\"includeManagementEvents\":true,\"dataResources\":[{{\"type\":\
         \"AWS::S3::Object\",\"values\":[\"arn:aws:s3:::vault/\"]}}],\
         \"excludeManagementEventSources\":[]}}]}}",
        arn()
    );
    assert!(text.contains(&elements), "{text}");
    let document = house.newest_plan().await.document;
    assert_eq!(document.reason, "PutEventSelectors");
    let kept: Value = serde_json::from_str(&document.selectors.unwrap()).unwrap();
    assert_eq!(kept, json!({ "EventSelectors": whole["EventSelectors"] }));
    let list = json!([{ "Name": "vault", "FieldSelectors": [
        { "Field": "eventCategory", "Equals": ["Data"] },
        { "Field": "resources.type", "Equals": ["AWS::S3::Object"] },
        { "Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::vault/"] },
    ]}]);
    let expected = json!({ "TrailARN": arn(), "AdvancedEventSelectors": list });
    assert_eq!(put("AdvancedEventSelectors", list).await, expected);
    assert_eq!(get().await, expected);
    assert_eq!(flags(&house).await, (true, false));
    // What Terraform puts to take selectors away.
    let reset = json!([{ "IncludeManagementEvents": true, "ReadWriteType": "All",
                         "DataResources": [] }]);
    put("EventSelectors", reset).await;
    assert_eq!(flags(&house).await, (false, false));
    put("AdvancedEventSelectors", advanced_default()).await;
    assert_eq!(flags(&house).await, (false, false));
}

#[tokio::test]
async fn wrong_selectors_change_nothing() {
    let house = House::open().await;
    house.trail("main").await;
    let before = house.newest_plan().await;
    let basic = |kind: &str, value: &str| json!({ "EventSelectors": [{ "DataResources": [{ "Type": kind, "Values": [value] }] }] });
    let cases = [
        (
            basic("AWS::S3::Object", "arn:aws:s3:::*/*"),
            "Value arn:aws:s3:::*/* for DataResources.Values is invalid.",
        ),
        (
            json!({ "EventSelectors": [{ "ExcludeManagementEventSources": ["x.amazonaws.com"] }] }),
            "Event selector ExcludeManagementEventSources is not valid",
        ),
        (json!({}), "You must specify either event selectors or advanced event selectors."),
        (
            json!({ "EventSelectors": [{}], "AdvancedEventSelectors": advanced_default() }),
            "You cannot specify both event selectors and advanced event selectors.",
        ),
    ];
    for (members, text) in cases {
        let mut input = members.clone();
        input["TrailName"] = json!("main");
        let told = house.refused("PutEventSelectors", input).await;
        assert_eq!(told, ("InvalidEventSelectorsException".to_owned(), text.to_owned()));
    }
    let six = json!({ "TrailName": "main", "EventSelectors": [{}, {}, {}, {}, {}, {}] });
    let told = house.refused("PutEventSelectors", six).await;
    assert_eq!(told.0, "InvalidEventSelectorsException");
    let gone = json!({ "TrailName": "gone", "EventSelectors": [{}] });
    assert_eq!(house.refused("PutEventSelectors", gone).await.0, "TrailNotFoundException");
    let away = json!({ "TrailName": arn(), "EventSelectors": [{}] });
    let fault = house.call_in("us-east-1", "PutEventSelectors", away).await.unwrap_err();
    assert_eq!(fault.code, "InvalidHomeRegionException");
    assert_eq!(house.newest_plan().await, before);
}

#[tokio::test]
async fn insights_are_off_until_they_are_put_and_off_again_with_an_empty_list() {
    let house = House::open().await;
    house.trail("main").await;
    let off = (
        "InsightNotEnabledException".to_owned(),
        format!(
            "Trail {} does not have Insights enabled. Edit the trail settings to enable Insights, \
             and then try the operation again.",
            arn()
        ),
    );
    let name = || json!({ "TrailName": "main" });
    assert_eq!(house.refused("GetInsightSelectors", name()).await, off);
    let put = |list: Value| json!({ "TrailName": "main", "InsightSelectors": list });
    let given = json!([{ "InsightType": "ApiCallRateInsight" },
                       { "InsightType": "ApiErrorRateInsight", "EventCategories": ["Management"] }]);
    let expected = json!({ "TrailARN": arn(), "InsightSelectors": [
        { "InsightType": "ApiCallRateInsight", "EventCategories": ["Management"] },
        { "InsightType": "ApiErrorRateInsight", "EventCategories": ["Management"] },
    ]});
    assert_eq!(house.call("PutInsightSelectors", put(given)).await.unwrap(), expected);
    assert_eq!(house.newest()["responseElements"]["trailARN"], json!(arn()));
    let types = &house.newest()["responseElements"]["insightSelectors"][0]["insightType"];
    assert_eq!(types, "ApiCallRateInsight");
    assert_eq!(house.call("GetInsightSelectors", name()).await.unwrap(), expected);
    assert_eq!(flags(&house).await, (false, true));
    house.call("PutInsightSelectors", put(json!([]))).await.unwrap();
    assert_eq!(house.refused("GetInsightSelectors", name()).await, off);
    assert_eq!(flags(&house).await, (false, false));
}

#[tokio::test]
async fn insights_need_what_they_look_at_and_a_bucket_that_can_be_written() {
    let house = House::open().await;
    house.trail("main").await;
    let put = |list: Value| json!({ "TrailName": "main", "InsightSelectors": list });
    let data = json!([{ "InsightType": "ApiCallRateInsight", "EventCategories": ["Data"] }]);
    let bad = json!([{ "InsightType": "Gossip" }]);
    for list in [data, bad, json!([{}]), json!([{ "EventCategories": ["Management"] }])] {
        let told = house.refused("PutInsightSelectors", put(list)).await;
        assert_eq!(told.0, "InvalidInsightSelectorsException");
    }
    let store = "arn:aws:cloudtrail:eu-central-1:111122223333:eventdatastore/x-1";
    let rate = json!([{ "InsightType": "ApiCallRateInsight" }]);
    let forms = [
        (json!({ "InsightSelectors": rate }), "InvalidParameterCombinationException"),
        (
            json!({ "InsightSelectors": rate, "TrailName": "main", "EventDataStore": store }),
            "InvalidParameterCombinationException",
        ),
        (json!({ "InsightSelectors": rate, "EventDataStore": store }), "InvalidParameterException"),
    ];
    for (input, code) in forms {
        assert_eq!(house.refused("PutInsightSelectors", input).await.0, code);
    }
    let none = house.refused("GetInsightSelectors", json!({})).await;
    assert_eq!(none.0, "InvalidParameterCombinationException");
    let other = bucket_policy("another", "").to_string();
    house.world.change("audit", |bucket| bucket.policy = Ok(Some(other)));
    let told = house.refused("PutInsightSelectors", put(rate.clone())).await;
    assert_eq!(told.0, "InsufficientS3BucketPolicyException");
    house.world.buckets.lock().unwrap().clear();
    let told = house.refused("PutInsightSelectors", put(rate)).await;
    assert_eq!(told.0, "S3BucketDoesNotExistException");
}
