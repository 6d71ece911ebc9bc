//! Making, changing, deleting and restoring event data stores.

use std::time::Duration;

use cairn_control::load_demand;
use cairn_core::Clock;
use cairn_event::selector::{Demand, Prospect};
use cairn_ports::KeyState;
use cairn_store::event_data_store::RESTORABLE_MILLIS;
use cairn_store::{event_data_store, lake_plan, tag};
use serde_json::{Value, json};

use crate::kit::{HOME, House, OTHER, OWN, admin, id, user};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn named(arn: &str) -> Value {
    json!({ "EventDataStore": arn })
}

fn with(arn: &str, members: Value) -> Value {
    let mut input = named(arn);
    for (name, value) in members.as_object().unwrap() {
        input[name] = value.clone();
    }
    input
}

fn objects_of(bucket: &str) -> Value {
    json!([{ "Name": "objects", "FieldSelectors": [
        { "Field": "eventCategory", "Equals": ["Data"] },
        { "Field": "resources.type", "Equals": ["AWS::S3::Object"] },
        { "Field": "resources.ARN", "StartsWith": [format!("arn:aws:s3:::{bucket}/")] },
    ]}])
}

async fn status(house: &House, arn: &str) -> Value {
    house.call("GetEventDataStore", named(arn)).await.unwrap()["Status"].clone()
}

#[tokio::test]
async fn a_new_store_has_the_defaults_and_is_enabled_once_the_lake_has_met_it() {
    let house = House::open().await;
    let made = house.call("CreateEventDataStore", json!({ "Name": "main" })).await.unwrap();
    let arn = made["EventDataStoreArn"].as_str().unwrap();
    let prefix = format!("arn:aws:cloudtrail:{HOME}:{OWN}:eventdatastore/");
    assert_eq!(arn.strip_prefix(&prefix).unwrap().len(), 36);
    let mut expected = json!({
        "EventDataStoreArn": arn,
        "Name": "main",
        "Status": "CREATED",
        "AdvancedEventSelectors": [{
            "Name": "Default management events",
            "FieldSelectors": [{ "Field": "eventCategory", "Equals": ["Management"] }],
        }],
        "MultiRegionEnabled": true,
        "OrganizationEnabled": false,
        "RetentionPeriod": 366,
        "TerminationProtectionEnabled": true,
        "BillingMode": "EXTENDABLE_RETENTION_PRICING",
        "CreatedTimestamp": house.clock.now().seconds(),
        "UpdatedTimestamp": house.clock.now().seconds(),
    });
    assert_eq!(made, expected);
    house.meet().await;
    expected["Status"] = json!("ENABLED");
    expected["FederationStatus"] = json!("DISABLED");
    expected["PartitionKeys"] = json!([{ "Name": "eventtime_day", "Type": "date" }]);
    let got = house.call("GetEventDataStore", named(arn)).await.unwrap();
    assert_eq!(got, expected);
    let by_id = named(arn.rsplit('/').next().unwrap());
    assert_eq!(house.call("GetEventDataStore", by_id).await.unwrap(), expected);
    let listed = house.call("ListEventDataStores", json!({})).await.unwrap();
    let item = json!({ "EventDataStoreArn": arn, "Name": "main" });
    assert_eq!(listed, json!({ "EventDataStores": [item] }));
}

