//! Making, reading, starting, stopping and deleting trails.

use cairn_core::Timestamp;
use cairn_event::Event;
use cairn_store::{Store, StoreError, outbox, trail, trail_plan, trail_status};
use serde_json::{Value, json};

use crate::kit::{HOME, House, OTHER, OWN, admin, user};

fn error(code: &str, text: &str) -> (String, String) {
    (code.to_owned(), text.to_owned())
}

fn arn(name: &str) -> String {
    format!("arn:aws:cloudtrail:{HOME}:{OWN}:trail/{name}")
}

#[tokio::test]
async fn a_new_trail_has_the_defaults_and_does_not_log() {
    let house = House::open().await;
    let made = house.call("CreateTrail", json!({ "Name": "main", "S3BucketName": "audit" }));
    let expected = json!({
        "Name": "main",
        "S3BucketName": "audit",
        "IncludeGlobalServiceEvents": true,
        "IsMultiRegionTrail": false,
        "TrailARN": arn("main"),
        "LogFileValidationEnabled": false,
        "IsOrganizationTrail": false,
    });
    assert_eq!(made.await.unwrap(), expected);
    let mut shown = expected;
    shown["HomeRegion"] = json!(HOME);
    shown["HasCustomEventSelectors"] = json!(false);
    shown["HasInsightSelectors"] = json!(false);
    let got = house.call("GetTrail", json!({ "Name": "main" })).await.unwrap();
    assert_eq!(got, json!({ "Trail": shown }));
    let described = house.call("DescribeTrails", json!({})).await.unwrap();
    assert_eq!(described, json!({ "trailList": [shown] }));
    let listed = house.call("ListTrails", json!({})).await.unwrap();
    let info = json!({ "TrailARN": arn("main"), "Name": "main", "HomeRegion": HOME });
    assert_eq!(listed, json!({ "Trails": [info] }));
    let status = house.call("GetTrailStatus", json!({ "Name": "main" })).await.unwrap();
    let expected = json!({
        "IsLogging": false,
        "LatestDeliveryAttemptTime": "",
        "LatestNotificationAttemptTime": "",
        "LatestNotificationAttemptSucceeded": "",
        "LatestDeliveryAttemptSucceeded": "",
        "TimeLoggingStarted": "",
        "TimeLoggingStopped": "",
    });
    assert_eq!(status, expected);
}

#[tokio::test]
async fn the_record_is_written_as_cloudtrail_writes_it() {
    let house = House::open().await;
    house.world.bucket("audit", "p/");
    let (topic, key) = (house.world.topic("news"), house.world.key("k-1"));
    let input = json!({
        "Name": "main", "S3BucketName": "audit", "S3KeyPrefix": "p", "SnsTopicName": "news",
        "IsMultiRegionTrail": true, "EnableLogFileValidation": true, "KmsKeyId": "k-1",
        "TagsList": [{ "Key": "team", "Value": "red" }],
    });
    house.call("CreateTrail", input).await.unwrap();
    let text = house.records().pop().unwrap();
    let elements = format!(
        "\"responseElements\":{{\"name\":\"main\",\"s3BucketName\":\"audit\",\
         \"s3KeyPrefix\":\"p\",\"snsTopicName\":\"news\",\"snsTopicARN\":\"{topic}\",\
         \"includeGlobalServiceEvents\":true,\"isMultiRegionTrail\":true,\"trailARN\":\"{}\",\
         \"logFileValidationEnabled\":true,\"kmsKeyId\":\"{key}\",\"isOrganizationTrail\":false}}",
        arn("main")
    );
    assert!(text.contains(&elements), "{text}");
    let record: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(record["eventName"], "CreateTrail");
    assert_eq!(record["readOnly"], false);
    let tags = json!([{ "key": "team", "value": "red" }]);
    assert_eq!(record["requestParameters"]["tagsList"], tags);
    assert_eq!(record["requestParameters"]["s3BucketName"], "audit");
    for operation in ["StartLogging", "StopLogging", "DeleteTrail"] {
        assert_eq!(house.call(operation, json!({ "Name": "main" })).await.unwrap(), json!({}));
        let record = house.newest();
        assert_eq!(record["eventName"], operation);
        assert_eq!(record["responseElements"], Value::Null);
        assert_eq!(record["requestParameters"], json!({ "name": "main" }));
    }
}

