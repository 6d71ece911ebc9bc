//! What events of a store are enriched with, and what a trail sums up.

use serde_json::{Value, json};

use crate::kit::House;

fn keys(kind: &str, keys: &[&str]) -> Value {
    json!({ "Type": kind, "Equals": keys })
}

#[tokio::test]
async fn a_store_keeps_its_size_and_its_keys() {
    let house = House::open().await;
    let arn = house.event_data_store("main", None).await;
    let named = json!({ "EventDataStore": arn });
    let expected = json!({ "EventDataStoreArn": arn, "MaxEventSize": "Standard",
                           "ContextKeySelectors": [] });
    assert_eq!(house.call("GetEventConfiguration", named.clone()).await.unwrap(), expected);
    let both = [keys("TagContext", &["team"]), keys("RequestContext", &["aws:PrincipalArn"])];
    let expected = json!({ "EventDataStoreArn": arn, "MaxEventSize": "Large",
                           "ContextKeySelectors": both });
    let mut input = expected.clone();
    input["EventDataStore"] = json!(arn);
    assert_eq!(house.call("PutEventConfiguration", input).await.unwrap(), expected);
    assert_eq!(house.newest()["responseElements"]["maxEventSize"], "Large");
    assert_eq!(house.call("GetEventConfiguration", named).await.unwrap(), expected);
    let plan = house.lake().await.pop().unwrap();
    let kept: Value = serde_json::from_str(&plan.event_configuration.unwrap()).unwrap();
    assert_eq!(kept, json!({ "MaxEventSize": "Large", "ContextKeySelectors": both }));
    // What is not named stays, and an empty list clears.
    let small = json!({ "EventDataStore": arn, "MaxEventSize": "Standard" });
    let told = house.refused("PutEventConfiguration", small).await;
    assert_eq!(told.0, "InvalidParameterCombinationException");
    let clear = json!({ "EventDataStore": arn, "ContextKeySelectors": [] });
    let cleared = house.call("PutEventConfiguration", clear).await.unwrap();
    assert_eq!(cleared["MaxEventSize"], "Large");
    assert_eq!(cleared["ContextKeySelectors"], json!([]));
}

#[tokio::test]
async fn a_store_of_events_from_outside_has_a_size_and_no_keys() {
    let house = House::open().await;
    let arn = house.event_data_store("outside", Some("ActivityAuditLog")).await;
    let named = json!({ "EventDataStore": arn });
    let expected = |size: &str| json!({ "EventDataStoreArn": arn, "MaxEventSize": size, "ContextKeySelectors": [] });
    assert_eq!(
        house.call("GetEventConfiguration", named.clone()).await.unwrap(),
        expected("Standard")
    );
    let large =
        json!({ "EventDataStore": arn, "MaxEventSize": "Large", "ContextKeySelectors": [] });
    assert_eq!(house.call("PutEventConfiguration", large).await.unwrap(), expected("Large"));
    assert_eq!(house.call("GetEventConfiguration", named).await.unwrap(), expected("Large"));
}

#[tokio::test]
async fn what_is_no_configuration_is_refused() {
    let house = House::open().await;
    let arn = house.event_data_store("main", None).await;
    let insights = house.event_data_store("insights", Some("Insight")).await;
    let outside = house.event_data_store("outside", Some("ActivityAuditLog")).await;
    house.trail("main").await;
    let large = |list: Value| json!({ "EventDataStore": arn, "MaxEventSize": "Large", "ContextKeySelectors": list });
    let (tags, long) = (keys("TagContext", &["team"]), "k".repeat(129));
    let (invalid, combination) =
        ("InvalidParameterException", "InvalidParameterCombinationException");
    let cases = [
        (json!({ "MaxEventSize": "Large" }), combination),
        (json!({ "EventDataStore": arn, "TrailName": "main" }), combination),
        (json!({ "TrailName": "main", "MaxEventSize": "Large" }), combination),
        (json!({ "EventDataStore": arn, "AggregationConfigurations": [] }), combination),
        (json!({ "EventDataStore": arn, "ContextKeySelectors": [tags] }), combination),
        (json!({ "EventDataStore": arn, "MaxEventSize": "Huge" }), invalid),
        (large(json!([tags, tags])), invalid),
        (large(json!([keys("Gossip", &["a"])])), invalid),
        (large(json!([keys("RequestContext", &["aws:Mood"])])), invalid),
        (large(json!([keys("TagContext", &["a", "a"])])), invalid),
        (large(json!([keys("TagContext", &[&*long])])), "ValidationException"),
        (
            json!({ "EventDataStore": insights, "MaxEventSize": "Large" }),
            "InvalidEventDataStoreCategoryException",
        ),
        (
            json!({ "EventDataStore": outside, "MaxEventSize": "Large", "ContextKeySelectors": [tags] }),
            "InvalidEventDataStoreCategoryException",
        ),
    ];
    for (input, code) in cases {
        let told = house.refused("PutEventConfiguration", input.clone()).await;
        assert_eq!(told.0, code, "{input}: {}", told.1);
    }
    let told = house.refused("GetEventConfiguration", json!({})).await;
    assert_eq!(told.0, combination);
}

#[tokio::test]
async fn a_trail_keeps_what_it_sums_up() {
    let house = House::open().await;
    let arn = house.trail("main").await;
    let named = json!({ "TrailName": "main" });
    let expected = json!({ "TrailARN": arn, "AggregationConfigurations": [] });
    assert_eq!(house.call("GetEventConfiguration", named.clone()).await.unwrap(), expected);
    let list = json!([{ "EventCategory": "Data", "Templates": ["API_ACTIVITY", "USER_ACTIONS"] }]);
    let input = json!({ "TrailName": arn, "AggregationConfigurations": list });
    let expected = json!({ "TrailARN": arn, "AggregationConfigurations": list });
    assert_eq!(house.call("PutEventConfiguration", input).await.unwrap(), expected);
    assert_eq!(house.call("GetEventConfiguration", named.clone()).await.unwrap(), expected);
    // What is not named stays.
    assert_eq!(house.call("PutEventConfiguration", named.clone()).await.unwrap(), expected);
    assert_eq!(house.call("GetEventConfiguration", named).await.unwrap(), expected);
    let twice = json!([{ "EventCategory": "Data", "Templates": ["API_ACTIVITY", "API_ACTIVITY"] }]);
    let input = json!({ "TrailName": "main", "AggregationConfigurations": twice });
    let told = house.refused("PutEventConfiguration", input).await;
    assert_eq!(told.0, "InvalidParameterException");
}
