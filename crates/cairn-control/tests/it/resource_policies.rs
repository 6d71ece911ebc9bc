//! Policies of event data stores and channels.

use serde_json::{Value, json};

use crate::kit::{HOME, House, OTHER, OWN, admin};

fn policy(action: &str, resource: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "AWS": OTHER }, "Action": action, "Resource": resource,
    }]})
}

fn put(arn: &str, policy: &Value) -> Value {
    json!({ "ResourceArn": arn, "ResourcePolicy": policy.to_string() })
}

async fn channel(house: &House) -> String {
    let store = house.event_data_store("outside", Some("ActivityAuditLog")).await;
    let to = json!([{ "Type": "EVENT_DATA_STORE", "Location": store }]);
    let input = json!({ "Name": "main", "Source": "Custom", "Destinations": to });
    let made = house.call("CreateChannel", input).await.unwrap();
    made["ChannelArn"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_policy_is_kept_as_given_and_goes_with_its_resource() {
    let house = House::open().await;
    let arn = channel(&house).await;
    let named = json!({ "ResourceArn": arn });
    let none = "ResourcePolicyNotFoundException";
    assert_eq!(house.refused("GetResourcePolicy", named.clone()).await.0, none);
    assert_eq!(house.refused("DeleteResourcePolicy", named.clone()).await.0, none);
    let input = put(&arn, &policy("cloudtrail-data:PutAuditEvents", &arn));
    assert_eq!(house.call("PutResourcePolicy", input.clone()).await.unwrap(), input);
    assert_eq!(house.newest()["responseElements"]["resourceArn"], json!(arn));
    assert_eq!(house.call("GetResourcePolicy", named.clone()).await.unwrap(), input);
    assert_eq!(house.call("DeleteResourcePolicy", named.clone()).await.unwrap(), json!({}));
    assert_eq!(house.refused("GetResourcePolicy", named.clone()).await.0, none);
    house.call("PutResourcePolicy", input).await.unwrap();
    house.call("DeleteChannel", json!({ "Channel": arn })).await.unwrap();
    let gone = house.refused("GetResourcePolicy", named).await;
    assert_eq!(gone.0, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_policy_says_only_what_its_resource_can_be_used_for() {
    let house = House::open().await;
    let (channel, store) = (channel(&house).await, house.event_data_store("main", None).await);
    let audit = policy("cloudtrail-data:PutAuditEvents", &channel);
    let statement = audit["Statement"][0].clone();
    let change = |member: &str, value: Value| {
        let mut changed = audit.clone();
        changed["Statement"][0][member] = value;
        changed
    };
    let ids = |operator: &str| json!({ operator: { "cloudtrail:ExternalId": "x" } });
    let many: Vec<String> = (0..51).map(|index| format!("{:012}", index + 1)).collect();
    house
        .call("PutResourcePolicy", put(&channel, &change("Condition", ids("StringEquals"))))
        .await
        .unwrap();
    house
        .call("PutResourcePolicy", put(&store, &policy("cloudtrail:StartQuery", &store)))
        .await
        .unwrap();
    let cases = [
        (&channel, json!("no policy")),
        (&channel, policy("cloudtrail:StartQuery", &channel)),
        (&channel, policy("cloudtrail-data:PutAuditEvents", "*")),
        (&channel, change("Condition", ids("StringLike"))),
        (&channel, change("Principal", json!({ "AWS": many }))),
        (&channel, json!({ "Statement": vec![statement; 21] })),
        (&store, policy("cloudtrail-data:PutAuditEvents", &store)),
        (&store, policy("cloudtrail:*", &store)),
        (&store, policy("cloudtrail:StartQuery", &channel)),
    ];
    for (arn, policy) in cases {
        let told = house.refused("PutResourcePolicy", put(arn, &policy)).await;
        assert_eq!(told.0, "ResourcePolicyNotValidException", "{policy}");
    }
    let own = |resource: &str| format!("arn:aws:cloudtrail:{HOME}:{OWN}:{resource}");
    let cases = [
        ("main".to_owned(), "ResourceARNNotValidException"),
        (own("channel/x"), "ResourceARNNotValidException"),
        (own("dashboard/x"), "ResourceNotFoundException"),
        (own("trail/main"), "ResourceTypeNotSupportedException"),
        (store.replace(OWN, OTHER), "ResourceARNNotValidException"),
    ];
    for (arn, code) in cases {
        let told = house.refused("PutResourcePolicy", put(&arn, &audit)).await;
        assert_eq!(told.0, code, "{arn}");
    }
}

#[tokio::test]
async fn a_store_is_shown_to_whom_its_policy_allows_it() {
    let house = House::open().await;
    let store = house.event_data_store("main", None).await;
    let named = json!({ "EventDataStore": store });
    let guest = admin(OTHER);
    let hidden = house.call_as(&guest, HOME, "GetEventDataStore", named.clone()).await;
    assert_eq!(hidden.unwrap_err().code, "EventDataStoreARNInvalidException");
    let query = policy("cloudtrail:StartQuery", &store);
    house.call("PutResourcePolicy", put(&store, &query)).await.unwrap();
    house.call_as(&guest, HOME, "GetEventDataStore", named.clone()).await.unwrap_err();
    let get = policy("cloudtrail:GetEventDataStore", &store);
    house.call("PutResourcePolicy", put(&store, &get)).await.unwrap();
    let shown = house.call_as(&guest, HOME, "GetEventDataStore", named.clone()).await.unwrap();
    assert_eq!(shown["EventDataStoreArn"], json!(store));
    house.call_as(&guest, HOME, "DeleteEventDataStore", named).await.unwrap_err();
}
