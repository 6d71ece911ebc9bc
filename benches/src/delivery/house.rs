//! A journal and a store in a directory, trails in it, and a bucket that keeps nothing but times.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use cairn_core::{AccountId, Clock, ManualClock, SystemClock, SystemEntropy, Timestamp};
use cairn_event::Event;
use cairn_event::selector::Demand;
use cairn_event::selector::{AdvancedSelector, FieldSelector, Selectors};
use cairn_journal::{Draft, FileDisk, Journal, Step, Writer};
use cairn_ports::{
    Abilities, Actor, Answer, BucketInfo, Buckets, Meta, Object, Page, PortError, Put, Stored,
    TopicInfo, Topics,
};
use cairn_store::{
    NewTrail, PlanDocument, Store, Trail, TrailSettings, account, delivery, trail, trail_plan,
};
use cairn_trail::{Parts, Settings, Trails};

use crate::Failure;
use crate::events::Generator;

const OWNER: u64 = 111_122_223_333;
/// Records that are submitted together.
const BATCH: usize = 1_000;

pub(super) struct House {
    directory: PathBuf,
    pub(super) clock: Arc<dyn Clock>,
    manual: Arc<ManualClock>,
    pub(super) journal: Journal,
    writer: Writer,
    runs: u32,
}

/// Delivery over a store of its own.
pub(super) struct Run {
    pub(super) store: Store,
    pub(super) trails: Trails,
    pub(super) sink: Arc<Sink>,
}

impl House {
    /// Time stands still, so that one window takes everything.
    pub(super) fn open(directory: &Path) -> Result<Self, Failure> {
        let manual = Arc::new(ManualClock::new(SystemClock::default().now()));
        Self::with(directory, manual.clone(), manual)
    }

    /// Time passes.
    pub(super) fn live(directory: &Path) -> Result<Self, Failure> {
        let manual = Arc::new(ManualClock::new(Timestamp::EPOCH));
        Self::with(directory, Arc::new(SystemClock::default()), manual)
    }

    fn with(
        directory: &Path,
        clock: Arc<dyn Clock>,
        manual: Arc<ManualClock>,
    ) -> Result<Self, Failure> {
        std::fs::create_dir_all(directory)?;
        let disk = Arc::new(FileDisk::open(&directory.join("journal"))?);
        let parts = cairn_journal::Parts { clock: clock.clone(), entropy: Arc::new(SystemEntropy) };
        let settings = cairn_journal::Settings { reserve_bytes: 0, ..Default::default() };
        let (journal, writer, _) = Journal::open(disk, parts, settings)?;
        let directory = directory.to_owned();
        Ok(Self { directory, clock, manual, journal, writer, runs: 0 })
    }

    /// Puts generated records into the journal; gives their bytes.
    pub(super) fn fill(&mut self, events: usize) -> Result<Vec<Bytes>, Failure> {
        let generator = Generator::new(1, self.clock.now());
        let mut texts = Vec::with_capacity(events);
        while texts.len() < events {
            let mut drafts = Vec::with_capacity(BATCH);
            for _ in 0..BATCH.min(events - texts.len()) {
                let mut text = Vec::with_capacity(2_000);
                generator.write(&mut text);
                let text = Bytes::from(text);
                texts.push(text.clone());
                drafts.push((OWNER, text));
            }
            self.append(drafts)?;
        }
        Ok(texts)
    }

    pub(super) fn append(&mut self, texts: Vec<(u64, Bytes)>) -> Result<(), Failure> {
        let mut drafts = Vec::with_capacity(texts.len());
        for (account, text) in texts {
            let account = AccountId::new(account).ok_or(Failure("no account".to_owned()))?;
            let event = Event::parse(text).map_err(|error| Failure(error.to_string()))?;
            drafts.push(Draft::event(account, event));
        }
        let mut ticket = self.journal.submit(drafts)?;
        loop {
            if let Some(outcomes) = ticket.try_take() {
                outcomes?;
                return Ok(());
            }
            if self.writer.step()? == Step::Stopped {
                return Err(Failure("the journal stopped".to_owned()));
            }
        }
    }

    /// Delivery with a store of its own, and trails that log from the first record on.
    pub(super) async fn run(
        &mut self,
        settings: Settings,
        owners: &[u64],
        selectors: &[Selectors],
    ) -> Result<Run, Failure> {
        self.runs += 1;
        let directory = self.directory.join(format!("run-{}", self.runs));
        std::fs::create_dir_all(&directory)?;
        let (clock, entropy) = (self.clock.clone(), Arc::new(SystemEntropy));
        let parts = cairn_store::Parts { clock: clock.clone(), entropy: entropy.clone() };
        let store = Store::open_dir(&directory, parts).await?;
        for owner in owners {
            for (number, selectors) in selectors.iter().enumerate() {
                log(&store, *owner, number, selectors).await?;
            }
        }
        let sink = Arc::new(Sink { clock: self.clock.clone(), puts: Mutex::default() });
        let parts = Parts {
            journal: self.journal.clone(),
            store: store.clone(),
            clock,
            entropy,
            disk: Arc::new(FileDisk::open(&directory.join("spool"))?),
            buckets: sink.clone(),
            topics: sink.clone(),
            demand: Demand::default(),
            name: "bench".to_owned(),
        };
        let trails = Trails::open(parts, settings).await?;
        Ok(Run { store, trails, sink })
    }