#[tokio::test]
async fn the_record_and_the_plan_say_what_was_made() {
    let house = House::open().await;
    let key = house.world.key("k-1");
    let input = json!({
        "Name": "main", "AdvancedEventSelectors": objects_of("audit"), "RetentionPeriod": 30,
        "MultiRegionEnabled": false, "KmsKeyId": "k-1", "BillingMode": "FIXED_RETENTION_PRICING",
        "TagsList": [{ "Key": "team", "Value": "red" }], "StartIngestion": false,
        "TerminationProtectionEnabled": false,
    });
    let made = house.call("CreateEventDataStore", input).await.unwrap();
    assert_eq!(made["TagsList"], json!([{ "Key": "team", "Value": "red" }]));
    assert_eq!(made["KmsKeyId"], json!(key));
    let record = house.newest();
    let arn = made["EventDataStoreArn"].as_str().unwrap();
    let shown = &record["responseElements"];
    assert_eq!((&shown["eventDataStoreArn"], &shown["status"]), (&json!(arn), &json!("CREATED")));
    assert_eq!(shown["advancedEventSelectors"][0]["fieldSelectors"][0]["field"], "eventCategory");
    assert_eq!(shown["createdTimestamp"], "Nov 14, 2023, 10:13:20 PM");
    assert_eq!(record["requestParameters"]["name"], "main");
    let step = lake_plan::pending(&house.services.store).await.unwrap().pop().unwrap();
    assert_eq!(json!(step.event_id), record["eventID"]);
    let plan = step.document;
    assert_eq!((&*plan.reason, &*plan.arn, &*plan.schema), ("CreateEventDataStore", arn, "Events"));
    assert_eq!((plan.ingesting, plan.multi_region, plan.retention_days), (false, false, 30));
    assert!(plan.selectors.unwrap().contains("arn:aws:s3:::audit/"));
    house.meet().await;
    assert_eq!(status(&house, arn).await, "STOPPED_INGESTION");
}

#[tokio::test]
async fn ingestion_stops_and_starts_with_its_record() {
    let house = House::open().await;
    let arn = house.event_data_store("main", None).await;
    let told = house.refused("StopEventDataStoreIngestion", named(&arn)).await;
    assert_eq!(told.0, "InvalidEventDataStoreStatusException", "it is CREATED");
    house.meet().await;
    let told = house.refused("StartEventDataStoreIngestion", named(&arn)).await;
    assert_eq!(told.0, "InvalidEventDataStoreStatusException");
    let stopped = house.call("StopEventDataStoreIngestion", named(&arn)).await.unwrap();
    assert_eq!(stopped, json!({}));
    assert_eq!(status(&house, &arn).await, "STOPPING_INGESTION");
    assert!(!house.lake().await[0].ingesting);
    house.meet().await;
    assert_eq!(status(&house, &arn).await, "STOPPED_INGESTION");
    house.call("StartEventDataStoreIngestion", named(&arn)).await.unwrap();
    assert_eq!(status(&house, &arn).await, "STARTING_INGESTION");
    assert!(house.lake().await[0].ingesting);
    house.meet().await;
    assert_eq!(status(&house, &arn).await, "ENABLED");
    let insights = house.event_data_store("insights", Some("Insight")).await;
    house.meet().await;
    for operation in ["StartEventDataStoreIngestion", "StopEventDataStoreIngestion"] {
        let told = house.refused(operation, named(&insights)).await;
        assert_eq!(told.0, "InvalidEventDataStoreCategoryException");
    }
}

