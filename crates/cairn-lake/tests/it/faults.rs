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
