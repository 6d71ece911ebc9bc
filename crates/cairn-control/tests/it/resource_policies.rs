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

#[tokio::test]
async fn a_policy_of_a_store_or_of_a_dashboard_need_not_name_it() {
    let house = House::open().await;
    let store = house.event_data_store("main", None).await;
    let without = |principal: Value, action: &str| {
        json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": principal, "Action": action,
            "Condition": { "StringEquals": { "aws:SourceAccount": OWN } },
        }]})
    };
    let mut get = without(json!({ "AWS": OTHER }), "cloudtrail:GetEventDataStore");
    get["Statement"][0].as_object_mut().unwrap().remove("Condition");
    house.call("PutResourcePolicy", put(&store, &get)).await.unwrap();
    let named = json!({ "EventDataStore": store });
    house.call_as(&admin(OTHER), HOME, "GetEventDataStore", named.clone()).await.unwrap();

    let id = store.rsplit('/').next().unwrap();
    let view = json!({ "View": "Table" });
    let widget = json!({ "QueryStatement": format!("SELECT a FROM {id}"), "ViewProperties": view });
    let board = json!({ "Name": "main", "Widgets": [widget] });
    let made = house.call("CreateDashboard", board).await.unwrap();
    let arn = made["DashboardArn"].as_str().unwrap();
    let service = json!({ "Service": "cloudtrail.amazonaws.com" });
    let refresh = without(service, "cloudtrail:StartDashboardRefresh");
    house.call("PutResourcePolicy", put(arn, &refresh)).await.unwrap();
    let change = |member: &str, value: Value| {
        let mut changed = refresh.clone();
        changed["Statement"][0][member] = value;
        changed
    };
    let all = format!("arn:aws:cloudtrail:{HOME}:{OWN}:dashboard/*");
    house.call("PutResourcePolicy", put(arn, &change("Resource", json!(all)))).await.unwrap();
    let cases = [
        change("Principal", json!("*")),
        change("Principal", json!({ "AWS": OTHER })),
        change("Principal", json!({ "Service": ["cloudtrail.amazonaws.com", "s3.amazonaws.com"] })),
        change("Condition", json!({ "StringEquals": { "aws:SourceIp": "192.0.2.1" } })),
        change("Resource", json!(store)),
        change("NotResource", json!(store)),
    ];
    for policy in cases {
        let told = house.refused("PutResourcePolicy", put(arn, &policy)).await;
        assert_eq!(told.0, "ResourcePolicyNotValidException", "{policy}");
    }
}

#[tokio::test]
async fn what_a_policy_denies_its_own_account_is_denied() {
    let house = House::open().await;
    let store = house.event_data_store("main", None).await;
    let mut deny = policy("cloudtrail:GetEventDataStore", &store);
    deny["Statement"][0]["Effect"] = json!("Deny");
    deny["Statement"][0]["Principal"] = json!("*");
    house.call("PutResourcePolicy", put(&store, &deny)).await.unwrap();
    let named = json!({ "EventDataStore": store });
    let told = house.refused("GetEventDataStore", named.clone()).await;
    assert_eq!(told.0, "OperationNotPermittedException");
    assert!(told.1.contains("explicitly denies cloudtrail:GetEventDataStore"), "{}", told.1);
    house.call("DeleteResourcePolicy", json!({ "ResourceArn": store })).await.unwrap();
    house.call("GetEventDataStore", named).await.unwrap();
}

#[tokio::test]
async fn a_store_that_waits_for_its_end_keeps_its_policy_and_shows_no_tags() {
    let house = House::open().await;
    let store = house.event_data_store("main", None).await;
    house.meet().await;
    let disable = json!({ "EventDataStore": store, "TerminationProtectionEnabled": false });
    house.call("UpdateEventDataStore", disable).await.unwrap();
    house.call("DeleteEventDataStore", json!({ "EventDataStore": store })).await.unwrap();
    let told =
        house.refused("PutResourcePolicy", put(&store, &policy("cloudtrail:StartQuery", &store)));
    assert_eq!(told.await.0, "ConflictException");
    let told = house.refused("DeleteResourcePolicy", json!({ "ResourceArn": store })).await;
    assert_eq!(told.0, "ConflictException");
    let told = house.refused("ListTags", json!({ "ResourceIdList": [store] })).await;
    assert_eq!(told.0, "InactiveEventDataStoreException");
}
