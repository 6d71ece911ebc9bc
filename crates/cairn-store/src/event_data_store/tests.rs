use std::sync::Arc;
use std::time::Duration;

use cairn_core::{ManualClock, SeededEntropy, Seq};
use tempfile::TempDir;

use super::*;
use crate::channel::{Ingestion, NewChannel};
use crate::store::tests::{FIRST, SECOND, id};
use crate::{LakeDocument, Parts, Tag, account, lake_plan, tag};

struct House {
    _dir: TempDir,
    store: Store,
    clock: Arc<ManualClock>,
}

async fn house() -> House {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(1_700_000_000)));
    let parts = Parts { clock: clock.clone(), entropy: Arc::new(SeededEntropy::new(1)) };
    let store = Store::open_dir(dir.path(), parts).await.unwrap();
    let mut txn = store.begin().await.unwrap();
    account::create(&mut txn, Some(id(FIRST)), "first").await.unwrap();
    account::create(&mut txn, Some(id(SECOND)), "second").await.unwrap();
    txn.commit().await.unwrap();
    House { _dir: dir, store, clock }
}

fn region(name: &str) -> Region {
    name.parse().unwrap()
}

fn settings(name: &str) -> StoreSettings {
    StoreSettings {
        name: name.to_owned(),
        selectors: r#"{"AdvancedEventSelectors":[]}"#.to_owned(),
        multi_region: false,
        organization: false,
        retention_days: 366,
        billing: Billing::Extendable,
        termination_protection: true,
        kms_key_arn: None,
    }
}

impl House {
    async fn made(&self, name: &str) -> EventDataStore {
        let mut txn = self.store.begin().await.unwrap();
        let home_region = &region("eu-west-1");
        let (schema, settings) = (Schema::Events, settings(name));
        let new = NewStore { home_region, schema, ingesting: true, settings };
        let made = create(&mut txn, id(FIRST), new).await.unwrap();
        let document = LakeDocument::of(&made, "CreateEventDataStore", Vec::new());
        lake_plan::put(&mut txn, &format!("create {name}"), &document).await.unwrap();
        txn.commit().await.unwrap();
        made
    }

    async fn changed(&self, store: &EventDataStore, reason: &str) {
        let mut txn = self.store.begin().await.unwrap();
        update(&mut txn, &mut store.clone()).await.unwrap();
        let document = LakeDocument::of(store, reason, Vec::new());
        lake_plan::put(&mut txn, reason, &document).await.unwrap();
        txn.commit().await.unwrap();
    }

    async fn meet_all(&self) {
        for step in lake_plan::pending(&self.store).await.unwrap() {
            let mut txn = self.store.begin().await.unwrap();
            lake_plan::apply(&mut txn, step.id, Seq(1)).await.unwrap();
            txn.commit().await.unwrap();
        }
    }

    async fn status(&self, store: &EventDataStore) -> Status {
        get(&self.store, id(FIRST), &store.id).await.unwrap().status
    }
}

#[tokio::test]
async fn a_store_reads_back_as_it_was_written() {
    let house = house().await;
    let mut made = house.made("main").await;
    let arn = format!("arn:aws:cloudtrail:eu-west-1:111122223333:eventdatastore/{}", made.id);
    assert_eq!(made.arn(), arn);
    assert_eq!(get(&house.store, id(FIRST), &made.id).await.unwrap(), made);
    house.clock.advance(Duration::from_secs(5));
    made.settings = StoreSettings {
        name: "other".to_owned(),
        selectors: "{}".to_owned(),
        multi_region: true,
        organization: true,
        retention_days: 7,
        billing: Billing::Fixed,
        termination_protection: false,
        kms_key_arn: Some("arn:k".to_owned()),
    };
    made.federation_role = Some("arn:r".to_owned());
    made.insights = Some("[]".to_owned());
    made.insights_destination = Some("x".to_owned());
    made.event_configuration = Some("{}".to_owned());
    let mut txn = house.store.begin().await.unwrap();
    update(&mut txn, &mut made).await.unwrap();
    assert_eq!(get_for_change(&mut txn, id(FIRST), &made.id).await.unwrap(), made);
    txn.commit().await.unwrap();
    assert_eq!(made.updated.millis() - made.created.millis(), 5000);
    let home = region("eu-west-1");
    assert_eq!(by_name(&house.store, id(FIRST), &home, "other").await.unwrap(), made);
    assert_eq!(list(&house.store, id(FIRST)).await.unwrap(), [made.clone()]);
    let other = get(&house.store, id(SECOND), &made.id).await.unwrap_err();
    assert!(matches!(other, StoreError::NotFound { what: Entity::EventDataStore, .. }), "{other}");
}

