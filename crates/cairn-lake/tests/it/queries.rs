//! Queries and their bounds.

use std::time::Duration;

use cairn_lake::Settings;
use cairn_ports::lake::{Lake as _, Refused, Table, TableSchema};
use cairn_store::query::{self, QueryStatus};

use crate::kit::{DAY, House, NOW, owner, small};

/// Every row with every row, four times over: it does not end by itself.
const ENDLESS: &str = "SELECT count(*) FROM $EDS a, $EDS b, $EDS c, $EDS d \
                       WHERE a.eventID < b.eventID OR c.eventID > d.eventID";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_record_comes_back_byte_for_byte_from_memory_and_from_files() {
    let mut house = House::new().await;
    let store = house.create("bytes").await;
    house.put("RunInstances", 3, NOW - DAY);
    let ask = "SELECT eventJson, eventJsonChecksum FROM $EDS ORDER BY eventID";
    house.settle().await;
    let fresh = house.rows(&store, ask).await;
    house.flush().await;
    assert_eq!(house.rows(&store, ask).await, fresh);
    let text = fresh[0][0].1.clone().unwrap();
    assert!(text.starts_with(r#"{"eventVersion":"1.11","userIdentity":"#), "{text}");
    assert_eq!(fresh[0][0].0, "eventJson");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statistics_say_what_was_looked_at_and_what_was_left() {
    let mut house = House::new().await;
    let store = house.create("figures").await;
    house.put("RunInstances", 30, NOW);
    house.put("StopInstances", 12, NOW);
    house.settle().await;
    let ask = "SELECT count(*) FROM $EDS WHERE eventName = 'StopInstances'";
    let fresh = house.run(&store, ask).await.statistics;
    assert_eq!((fresh.rows, fresh.matched, fresh.scanned), (1, 12, 42));
    house.flush().await;
    let filed = house.run(&store, ask).await.statistics;
    assert_eq!((filed.rows, filed.matched), (1, 12));
    assert!((12..=42).contains(&filed.scanned) && filed.bytes > 0, "{filed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_asks_for_too_much_is_told_so() {
    let cases = [
        (Settings { result_rows: 10, ..small() }, "SELECT eventID FROM $EDS", "too large"),
        (
            Settings { query_memory: 16 << 10, ..small() },
            "SELECT eventID, count(*) FROM $EDS GROUP BY 1 ORDER BY 2",
            "exhausted resources",
        ),
        (Settings { scanned_bytes: 0, ..small() }, ENDLESS, "exhausted resources"),
    ];
    for (settings, statement, text) in cases {
        let mut house = House::with(settings).await;
        let store = house.create("bounds").await;
        house.put("RunInstances", 2000, NOW);
        house.flush().await;
        let ended = house.run(&store, statement).await;
        assert_eq!(ended.status, QueryStatus::Failed, "{statement}");
        assert!(ended.error.as_ref().unwrap().contains(text), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_takes_too_long_is_ended_and_so_is_a_cancelled_one() {
    let settings =
        Settings { query_timeout: Duration::from_millis(300), query_memory: 1 << 30, ..small() };
    let mut house = House::with(settings).await;
    let store = house.create("long").await;
    house.put("RunInstances", 2000, NOW);
    house.flush().await;
    assert_eq!(house.run(&store, ENDLESS).await.status, QueryStatus::TimedOut);
    house.settings.query_timeout = Duration::from_mins(10);
    house.restart().await;
    house.settle().await;
    let mut txn = house.store.begin().await.unwrap();
    let new = query::NewQuery {
        account: owner(),
        region: &"us-east-1".parse().unwrap(),
        owner: owner(),
        stores: std::slice::from_ref(&store.id),
        statement: &ENDLESS.replace("$EDS", &store.id),
        alias: None,
        refresh: None,
        prompt: None,
        delivery_uri: None,
    };
    let made = query::insert(&mut txn, new).await.unwrap();
    txn.commit().await.unwrap();
    house.runner.step().await.unwrap();
    assert!(house.lake.progress(&made.id).is_some());
    let mut txn = house.store.begin().await.unwrap();
    assert!(query::cancel(&mut txn, &made.id).await.unwrap());
    txn.commit().await.unwrap();
    house.lake.cancel(&made.id);
    house.runner.step().await.unwrap();
    assert!(house.lake.progress(&made.id).is_none());
    let now =
        query::get(&house.store, owner(), &"us-east-1".parse().unwrap(), &made.id).await.unwrap();
    assert_eq!(now.status, QueryStatus::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_names_the_tables_that_it_is_given_and_no_others() {
    let mut house = House::new().await;
    let (mine, other) = (house.create("mine").await, house.create("other").await);
    house.settle().await;
    let tables = [Table { id: mine.id.clone(), schema: TableSchema::Events }];
    let check = |text: String| {
        let (lake, tables) = (house.lake.clone(), tables.clone());
        async move { lake.check(&text, &tables).await }
    };
    assert_eq!(check(format!("SELECT * FROM {}", mine.id)).await, Ok(()));
    let refused = check(format!("SELECT * FROM {}, {}", mine.id, other.id)).await;
    assert_eq!(refused, Err(Refused::Store(other.id.clone())));
    for text in [
        "SELECT * FROM information_schema.tables",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM read_parquet('/etc/passwd')",
        "SELECT * FROM generate_series(1, 10)",
        "SELECT _seq FROM $EDS",
        "SELECT _useridentity_arn FROM $EDS",
        "COPY $EDS TO '/tmp/x'",
        "CREATE TABLE a AS SELECT 1",
        "SET datafusion.execution.batch_size = 1",
    ] {
        let refused = check(text.replace("$EDS", &mine.id)).await;
        assert!(matches!(refused, Err(Refused::Statement(_))), "{text}: {refused:?}");
    }
}