#[tokio::test]
async fn a_store_is_deleted_restored_and_gone_after_seven_days() {
    let house = House::open().await;
    let arn = house.event_data_store("main", None).await;
    house.meet().await;
    let told = house.refused("DeleteEventDataStore", named(&arn)).await;
    assert_eq!(told.0, "EventDataStoreTerminationProtectedException");
    let told = house.refused("RestoreEventDataStore", named(&arn)).await;
    assert_eq!(told.0, "InvalidEventDataStoreStatusException");
    let open = json!({ "TerminationProtectionEnabled": false });
    house.call("UpdateEventDataStore", with(&arn, open.clone())).await.unwrap();
    assert_eq!(house.call("DeleteEventDataStore", named(&arn)).await.unwrap(), json!({}));
    assert!(!house.lake().await.last().unwrap().ingesting);
    house.meet().await;
    assert_eq!(status(&house, &arn).await, "PENDING_DELETION");
    let inactive = "InactiveEventDataStoreException";
    for operation in ["DeleteEventDataStore", "DisableFederation"] {
        assert_eq!(house.refused(operation, named(&arn)).await.0, inactive);
    }
    assert_eq!(house.refused("UpdateEventDataStore", with(&arn, open)).await.0, inactive);
    let told = house.refused("CreateEventDataStore", json!({ "Name": "main" })).await;
    assert_eq!(told.0, "EventDataStoreAlreadyExistsException");
    let restored = house.call("RestoreEventDataStore", named(&arn)).await.unwrap();
    assert_eq!((&restored["Status"], restored.get("FederationStatus")), (&json!("ENABLED"), None));
    assert!(house.lake().await.last().unwrap().ingesting);
    let tags = json!({ "ResourceId": arn, "TagsList": [{ "Key": "a" }] });
    house.call("AddTags", tags).await.unwrap();
    house.call("DeleteEventDataStore", named(&arn)).await.unwrap();
    house.clock.advance(Duration::from_millis(RESTORABLE_MILLIS as u64));
    let told = house.refused("RestoreEventDataStore", named(&arn)).await;
    assert_eq!(told.0, "EventDataStoreNotFoundException");
    house.meet().await;
    cairn_control::end_event_data_stores(&house.services.store).await.unwrap();
    let last = house.lake().await;
    assert!(last.len() == 1 && last[0].dropped && last[0].arn == arn, "{last:?}");
    assert_eq!(tag::list(&house.services.store, &arn).await.unwrap(), []);
    house.event_data_store("main", None).await;
}

#[tokio::test]
async fn a_region_takes_ten_stores_those_that_wait_for_their_end_too() {
    let house = House::open().await;
    for index in 0..9 {
        let name = format!("store-{index}");
        let input = json!({ "Name": name, "MultiRegionEnabled": false });
        house.call("CreateEventDataStore", input).await.unwrap();
    }
    let open = json!({ "Name": "everywhere", "TerminationProtectionEnabled": false });
    let made = house.call("CreateEventDataStore", open).await.unwrap();
    let arn = made["EventDataStoreArn"].as_str().unwrap();
    house.call("DeleteEventDataStore", named(arn)).await.unwrap();
    let told = house.refused("CreateEventDataStore", json!({ "Name": "one-more" })).await;
    let text = format!("User: {OWN} already has 10 event data stores in {HOME}.");
    assert_eq!(told, ("EventDataStoreMaxLimitExceededException".to_owned(), text));
    // A Region where one of the ten is a shadow has nine places.
    for index in 0..9 {
        let input = json!({ "Name": format!("there-{index}"), "MultiRegionEnabled": false });
        house.call_in("us-east-1", "CreateEventDataStore", input).await.unwrap();
    }
    let input = json!({ "Name": "there-9", "MultiRegionEnabled": false });
    let full = house.call_in("us-east-1", "CreateEventDataStore", input).await.unwrap_err();
    assert_eq!(full.code, "EventDataStoreMaxLimitExceededException");
    let pages = house.call("ListEventDataStores", json!({ "MaxResults": 7 })).await.unwrap();
    assert_eq!(pages["EventDataStores"].as_array().unwrap().len(), 7);
    let next = json!({ "MaxResults": 7, "NextToken": pages["NextToken"] });
    let rest = house.call("ListEventDataStores", next.clone()).await.unwrap();
    assert_eq!(rest["EventDataStores"].as_array().unwrap().len(), 3);
    assert_eq!(rest.get("NextToken"), None);
    let elsewhere = house.call_in("us-east-1", "ListEventDataStores", next).await.unwrap_err();
    assert_eq!(elsewhere.code, "InvalidNextTokenException");
    let told = house.refused("ListEventDataStores", json!({ "MaxResults": 1001 })).await;
    assert_eq!(told.0, "InvalidMaxResultsException");
}

