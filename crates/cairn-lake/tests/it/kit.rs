//! A journal, a store and the lake in a directory of their own.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_core::{AccountId, Entropy, ManualClock, SeededEntropy, Seq, Timestamp, event_id};
use cairn_event::Event;
use cairn_event::selector::Demand;
use cairn_journal::{Draft, FileDisk, Journal, Step, Writer};
use cairn_lake::{Collector, Flusher, Lake, LakeError, Parts, Runner, Settings, Tender};
use cairn_ports::lake::{Lake as _, LakeAnswer, ResultKeys, Row};
use cairn_ports::{
    Abilities, Actor, Answer, BucketInfo, Buckets, Meta, Object, Page, PortError, Put, Stored,
};
use cairn_proof::DigestKeyPair;
use cairn_store::event_data_store::{Billing, NewStore, Schema, StoreSettings};
use cairn_store::query::{NewQuery, Query, QueryStatus};
use cairn_store::{
    EventDataStore, LakeDocument, Store, account, event_data_store, lake_plan, query,
};

/// 2026-01-15T00:00:00Z.
pub(crate) const NOW: i64 = 1_768_435_200;
pub(crate) const DAY: i64 = 86_400;
pub(crate) const OWNER: u64 = 111_122_223_333;
const MANAGEMENT: &str = r#"{"AdvancedEventSelectors":[{"Name":"all","FieldSelectors":[
    {"Field":"eventCategory","Equals":["Management"]}]}]}"#;
const OUTSIDE: &str = r#"{"AdvancedEventSelectors":[{"Name":"all","FieldSelectors":[
    {"Field":"eventCategory","Equals":["ActivityAuditLog"]}]}]}"#;

pub(crate) struct House {
    dir: tempfile::TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) settings: Settings,
    pub(crate) journal: Journal,
    writer: Writer,
    pub(crate) store: Store,
    pub(crate) lake: Lake,
    pub(crate) collector: Collector,
    pub(crate) flusher: Flusher,
    pub(crate) tender: Tender,
    pub(crate) runner: Runner,
    entropy: Arc<SeededEntropy>,
    count: u64,
}

/// Small bounds, so that a few records pass through every stage.
pub(crate) fn small() -> Settings {
    Settings {
        flush_after: Duration::from_secs(10),
        file_rows: 1000,
        keep_snapshots: Duration::from_mins(1),
        query_memory: 64 << 20,
        ..Settings::default()
    }
}