#[tokio::test]
async fn a_status_follows_from_what_the_lake_has_met() {
    let house = house().await;
    let mut store = house.made("main").await;
    assert_eq!(house.status(&store).await, Status::Created);
    house.meet_all().await;
    assert_eq!(house.status(&store).await, Status::Enabled);
    store.ingesting = false;
    house.changed(&store, "StopEventDataStoreIngestion").await;
    assert_eq!(house.status(&store).await, Status::StoppingIngestion);
    house.meet_all().await;
    assert_eq!(house.status(&store).await, Status::StoppedIngestion);
    store.ingesting = true;
    house.changed(&store, "StartEventDataStoreIngestion").await;
    assert_eq!(house.status(&store).await, Status::StartingIngestion);
    house.meet_all().await;
    store.deleted = Some(Timestamp::from_seconds(1_700_000_000));
    house.changed(&store, "DeleteEventDataStore").await;
    assert_eq!(house.status(&store).await, Status::PendingDeletion);
    let last = lake_plan::pending(&house.store).await.unwrap().pop().unwrap().document;
    assert!(!last.ingesting && !last.dropped, "{last:?}");
}

#[tokio::test]
async fn a_deleted_store_can_be_restored_for_seven_days_and_is_then_gone() {
    let house = house().await;
    let mut store = house.made("main").await;
    house.meet_all().await;
    let mut txn = house.store.begin().await.unwrap();
    store.deleted = Some(txn.now());
    update(&mut txn, &mut store).await.unwrap();
    let tagged = Tag { key: "a".to_owned(), value: None };
    tag::put(&mut txn, &store.arn(), &[tagged]).await.unwrap();
    resource_policy::put(&mut txn, &store.arn(), "{}").await.unwrap();
    txn.commit().await.unwrap();
    store.status = Status::PendingDeletion;
    house.clock.advance(Duration::from_millis(RESTORABLE_MILLIS as u64 - 1));
    assert_eq!(get(&house.store, id(FIRST), &store.id).await.unwrap(), store);
    assert_eq!(expired(&house.store).await.unwrap(), []);
    house.clock.advance(Duration::from_millis(1));
    get(&house.store, id(FIRST), &store.id).await.unwrap_err();
    assert_eq!(list(&house.store, id(FIRST)).await.unwrap(), []);
    assert_eq!(expired(&house.store).await.unwrap(), [store.clone()]);
    // It may be restored between the look and the end.
    let mut txn = house.store.begin().await.unwrap();
    let mut restored = EventDataStore { deleted: None, ..store.clone() };
    update(&mut txn, &mut restored).await.unwrap();
    assert_eq!(expired_for_change(&mut txn, &store.id).await.unwrap(), None);
    drop(txn);
    let mut txn = house.store.begin().await.unwrap();
    assert_eq!(expired_for_change(&mut txn, &store.id).await.unwrap(), Some(store.clone()));
    let gone = mark_dropped(&mut txn, &store).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(expired(&house.store).await.unwrap(), []);
    assert_eq!(tag::list(&house.store, &store.arn()).await.unwrap(), []);
    assert_eq!(resource_policy::get(&house.store, &store.arn()).await.unwrap(), None);
    let step = lake_plan::pending(&house.store).await.unwrap().pop().unwrap();
    assert!(step.document.dropped && step.event_id.is_empty(), "{step:?}");
    assert_eq!(by_id(&house.store, &store.id).await.unwrap(), gone);
    // The name is free, and what is in use is not forgotten.
    let second = house.made("main").await;
    let mut txn = house.store.begin().await.unwrap();
    forget(&mut txn, &store.id).await.unwrap();
    forget(&mut txn, &second.id).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(list_all(&house.store).await.unwrap(), [second]);
}