#[tokio::test]
async fn what_cannot_be_made_is_refused_with_cloudtrails_names() {
    let house = House::open().await;
    house.event_data_store("main", None).await;
    let category = |name: &str| json!([{ "FieldSelectors": [{ "Field": "eventCategory", "Equals": [name] }] }]);
    let two = json!([category("Insight")[0], category("Management")[0]]);
    let cases = [
        (json!({ "Name": "main" }), "EventDataStoreAlreadyExistsException"),
        (json!({ "AdvancedEventSelectors": [] }), "InvalidEventSelectorsException"),
        (json!({ "AdvancedEventSelectors": two }), "InvalidEventSelectorsException"),
        (json!({ "AdvancedEventSelectors": category("Gossip") }), "InvalidEventSelectorsException"),
        (json!({ "OrganizationEnabled": true }), "OrganizationsNotInUseException"),
        (json!({ "BillingMode": "FREE" }), "InvalidParameterException"),
        (
            json!({ "BillingMode": "FIXED_RETENTION_PRICING", "RetentionPeriod": 2558 }),
            "InvalidParameterException",
        ),
        (
            json!({ "AdvancedEventSelectors": category("ActivityAuditLog"),
                    "MultiRegionEnabled": true }),
            "InvalidParameterException",
        ),
        (
            json!({ "AdvancedEventSelectors": category("Insight"), "StartIngestion": false }),
            "InvalidParameterException",
        ),
        (json!({ "KmsKeyId": "absent" }), "KmsKeyNotFoundException"),
        (json!({ "KmsKeyId": "not a key" }), "ValidationException"),
        (json!({ "TagsList": [{ "Key": "aws:a" }] }), "InvalidTagParameterException"),
    ];
    for (members, code) in cases {
        let mut input = json!({ "Name": "other" });
        for (name, value) in members.as_object().unwrap() {
            input[name] = value.clone();
        }
        let told = house.refused("CreateEventDataStore", input).await;
        assert_eq!(told.0, code, "{members}: {}", told.1);
    }
    let clerk = user(OWN, "clerk", false);
    let input = json!({ "Name": "other" });
    let fault = house.call_as(&clerk, HOME, "CreateEventDataStore", input).await.unwrap_err();
    let on = format!("arn:aws:cloudtrail:{HOME}:{OWN}:eventdatastore/* because");
    assert!(fault.code == "AccessDeniedException" && fault.message.contains(&on), "{fault:?}");
    assert_eq!(house.lake().await.len(), 1);
}

#[tokio::test]
async fn an_update_changes_what_it_names() {
    let house = House::open().await;
    let arn = house.event_data_store("main", None).await;
    house.meet().await;
    let key = house.world.key("k-1");
    house.clock.advance(Duration::from_mins(1));
    let change = json!({
        "Name": "renamed", "AdvancedEventSelectors": objects_of("audit"), "RetentionPeriod": 3653,
        "MultiRegionEnabled": false, "TerminationProtectionEnabled": false, "KmsKeyId": "k-1",
    });
    let updated = house.call("UpdateEventDataStore", with(&arn, change)).await.unwrap();
    assert_eq!(updated["UpdatedTimestamp"], json!(house.clock.now().seconds()));
    let mut got = house.call("GetEventDataStore", named(&arn)).await.unwrap();
    got.as_object_mut().unwrap().remove("PartitionKeys");
    assert_eq!(got, updated);
    assert_eq!((&got["Name"], &got["KmsKeyId"]), (&json!("renamed"), &json!(key)));
    assert_eq!(got["BillingMode"], "EXTENDABLE_RETENTION_PRICING");
    let plan = house.lake().await.pop().unwrap();
    assert_eq!((&*plan.reason, plan.retention_days), ("UpdateEventDataStore", 3653));
    let second = house.world.key("k-2");
    let outside = json!([{ "FieldSelectors": [
        { "Field": "eventCategory", "Equals": ["ActivityAuditLog"] }] }]);
    let cases = [
        (json!({}), "InvalidParameterException"),
        (json!({ "BillingMode": "FIXED_RETENTION_PRICING" }), "InvalidParameterException"),
        (json!({ "KmsKeyId": second }), "InvalidParameterException"),
        (json!({ "AdvancedEventSelectors": outside }), "InvalidEventSelectorsException"),
        (json!({ "OrganizationEnabled": true }), "OrganizationsNotInUseException"),
    ];
    for (members, code) in cases {
        let told = house.refused("UpdateEventDataStore", with(&arn, members)).await;
        assert_eq!(told.0, code, "{}", told.1);
    }
    house.event_data_store("taken", None).await;
    let told = house.refused("UpdateEventDataStore", with(&arn, json!({ "Name": "taken" }))).await;
    assert_eq!(told.0, "EventDataStoreAlreadyExistsException");
    house.world.keys.lock().unwrap().get_mut("k-1").unwrap().info.state = KeyState::Disabled;
    let told = house.refused("UpdateEventDataStore", with(&arn, json!({ "KmsKeyId": key }))).await;
    assert_eq!(told.0, "KmsException");
}

