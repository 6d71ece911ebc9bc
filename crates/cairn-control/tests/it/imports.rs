//! Imports are started, stopped, tried again and shown; the work itself is the lake's.

use cairn_store::import::{self, FailureStatus, Fault};
use serde_json::{Value, json};

use crate::kit::{HOME, House, OTHER, OWN, admin, id, user};

fn source(uri: &str) -> Value {
    json!({ "S3": {
        "S3LocationUri": uri,
        "S3BucketRegion": HOME,
        "S3BucketAccessRoleArn": format!("arn:aws:iam::{OWN}:role/reader"),
    }})
}

fn new(arn: &str) -> Value {
    json!({ "Destinations": [arn], "ImportSource": source("s3://audit/AWSLogs") })
}

async fn house() -> (House, String) {
    let house = House::open().await;
    let arn = house.event_data_store("lake", None).await;
    house.meet().await;
    (house, arn)
}

/// Ends an import, with some failures.
async fn end(house: &House, import_id: &str, failures: usize) {
    let store = &house.services.store;
    let mut txn = store.begin().await.unwrap();
    let found = import::get_for_change(&mut txn, id(OWN), import_id).await.unwrap();
    let faults: Vec<Fault> = (0..failures)
        .map(|at| Fault {
            location: format!("s3://audit/{at}"),
            error_type: "AccessDenied".to_owned(),
            message: "no".to_owned(),
            status: FailureStatus::Failed,
            last: false,
        })
        .collect();
    assert!(import::settle(&mut txn, &found, &faults).await.unwrap());
    import::end(&mut txn, &found, true).await.unwrap();
    txn.commit().await.unwrap();
}

#[tokio::test]
async fn an_import_is_started_and_shown() {
    let (house, arn) = house().await;
    let mut input = new(&arn);
    input["StartEventTime"] = json!(1_690_000_000);
    let started = house.call("StartImport", input).await.unwrap();
    let import_id = started["ImportId"].as_str().unwrap();
    assert_eq!(started["ImportStatus"], "INITIALIZING");
    assert_eq!(started["Destinations"], json!([arn]));
    assert_eq!(started["ImportSource"], source("s3://audit/AWSLogs"));
    assert_eq!(started["StartEventTime"], 1_690_000_000);
    assert_eq!(started.get("EndEventTime"), None);
    assert_eq!(started["CreatedTimestamp"], house.now());
    let record = house.newest();
    assert_eq!(record["eventName"], "StartImport");
    assert_eq!(record["requestParameters"]["startEventTime"], "Jul 22, 2023, 4:26:40 AM");
    assert_eq!(record["responseElements"]["importId"], import_id);
    assert_eq!(record["responseElements"]["importSource"]["s3"]["s3BucketRegion"], HOME);
    let shown = house.call("GetImport", json!({ "ImportId": import_id })).await.unwrap();
    assert_eq!(
        shown["ImportStatistics"],
        json!({
            "PrefixesFound": 0, "PrefixesCompleted": 0, "FilesCompleted": 0, "EventsCompleted": 0,
            "FailedEntries": 0,
        })
    );
    let stopped = house.call("StopImport", json!({ "ImportId": import_id })).await.unwrap();
    assert_eq!(stopped["ImportStatus"], "STOPPED");
    assert_eq!(stopped["ImportStatistics"]["EventsCompleted"], 0);
    let listed = house.call("ListImports", json!({})).await.unwrap();
    assert_eq!(listed["Imports"][0]["ImportStatus"], "STOPPED");
    // It is of its Region.
    let listed = house.call_in("us-west-2", "ListImports", json!({})).await.unwrap();
    assert_eq!(listed["Imports"], json!([]));
    for operation in ["GetImport", "StopImport"] {
        let named = json!({ "ImportId": import_id });
        let fault = house.call_in("us-west-2", operation, named).await.unwrap_err();
        assert_eq!(fault.code, "ImportNotFoundException");
    }
    let clerk = user(OWN, "clerk", false);
    let named = json!({ "ImportId": import_id });
    let fault = house.call_as(&clerk, HOME, "StopImport", named).await.unwrap_err();
    assert!(fault.message.contains("StopImport on resource: * because"), "{}", fault.message);
    let named = json!({ "DashboardId": "main" });
    let fault = house.call_as(&clerk, HOME, "DeleteDashboard", named).await.unwrap_err();
    assert!(fault.message.contains(":dashboard/main because"), "{}", fault.message);
}

