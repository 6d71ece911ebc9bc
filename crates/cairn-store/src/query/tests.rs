use cairn_core::{AccountId, Region, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::store::tests::{FIRST, SECOND, id, open};
use crate::{Store, account};

const STORE: &str = "5e2676f8-9fce-46ef-8142-3e36a94e6691";
const OTHER: &str = "0a2676f8-9fce-46ef-8142-3e36a94e6691";

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

async fn house() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let mut txn = store.begin().await.unwrap();
    account::create(&mut txn, Some(id(FIRST)), "first").await.unwrap();
    account::create(&mut txn, Some(id(SECOND)), "second").await.unwrap();
    txn.commit().await.unwrap();
    (dir, store)
}

async fn made(store: &Store, account: AccountId, stores: &[&str], uri: Option<&str>) -> Query {
    let stores: Vec<String> = stores.iter().map(|store| (*store).to_owned()).collect();
    let new = NewQuery {
        account,
        region: &region(),
        owner: account,
        stores: &stores,
        statement: "SELECT 1",
        alias: Some("AWSCloudTrail-1"),
        refresh: Some("1234567890"),
        prompt: Some("how many"),
        delivery_uri: uri,
    };
    let mut txn = store.begin().await.unwrap();
    let query = insert(&mut txn, new).await.unwrap();
    txn.commit().await.unwrap();
    query
}

async fn read(store: &Store, query: &Query) -> Query {
    get(store, query.account, &region(), &query.id).await.unwrap()
}

fn outcome(end: End) -> Outcome {
    let statistics = Statistics { rows: 2, matched: 3, scanned: 4, bytes: 5, millis: 6 };
    Outcome { end, labels: vec!["a".to_owned(), "a".to_owned()], statistics }
}

#[tokio::test]
async fn a_query_runs_through_its_states() {
    let (_dir, store) = house().await;
    let query = made(&store, id(FIRST), &[STORE, OTHER], Some("s3://results")).await;
    assert_eq!(read(&store, &query).await, query);
    assert_eq!(query.delivery, Some(DeliveryStatus::Pending));
    assert_eq!(waiting(&store).await.unwrap(), std::slice::from_ref(&query));
    let mut txn = store.begin().await.unwrap();
    assert_eq!(active(&mut txn, id(FIRST), &region()).await.unwrap(), 1);
    assert_eq!(active(&mut txn, id(SECOND), &region()).await.unwrap(), 0);
    assert!(begin(&mut txn, &query.id).await.unwrap());
    txn.commit().await.unwrap();
    let running = read(&store, &query).await;
    assert_eq!((running.status, running.started), (QueryStatus::Running, Some(query.created)));
    assert_eq!(waiting(&store).await.unwrap(), [running]);
    assert_eq!(deliveries(&store).await.unwrap(), []);

    let mut txn = store.begin().await.unwrap();
    assert!(finish(&mut txn, &query.id, &outcome(End::Finished)).await.unwrap());
    assert!(!finish(&mut txn, &query.id, &outcome(End::TimedOut)).await.unwrap());
    assert!(!cancel(&mut txn, &query.id, &Statistics::default()).await.unwrap());
    assert!(!begin(&mut txn, &query.id).await.unwrap());
    txn.commit().await.unwrap();
    let finished = read(&store, &query).await;
    assert_eq!(finished.status, QueryStatus::Finished);
    assert_eq!(finished.labels, ["a", "a"]);
    assert_eq!(finished.statistics, outcome(End::Finished).statistics);
    assert_eq!(waiting(&store).await.unwrap(), []);
    assert_eq!(deliveries(&store).await.unwrap(), [finished]);

    let mut txn = store.begin().await.unwrap();
    delivered(&mut txn, &query.id, DeliveryStatus::AccessDeniedSigningFile).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(deliveries(&store).await.unwrap(), []);
    let delivery = read(&store, &query).await.delivery;
    assert_eq!(delivery, Some(DeliveryStatus::AccessDeniedSigningFile));
}

#[tokio::test]
async fn what_is_cancelled_stays_cancelled() {
    let (_dir, store) = house().await;
    let query = made(&store, id(FIRST), &[STORE], Some("s3://results")).await;
    let mut txn = store.begin().await.unwrap();
    let done = Statistics { matched: 2, scanned: 3, bytes: 4, millis: 5, ..Statistics::default() };
    assert!(cancel(&mut txn, &query.id, &done).await.unwrap());
    assert!(!cancel(&mut txn, &query.id, &Statistics::default()).await.unwrap());
    assert!(!begin(&mut txn, &query.id).await.unwrap());
    assert!(!finish(&mut txn, &query.id, &outcome(End::Finished)).await.unwrap());
    txn.commit().await.unwrap();
    let cancelled = read(&store, &query).await;
    assert_eq!(cancelled.status, QueryStatus::Cancelled);
    assert_eq!(cancelled.delivery, Some(DeliveryStatus::Cancelled));
    assert_eq!(cancelled.statistics, done);
}