#[tokio::test]
async fn every_change_puts_a_step_that_its_own_record_names() {
    let house = House::open().await;
    house.trail("main").await;
    let step = house.newest_plan().await;
    assert_eq!(house.newest()["eventID"], step.event_id);
    assert_eq!(step.document.reason, "CreateTrail");
    assert_eq!((&*step.document.arn, &*step.document.bucket), (&*arn("main"), "audit"));
    assert!(step.document.conditional_put && !step.document.logging && !step.document.deleted);
    let changes = [
        ("StartLogging", true, false),
        ("StopLogging", false, false),
        ("StartLogging", true, false),
        ("DeleteTrail", false, true),
    ];
    for (operation, logging, deleted) in changes {
        house.call(operation, json!({ "Name": arn("main") })).await.unwrap();
        let step = house.newest_plan().await;
        assert_eq!(house.newest()["eventID"], step.event_id);
        let document = step.document;
        assert_eq!(document.reason, operation);
        assert_eq!((document.logging, document.deleted), (logging, deleted), "{operation}");
    }
    // Reads and what changes nothing put none.
    house.trail("second").await;
    let before = house.newest_plan().await;
    house.call("StopLogging", json!({ "Name": "second" })).await.unwrap();
    house.call("GetTrail", json!({ "Name": "second" })).await.unwrap();
    assert_eq!(house.newest_plan().await, before);
}

#[tokio::test]
async fn starting_and_stopping_is_told_by_the_status() {
    let house = House::open().await;
    house.trail("main").await;
    let name = json!({ "Name": "main" });
    let started = house.now();
    house.call("StartLogging", name.clone()).await.unwrap();
    house.clock.advance(std::time::Duration::from_millis(90_500));
    let status = house.call("GetTrailStatus", name.clone()).await.unwrap();
    assert_eq!(status["IsLogging"], true);
    assert_eq!(status["StartLoggingTime"], json!(started as i64));
    assert_eq!(status["TimeLoggingStarted"], "2023-11-14T22:13:20Z");
    assert_eq!(status.get("StopLoggingTime"), None);
    let stopped = house.now();
    house.call("StopLogging", name.clone()).await.unwrap();
    let status = house.call("GetTrailStatus", name).await.unwrap();
    assert_eq!(status["IsLogging"], false);
    assert_eq!(status["StopLoggingTime"], json!(stopped));
    assert_eq!(status["TimeLoggingStopped"], "2023-11-14T22:14:50Z");
    assert_eq!(status["StartLoggingTime"], json!(started as i64));
}

#[tokio::test]
async fn each_region_has_its_own_status() {
    let house = House::open().await;
    let input = json!({ "Name": "main", "S3BucketName": "audit", "IsMultiRegionTrail": true,
                        "EnableLogFileValidation": true });
    house.call("CreateTrail", input).await.unwrap();
    let store = &house.services.store;
    let id = trail::list_all(store).await.unwrap()[0].id.clone();
    let (west, at) = ("us-west-2".parse().unwrap(), Timestamp::from_millis(1_700_000_001_250));
    let mut txn = store.begin().await.unwrap();
    trail_status::delivered(&mut txn, &id, &west, at).await.unwrap();
    trail_status::digested(&mut txn, &id, &west, at).await.unwrap();
    trail_status::notification_failed(&mut txn, &id, &west, at, "AuthorizationError")
        .await
        .unwrap();
    txn.commit().await.unwrap();
    let by_arn = json!({ "Name": arn("main") });
    let status = house.call_in("us-west-2", "GetTrailStatus", by_arn.clone()).await.unwrap();
    assert_eq!(status["LatestDeliveryTime"], json!(1_700_000_001.25));
    assert_eq!(status["LatestDigestDeliveryTime"], json!(1_700_000_001.25));
    assert_eq!(status["LatestDeliveryAttemptSucceeded"], "2023-11-14T22:13:21Z");
    assert_eq!(status["LatestNotificationError"], "AuthorizationError");
    assert_eq!(status["LatestNotificationAttemptTime"], "2023-11-14T22:13:21Z");
    assert_eq!(status["LatestNotificationAttemptSucceeded"], "");
    let at_home = house.call("GetTrailStatus", by_arn).await.unwrap();
    assert_eq!(at_home.get("LatestDeliveryTime"), None);
}