#[tokio::test]
async fn one_import_runs_and_a_retry_names_nothing_else() {
    let (house, arn) = house().await;
    let started = house.call("StartImport", new(&arn)).await.unwrap();
    let import_id = started["ImportId"].as_str().unwrap();
    let retry = json!({ "ImportId": import_id });
    for input in [new(&arn), retry.clone()] {
        let (code, text) = house.refused("StartImport", input).await;
        assert_eq!(code, "AccountHasOngoingImportException");
        assert_eq!(text, format!("The account {OWN} has an ongoing import: {import_id}."));
    }
    end(&house, import_id, 2).await;
    let mut both = new(&arn);
    both["ImportId"] = json!(import_id);
    assert_eq!(house.refused("StartImport", both).await.0, "InvalidParameterException");
    let again = house.call("StartImport", retry.clone()).await.unwrap();
    assert_eq!(again["ImportStatus"], "INITIALIZING");
    assert_eq!(again["ImportSource"], source("s3://audit/AWSLogs"));
    let failures = house.call("ListImportFailures", retry.clone()).await.unwrap();
    assert_eq!(failures["Failures"][1]["Status"], "RETRY");
    end(&house, import_id, 0).await;
    let (code, text) = house.refused("StartImport", retry).await;
    assert_eq!(code, "InvalidParameterException");
    assert_eq!(text, format!("The import {import_id} is complete: there is nothing to retry."));
}

#[tokio::test]
async fn what_is_not_fit_to_import_is_refused() {
    let (house, arn) = house().await;
    let unmet = house.event_data_store("new", None).await;
    let insights = house.event_data_store("insights", Some("Insight")).await;
    let unknown = arn.replace(&arn[arn.len() - 12..], "000000000000");
    for (input, code) in [
        (json!({}), "InvalidParameterException"),
        (json!({ "Destinations": [arn] }), "InvalidParameterException"),
        (new(&unknown), "EventDataStoreNotFoundException"),
        (new("arn:aws:s3:::x"), "EventDataStoreARNInvalidException"),
        (new(&unmet), "InvalidEventDataStoreStatusException"),
        (new(&insights), "InvalidEventDataStoreCategoryException"),
        (
            json!({ "Destinations": [arn], "ImportSource": source("https://audit/") }),
            "InvalidImportSourceException",
        ),
        (
            json!({ "Destinations": [arn], "ImportSource": source("s3://nobody/") }),
            "InvalidImportSourceException",
        ),
        (json!({ "ImportId": "0".repeat(36) }), "ImportNotFoundException"),
    ] {
        assert_eq!(house.refused("StartImport", input).await.0, code);
    }
    let mut elsewhere = new(&arn);
    elsewhere["ImportSource"]["S3"]["S3BucketRegion"] = json!("us-east-1");
    let (code, text) = house.refused("StartImport", elsewhere).await;
    assert_eq!(code, "InvalidImportSourceException");
    assert_eq!(text, "The S3 bucket audit is in the Region eu-central-1, not in us-east-1.");
    let mut nobody = new(&arn);
    nobody["ImportSource"]["S3"]["S3BucketAccessRoleArn"] = json!("reader");
    assert_eq!(house.refused("StartImport", nobody).await.0, "InvalidImportSourceException");
    let mut late = new(&arn);
    (late["StartEventTime"], late["EndEventTime"]) = (json!(2), json!(1));
    assert_eq!(house.refused("StartImport", late).await.0, "InvalidParameterException");
    let reader = user(OWN, "reader", false);
    let refused = house.call_as(&reader, HOME, "StartImport", new(&arn)).await.unwrap_err();
    assert_eq!(refused.code, "AccessDeniedException");
}

