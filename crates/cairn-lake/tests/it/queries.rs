//! Queries and their bounds.

use std::time::Duration;

use cairn_lake::Settings;
use cairn_ports::lake::{Lake as _, Refused, Row, Table, TableSchema};
use cairn_store::account;
use cairn_store::query::{self, QueryStatus, Statistics};

use crate::kit::{DAY, House, NOW, small};

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
async fn records_are_rows_whoever_makes_them() {
    let mut house = House::new().await;
    let store = house.create("many").await;
    let ask = "SELECT eventName, count(*), count(DISTINCT eventJson) FROM $EDS \
               GROUP BY eventName ORDER BY 1";
    // Nobody asks for these before they go into files.
    house.put("StopInstances", 100, NOW - DAY);
    house.put("RunInstances", 100, NOW - DAY);
    house.settle().await;
    house.flush().await;
    let counted = |count: &str| {
        let row = |name: &str| [name, count, count].map(|text| Some(text.to_owned()));
        [row("RunInstances"), row("StopInstances")]
    };
    let texts = |rows: Vec<Row>| -> Vec<Vec<Option<String>>> {
        rows.into_iter().map(|row| row.into_iter().map(|(_, text)| text).collect()).collect()
    };
    assert_eq!(texts(house.rows(&store, ask).await), counted("100"));
    // Somebody asks for these, and some are in memory for a while.
    house.put("StopInstances", 100, NOW - 2 * DAY);
    house.settle().await;
    house.rows(&store, ask).await;
    house.put("RunInstances", 100, NOW - 2 * DAY);
    house.settle().await;
    house.clock.advance(Duration::from_secs(6));
    house.settle().await;
    assert_eq!(texts(house.rows(&store, ask).await), counted("200"));
    house.flush().await;
    assert_eq!(texts(house.rows(&store, ask).await), counted("200"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_parameters_answer_from_memory_from_files_and_after_joining() {
    let mut house = House::new().await;
    let store = house.create("keys").await;
    let asks = [
        "SELECT element_at(requestParameters, 'bucketName') AS bucket, count(*) FROM $EDS \
         GROUP BY element_at(requestParameters, 'bucketName') ORDER BY bucket",
        "SELECT eventID, requestParameters.bucketName, requestParameters.bucketname FROM $EDS \
         WHERE requestParameters.bucketName LIKE '%-Put%' ORDER BY eventID",
    ];
    let mut fresh = Vec::new();
    for at in 0..8 {
        house.put("GetBucketAcl", 5, NOW - DAY + at);
        house.put("PutBucketAcl", 3, NOW - DAY + at);
        house.settle().await;
        fresh.clear();
        for ask in asks {
            fresh.push(house.rows(&store, ask).await);
        }
        house.flush().await;
    }
    assert_eq!(fresh[0][0][0].1.as_deref(), Some("of-GetBucketAcl"));
    assert_eq!(fresh[0][1][1].1.as_deref(), Some("24"));
    assert_eq!((fresh[1].len(), &fresh[1][0][2].1), (24, &None), "keys have their own case");
    for turn in ["files", "joined"] {
        for (ask, fresh) in asks.iter().zip(&fresh) {
            assert_eq!(house.rows(&store, ask).await, *fresh, "{turn}: {ask}");
        }
        house.tend().await.unwrap();
    }
    let figures = house.lake.figures(&store.id).await.unwrap();
    assert!(figures.files < 8, "{figures:?}");
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
    // Rows that are left out while they are counted did not match.
    house.put("FailedCall", 5, NOW);
    house.put("StartInstances", 4, NOW);
    house.flush().await;
    let errors =
        "SELECT errorCode, count(*) FROM $EDS WHERE errorCode IS NOT NULL GROUP BY errorCode";
    let counted = house.run(&store, errors).await.statistics;
    assert_eq!((counted.rows, counted.matched), (1, 5), "{counted:?}");
    let some = "(SELECT errorCode FROM $EDS WHERE errorCode IS NOT NULL LIMIT 3)";
    let ask = format!(
        "SELECT errorCode, count(*) FROM ({some} UNION ALL {some} UNION ALL {some}) AS u \
         GROUP BY errorCode"
    );
    let rows = house.rows(&store, &ask).await;
    assert_eq!(rows[0][1].1.as_deref(), Some("9"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_cannot_have_what_is_asked_for_are_not_opened() {
    let mut house = House::new().await;
    let store = house.create("bounds").await;
    house.put("RunInstances", 3, NOW - 5 * DAY);
    house.flush().await;
    let old = house.data_files();
    house.put("ConsoleLogin", 4, NOW);
    house.flush().await;
    for path in &old {
        std::fs::remove_file(path).unwrap();
    }
    let count = |condition: &str| format!("SELECT count(*) FROM $EDS WHERE {condition}");
    for condition in [
        "eventTime > timestamp '2026-01-14 00:00:00'",
        "eventTime > '2026-01-14T00:00:00Z' AND userIdentity.arn LIKE '%user%'",
        "eventName = 'ConsoleLogin'",
        "eventName IN ('ConsoleLogin', 'Another')",
        "eventTime >= date_add('day', -3, timestamp '2026-01-15 12:00:00')",
    ] {
        let rows = house.rows(&store, &count(condition)).await;
        assert_eq!(rows[0][0].1.as_deref(), Some("4"), "{condition}");
    }
    for condition in ["eventName <> 'Other'", "eventName = 'RunInstances'"] {
        assert_eq!(house.run(&store, &count(condition)).await.status, QueryStatus::Failed);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_without_the_value_that_is_asked_for_are_known_once_they_were_read() {
    let mut house = House::new().await;
    let store = house.create("filters").await;
    let mut ids = house.put("RunInstances", 30, NOW - 5 * DAY);
    house.flush().await;
    ids.extend(house.put("ConsoleLogin", 30, NOW));
    house.flush().await;
    let ask = |id: &str| format!("SELECT eventName FROM $EDS WHERE eventID = '{id}'");
    // Between the others, so that only the files' filters know that it is not there.
    let nobody = ask("7f7f7f7f-0000-4000-8000-000000000000");
    let first = house.run(&store, &nobody).await.statistics;
    let second = house.run(&store, &nobody).await.statistics;
    assert!(first.bytes > 0, "{first:?}");
    assert_eq!((second.bytes, second.scanned, second.rows), (0, 0, 0));
    for id in &ids {
        let rows = house.rows(&store, &ask(id)).await;
        assert_eq!(rows.len(), 1, "{id}");
    }
    let both: Vec<&str> = ids.iter().map(String::as_str).step_by(7).collect();
    let list = format!("SELECT count(*) FROM $EDS WHERE eventID IN ('x', '{}')", both.join("', '"));
    let rows = house.rows(&store, &list).await;
    assert_eq!(rows[0][0].1, Some(both.len().to_string()));
    let others = format!("SELECT count(*) FROM $EDS WHERE eventID <> '{}'", both[0]);
    let rows = house.rows(&store, &others).await;
    assert_eq!(rows[0][0].1.as_deref(), Some("59"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_rows_in_lists_only_the_fields_that_are_asked_for_are_read() {
    let mut house = House::new().await;
    let store = house.create("lists").await;
    house.put("RunInstances", 30, NOW);
    house.put("StopInstances", 20, NOW);
    house.flush().await;
    let ask = |fields: &str| {
        format!(
            "SELECT {fields}, count(*) FROM $EDS CROSS JOIN UNNEST(resources) AS t(r) \
             WHERE userIdentity.arn LIKE '%:user/a' GROUP BY {fields} ORDER BY 1"
        )
    };
    let some = house.run(&store, &ask("r.arn")).await.statistics;
    let all = house.run(&store, &ask("r.arn, r.type, r.accountId")).await.statistics;
    assert!(some.bytes < all.bytes, "{some:?} {all:?}");
    let rows = house.rows(&store, &ask("r.arn")).await;
    let values: Vec<_> = rows.iter().flatten().map(|(_, value)| value.as_deref()).collect();
    assert_eq!(
        values,
        [Some("arn:RunInstances"), Some("30"), Some("arn:StopInstances"), Some("20")]
    );
    // The whole row is still there for who asks for it.
    let whole = house.rows(&store, &ask("r")).await;
    assert!(whole[0][0].1.as_ref().unwrap().contains("AWS::RunInstances"), "{whole:?}");
}

/// `count(eventID)` has to look at every event's id, `count(*)` at no row: they are counted in
/// different ways.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_are_counted_the_same_however_they_are_read() {
    let mut house = House::new().await;
    let store = house.create("groups").await;
    for days in 0..3 {
        house.put("RunInstances", 7, NOW - days * DAY);
        house.put("ConsoleLogin", 5, NOW - days * DAY + 1);
        house.put("FailedCall", 2, NOW - days * DAY + 1);
        if days < 2 {
            house.flush().await;
        }
    }
    house.settle().await;
    let day = "date_trunc('day', eventTime)";
    let by = [
        "eventName",
        "eventSource, errorCode",
        &format!("{day}, eventName"),
        "date(eventTime), eventName, readOnly",
        "userIdentity.type, awsRegion, eventTime",
    ];
    let conditions = [
        "eventTime > '2000-01-01'",
        "eventName = 'RunInstances'",
        "eventName <> 'RunInstances' AND errorCode IS NULL",
        "eventName IN ('ConsoleLogin', 'Other', 'Another', 'Third', 'Fourth')",
        "eventName LIKE '%Log%'",
        "errorCode IS NOT NULL",
        "date_trunc('day', eventTime) = date_trunc('day', timestamp '2026-03-01 00:00:00')",
    ];
    for by in by {
        for condition in conditions {
            let ask = |count: &str| {
                format!(
                    "SELECT {by}, {count} FROM $EDS WHERE {condition} GROUP BY {by} ORDER BY {by}"
                )
            };
            let values = |rows: Vec<Vec<(String, Option<String>)>>| -> Vec<Vec<Option<String>>> {
                rows.into_iter().map(|row| row.into_iter().map(|(_, v)| v).collect()).collect()
            };
            let all = values(house.rows(&store, &ask("count(*)")).await);
            let ids = values(house.rows(&store, &ask("count(eventID)")).await);
            assert_eq!(all, ids, "{by} where {condition}");
        }
    }
    let ask = "SELECT eventName, count(*) FROM $EDS GROUP BY eventName ORDER BY eventName";
    let rows = house.rows(&store, ask).await;
    let counts: Vec<_> = rows.iter().map(|row| row[1].1.as_deref()).collect();
    assert_eq!(counts, [Some("15"), Some("6"), Some("21")]);
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
    let made = house.ask(&store, ENDLESS).await;
    house.runner.step().await.unwrap();
    assert!(house.lake.progress(&made.id).is_some());
    let mut txn = house.store.begin().await.unwrap();
    assert!(query::cancel(&mut txn, &made.id, &Statistics::default()).await.unwrap());
    txn.commit().await.unwrap();
    house.lake.cancel(&made.id);
    house.runner.step().await.unwrap();
    assert!(house.lake.progress(&made.id).is_none());
    assert_eq!(house.asked(&made.id).await.status, QueryStatus::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_that_each_process_ends_with_is_given_up() {
    let settings = Settings { query_memory: 1 << 30, ..small() };
    let mut house = House::with(settings).await;
    let store = house.create("deadly").await;
    house.put("RunInstances", 2000, NOW);
    house.flush().await;
    house.runner.step().await.unwrap();
    let made = house.ask(&store, ENDLESS).await;
    for _ in 0..3 {
        house.runner.step().await.unwrap();
        assert_eq!(house.asked(&made.id).await.status, QueryStatus::Running);
        house.restart().await;
        house.settle().await;
    }
    house.runner.step().await.unwrap();
    let ended = house.asked(&made.id).await;
    assert_eq!(ended.status, QueryStatus::Failed);
    assert!(ended.error.unwrap().contains("the server ended each time that it ran"));
    // Others go on, and have their three times.
    let ask = "SELECT count(*) FROM $EDS";
    assert_eq!(house.rows(&store, ask).await[0][0].1.as_deref(), Some("2000"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_much_does_not_keep_others_waiting() {
    let settings = Settings { query_memory: 1 << 30, running_queries: 2, ..small() };
    let mut house = House::with(settings).await;
    let store = house.create("fair").await;
    house.put("RunInstances", 2000, NOW);
    house.flush().await;
    let mut own = Vec::new();
    for _ in 0..3 {
        own.push(house.ask(&store, ENDLESS).await.id);
        house.clock.advance(Duration::from_millis(1));
    }
    let mut txn = house.store.begin().await.unwrap();
    let other = account::create(&mut txn, None, "other").await.unwrap().id;
    txn.commit().await.unwrap();
    let late = house.ask_as(other, &store, ENDLESS).await.id;
    house.runner.step().await.unwrap();
    let runs = |id: &String| house.lake.progress(id).is_some();
    assert!(runs(&own[0]) && runs(&late));
    assert!(!runs(&own[1]) && !runs(&own[2]));
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_time_is_cut_by_the_unit_of_its_own_row() {
    let mut house = House::new().await;
    let store = house.create("units").await;
    for minutes in [10, 5 * 60, 23 * 60] {
        house.put("RunInstances", 1, NOW - DAY + minutes * 60);
    }
    house.flush().await;
    let ask = "SELECT date_trunc(CASE WHEN eventTime > TIMESTAMP '2026-01-14 12:00:00' THEN 'day' \
               ELSE 'hour' END, eventTime) FROM $EDS ORDER BY eventTime";
    let rows = house.rows(&store, ask).await;
    let hours: Vec<&str> = rows.iter().map(|row| &row[0].1.as_deref().unwrap()[11..13]).collect();
    assert_eq!(hours, ["00", "05", "00"]);
}