#[tokio::test]
async fn what_failed_says_why_and_delivers_nothing() {
    let (_dir, store) = house().await;
    let with = made(&store, id(FIRST), &[STORE], Some("s3://results")).await;
    let without = made(&store, id(FIRST), &[STORE], None).await;
    let mut txn = store.begin().await.unwrap();
    let failed = outcome(End::Failed("it broke".to_owned()));
    assert!(finish(&mut txn, &with.id, &failed).await.unwrap());
    assert!(finish(&mut txn, &without.id, &outcome(End::TimedOut)).await.unwrap());
    let refused = delivered(&mut txn, &without.id, DeliveryStatus::Success).await;
    assert!(matches!(refused, Err(StoreError::NotFound { .. })));
    txn.commit().await.unwrap();
    let with = read(&store, &with).await;
    assert_eq!((with.status, with.error.as_deref()), (QueryStatus::Failed, Some("it broke")));
    assert_eq!(with.delivery, Some(DeliveryStatus::Failed));
    let without = read(&store, &without).await;
    assert_eq!((without.status, without.delivery), (QueryStatus::TimedOut, None));
}

#[tokio::test]
async fn a_list_is_of_one_account_and_comes_in_pages() {
    let (_dir, store) = house().await;
    let mut own = Vec::new();
    for _ in 0..5 {
        own.push(made(&store, id(FIRST), &[STORE, OTHER], None).await.id);
    }
    let foreign = made(&store, id(SECOND), &[STORE], None).await;
    // All were made at one instant, so their ids give the order.
    own.sort_by(|a, b| b.cmp(a));
    let filter = Filter { store: Some(OTHER), ..Filter::default() };
    let mut seen: Vec<Query> = Vec::new();
    loop {
        let after = seen.last().map(|query| (query.created, query.id.clone()));
        let after = after.as_ref().map(|(created, id)| (*created, &**id));
        let page = Page { after, limit: 2 };
        let page = list(&store, id(FIRST), &region(), filter, page).await.unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page);
    }
    let seen: Vec<String> = seen.into_iter().map(|query| query.id).collect();
    assert_eq!(seen, own);
    let all = Page { after: None, limit: 100 };
    let found =
        async |account, filter| list(&store, account, &region(), filter, all).await.unwrap().len();
    assert_eq!(found(id(SECOND), filter).await, 0);
    assert_eq!(found(id(SECOND), Filter { store: Some(STORE), ..Filter::default() }).await, 1);
    let finished = Filter { status: Some(QueryStatus::Finished), ..Filter::default() };
    assert_eq!(found(id(FIRST), finished).await, 0);
    let later = Timestamp::from_millis(foreign.created.millis() + 1);
    assert_eq!(found(id(FIRST), Filter { from: Some(later), ..Filter::default() }).await, 0);
    assert_eq!(found(id(FIRST), Filter { until: Some(later), ..Filter::default() }).await, 5);
    assert!(get(&store, id(FIRST), &region(), &foreign.id).await.is_err());
    let elsewhere = "eu-west-1".parse().unwrap();
    assert!(get(&store, id(SECOND), &elsewhere, &foreign.id).await.is_err());
}

#[tokio::test]
async fn an_alias_gives_its_newest_run() {
    let (_dir, store) = house().await;
    let first = made(&store, id(FIRST), &[STORE], None).await;
    let second = made(&store, id(FIRST), &[STORE], None).await;
    let newest = if first.id > second.id { first } else { second };
    let run = async |alias, refresh| by_alias(&store, id(FIRST), &region(), alias, refresh).await;
    assert_eq!(run("AWSCloudTrail-1", None).await.unwrap(), newest);
    assert_eq!(run("AWSCloudTrail-1", Some("1234567890")).await.unwrap(), newest);
    assert!(run("AWSCloudTrail-1", Some("1234567891")).await.is_err());
    assert!(run("AWSCloudTrail-2", None).await.is_err());
    let runs = of_refresh(&store, id(FIRST), &region(), "1234567890").await.unwrap();
    assert_eq!(runs.len(), 2);
}

#[tokio::test]
async fn only_what_ended_expires() {
    let (_dir, store) = house().await;
    let ended = made(&store, id(FIRST), &[STORE], None).await;
    let waits = made(&store, id(FIRST), &[STORE], None).await;
    let mut txn = store.begin().await.unwrap();
    finish(&mut txn, &ended.id, &outcome(End::Finished)).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(expired(&store, ended.created).await.unwrap(), Vec::<String>::new());
    let later = Timestamp::from_millis(ended.created.millis() + 1);
    let gone = expired(&store, later).await.unwrap();
    assert_eq!(gone, std::slice::from_ref(&ended.id));
    let mut txn = store.begin().await.unwrap();
    remove(&mut txn, &gone).await.unwrap();
    txn.commit().await.unwrap();
    assert!(get(&store, id(FIRST), &region(), &ended.id).await.is_err());
    assert!(get(&store, id(FIRST), &region(), &waits.id).await.is_ok());
}
