use tempfile::TempDir;

use super::*;
use crate::store::tests::{FIRST, SECOND, id, open};

const BUCKET: &str = "arn:aws:s3:::invoices";

async fn house() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    (dir, store)
}

fn change(seq: u64, clears: bool, tags: &[(&str, Option<&str>)]) -> TagChange {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned)));
    TagChange {
        account: id(FIRST),
        seq: Seq(seq),
        resources: vec![BUCKET.to_owned()],
        clears,
        tags: tags.collect(),
        ends: None,
    }
}

async fn kept(store: &Store, changes: &[TagChange], settled: u64) {
    let mut txn = store.begin().await.unwrap();
    put(&mut txn, changes, Seq(settled), Timestamp::from_millis(0)).await.unwrap();
    txn.commit().await.unwrap();
}

/// The rows up to a record, as `key=value`.
async fn rows(store: &Store, upto: u64, keys: &[&str]) -> Vec<String> {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let rows = list(store, id(FIRST), &keys, Seq(upto)).await.unwrap();
    let text = |row: TagRow| {
        format!("{}={}", row.key.as_deref().unwrap_or("*"), row.value.as_deref().unwrap_or("-"))
    };
    rows.into_iter().map(text).collect()
}

#[tokio::test]
async fn tags_are_told_as_of_a_record() {
    let (_dir, store) = house().await;
    let first = change(3, false, &[("team", Some("red")), ("cost", Some("1"))]);
    let second = change(5, true, &[("team", Some("blue"))]);
    let third = change(7, false, &[("team", None)]);
    let all = [first, second, third];
    kept(&store, &all, 0).await;
    assert!(rows(&store, 2, &["team", "cost"]).await.is_empty());
    assert_eq!(rows(&store, 4, &["team", "cost"]).await, ["cost=1", "team=red"]);
    assert_eq!(rows(&store, 4, &["team"]).await, ["team=red"]);
    assert_eq!(rows(&store, 6, &["team"]).await, ["team=red", "*=-", "team=blue"]);
    assert_eq!(rows(&store, 9, &["team"]).await.last().unwrap(), "team=-");
    // The journal is read again after a crash.
    kept(&store, &all, 0).await;
    assert_eq!(rows(&store, 6, &["team"]).await, ["team=red", "*=-", "team=blue"]);
    let none = list(&store, id(SECOND), &["team".to_owned()].into(), Seq(9)).await.unwrap();
    assert!(none.is_empty());
}

#[tokio::test]
async fn what_no_later_record_needs_is_dropped() {
    let (_dir, store) = house().await;
    let mut changes = vec![change(3, false, &[("team", Some("red")), ("cost", Some("1"))])];
    changes.push(change(5, true, &[("team", Some("blue"))]));
    changes.push(change(7, false, &[("team", Some("green"))]));
    kept(&store, &changes, 6).await;
    assert_eq!(rows(&store, 9, &["team", "cost"]).await, ["team=blue", "team=green"]);
    kept(&store, &[change(9, false, &[("team", None)])], 8).await;
    assert_eq!(rows(&store, 9, &["team", "cost"]).await, ["team=green", "team=-"]);
    kept(&store, &[change(12, false, &[("cost", Some("2"))])], 11).await;
    assert_eq!(rows(&store, 12, &["team", "cost"]).await, ["cost=2"]);
}

#[tokio::test]
async fn sessions_are_forgotten_after_their_end() {
    let (_dir, store) = house().await;
    let ends = Some(Timestamp::from_seconds(1000));
    let session = TagChange { ends, ..change(3, false, &[("team", Some("red"))]) };
    kept(&store, &[session], 2).await;
    assert_eq!(rows(&store, 9, &["team"]).await, ["team=red"]);
    let mut txn = store.begin().await.unwrap();
    put(&mut txn, &[], Seq(2), Timestamp::from_seconds(1001)).await.unwrap();
    put(&mut txn, &[], Seq(3), Timestamp::from_seconds(1000)).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(rows(&store, 9, &["team"]).await, ["team=red"]);
    let mut txn = store.begin().await.unwrap();
    put(&mut txn, &[], Seq(3), Timestamp::from_seconds(1001)).await.unwrap();
    txn.commit().await.unwrap();
    assert!(rows(&store, 9, &["team"]).await.is_empty());
}
