use tempfile::TempDir;

use super::*;
use crate::store::tests::{FIRST, SECOND, id, open};

const BUCKET: &str = "arn:aws:s3:::invoices";

async fn house() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    (dir, store)
}

fn change(clears: bool, tags: &[(&str, Option<&str>)]) -> TagChange {
    let tags = tags.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned)));
    let resources = vec![BUCKET.to_owned(), "other".to_owned()];
    TagChange { account: id(FIRST), resources, clears, tags: tags.collect(), ends: None }
}

async fn applied(store: &Store, changes: &[TagChange]) {
    let mut txn = store.begin().await.unwrap();
    apply(&mut txn, changes).await.unwrap();
    txn.commit().await.unwrap();
}

/// The tags of the bucket, as `key=value`.
async fn tags(store: &Store, account: u64, keys: &[&str]) -> Vec<String> {
    let keys = keys.iter().map(|key| (*key).to_owned()).collect();
    let mut found = list(store, id(account), &keys).await.unwrap();
    found.retain(|tag| tag.resource == BUCKET);
    found.into_iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect()
}

#[tokio::test]
async fn tags_are_what_changes_left_and_the_same_changes_leave_the_same() {
    let (_dir, store) = house().await;
    let changes = [
        change(false, &[("team", Some("red")), ("cost", Some("1"))]),
        change(true, &[("team", Some("blue"))]),
        change(false, &[("stage", Some("test")), ("team", Some("green"))]),
        change(false, &[("stage", None), ("none", None)]),
    ];
    applied(&store, &changes[..1]).await;
    assert_eq!(tags(&store, FIRST, &["team", "cost"]).await, ["cost=1", "team=red"]);
    assert_eq!(tags(&store, FIRST, &["team"]).await, ["team=red"]);
    for _ in 0..2 {
        applied(&store, &changes[1..]).await;
        assert_eq!(tags(&store, FIRST, &["team", "cost", "stage", "none"]).await, ["team=green"]);
    }
    assert!(tags(&store, SECOND, &["team"]).await.is_empty());
    applied(&store, &[change(true, &[])]).await;
    assert!(tags(&store, FIRST, &["team"]).await.is_empty());
}

#[tokio::test]
async fn more_changes_than_a_statement_has_rows_are_followed() {
    let (_dir, store) = house().await;
    let of = |at: usize, clears, tags| {
        let resources = vec![format!("{at}")];
        TagChange { resources, ..change(clears, tags) }
    };
    let count = async || {
        let keys = ["team", "cost"].map(str::to_owned).into();
        list(&store, id(FIRST), &keys).await.unwrap().len()
    };
    let all = 2 * ROWS + 7;
    let two = [("team", Some("red")), ("cost", Some("1"))];
    applied(&store, &(0..all).map(|at| of(at, false, &two)).collect::<Vec<_>>()).await;
    assert_eq!(count().await, 2 * all);
    let gone = [("team", None)];
    applied(&store, &(1..all).map(|at| of(at, false, &gone)).collect::<Vec<_>>()).await;
    assert_eq!(count().await, all + 1);
    applied(&store, &(1..all).map(|at| of(at, true, &[])).collect::<Vec<_>>()).await;
    assert_eq!(count().await, 2);
}

#[tokio::test]
async fn sessions_are_forgotten_after_their_end() {
    let (_dir, store) = house().await;
    let ends = Some(Timestamp::from_seconds(1000));
    applied(&store, &[TagChange { ends, ..change(false, &[("team", Some("red"))]) }]).await;
    for (now, left) in [(1000, 1), (1001, 0)] {
        let mut txn = store.begin().await.unwrap();
        expire(&mut txn, Timestamp::from_seconds(now)).await.unwrap();
        txn.commit().await.unwrap();
        assert_eq!(tags(&store, FIRST, &["team"]).await.len(), left);
    }
}
