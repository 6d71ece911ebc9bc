//! Making, changing and deleting channels.

use serde_json::{Value, json};

use crate::kit::{HOME, House, OTHER, OWN, admin};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn to(stores: &[&str]) -> Value {
    let one = |store: &&str| json!({ "Type": "EVENT_DATA_STORE", "Location": store });
    stores.iter().map(one).collect()
}

async fn outside(house: &House, name: &str) -> String {
    house.event_data_store(name, Some("ActivityAuditLog")).await
}

fn new(name: &str, source: &str, stores: &[&str]) -> Value {
    json!({ "Name": name, "Source": source, "Destinations": to(stores) })
}

#[tokio::test]
async fn a_channel_is_made_shown_listed_changed_and_deleted() {
    let house = House::open().await;
    let (a, b) = (outside(&house, "first").await, outside(&house, "second").await);
    house.meet().await;
    let mut input = new("main", "Custom", &[&a]);
    input["Tags"] = json!([{ "Key": "team", "Value": "red" }]);
    let made = house.call("CreateChannel", input.clone()).await.unwrap();
    let arn = made["ChannelArn"].as_str().unwrap();
    assert!(arn.starts_with(&format!("arn:aws:cloudtrail:{HOME}:{OWN}:channel/")), "{arn}");
    input["ChannelArn"] = json!(arn);
    assert_eq!(made, input);
    let plan = house.lake().await;
    let id = arn.rsplit('/').next().unwrap();
    assert_eq!(plan.len(), 1);
    assert_eq!((&*plan[0].arn, &*plan[0].reason), (&*a, "CreateChannel"));
    assert_eq!(plan[0].channels, [id]);
    house.meet().await;
    let named = json!({ "Channel": id });
    let shown = json!({ "ChannelArn": arn, "Name": "main", "Source": "Custom",
                        "Destinations": to(&[&a]) });
    assert_eq!(house.call("GetChannel", named.clone()).await.unwrap(), shown);
    let listed = house.call("ListChannels", json!({})).await.unwrap();
    assert_eq!(listed, json!({ "Channels": [{ "ChannelArn": arn, "Name": "main" }] }));
    let tags = house.call("ListTags", json!({ "ResourceIdList": [arn] })).await.unwrap();
    assert_eq!(tags["ResourceTagList"][0]["TagsList"][0]["Key"], "team");
    // A change touches the store that loses the channel and the one that gets it.
    let change = json!({ "Channel": arn, "Name": "renamed", "Destinations": to(&[&b]) });
    let changed = house.call("UpdateChannel", change).await.unwrap();
    let expected = json!({ "ChannelArn": arn, "Name": "renamed", "Source": "Custom",
                           "Destinations": to(&[&b]) });
    assert_eq!(changed, expected);
    assert_eq!(house.newest()["responseElements"]["destinations"][0]["location"], json!(b));
    let plan = house.lake().await;
    let feeds: Vec<_> = plan.iter().map(|step| (&*step.arn, step.channels.len())).collect();
    assert_eq!(feeds, [(&*a, 0), (&*b, 1)]);
    house.meet().await;
    let open = json!({ "EventDataStore": b, "TerminationProtectionEnabled": false });
    house.call("UpdateEventDataStore", open).await.unwrap();
    let delete = json!({ "EventDataStore": b });
    let told = house.refused("DeleteEventDataStore", delete.clone()).await;
    assert_eq!(told.0, "ChannelExistsForEDSException");
    assert_eq!(house.call("DeleteChannel", json!({ "Channel": arn })).await.unwrap(), json!({}));
    assert!(house.lake().await.last().unwrap().channels.is_empty());
    assert_eq!(house.refused("GetChannel", named).await.0, "ChannelNotFoundException");
    let told = house.refused("ListTags", json!({ "ResourceIdList": [arn] })).await;
    assert_eq!(told.0, "ResourceNotFoundException");
    house.call("DeleteEventDataStore", delete).await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_a_channel_is_refused() {
    let house = House::open().await;
    let (store, events) = (outside(&house, "first").await, house.event_data_store("events", None));
    let events = events.await;
    house.call("CreateChannel", new("main", "Custom", &[&store])).await.unwrap();
    let mut service = new("other", "Okta", &[&store]);
    service["Destinations"][0]["Type"] = json!("AWS_SERVICE");
    let cases = [
        (new("main", "Okta", &[&store]), "ChannelAlreadyExistsException"),
        (new("other", "Custom", &[&store]), "ChannelAlreadyExistsException"),
        (new("other", "CloudTrail", &[&store]), "InvalidSourceException"),
        (new("other", "", &[&store]), "InvalidSourceException"),
        (new("other", &"x".repeat(257), &[&store]), "InvalidSourceException"),
        (new("other", "Okta", &[&events]), "InvalidEventDataStoreCategoryException"),
        (new("other", "Okta", &[NOBODY]), "EventDataStoreNotFoundException"),
        (new("other", "Okta", &["nobody"]), "EventDataStoreARNInvalidException"),
        (new("other", "Okta", &[&store, &store]), "InvalidParameterException"),
        (service, "InvalidParameterException"),
        (new("other", "Okta", &[]), "ValidationException"),
        (new("a name", "Okta", &[&store]), "ValidationException"),
    ];
    for (input, code) in cases {
        let told = house.refused("CreateChannel", input.clone()).await;
        assert_eq!(told.0, code, "{input}: {}", told.1);
    }
    let invalid = "ChannelARNInvalidException";
    let arn = |account: &str, region: &str| {
        format!("arn:aws:cloudtrail:{region}:{account}:channel/{NOBODY}")
    };
    let cases = [
        (arn(OWN, HOME), "ChannelNotFoundException"),
        (NOBODY.to_owned(), "ChannelNotFoundException"),
        (arn(OTHER, HOME), invalid),
        (arn(OWN, "us-east-1"), invalid),
        ("main".to_owned(), invalid),
    ];
    for (channel, code) in cases {
        let input = json!({ "Channel": channel });
        assert_eq!(house.refused("GetChannel", input.clone()).await.0, code, "{channel}");
        assert_eq!(house.refused("DeleteChannel", input.clone()).await.0, code, "{channel}");
        assert_eq!(house.refused("UpdateChannel", input).await.0, code, "{channel}");
    }
}

#[tokio::test]
async fn a_region_takes_twenty_five_channels() {
    let house = House::open().await;
    let store = outside(&house, "first").await;
    for index in 0..25 {
        let name = format!("channel-{index:02}");
        house.call("CreateChannel", new(&name, &name, &[&store])).await.unwrap();
    }
    let told = house.refused("CreateChannel", new("more", "more", &[&store])).await;
    let text = format!("User: {OWN} already has 25 channels in {HOME}.");
    assert_eq!(told, ("ChannelMaxLimitExceededException".to_owned(), text));
    let page = house.call("ListChannels", json!({ "MaxResults": 20 })).await.unwrap();
    let next = json!({ "NextToken": page["NextToken"] });
    let rest = house.call("ListChannels", next.clone()).await.unwrap();
    assert_eq!(rest["Channels"].as_array().unwrap().len(), 5);
    assert_eq!(rest["Channels"][4]["Name"], "channel-24");
    let foreign = house.call_as(&admin(OTHER), HOME, "ListChannels", next).await.unwrap_err();
    assert_eq!(foreign.code, "InvalidNextTokenException");
    let none = house.call_as(&admin(OTHER), HOME, "ListChannels", json!({})).await.unwrap();
    assert_eq!(none, json!({ "Channels": [] }));
}