pub(crate) fn owner() -> AccountId {
    AccountId::new(OWNER).unwrap()
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(small()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(NOW)));
        let dir = tempfile::tempdir().unwrap();
        let entropy = Arc::new(SeededEntropy::new(1));
        let parts = cairn_journal::Parts { clock: clock.clone(), entropy: entropy.clone() };
        let bounds = cairn_journal::Settings {
            segment_bytes: 1 << 20,
            reserve_bytes: 0,
            ..Default::default()
        };
        let disk = Arc::new(FileDisk::open(&dir.path().join("journal")).unwrap());
        let (journal, writer, _) = Journal::open(disk, parts, bounds).unwrap();
        let parts = cairn_store::Parts { clock: clock.clone(), entropy: entropy.clone() };
        let store = Store::open_dir(dir.path(), parts).await.unwrap();
        let mut txn = store.begin().await.unwrap();
        account::create(&mut txn, Some(owner()), "owner").await.unwrap();
        txn.commit().await.unwrap();
        let lake = open(&dir, &journal, &store, &clock, &entropy, &settings).await;
        Self {
            collector: lake.collector(),
            flusher: lake.flusher(),
            tender: lake.tender(),
            runner: lake.runner(),
            dir,
            clock,
            settings,
            journal,
            writer,
            store,
            lake,
            entropy,
            count: 0,
        }
    }

    /// The process ends here and starts again: what was not in files is gone from memory.
    pub(crate) async fn restart(&mut self) {
        drop(self.store.begin().await.unwrap());
        let (dir, settings) = (&self.dir, &self.settings);
        let entropy = &self.entropy;
        let lake = open(dir, &self.journal, &self.store, &self.clock, entropy, settings).await;
        self.collector = lake.collector();
        self.flusher = lake.flusher();
        self.tender = lake.tender();
        self.runner = lake.runner();
        self.lake = lake;
    }

    /// The data files of tables.
    pub(crate) fn data_files(&self) -> Vec<std::path::PathBuf> {
        let mut folders = vec![self.dir.path().to_owned()];
        let mut found = Vec::new();
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|end| end == "parquet") {
                    found.push(path);
                }
            }
        }
        found
    }

    pub(crate) fn id(&self) -> String {
        event_id(&*self.entropy as &dyn Entropy)
    }

    /// Records of calls at an instant; gives their ids. `FailedCall` was refused.
    pub(crate) fn put(&mut self, name: &str, count: usize, at: i64) -> BTreeSet<String> {
        let ids: BTreeSet<String> = (0..count).map(|_| self.id()).collect();
        let drafts = ids.iter().map(|id| self.draft(name, "ec2.amazonaws.com", id, at)).collect();
        self.append(drafts);
        ids
    }

    /// The record of a call with parameters of its own.
    pub(crate) fn put_call(&mut self, name: &str, source: &str, parameters: &str, at: i64) {
        let (id, time) = (self.id(), Timestamp::from_seconds(at));
        let raw = format!(
            r#"{{"eventTime":"{time}","eventSource":"{source}","eventName":"{name}",
            "awsRegion":"us-east-1","requestParameters":{parameters},"eventID":"{id}",
            "managementEvent":true,"readOnly":false,"eventCategory":"Management"}}"#
        );
        let event = Event::parse(Bytes::from(raw)).unwrap();
        self.append(vec![Draft::event(owner(), event)]);
    }

    fn draft(&self, name: &str, source: &str, id: &str, at: i64) -> Draft {
        let time = Timestamp::from_seconds(at);
        let user = format!(r#"{{"type":"IAMUser","arn":"arn:aws:iam::{OWNER}:user/a"}}"#);
        let mut raw =
            format!(r#"{{"eventVersion":"1.11","userIdentity":{user},"eventTime":"{time}","#);
        raw +=
            &format!(r#""eventSource":"{source}","eventName":"{name}","awsRegion":"us-east-1","#);
        if name == "FailedCall" {
            raw += r#""errorCode":"AccessDenied","#;
        }
        raw += &format!(r#""requestParameters":{{"n":{},"bucketName":"of-{name}"}},"#, self.count);
        raw += r#""responseElements":null,"#;
        raw += &format!(r#""eventID":"{id}","readOnly":false,"resources":[{{"ARN":"arn:{name}","#);
        raw += &format!(r#""accountId":"{OWNER}","type":"AWS::{name}"}}],"managementEvent":true,"#);
        raw += &format!(r#""recipientAccountId":"{OWNER}","eventCategory":"Management"}}"#);
        Draft::event(owner(), Event::parse(Bytes::from(raw)).unwrap())
    }

    pub(crate) fn append(&mut self, drafts: Vec<Draft>) -> Seq {
        self.count += drafts.len() as u64;
        let mut ticket = self.journal.submit(drafts).unwrap();
        loop {
            if let Some(outcomes) = ticket.try_take() {
                return outcomes.unwrap()[0].seq();
            }
            assert_ne!(self.writer.step().unwrap(), Step::Stopped);
        }
    }

    /// A store for management events, with the record of its making.
    pub(crate) async fn create(&mut self, name: &str) -> EventDataStore {
        self.make(name, Schema::Events, MANAGEMENT, Vec::new()).await
    }

    /// A store for events from outside that these channels feed.
    pub(crate) async fn create_outside(&mut self, channels: Vec<String>) -> EventDataStore {
        self.make("outside", Schema::Activity, OUTSIDE, channels).await
    }

    async fn make(
        &mut self,
        name: &str,
        schema: Schema,
        selectors: &str,
        channels: Vec<String>,
    ) -> EventDataStore {
        let mut txn = self.store.begin().await.unwrap();
        let settings = StoreSettings {
            name: name.to_owned(),
            selectors: selectors.to_owned(),
            multi_region: true,
            organization: false,
            retention_days: 30,
            billing: Billing::Extendable,
            termination_protection: false,
            kms_key_arn: None,
        };
        let home_region = &"us-east-1".parse().unwrap();
        let new = NewStore { home_region, schema, ingesting: true, settings };
        let made = event_data_store::create(&mut txn, owner(), new).await.unwrap();
        let id = self.id();
        let document = LakeDocument::of(&made, "CreateEventDataStore", channels);
        lake_plan::put(&mut txn, &id, &document).await.unwrap();
        txn.commit().await.unwrap();
        self.told("CreateEventDataStore", &id);
        made
    }

    /// A change of a store's plan, with its record.
    pub(crate) async fn change(
        &mut self,
        store: &EventDataStore,
        reason: &str,
        change: impl FnOnce(&mut LakeDocument),
    ) {
        let id = self.begin_change(store, reason, change).await;
        self.told(reason, &id);
    }

    /// A change whose record, with the id that this gives, is not in the journal yet.
    pub(crate) async fn begin_change(
        &mut self,
        store: &EventDataStore,
        reason: &str,
        change: impl FnOnce(&mut LakeDocument),
    ) -> String {
        let mut txn = self.store.begin().await.unwrap();
        let mut document = LakeDocument::of(store, reason, Vec::new());
        change(&mut document);
        let id = self.id();
        lake_plan::put(&mut txn, &id, &document).await.unwrap();
        txn.commit().await.unwrap();
        id
    }

    pub(crate) fn told(&mut self, reason: &str, id: &str) {
        let draft = self.draft(reason, "cloudtrail.amazonaws.com", id, NOW);
        self.append(vec![draft]);
    }

    /// Takes everything up; what is due goes into files.
    pub(crate) async fn settle(&mut self) {
        for _ in 0..10_000 {
            let collected = self.collector.step().await.unwrap();
            let flushed = self.flusher.step().await.unwrap();
            if !collected && !flushed {
                return;
            }
        }
        panic!("the work has no end");
    }

    /// Everything in memory goes into files.
    pub(crate) async fn flush(&mut self) {
        self.settle().await;
        self.clock.advance(self.settings.flush_after);
        self.settle().await;
    }

    pub(crate) async fn tend(&mut self) -> Result<(), LakeError> {
        while self.tender.step().await? {}
        Ok(())
    }

    /// Starts a query, and no more.
    pub(crate) async fn ask(&self, store: &EventDataStore, statement: &str) -> Query {
        self.ask_as(owner(), store, statement).await
    }

    /// The same for another account.
    pub(crate) async fn ask_as(
        &self,
        account: AccountId,
        store: &EventDataStore,
        statement: &str,
    ) -> Query {
        let statement = statement.replace("$EDS", &store.id);
        let mut txn = self.store.begin().await.unwrap();
        let new = NewQuery {
            account,
            region: &"us-east-1".parse().unwrap(),
            owner: owner(),
            stores: std::slice::from_ref(&store.id),
            statement: &statement,
            alias: None,
            refresh: None,
            prompt: None,
            delivery_uri: None,
        };
        let made = query::insert(&mut txn, new).await.unwrap();
        txn.commit().await.unwrap();
        made
    }

    /// The query as it is now.
    pub(crate) async fn asked(&self, id: &str) -> Query {
        let region = "us-east-1".parse().unwrap();
        query::get(&self.store, owner(), &region, id).await.unwrap()
    }

    /// Starts a query and waits for its end.
    pub(crate) async fn run(&mut self, store: &EventDataStore, statement: &str) -> Query {
        let made = self.ask(store, statement).await;
        loop {
            self.runner.step().await.unwrap();
            let now = self.asked(&made.id).await;
            if now.status.is_end() {
                return now;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    pub(crate) async fn rows(&mut self, store: &EventDataStore, statement: &str) -> Vec<Row> {
        let ended = self.run(store, statement).await;
        assert_eq!(ended.status, QueryStatus::Finished, "{:?}", ended.error);
        self.lake.rows(&ended.id, 0, 100_000, usize::MAX).await.unwrap()
    }

    /// The ids of a store's calls of EC2; panics where one comes twice.
    pub(crate) async fn ids(&mut self, store: &EventDataStore) -> BTreeSet<String> {
        let rows = self
            .rows(store, "SELECT eventID FROM $EDS WHERE eventSource = 'ec2.amazonaws.com'")
            .await;
        let count = rows.len();
        let ids: BTreeSet<String> =
            rows.into_iter().filter_map(|mut row| row.remove(0).1).collect();
        assert_eq!(ids.len(), count, "a row comes twice");
        ids
    }
}

async fn open(
    dir: &tempfile::TempDir,
    journal: &Journal,
    store: &Store,
    clock: &Arc<ManualClock>,
    entropy: &Arc<SeededEntropy>,
    settings: &Settings,
) -> Lake {
    let parts = Parts {
        journal: journal.clone(),
        store: store.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        disk: Arc::new(FileDisk::open(&dir.path().join("lake")).unwrap()),
        buckets: Arc::new(Nothing),
        keys: Arc::new(Nothing),
        demand: Demand::default(),
    };
    Lake::open(parts, settings.clone()).await.unwrap()
}

/// No bucket and no key: these tests deliver nothing.
struct Nothing;

fn none<'a, T>() -> Answer<'a, T> {
    Box::pin(async { Err(PortError::missing("NoSuchBucket", "there is none")) })
}

impl Buckets for Nothing {
    fn bucket<'a>(&'a self, _bucket: &'a str) -> Answer<'a, BucketInfo> {
        none()
    }

    fn policy<'a>(&'a self, _bucket: &'a str) -> Answer<'a, Option<String>> {
        none()
    }

    fn put<'a>(&'a self, _put: Put<'a>) -> Answer<'a, Stored> {
        none()
    }

    fn get<'a>(
        &'a self,
        _actor: &'a Actor,
        _bucket: &'a str,
        _key: &'a str,
        _version: Option<&'a str>,
    ) -> Answer<'a, Object> {
        none()
    }

    fn head<'a>(&'a self, _actor: &'a Actor, _bucket: &'a str, _key: &'a str) -> Answer<'a, Meta> {
        none()
    }

    fn list<'a>(
        &'a self,
        _actor: &'a Actor,
        _bucket: &'a str,
        _prefix: &'a str,
        _after: Option<&'a str>,
        _limit: u32,
    ) -> Answer<'a, Page> {
        none()
    }

    fn abilities<'a>(&'a self, _bucket: &'a str) -> Answer<'a, Abilities> {
        none()
    }
}

impl ResultKeys for Nothing {
    fn key<'a>(
        &'a self,
        _region: &'a cairn_core::Region,
        _at: Timestamp,
    ) -> LakeAnswer<'a, Result<Arc<DigestKeyPair>, cairn_ports::lake::LakeError>> {
        Box::pin(async { Err(cairn_ports::lake::LakeError::Missing) })
    }
}