    /// From the journal to sealed files in the spool: how long, gzip bytes, records.
    pub(super) async fn deliver(
        &mut self,
        level: u32,
        lanes: usize,
    ) -> Result<(Duration, u64, u64), Failure> {
        let settings = Settings { level, lanes, ..Settings::default() };
        let window = settings.window;
        let run = self.run(settings, &[OWNER], &shares()).await?;
        let clock = SystemClock::default();
        let mut collector = run.trails.collector();
        while collector.step().await? {}
        self.manual.advance(window);
        while collector.step().await? {}
        let took = clock.elapsed();
        let (mut bytes, mut records) = (0, 0);
        for backlog in delivery::backlogs(&run.store).await? {
            for file in delivery::waiting(&run.store, &backlog.trail, 0, usize::MAX >> 1).await? {
                bytes += file.gzip_bytes;
                records += file.records;
            }
        }
        Ok((took, bytes, records))
    }
}

/// Five trails with four selectors each, which share the 40 services among them.
pub(super) fn shares() -> Vec<Selectors> {
    let selector = |number: usize| AdvancedSelector {
        name: None,
        field_selectors: vec![
            FieldSelector::equals("eventCategory", ["Management"]),
            FieldSelector {
                field: "eventSource".to_owned(),
                equals: Some(
                    [2 * number, 2 * number + 1]
                        .map(|service| format!("service{service:02}.amazonaws.com"))
                        .to_vec(),
                ),
                ..FieldSelector::default()
            },
        ],
    };
    (0..5)
        .map(|trail| Selectors::Advanced((4 * trail..4 * trail + 4).map(selector).collect()))
        .collect()
}

async fn log(
    store: &Store,
    owner: u64,
    number: usize,
    selectors: &Selectors,
) -> Result<(), Failure> {
    let owner = AccountId::new(owner).ok_or(Failure("no account".to_owned()))?;
    let settings = TrailSettings {
        bucket: "bench".to_owned(),
        prefix: None,
        topic_name: None,
        topic_arn: None,
        include_global: true,
        multi_region: true,
        log_validation: false,
        organization: false,
        log_group_arn: None,
        log_role_arn: None,
        kms_key_arn: None,
    };
    let mut txn = store.begin().await?;
    if number == 0 {
        account::create(&mut txn, Some(owner), &owner.to_string()).await?;
    }
    let home_region = &"us-east-1".parse()?;
    let (name, abilities) = (format!("trail-{number}"), String::new());
    let new = NewTrail { home_region, name: &name, settings, abilities };
    let trail = trail::create(&mut txn, owner, new).await?;
    let selectors = Some(serde_json::to_string(selectors)?);
    let trail = Trail { logging: true, selectors, ..trail };
    trail::update(&mut txn, &trail).await?;
    let document = PlanDocument::of(&trail, "StartLogging", true);
    let step = trail_plan::put(&mut txn, &trail.id, &document).await?;
    trail_plan::apply(&mut txn, step, cairn_core::Seq(0)).await?;
    Ok(txn.commit().await?)
}

/// Takes everything. Keeps when, and the bytes.
pub(super) struct Sink {
    clock: Arc<dyn Clock>,
    puts: Mutex<HashMap<String, (Duration, Bytes)>>,
}

impl Sink {
    pub(super) fn take(&self) -> HashMap<String, (Duration, Bytes)> {
        std::mem::take(&mut self.puts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn absent<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(std::future::ready(Err(PortError::missing("NoSuchKey", "it is not kept"))))
}

impl Buckets for Sink {
    fn bucket<'a>(&'a self, _: &'a str) -> Answer<'a, BucketInfo> {
        absent()
    }

    fn policy<'a>(&'a self, _: &'a str) -> Answer<'a, Option<String>> {
        absent()
    }

    fn put<'a>(&'a self, put: Put<'a>) -> Answer<'a, Stored> {
        let mut puts = self.puts.lock().unwrap_or_else(PoisonError::into_inner);
        puts.insert(put.key.to_owned(), (self.clock.elapsed(), put.bytes.clone()));
        Box::pin(std::future::ready(Ok(Stored { etag: String::new(), version: None })))
    }

    fn get<'a>(
        &'a self,
        _: &'a Actor,
        _: &'a str,
        _: &'a str,
        _: Option<&'a str>,
    ) -> Answer<'a, Object> {
        absent()
    }

    fn head<'a>(&'a self, _: &'a Actor, _: &'a str, _: &'a str) -> Answer<'a, Meta> {
        absent()
    }

    fn list<'a>(
        &'a self,
        _: &'a Actor,
        _: &'a str,
        _: &'a str,
        _: Option<&'a str>,
        _: u32,
    ) -> Answer<'a, Page> {
        absent()
    }

    fn abilities<'a>(&'a self, _: &'a str) -> Answer<'a, Abilities> {
        absent()
    }
}

impl Topics for Sink {
    fn topic<'a>(&'a self, _: AccountId, _: &'a str, _: &'a str) -> Answer<'a, TopicInfo> {
        absent()
    }

    fn publish<'a>(
        &'a self,
        _: &'a Actor,
        _: &'a str,
        _: Option<&'a str>,
        _: &'a str,
    ) -> Answer<'a, String> {
        absent()
    }
}