#[tokio::test]
async fn a_name_is_taken_once_in_a_region() {
    let house = house().await;
    let first = house.made("main").await;
    let second = house.made("second").await;
    let mut txn = house.store.begin().await.unwrap();
    let mut renamed = second;
    renamed.settings.name = first.settings.name.clone();
    let taken = update(&mut txn, &mut renamed).await.unwrap_err();
    assert!(matches!(taken, StoreError::AlreadyExists { .. }), "{taken}");
}

#[tokio::test]
async fn a_channel_feeds_large_stores_when_all_of_them_are() {
    let house = house().await;
    let mut stores = [house.made("first").await, house.made("second").await];
    let here = region("eu-west-1");
    let both = stores.each_ref().map(|store| store.id.clone());
    let new = NewChannel { region: &here, name: "main", source: "Custom", destinations: &both };
    let mut txn = house.store.begin().await.unwrap();
    let mut made = channel::create(&mut txn, id(FIRST), new).await.unwrap();
    txn.commit().await.unwrap();
    let large = async |id: &str| channel::feeds_large(&house.store, id).await.unwrap();
    let mut configure = async |at: usize, size: &str| {
        let mut txn = house.store.begin().await.unwrap();
        let configuration = format!(r#"{{"MaxEventSize":"{size}","ContextKeySelectors":[]}}"#);
        stores[at].event_configuration = Some(configuration);
        update(&mut txn, &mut stores[at]).await.unwrap();
        txn.commit().await.unwrap();
    };
    assert!(!large(&made.id).await);
    configure(0, "Large").await;
    assert!(!large(&made.id).await);
    configure(1, "Standard").await;
    assert!(!large(&made.id).await);
    configure(1, "Large").await;
    assert!(large(&made.id).await);
    configure(0, "Standard").await;
    assert!(!large(&made.id).await);
    made.destinations = vec![both[1].clone()];
    let mut txn = house.store.begin().await.unwrap();
    channel::update(&mut txn, &made).await.unwrap();
    txn.commit().await.unwrap();
    assert!(large(&made.id).await);
    assert!(!large("00000000-0000-4000-8000-000000000000").await);
}

#[tokio::test]
async fn a_channel_feeds_its_stores_and_a_source_has_one() {
    let house = house().await;
    let (a, b) = (house.made("first").await, house.made("second").await);
    let here = region("eu-west-1");
    let both = [b.id.clone(), a.id.clone()];
    let new = NewChannel { region: &here, name: "main", source: "Custom", destinations: &both };
    let mut txn = house.store.begin().await.unwrap();
    let mut made = channel::create(&mut txn, id(FIRST), new).await.unwrap();
    txn.commit().await.unwrap();
    let arn = format!("arn:aws:cloudtrail:eu-west-1:111122223333:channel/{}", made.id);
    assert_eq!(made.arn(), arn);
    assert_eq!(channel::get(&house.store, id(FIRST), &made.id).await.unwrap(), made);
    channel::get(&house.store, id(SECOND), &made.id).await.unwrap_err();
    let mut txn = house.store.begin().await.unwrap();
    let twice = NewChannel { name: "other", ..new };
    let taken = channel::create(&mut txn, id(FIRST), twice).await.unwrap_err();
    assert!(matches!(taken, StoreError::AlreadyExists { what: Entity::Channel, .. }), "{taken}");
    drop(txn);
    made.destinations = vec![a.id.clone()];
    made.ingestion = Ingestion {
        attempted: Some(Timestamp::from_millis(7)),
        attempted_event: Some("e".to_owned()),
        error: Some("InvalidData".to_owned()),
        ..Ingestion::default()
    };
    let mut txn = house.store.begin().await.unwrap();
    channel::update(&mut txn, &made).await.unwrap();
    channel::note(&mut txn, &made.id, &made.ingestion).await.unwrap();
    assert_eq!(channel::feeding(&mut txn, &a.id).await.unwrap(), [made.id.clone()]);
    assert!(channel::feeding(&mut txn, &b.id).await.unwrap().is_empty());
    txn.commit().await.unwrap();
    assert_eq!(channel::list(&house.store, id(FIRST), &here).await.unwrap(), [made.clone()]);
    let mut txn = house.store.begin().await.unwrap();
    channel::delete(&mut txn, &made).await.unwrap();
    txn.commit().await.unwrap();
    assert!(channel::list(&house.store, id(FIRST), &here).await.unwrap().is_empty());
}