#[tokio::test]
async fn a_store_is_found_by_its_own_arn_or_id_at_home_only() {
    let house = House::open().await;
    let arn = house.event_data_store("main", None).await;
    let invalid = "EventDataStoreARNInvalidException";
    let cases = [
        (arn.replace(OWN, OTHER), invalid),
        (arn.replace(HOME, "us-east-1"), invalid),
        (arn.replace("eventdatastore/", "trail/"), invalid),
        ("main".to_owned(), invalid),
        (NOBODY.to_owned(), "EventDataStoreNotFoundException"),
    ];
    for (given, code) in cases {
        assert_eq!(house.refused("GetEventDataStore", named(&given)).await.0, code, "{given}");
    }
    let by_id = named(arn.rsplit('/').next().unwrap());
    let elsewhere = house.call_in("us-east-1", "GetEventDataStore", by_id.clone()).await;
    assert_eq!(elsewhere.unwrap_err().code, "EventDataStoreNotFoundException");
    let foreign = house.call_as(&admin(OTHER), HOME, "GetEventDataStore", by_id).await;
    assert_eq!(foreign.unwrap_err().code, "EventDataStoreNotFoundException");
}

#[tokio::test]
async fn federation_is_enabled_with_a_role_and_keeps_the_store() {
    let house = House::open().await;
    let arn = house.event_data_store("main", None).await;
    let open = json!({ "TerminationProtectionEnabled": false });
    house.call("UpdateEventDataStore", with(&arn, open)).await.unwrap();
    let role = format!("arn:aws:iam::{OWN}:role/lake");
    let enable = with(&arn, json!({ "FederationRoleArn": role }));
    let answer = house.call("EnableFederation", enable.clone()).await.unwrap();
    let expected = json!({ "EventDataStoreArn": arn, "FederationStatus": "ENABLING",
                           "FederationRoleArn": role });
    assert_eq!(answer, expected);
    let got = house.call("GetEventDataStore", named(&arn)).await.unwrap();
    assert_eq!(
        (&got["FederationStatus"], &got["FederationRoleArn"]),
        (&json!("ENABLED"), &json!(role))
    );
    let federated = "EventDataStoreFederationEnabledException";
    assert_eq!(house.refused("EnableFederation", enable).await.0, federated);
    assert_eq!(house.refused("DeleteEventDataStore", named(&arn)).await.0, federated);
    let answer = house.call("DisableFederation", named(&arn)).await.unwrap();
    assert_eq!(answer, json!({ "EventDataStoreArn": arn, "FederationStatus": "DISABLING" }));
    let told = house.refused("DisableFederation", named(&arn)).await;
    assert_eq!(told.0, "InvalidParameterException");
    let foreign = with(&arn, json!({ "FederationRoleArn": role.replace(OWN, OTHER) }));
    assert_eq!(house.refused("EnableFederation", foreign).await.0, "InvalidParameterException");
    house.call("DeleteEventDataStore", named(&arn)).await.unwrap();
}