#[tokio::test]
async fn a_shadow_is_shown_in_every_region_and_changed_at_home_only() {
    let house = House::open().await;
    let input = json!({ "Name": "wide", "S3BucketName": "audit", "IsMultiRegionTrail": true });
    house.call("CreateTrail", input).await.unwrap();
    house.trail("here").await;
    let names = async |region: &str, input: Value| -> Vec<String> {
        let shown = house.call_in(region, "DescribeTrails", input).await.unwrap();
        let list = shown["trailList"].as_array().unwrap().clone();
        list.iter().map(|trail| trail["Name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(HOME, json!({})).await, ["here", "wide"]);
    assert_eq!(names("us-east-1", json!({ "trailNameList": [] })).await, ["wide"]);
    assert_eq!(names("us-east-1", json!({ "includeShadowTrails": true })).await, ["wide"]);
    assert!(names("us-east-1", json!({ "includeShadowTrails": false })).await.is_empty());
    let named = |name: &str| json!({ "trailNameList": [name] });
    assert_eq!(names(HOME, named("wide")).await, ["wide"]);
    assert!(names("us-east-1", named("wide")).await.is_empty());
    assert_eq!(names("us-east-1", named(&arn("here"))).await, ["here"]);
    assert!(names(HOME, named(&arn("gone"))).await.is_empty());
    assert!(names(HOME, named("gone")).await.is_empty());
    let foreign = arn("here").replace(OWN, OTHER);
    assert!(names(HOME, named(&foreign)).await.is_empty());
    let both = json!({ "trailNameList": [arn("wide"), "here", arn("here")] });
    assert_eq!(names(HOME, both).await, ["wide", "here"]);
    let got = house.call_in("us-east-1", "GetTrail", json!({ "Name": "wide" })).await.unwrap();
    assert_eq!(got["Trail"]["HomeRegion"], HOME);
    for operation in ["StartLogging", "StopLogging", "DeleteTrail"] {
        for name in ["wide".to_owned(), arn("wide"), arn("here")] {
            let input = json!({ "Name": name });
            let fault = house.call_in("us-east-1", operation, input).await.unwrap_err();
            assert_eq!(fault.code, "InvalidHomeRegionException", "{operation} {name}");
        }
    }
    // A single-Region trail is not there under its name.
    let fault = house.call_in("us-east-1", "StopLogging", json!({ "Name": "here" })).await;
    assert_eq!(fault.unwrap_err().code, "TrailNotFoundException");
}

#[tokio::test]
async fn an_unknown_trail_is_told_by_its_arn() {
    let house = House::open().await;
    let name = || json!({ "Name": "gone" });
    let full = format!("Unknown trail: {} for the user: {OWN}", arn("gone"));
    for operation in ["StartLogging", "StopLogging", "DeleteTrail", "GetTrailStatus"] {
        let told = house.refused(operation, name()).await;
        assert_eq!(told, error("TrailNotFoundException", &full), "{operation}");
    }
    let short = format!("Unknown trail: gone for the user: {OWN}");
    let told = house.refused("GetTrail", name()).await;
    assert_eq!(told, error("TrailNotFoundException", &short));
    let foreign = json!({ "Name": arn("gone").replace(OWN, OTHER) });
    let told = house.refused("StopLogging", foreign).await;
    let text =
        format!("AccountID in ARN is wrong, you can only access resources with AccountID {OWN}.");
    assert_eq!(told, error("CloudTrailARNInvalidException", &text));
    for bad in ["arn:aws:s3:::bucket", "arn:aws:cloudtrail:x", &arn("a b")] {
        let told = house.refused("GetTrail", json!({ "Name": bad })).await;
        assert_eq!(told.0, "CloudTrailARNInvalidException", "{bad}");
    }
}

#[tokio::test]
async fn another_account_sees_and_changes_nothing() {
    let house = House::open().await;
    house.trail("main").await;
    let other = admin(OTHER);
    let shown = house.call_as(&other, HOME, "DescribeTrails", json!({})).await.unwrap();
    assert_eq!(shown, json!({ "trailList": [] }));
    let shown = house.call_as(&other, HOME, "ListTrails", json!({})).await.unwrap();
    assert_eq!(shown, json!({ "Trails": [] }));
    for operation in ["GetTrail", "GetTrailStatus", "StartLogging", "StopLogging", "DeleteTrail"] {
        let by_name = house.call_as(&other, HOME, operation, json!({ "Name": "main" })).await;
        assert_eq!(by_name.unwrap_err().code, "TrailNotFoundException", "{operation}");
        let by_arn = house.call_as(&other, HOME, operation, json!({ "Name": arn("main") })).await;
        assert_eq!(by_arn.unwrap_err().code, "CloudTrailARNInvalidException", "{operation}");
    }
}

#[tokio::test]
async fn only_administrators_change_and_are_told_so_before_anything_else() {
    let house = House::open().await;
    house.trail("main").await;
    let clerk = user(OWN, "clerk", false);
    house.call_as(&clerk, HOME, "GetTrail", json!({ "Name": "main" })).await.unwrap();
    for operation in ["CreateTrail", "StartLogging", "StopLogging", "DeleteTrail"] {
        let refused = house.call_as(&clerk, HOME, operation, json!({ "Name": "main" })).await;
        let fault = refused.unwrap_err();
        assert_eq!(fault.code, "AccessDeniedException");
        let text = format!(
            "User: arn:aws:iam::{OWN}:user/clerk is not authorized to perform: \
             cloudtrail:{operation} on resource: {} because no identity-based policy allows the \
             cloudtrail:{operation} action",
            arn("main")
        );
        assert_eq!(fault.message, text);
        let record = house.newest();
        assert_eq!(
            (&record["eventName"], &record["errorMessage"]),
            (&json!(operation), &json!(text))
        );
        assert_eq!(record["errorCode"], "AccessDeniedException");
    }
    let status = house.call("GetTrailStatus", json!({ "Name": "main" })).await.unwrap();
    assert_eq!(status["IsLogging"], false);
}

#[tokio::test]
async fn a_name_is_free_again_when_its_trail_is_deleted() {
    let house = House::open().await;
    house.trail("main").await;
    let input = json!({ "Name": "main", "S3BucketName": "audit" });
    let told = house.refused("CreateTrail", input.clone()).await;
    let text = format!("Trail main already exists for customer: {OWN}");
    assert_eq!(told, error("TrailAlreadyExistsException", &text));
    house.call("DeleteTrail", json!({ "Name": "main" })).await.unwrap();
    let told = house.refused("DeleteTrail", json!({ "Name": "main" })).await;
    assert_eq!(told.0, "TrailNotFoundException");
    house.call("CreateTrail", input).await.unwrap();
    let all = trail::list_all(&house.services.store).await.unwrap();
    assert_eq!(all.len(), 2);
    assert_ne!(all[0].id, all[1].id);
}

#[tokio::test]
async fn a_region_shows_five_trails_at_most() {
    let house = House::open().await;
    for name in ["t-1", "t-2", "t-3"] {
        house.trail(name).await;
    }
    let input = |name: &str, wide: bool| json!({ "Name": name, "S3BucketName": "audit", "IsMultiRegionTrail": wide });
    for name in ["w-1", "w-2"] {
        house.call_in("us-east-1", "CreateTrail", input(name, true)).await.unwrap();
    }
    let full = |region: &str| {
        let text = format!("User: {OWN} already has 5 trails in {region}.");
        error("MaximumNumberOfTrailsExceededException", &text)
    };
    assert_eq!(house.refused("CreateTrail", input("t-4", false)).await, full(HOME));
    // Another Region shows two of them and has room, except for one that all Regions would show.
    house.call_in("us-east-1", "CreateTrail", input("t-4", false)).await.unwrap();
    let fault = house.call_in("us-east-1", "CreateTrail", input("w-3", true)).await.unwrap_err();
    assert_eq!((fault.code.into_owned(), fault.message), full(HOME));
    // What a shadow is called is taken.
    let fault = house.call_in("eu-west-1", "CreateTrail", input("w-1", false)).await.unwrap_err();
    assert_eq!(fault.code, "TrailAlreadyExistsException");
    let fault = house.call_in("eu-west-1", "CreateTrail", input("t-1", true)).await.unwrap_err();
    assert_eq!(fault.code, "TrailAlreadyExistsException");
    house.call("DeleteTrail", json!({ "Name": "t-1" })).await.unwrap();
    house.call("CreateTrail", input("t-5", false)).await.unwrap();
}

#[tokio::test]
async fn an_update_leaves_what_it_does_not_name_and_clears_what_it_names_empty() {
    let house = House::open().await;
    house.world.bucket("audit", "p/");
    house.world.bucket("other", "q/");
    let (topic, key) = (house.world.topic("news"), house.world.key("k-1"));
    let input = json!({ "Name": "main", "S3BucketName": "audit", "S3KeyPrefix": "p",
                        "SnsTopicName": "news", "KmsKeyId": "k-1" });
    let made = house.call("CreateTrail", input).await.unwrap();
    house.call("StartLogging", json!({ "Name": "main" })).await.unwrap();
    let update = async |members: Value| {
        let mut input = json!({ "Name": arn("main") });
        for (name, value) in members.as_object().unwrap() {
            input[name] = value.clone();
        }
        house.call("UpdateTrail", input).await.unwrap()
    };
    assert_eq!(update(json!({})).await, made);
    let step = house.newest_plan().await;
    assert_eq!(step.document.reason, "UpdateTrail");
    assert!(step.document.logging, "an update does not stop the trail");
    let shown = update(json!({ "S3BucketName": "other", "S3KeyPrefix": "q",
                               "EnableLogFileValidation": true }))
    .await;
    assert_eq!(shown["S3BucketName"], "other");
    assert_eq!((&shown["SnsTopicARN"], &shown["KmsKeyId"]), (&json!(topic), &json!(key)));
    assert_eq!(house.newest()["responseElements"]["s3KeyPrefix"], "q");
    house.world.bucket("other", "");
    let empty = json!({ "S3KeyPrefix": "", "SnsTopicName": "", "KmsKeyId": "",
                        "CloudWatchLogsLogGroupArn": "", "CloudWatchLogsRoleArn": "" });
    let expected = json!({
        "Name": "main", "S3BucketName": "other", "IncludeGlobalServiceEvents": true,
        "IsMultiRegionTrail": false, "TrailARN": arn("main"), "LogFileValidationEnabled": true,
        "IsOrganizationTrail": false,
    });
    assert_eq!(update(empty).await, expected);
    let document = house.newest_plan().await.document;
    assert_eq!((document.prefix, document.kms_key_arn, document.sns_topic_arn), (None, None, None));
}

#[tokio::test]
async fn global_events_follow_the_turn_to_all_regions_and_back() {
    let house = House::open().await;
    house.trail("main").await;
    let update = async |members: Value| {
        let mut input = json!({ "Name": "main" });
        for (name, value) in members.as_object().unwrap() {
            input[name] = value.clone();
        }
        let shown = house.call("UpdateTrail", input).await?;
        let flag = |name: &str| shown[name].as_bool().unwrap();
        Ok((flag("IsMultiRegionTrail"), flag("IncludeGlobalServiceEvents")))
    };
    let wide = |wide: bool| json!({ "IsMultiRegionTrail": wide });
    let global = |global: bool| json!({ "IncludeGlobalServiceEvents": global });
    assert_eq!(update(global(false)).await, Ok((false, false)));
    assert_eq!(update(wide(true)).await, Ok((true, true)));
    let refused: Result<_, cairn_wire::Fault> = update(global(false)).await;
    assert_eq!(refused.unwrap_err().code, "InvalidParameterCombinationException");
    assert_eq!(update(wide(true)).await, Ok((true, true)));
    assert_eq!(update(wide(false)).await, Ok((false, false)));
    let both = json!({ "IsMultiRegionTrail": false, "IncludeGlobalServiceEvents": true });
    assert_eq!(update(both).await, Ok((false, true)));
    let shadows = house.call_in("us-east-1", "DescribeTrails", json!({})).await.unwrap();
    assert_eq!(shadows, json!({ "trailList": [] }));
}

#[tokio::test]
async fn an_update_is_refused_as_a_new_trail_would_be() {
    let house = House::open().await;
    house.trail("main").await;
    house
        .call_in("us-east-1", "CreateTrail", json!({ "Name": "main", "S3BucketName": "audit" }))
        .await
        .unwrap();
    let cases = [
        (json!({ "Name": "gone" }), "TrailNotFoundException"),
        (json!({ "Name": arn("main").replace(HOME, "us-east-1") }), "InvalidHomeRegionException"),
        (json!({ "Name": "main", "S3BucketName": "gone" }), "S3BucketDoesNotExistException"),
        (json!({ "Name": "main", "S3KeyPrefix": "p" }), "InsufficientS3BucketPolicyException"),
        (json!({ "Name": "main", "SnsTopicName": "x" }), "InsufficientSnsTopicPolicyException"),
        (json!({ "Name": "main", "KmsKeyId": "k-9" }), "KmsKeyNotFoundException"),
        (json!({ "Name": "main", "IsOrganizationTrail": true }), "OrganizationsNotInUseException"),
        (
            json!({ "Name": "main", "CloudWatchLogsRoleArn": "r" }),
            "InvalidCloudWatchLogsLogGroupArnException",
        ),
        // Its shadow would meet another trail of its name.
        (
            json!({ "Name": "main", "IsMultiRegionTrail": true }),
            "InvalidParameterCombinationException",
        ),
    ];
    let before = house.newest_plan().await;
    for (input, code) in cases {
        assert_eq!(house.refused("UpdateTrail", input.clone()).await.0, code, "{input}");
    }
    assert_eq!(house.newest_plan().await, before);
}

#[tokio::test]
async fn two_updates_at_once_do_not_undo_each_other() {
    let house = House::open().await;
    house.trail("main").await;
    let store = house.services.store.clone();
    *house.world.meanwhile.lock().unwrap() = Some(Box::pin(turn_validation_on(store)));
    let input = json!({ "Name": "main", "IncludeGlobalServiceEvents": false });
    let told = house.refused("UpdateTrail", input.clone()).await;
    assert_eq!(told.0, "ConflictException");
    let shown = house.call("UpdateTrail", input).await.unwrap();
    assert_eq!(shown["LogFileValidationEnabled"], true);
    assert_eq!(shown["IncludeGlobalServiceEvents"], false);
}

async fn turn_validation_on(store: Store) {
    let mut trail = trail::list_all(&store).await.unwrap().remove(0);
    trail.settings.log_validation = true;
    let mut txn = store.begin().await.unwrap();
    trail::update(&mut txn, &trail).await.unwrap();
    txn.commit().await.unwrap();
}

#[tokio::test]
async fn a_name_that_is_taken_while_the_bucket_is_asked_stays_taken() {
    let house = House::open().await;
    let store = house.services.store.clone();
    *house.world.meanwhile.lock().unwrap() = Some(Box::pin(take_the_name(store)));
    let told = house.refused("CreateTrail", json!({ "Name": "main", "S3BucketName": "audit" }));
    assert_eq!(told.await.0, "TrailAlreadyExistsException");
}

async fn take_the_name(store: Store) {
    let mut txn = store.begin().await.unwrap();
    let new = cairn_store::NewTrail {
        home_region: &HOME.parse().unwrap(),
        name: "main",
        settings: cairn_store::TrailSettings {
            bucket: "other".to_owned(),
            prefix: None,
            topic_name: None,
            topic_arn: None,
            include_global: true,
            multi_region: false,
            log_validation: false,
            organization: false,
            log_group_arn: None,
            log_role_arn: None,
            kms_key_arn: None,
        },
        abilities: "{}".to_owned(),
    };
    trail::create(&mut txn, crate::kit::id(OWN), new).await.unwrap();
    txn.commit().await.unwrap();
}

#[tokio::test]
async fn a_change_whose_record_must_wait_is_planned_for_that_record() {
    let house = House::open().await;
    house.trail("main").await;
    house.services.journal.stop();
    let caller = admin(OWN);
    let input = json!({ "Name": "main" }).to_string();
    let call = crate::kit::call(&caller, HOME, "StartLogging", input);
    let fault = cairn_control::answer(&house.services, &call).await.unwrap_err();
    assert_eq!(fault.status, 503);
    let store = &house.services.store;
    assert!(trail::list_all(store).await.unwrap()[0].logging);
    let waiting = outbox::list(store, 10).await.unwrap();
    let record = Event::parse(waiting.last().unwrap().record.clone()).unwrap();
    let step = trail_plan::pending(store).await.unwrap().pop().unwrap();
    assert_eq!(step.document.reason, "StartLogging");
    assert_eq!(record.id(), step.event_id);
}

#[tokio::test]
async fn no_change_comes_between_another_and_its_record() {
    // The journal's writer does not run, so no record gets there.
    let house = House::open_without_writer().await;
    let input = json!({ "Name": "main", "S3BucketName": "audit" }).to_string();
    let call = crate::kit::call(&admin(OWN), HOME, "CreateTrail", input);
    let store = house.services.store.clone();
    let planned = async {
        while trail_plan::pending(&store).await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        answer = cairn_control::answer(&house.services, &call) => panic!("answered: {answer:?}"),
        () = planned => {}
    }
    // From here on, to wait is to wait in vain.
    tokio::time::pause();
    assert!(matches!(store.begin().await.unwrap_err(), StoreError::Busy));
}
