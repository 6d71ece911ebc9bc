//! What fails over files, and what does not.

use cairn_store::query::QueryStatus;

use crate::kit::{DAY, House, NOW};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_of_a_value_reads_the_same_over_files_and_over_memory() {
    let mut house = House::new().await;
    let store = house.create("faults").await;
    house.put("RunInstances", 5, NOW - DAY);
    house.settle().await;
    let conditions = [
        "CAST(eventName AS bigint) > 1",
        "CAST(eventName AS date) > date '2026-01-01'",
        "date_parse(eventName, '%Y') > eventTime",
        "1 / (length(eventName) - length(eventName)) = 1",
        "regexp_like(eventName, '(' || substr(eventName, 1, 1))",
        "json_parse(eventName) IS NOT NULL",
    ];
    let mut fresh = Vec::new();
    for files in [false, true] {
        if files {
            house.flush().await;
        }
        for (at, condition) in conditions.iter().enumerate() {
            let sql = format!("SELECT eventID FROM $EDS WHERE {condition}");
            let ended = house.run(&store, &sql).await;
            assert_eq!(ended.status, QueryStatus::Failed, "{condition}");
            let said = ended.error.unwrap();
            assert!(!said.contains("internal error"), "{condition}: {said}");
            if files {
                assert_eq!(said, fresh[at], "{condition}");
            } else {
                fresh.push(said);
            }
        }
    }
}

/// Conditions that hold for every call of EC2, and would fail if they went on where they are
/// decided.
const GUARDED: &[&str] = &[
    "(regexp_like(eventName, '^\\d') AND CAST(eventName AS bigint) > 1) IS NOT TRUE",
    "eventName = 'RunInstances' OR CAST(eventName AS bigint) > 1",
    "length(eventName) = 12 OR 10 / (length(eventName) - 12) > 1",
    "NOT (coalesce(cardinality(resources), 0) >= 2 AND resources[2].type = 'x')",
    "coalesce(cardinality(resources), 0) < 2 OR resources[2].type = 'x'",
    "CASE WHEN eventName = 'RunInstances' THEN true WHEN CAST(eventName AS bigint) > 1 THEN false \
     ELSE false END",
    "NOT regexp_like(sourceIPAddress, '^[0-9.]+$') OR sourceIPAddress IS NULL OR \
     contains('10.0.0.0/8', CAST(sourceIPAddress AS ipaddress))",
    "none_match(eventContext.tagContext.resourceTags, t -> element_at(t.tags, 'a') = 'b') IS NULL",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_decided_is_not_gone_on_with_over_files_either() {
    let mut house = House::new().await;
    let store = house.create("guards").await;
    house.put("RunInstances", 5, NOW - DAY);
    house.put("RunInstances", 5, NOW);
    house.settle().await;
    for files in [false, true] {
        if files {
            house.flush().await;
        }
        for condition in GUARDED {
            let sql = format!(
                "SELECT eventID FROM $EDS WHERE eventSource = 'ec2.amazonaws.com' AND {condition} \
                 AND eventTime >= '2026-01-01'"
            );
            let rows = house.rows(&store, &sql).await;
            assert_eq!(rows.len(), 10, "{condition}");
        }
        let sql = "SELECT eventName FROM $EDS WHERE regexp_like(eventName, '^[0-9]') AND \
                   eventTime >= '2026-01-01' AND CAST(eventName AS bigint) > 1";
        assert!(house.rows(&store, sql).await.is_empty());
    }
    // Files are left out by a condition that stands behind one that can fail.
    let sql = "SELECT eventID FROM $EDS WHERE length(eventName) <> 11 AND \
               10 / (length(eventName) - 11) = 10 AND eventTime >= '2026-01-15'";
    let read = house.run(&store, sql).await.statistics;
    assert!(read.rows == 5 && read.scanned < 10, "{read:?}");
}
