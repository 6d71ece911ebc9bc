use cairn_core::{Seq, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::store::tests::{FIRST, SECOND, id, open};
use crate::{Course, DigestKey, PlanDocument, Tag, digest_key, tag, trail_plan, trail_status};

fn region(name: &str) -> Region {
    name.parse().unwrap()
}

fn settings() -> TrailSettings {
    TrailSettings {
        bucket: "audit".to_owned(),
        prefix: None,
        topic_name: None,
        topic_arn: None,
        include_global: true,
        multi_region: false,
        log_validation: true,
        organization: false,
        log_group_arn: None,
        log_role_arn: None,
        kms_key_arn: None,
    }
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

async fn made(store: &Store, home: &str, name: &str, multi_region: bool) -> Trail {
    let mut txn = store.begin().await.unwrap();
    let settings = TrailSettings { multi_region, ..settings() };
    let abilities = r#"{"conditional_put":true}"#.to_owned();
    let home_region = &region(home);
    let new = NewTrail { home_region, name, settings, abilities };
    let trail = create(&mut txn, id(FIRST), new).await.unwrap();
    txn.commit().await.unwrap();
    trail
}

#[tokio::test]
async fn a_trail_reads_back_as_it_was_written() {
    let (_dir, store) = house().await;
    let mut trail = made(&store, "eu-west-1", "main", false).await;
    assert_eq!(trail.arn(), "arn:aws:cloudtrail:eu-west-1:111122223333:trail/main");
    let home = region("eu-west-1");
    assert_eq!(get(&store, id(FIRST), &home, "main").await.unwrap(), trail);
    trail.settings = TrailSettings {
        bucket: "other".to_owned(),
        prefix: Some("p".to_owned()),
        topic_name: Some("t".to_owned()),
        topic_arn: Some("arn:t".to_owned()),
        include_global: false,
        multi_region: true,
        log_validation: false,
        organization: true,
        log_group_arn: Some("arn:g".to_owned()),
        log_role_arn: Some("arn:r".to_owned()),
        kms_key_arn: Some("arn:k".to_owned()),
    };
    trail.logging = true;
    trail.started = Some(Timestamp::from_millis(5));
    trail.stopped = Some(Timestamp::from_millis(4));
    trail.selectors = Some("{}".to_owned());
    trail.custom_selectors = true;
    trail.insights = Some("[]".to_owned());
    let mut txn = store.begin().await.unwrap();
    update(&mut txn, &trail).await.unwrap();
    assert_eq!(get_for_change(&mut txn, id(FIRST), &home, "main").await.unwrap(), trail);
    txn.commit().await.unwrap();
    assert_eq!(by_id(&store, &trail.id).await.unwrap(), trail);
    let other = get(&store, id(SECOND), &home, "main").await.unwrap_err();
    assert!(matches!(other, StoreError::NotFound { what: Entity::Trail, .. }), "{other}");
}

#[tokio::test]
async fn a_region_shows_its_own_trails_and_shadows() {
    let (_dir, store) = house().await;
    made(&store, "eu-west-1", "everywhere", true).await;
    made(&store, "eu-west-1", "here", false).await;
    made(&store, "us-east-1", "there", false).await;
    let names = async |name| -> Vec<String> {
        let trails = visible(&store, id(FIRST), &region(name)).await.unwrap();
        trails.into_iter().map(|trail| trail.name).collect()
    };
    assert_eq!(names("eu-west-1").await, ["everywhere", "here"]);
    assert_eq!(names("us-east-1").await, ["everywhere", "there"]);
    assert_eq!(names("sa-east-1").await, ["everywhere"]);
    assert!(visible(&store, id(SECOND), &region("eu-west-1")).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_deleted_name_is_free_and_its_trail_stays_until_it_is_forgotten() {
    let (_dir, store) = house().await;
    let first = made(&store, "eu-west-1", "main", false).await;
    let mut txn = store.begin().await.unwrap();
    let home_region = &region("eu-west-1");
    let abilities = String::new;
    let new = NewTrail { home_region, name: "main", settings: settings(), abilities: abilities() };
    let taken = create(&mut txn, id(FIRST), new.clone()).await.unwrap_err();
    assert!(matches!(taken, StoreError::AlreadyExists { what: Entity::Trail, .. }), "{taken}");
    drop(txn);
    let mut txn = store.begin().await.unwrap();
    let gone = mark_deleted(&mut txn, &first).await.unwrap();
    let second = create(&mut txn, id(FIRST), new).await.unwrap();
    // One that is in use is not forgotten.
    forget(&mut txn, &second.id).await.unwrap();
    txn.commit().await.unwrap();
    assert_ne!(first.id, second.id);
    assert_eq!(get(&store, id(FIRST), home_region, "main").await.unwrap(), second);
    assert_eq!(list(&store, id(FIRST)).await.unwrap(), std::slice::from_ref(&second));
    assert_eq!(by_id(&store, &first.id).await.unwrap(), gone);
    assert_eq!(list_all(&store).await.unwrap().len(), 2);
    let mut txn = store.begin().await.unwrap();
    forget(&mut txn, &first.id).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(list_all(&store).await.unwrap(), [second]);
}

#[tokio::test]
async fn a_plan_is_pending_until_its_record_is_met_and_the_first_place_stands() {
    let (_dir, store) = house().await;
    let trail = made(&store, "eu-west-1", "main", false).await;
    let created = PlanDocument::of(&trail, "CreateTrail", true);
    let started = PlanDocument::of(&Trail { logging: true, ..trail.clone() }, "StartLogging", true);
    let mut txn = store.begin().await.unwrap();
    let first = trail_plan::put(&mut txn, "event-1", &created).await.unwrap();
    let second = trail_plan::put(&mut txn, "event-2", &started).await.unwrap();
    trail_plan::put(&mut txn, "event-2", &started).await.unwrap_err();
    txn.commit().await.unwrap();
    assert_eq!(trail_plan::current(&store).await.unwrap(), []);
    let pending = trail_plan::pending(&store).await.unwrap();
    assert_eq!(pending.iter().map(|step| step.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!(pending[0].document, created);
    assert_eq!(pending[1].event_id, "event-2");
    let apply = async |id, at| {
        let mut txn = store.begin().await.unwrap();
        let in_force = trail_plan::apply(&mut txn, id, Seq(at)).await.unwrap();
        txn.commit().await.unwrap();
        in_force
    };
    assert!(apply(first, 7).await);
    assert!(apply(first, 9).await);
    let current = trail_plan::current(&store).await.unwrap();
    assert_eq!((current[0].id, current[0].applied), (first, Some(Seq(7))));
    assert!(apply(second, 12).await);
    assert!(!apply(first, 13).await, "a later step was met before");
    let current = trail_plan::current(&store).await.unwrap();
    assert_eq!(current.len(), 1);
    assert!(current[0].document.logging);
    assert_eq!(trail_plan::pending(&store).await.unwrap(), []);
}

#[tokio::test]
async fn an_error_of_delivery_goes_with_the_next_success_of_its_region() {
    let (_dir, store) = house().await;
    let trail = made(&store, "eu-west-1", "main", true).await;
    let (here, there) = (region("eu-west-1"), region("us-east-1"));
    let at = Timestamp::from_millis;
    let mut txn = store.begin().await.unwrap();
    trail_status::delivered(&mut txn, &trail.id, &here, at(10)).await.unwrap();
    trail_status::delivery_failed(&mut txn, &trail.id, &here, at(20), "NoSuchBucket")
        .await
        .unwrap();
    trail_status::notification_failed(&mut txn, &trail.id, &here, at(21), "NotFound")
        .await
        .unwrap();
    trail_status::digest_failed(&mut txn, &trail.id, &here, "AccessDenied").await.unwrap();
    txn.commit().await.unwrap();
    let course = |done: Option<i64>, attempted: Option<i64>, error: Option<&str>| Course {
        done: done.map(at),
        attempted: attempted.map(at),
        error: error.map(str::to_owned),
    };
    let status = trail_status::get(&store, &trail.id, &here).await.unwrap();
    assert_eq!(status.delivery, course(Some(10), Some(20), Some("NoSuchBucket")));
    assert_eq!(status.notification, course(None, Some(21), Some("NotFound")));
    assert_eq!(status.digest, course(None, None, Some("AccessDenied")));
    let elsewhere = trail_status::get(&store, &trail.id, &there).await.unwrap();
    assert_eq!(elsewhere, crate::TrailStatus::default());
    let mut txn = store.begin().await.unwrap();
    trail_status::delivered(&mut txn, &trail.id, &here, at(30)).await.unwrap();
    trail_status::notified(&mut txn, &trail.id, &here, at(31)).await.unwrap();
    trail_status::digested(&mut txn, &trail.id, &here, at(32)).await.unwrap();
    txn.commit().await.unwrap();
    let status = trail_status::get(&store, &trail.id, &here).await.unwrap();
    assert_eq!(status.delivery, course(Some(30), Some(30), None));
    assert_eq!(status.notification, course(Some(31), Some(31), None));
    assert_eq!(status.digest, course(Some(32), None, None));
}

#[tokio::test]
async fn tags_are_replaced_by_key_and_bounded() {
    let (_dir, store) = house().await;
    let tag = |key: &str, value: Option<&str>| Tag {
        key: key.to_owned(),
        value: value.map(str::to_owned),
    };
    let mut txn = store.begin().await.unwrap();
    tag::put(&mut txn, "arn:a", &[tag("b", Some("1")), tag("a", None)]).await.unwrap();
    tag::put(&mut txn, "arn:a", &[tag("b", Some("2"))]).await.unwrap();
    tag::put(&mut txn, "arn:b", &[tag("c", None)]).await.unwrap();
    tag::remove(&mut txn, "arn:b", &["c", "absent"]).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(tag::list(&store, "arn:a").await.unwrap(), [tag("a", None), tag("b", Some("2"))]);
    assert_eq!(tag::list(&store, "arn:b").await.unwrap(), []);
    let many: Vec<Tag> = (0..49).map(|index| tag(&format!("k{index}"), None)).collect();
    let mut txn = store.begin().await.unwrap();
    let full = tag::put(&mut txn, "arn:a", &many).await.unwrap_err();
    assert!(matches!(full, StoreError::LimitExceeded { limit: 50, .. }), "{full}");
    drop(txn);
    let mut txn = store.begin().await.unwrap();
    tag::put(&mut txn, "arn:a", &many[..48]).await.unwrap();
    tag::clear(&mut txn, "arn:a").await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(tag::list(&store, "arn:a").await.unwrap(), []);
}

#[tokio::test]
async fn a_digest_key_is_sealed_and_found_by_the_time_it_is_valid() {
    let (dir, store) = house().await;
    let here = region("eu-west-1");
    let key = |fingerprint: &str, from: i64, to: i64| DigestKey {
        fingerprint: fingerprint.to_owned(),
        region: here.clone(),
        public: vec![1, 2, 3],
        not_before: Timestamp::from_millis(from),
        not_after: Timestamp::from_millis(to),
    };
    assert!(digest_key::newest(&store, &here).await.unwrap().is_none());
    let (old, new) = (key("aa", 100, 300), key("bb", 200, 400));
    let mut txn = store.begin().await.unwrap();
    digest_key::put(&mut txn, &new, b"private new").await.unwrap();
    digest_key::put(&mut txn, &old, b"private old").await.unwrap();
    txn.commit().await.unwrap();
    let newest = digest_key::newest(&store, &here).await.unwrap().unwrap();
    assert_eq!((newest.key, &**newest.private), (new.clone(), &b"private new"[..]));
    let found = async |start, end| {
        let (start, end) = (Timestamp::from_millis(start), Timestamp::from_millis(end));
        digest_key::overlapping(&store, &here, start, end).await.unwrap()
    };
    assert_eq!(found(0, 99).await, []);
    assert_eq!(found(0, 100).await, std::slice::from_ref(&old));
    assert_eq!(found(250, 250).await, [old, new.clone()]);
    assert_eq!(found(301, 900).await, [new]);
    assert_eq!(found(401, 900).await, []);
    let elsewhere = region("us-east-1");
    assert!(digest_key::newest(&store, &elsewhere).await.unwrap().is_none());
    let mut raw = crate::store::tests::raw(&dir).await;
    let sealed: Vec<u8> =
        sqlx::query_scalar("SELECT private_key FROM digest_key").fetch_one(&mut raw).await.unwrap();
    assert!(!sealed.windows(7).any(|window| window == b"private"));
    sqlx::query(
        "UPDATE digest_key SET private_key = (SELECT private_key FROM digest_key \
                 WHERE fingerprint = 'aa') WHERE fingerprint = 'bb'",
    )
    .execute(&mut raw)
    .await
    .unwrap();
    let swapped = digest_key::newest(&store, &here).await.unwrap_err();
    assert!(matches!(swapped, StoreError::Corrupt { .. }), "{swapped}");
}