#[tokio::test]
async fn insights_of_a_store_go_to_a_store_for_insights() {
    let house = House::open().await;
    let arn = house.event_data_store("main", None).await;
    let to = house.event_data_store("insights", Some("Insight")).await;
    let none = house.refused("GetInsightSelectors", named(&arn)).await;
    assert_eq!(none.0, "InsightNotEnabledException");
    let rate = json!([{ "InsightType": "ApiCallRateInsight", "EventCategories": ["Management"] }]);
    let input = json!({ "EventDataStore": arn, "InsightsDestination": to,
                        "InsightSelectors": rate });
    let expected = json!({ "EventDataStoreArn": arn, "InsightsDestination": to,
                           "InsightSelectors": rate });
    assert_eq!(house.call("PutInsightSelectors", input.clone()).await.unwrap(), expected);
    let shown = &house.newest()["responseElements"];
    assert_eq!(shown["insightSelectors"][0]["insightType"], "ApiCallRateInsight");
    assert_eq!(house.call("GetInsightSelectors", named(&arn)).await.unwrap(), expected);
    // Insights that are looked for need their events.
    let data = with(&arn, json!({ "AdvancedEventSelectors": objects_of("audit") }));
    let told = house.refused("UpdateEventDataStore", data).await;
    assert_eq!(told.0, "InvalidInsightSelectorsException");
    let cases = [
        json!({ "EventDataStore": arn, "InsightSelectors": rate }),
        json!({ "EventDataStore": arn, "InsightsDestination": arn, "InsightSelectors": rate }),
        json!({ "EventDataStore": to, "InsightsDestination": to, "InsightSelectors": rate }),
        json!({ "EventDataStore": NOBODY, "InsightsDestination": to, "InsightSelectors": rate }),
    ];
    for input in cases {
        let told = house.refused("PutInsightSelectors", input).await;
        assert_eq!(told.0, "InvalidParameterException", "{}", told.1);
    }
    let off = with(&arn, json!({ "InsightSelectors": [] }));
    house.call("PutInsightSelectors", off).await.unwrap();
    let none = house.refused("GetInsightSelectors", named(&arn)).await;
    assert_eq!(none.0, "InsightNotEnabledException");
}

#[tokio::test]
async fn data_events_that_a_store_asks_for_are_wanted_from_the_answer_on() {
    let house = House::open().await;
    let object = Prospect {
        kind: "AWS::S3::Object",
        source: "s3.amazonaws.com",
        name: "GetObject",
        read_only: Some(true),
    };
    let demand = &house.services.demand;
    assert!(!demand.wants(id(OWN), &object));
    let input = json!({ "Name": "main", "AdvancedEventSelectors": objects_of("audit") });
    let made = house.call("CreateEventDataStore", input).await.unwrap();
    assert!(demand.wants(id(OWN), &object));
    assert!(!demand.wants(id(OTHER), &object));
    // And after a start, whether the lake has met the change or not.
    for _ in 0..2 {
        let again = Demand::default();
        load_demand(&house.services.store, &again).await.unwrap();
        assert!(again.wants(id(OWN), &object));
        house.meet().await;
    }
    let arn = made["EventDataStoreArn"].as_str().unwrap();
    house.call("StopEventDataStoreIngestion", named(arn)).await.unwrap();
    house.meet().await;
    let again = Demand::default();
    load_demand(&house.services.store, &again).await.unwrap();
    assert!(!again.wants(id(OWN), &object));
    let kept = event_data_store::list(&house.services.store, id(OWN)).await.unwrap();
    assert_eq!(kept.len(), 1);
}