#[tokio::test]
async fn another_account_does_not_see_an_import() {
    let (house, arn) = house().await;
    let started = house.call("StartImport", new(&arn)).await.unwrap();
    let named = json!({ "ImportId": started["ImportId"] });
    let other = admin(OTHER);
    for (operation, code) in [
        ("GetImport", "ImportNotFoundException"),
        ("StopImport", "ImportNotFoundException"),
        ("StartImport", "ImportNotFoundException"),
        ("ListImportFailures", "InvalidParameterException"),
    ] {
        let refused = house.call_as(&other, HOME, operation, named.clone()).await.unwrap_err();
        assert_eq!(refused.code, code, "{operation}");
    }
    let listed = house.call_as(&other, HOME, "ListImports", json!({})).await.unwrap();
    assert_eq!(listed["Imports"], json!([]));
}

#[tokio::test]
async fn imports_and_failures_come_in_pages() {
    let (house, arn) = house().await;
    let mut ids = Vec::new();
    for failures in [0, 5, 0] {
        let started = house.call("StartImport", new(&arn)).await.unwrap();
        let import_id = started["ImportId"].as_str().unwrap().to_owned();
        end(&house, &import_id, failures).await;
        ids.insert(0, import_id);
    }
    let page = house.call("ListImports", json!({ "MaxResults": 2 })).await.unwrap();
    assert_eq!(page["Imports"][0]["ImportId"], json!(ids[0]));
    let token = &page["NextToken"];
    let input = json!({ "MaxResults": 2, "NextToken": token });
    let rest = house.call("ListImports", input).await.unwrap();
    assert_eq!(rest["Imports"].as_array().unwrap().len(), 1);
    assert_eq!(rest.get("NextToken"), None);
    let input = json!({ "ImportStatus": "FAILED", "NextToken": token });
    assert_eq!(house.refused("ListImports", input).await.0, "InvalidNextTokenException");
    let input = json!({ "ImportStatus": "FAILED", "Destination": arn });
    let failed = house.call("ListImports", input).await.unwrap();
    assert_eq!(failed["Imports"].as_array().unwrap().len(), 1);
    let input = json!({ "ImportStatus": "LOST" });
    assert_eq!(house.refused("ListImports", input).await.0, "InvalidParameterException");
    let (mut found, mut token) = (Vec::new(), Value::Null);
    loop {
        let mut input = json!({ "ImportId": ids[1], "MaxResults": 2 });
        if !token.is_null() {
            input["NextToken"] = token;
        }
        let page = house.call("ListImportFailures", input).await.unwrap();
        let entries = page["Failures"].as_array().unwrap();
        found.extend(entries.iter().map(|entry| entry["Location"].as_str().unwrap().to_owned()));
        match page.get("NextToken") {
            Some(next) => token = next.clone(),
            None => break,
        }
    }
    assert_eq!(found, (0..5).map(|at| format!("s3://audit/{at}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_store_that_an_import_goes_to_stays_as_it_is() {
    let (house, arn) = house().await;
    let input = json!({ "EventDataStore": arn, "TerminationProtectionEnabled": false });
    house.call("UpdateEventDataStore", input.clone()).await.unwrap();
    house.meet().await;
    let started = house.call("StartImport", new(&arn)).await.unwrap();
    let code = "EventDataStoreHasOngoingImportException";
    assert_eq!(house.refused("UpdateEventDataStore", input.clone()).await.0, code);
    let named = json!({ "EventDataStore": arn });
    assert_eq!(house.refused("DeleteEventDataStore", named.clone()).await.0, code);
    house.call("StopImport", json!({ "ImportId": started["ImportId"] })).await.unwrap();
    house.call("UpdateEventDataStore", input).await.unwrap();
    house.call("DeleteEventDataStore", named).await.unwrap();
    let retry = json!({ "ImportId": started["ImportId"] });
    assert_eq!(house.refused("StartImport", retry).await.0, "InactiveEventDataStoreException");
}
