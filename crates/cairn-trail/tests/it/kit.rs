//! A journal, a store and delivery in a directory of their own, a bucket in memory, and what has to
//! be in it.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use cairn_core::{AccountId, Clock, Entropy, ManualClock, SeededEntropy, Seq, Timestamp, event_id};
use cairn_event::Event;
use cairn_journal::{Disk, Draft, FileDisk, Journal, Step, Writer};
use cairn_proof::verify::{FetchError, Fetched, Object, Report, Source, Trust, verify};
use cairn_proof::{GzipForm, Key, VerifierKey, gunzip};
use cairn_store::{
    NewTrail, PlanDocument, Store, Trail, TrailSettings, account, trail, trail_plan,
};
use cairn_trail::{Collector, Digester, Notifier, Parts, Settings, TrailError, Trails, Uploader};

use crate::bucket::{Kept, Place, Remote};
use crate::disk::Fused;

pub(crate) const NOW: i64 = 1_760_000_000;
pub(crate) const OWNER: u64 = 111_122_223_333;
pub(crate) const OTHER: u64 = 444_455_556_666;
pub(crate) const HOME: &str = "us-east-1";
pub(crate) const WINDOW: Duration = Duration::from_mins(5);
pub(crate) const HOUR: Duration = Duration::from_hours(1);

/// Small bounds, so that a few records pass through every stage.
pub(crate) fn small() -> Settings {
    Settings { memory_bytes: 1 << 20, file_bytes: 20_000, uploads: 3, ..Settings::default() }
}

pub(crate) struct House {
    dir: tempfile::TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) remote: Arc<Remote>,
    pub(crate) settings: Settings,
    pub(crate) journal: Journal,
    writer: Writer,
    pub(crate) store: Store,
    pub(crate) trails: Trails,
    workers: Workers,
    entropy: Arc<SeededEntropy>,
    /// Trails as they are after the newest record.
    pub(crate) plans: BTreeMap<String, Plan>,
    /// By the trail's ARN, what it has to deliver.
    pub(crate) expected: BTreeMap<String, BTreeSet<String>>,
    count: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) trail: Trail,
    pub(crate) conditional: bool,
}

struct Workers {
    collector: Collector,
    uploader: Uploader,
    notifier: Notifier,
    digester: Digester,
}

/// A record to be.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) account: u64,
    pub(crate) region: &'static str,
    pub(crate) source: &'static str,
    pub(crate) name: &'static str,
    pub(crate) category: &'static str,
    pub(crate) size: usize,
}

pub(crate) fn event(account: u64, region: &'static str) -> Spec {
    Spec {
        account,
        region,
        source: "ec2.amazonaws.com",
        name: "RunInstances",
        category: "Management",
        size: 100,
    }
}

fn region(name: &str) -> cairn_core::Region {
    name.parse().unwrap()
}

fn workers(trails: &Trails) -> Workers {
    Workers {
        collector: trails.collector(),
        uploader: trails.uploader(),
        notifier: trails.notifier(),
        digester: trails.digester(),
    }
}

impl House {
    pub(crate) async fn new() -> Self {
        Self::with(small()).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(NOW)));
        let remote = Arc::new(Remote::new(clock.clone(), 7));
        let dir = tempfile::tempdir().unwrap();
        let entropy = Arc::new(SeededEntropy::new(1));
        let parts = cairn_journal::Parts { clock: clock.clone(), entropy: entropy.clone() };
        let journal_settings = cairn_journal::Settings {
            segment_bytes: 1 << 20,
            reserve_bytes: 0,
            ..Default::default()
        };
        let disk = Arc::new(FileDisk::open(&dir.path().join("journal")).unwrap());
        let (journal, writer, _) = Journal::open(disk, parts, journal_settings).unwrap();
        let parts = cairn_store::Parts { clock: clock.clone(), entropy: entropy.clone() };
        let store = Store::open_dir(dir.path(), parts).await.unwrap();
        let mut txn = store.begin().await.unwrap();
        for id in [OWNER, OTHER] {
            let id = AccountId::new(id).unwrap();
            account::create(&mut txn, Some(id), &id.to_string()).await.unwrap();
        }
        txn.commit().await.unwrap();
        let spool = dir.path().join("spool");
        let trails = open(&spool, &journal, &store, &clock, &remote, &settings).await;
        let workers = workers(&trails);
        Self {
            dir,
            clock,
            remote,
            settings,
            journal,
            writer,
            store,
            trails,
            workers,
            entropy,
            plans: BTreeMap::new(),
            expected: BTreeMap::new(),
            count: 0,
        }
    }

    /// The process ends here and starts again.
    pub(crate) async fn restart(&mut self) {
        self.remote.fuse.set(None);
        let spool = self.dir.path().join("spool");
        // What was begun may still end: its turn comes first.
        drop(self.store.begin().await.unwrap());
        self.trails =
            open(&spool, &self.journal, &self.store, &self.clock, &self.remote, &self.settings)
                .await;
        self.workers = workers(&self.trails);
    }

    pub(crate) fn spool(&self) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(self.dir.path().join("spool")).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }

    // Records.

    pub(crate) fn put(&mut self, spec: &Spec) -> Seq {
        let id = self.id();
        let draft = self.record(spec, &id, None);
        self.append(vec![draft])
    }

    pub(crate) fn put_all(&mut self, specs: &[Spec]) {
        let mut drafts = Vec::new();
        for spec in specs {
            let id = self.id();
            drafts.push(self.record(spec, &id, None));
        }
        self.append(drafts);
    }

    fn id(&self) -> String {
        event_id(&*self.entropy)
    }

    /// `change` is the trail that the record speaks of, as it was before.
    fn record(&mut self, spec: &Spec, id: &str, change: Option<(String, Option<Plan>)>) -> Draft {
        self.count += 1;
        let raw = render(spec, id, self.clock.now(), self.count);
        for (arn, plan) in &self.plans {
            let before = match &change {
                Some((of, before)) if of == arn => before.as_ref().is_some_and(|b| wants(b, spec)),
                _ => false,
            };
            if before || wants(plan, spec) {
                self.expected.entry(arn.clone()).or_default().insert(raw.clone());
            }
        }
        let event = Event::parse(Bytes::from(raw)).unwrap();
        Draft::event(AccountId::new(spec.account).unwrap(), event)
    }

    fn append(&mut self, drafts: Vec<Draft>) -> Seq {
        let mut ticket = self.journal.submit(drafts).unwrap();
        loop {
            if let Some(outcomes) = ticket.try_take() {
                return outcomes.unwrap()[0].seq();
            }
            assert_ne!(self.writer.step().unwrap(), Step::Stopped);
        }
    }

    // Trails.

    /// Makes a trail that does not log; gives its ARN.
    pub(crate) async fn create(
        &mut self,
        name: &str,
        change: impl FnOnce(&mut TrailSettings),
    ) -> String {
        let mut settings = TrailSettings {
            bucket: "audit".to_owned(),
            prefix: None,
            topic_name: None,
            topic_arn: None,
            include_global: true,
            multi_region: true,
            log_validation: true,
            organization: false,
            log_group_arn: None,
            log_role_arn: None,
            kms_key_arn: None,
        };
        change(&mut settings);
        let mut txn = self.store.begin().await.unwrap();
        let home_region = &region(HOME);
        let new = NewTrail { home_region, name, settings, abilities: "{}".to_owned() };
        let trail = trail::create(&mut txn, AccountId::new(OWNER).unwrap(), new).await.unwrap();
        let (id, arn) = (self.id(), trail.arn());
        let document = PlanDocument::of(&trail, "CreateTrail", true);
        trail_plan::put(&mut txn, &id, &document).await.unwrap();
        txn.commit().await.unwrap();
        self.plans.insert(arn.clone(), Plan { trail, conditional: true });
        self.told(&arn, "CreateTrail", &id, None);
        arn
    }

    pub(crate) async fn change(
        &mut self,
        arn: &str,
        reason: &'static str,
        change: impl FnOnce(&mut Plan),
    ) {
        let id = self.begin_change(arn, reason, change).await;
        let before = id.1;
        self.told(arn, reason, &id.0, before);
    }

    /// The change without its record.
    pub(crate) async fn begin_change(
        &mut self,
        arn: &str,
        reason: &'static str,
        change: impl FnOnce(&mut Plan),
    ) -> (String, Option<Plan>) {
        let before = self.plans[arn].clone();
        let mut plan = before.clone();
        change(&mut plan);
        let mut txn = self.store.begin().await.unwrap();
        trail::update(&mut txn, &plan.trail).await.unwrap();
        let id = self.id();
        let document = PlanDocument::of(&plan.trail, reason, plan.conditional);
        trail_plan::put(&mut txn, &id, &document).await.unwrap();
        txn.commit().await.unwrap();
        self.plans.insert(arn.to_owned(), plan);
        (id, Some(before))
    }

    pub(crate) fn told(&mut self, arn: &str, reason: &'static str, id: &str, before: Option<Plan>) {
        let source = "cloudtrail.amazonaws.com";
        let spec = Spec { source, name: reason, ..event(OWNER, HOME) };
        let draft = self.record(&spec, id, Some((arn.to_owned(), before)));
        self.append(vec![draft]);
    }

    pub(crate) async fn start(&mut self, arn: &str) {
        self.change(arn, "StartLogging", |plan| plan.trail.logging = true).await;
    }

    pub(crate) async fn stop(&mut self, arn: &str) {
        self.change(arn, "StopLogging", |plan| plan.trail.logging = false).await;
    }

    /// A multi-Region trail with log file validation, which logs.
    pub(crate) async fn logging(&mut self, name: &str) -> String {
        let arn = self.create(name, |_| ()).await;
        self.start(&arn).await;
        arn
    }

    // Work.

    /// One step of every worker.
    pub(crate) async fn work(&mut self) -> Result<bool, TrailError> {
        let Workers { collector, uploader, notifier, digester } = &mut self.workers;
        let mut did = collector.step().await?;
        did |= uploader.step().await?;
        did |= notifier.step().await?;
        did |= digester.step().await?;
        Ok(did)
    }

    /// Works until there is nothing left to do now.
    pub(crate) async fn settle(&mut self) {
        let mut rounds = 0;
        while self.work().await.unwrap() {
            rounds += 1;
            assert!(rounds < 10_000, "the work has no end");
        }
    }

    pub(crate) async fn digest(&mut self) -> Result<bool, TrailError> {
        self.workers.digester.step().await
    }

    pub(crate) async fn collect(&mut self) -> Result<bool, TrailError> {
        self.workers.collector.step().await
    }

    pub(crate) fn held(&self) -> (usize, usize) {
        self.workers.collector.held()
    }

    pub(crate) async fn upload(&mut self) -> Result<bool, TrailError> {
        self.workers.uploader.step().await
    }

    /// Time passes, and the work of that time is done.
    pub(crate) async fn pass(&mut self, by: Duration) {
        self.settle().await;
        self.clock.advance(by);
        self.settle().await;
    }

    /// Works until everything is delivered, over all pauses.
    pub(crate) async fn drain(&mut self) {
        for _ in 0..200 {
            self.pass(WINDOW + Duration::from_secs(2)).await;
            let backlogs = cairn_store::delivery::backlogs(&self.store).await.unwrap();
            let waits: u64 = backlogs.iter().map(|backlog| backlog.files).sum();
            let arns = self.plans.values().map(|plan| &plan.trail.id);
            let mut digests = 0;
            for id in arns {
                let waiting = cairn_store::digest::waiting(&self.store, id, 0, 1).await.unwrap();
                digests += waiting.len();
            }
            if waits == 0 && digests == 0 && self.journal.durable() <= self.cursor().await {
                return;
            }
        }
        panic!("delivery has no end");
    }

    async fn cursor(&self) -> Seq {
        cairn_store::cursor::get(&self.store, "delivery").await.unwrap()
    }

    /// Runs the workers until `polls` times something was waited for; whether that came to pass.
    /// The process ends there.
    pub(crate) async fn work_until(&mut self, polls: u64) -> bool {
        let all = async {
            while let Ok(did) = self.work().await {
                if !did {
                    break;
                }
            }
        };
        Cut { work: Box::pin(all), left: polls }.await
    }

    // What came of it.

    /// The log files of each trail: key and text.
    pub(crate) fn files(&self) -> BTreeMap<String, Vec<(Place, String)>> {
        let mut files: BTreeMap<String, Vec<(Place, String)>> = BTreeMap::new();
        for (place, kept) in self.remote.objects() {
            if let (Key::Log(_), cairn_ports::Actor::Service { source_arn, .. }) =
                (Key::parse(&place.1), &kept.actor)
            {
                let text = gunzip(&kept.object.bytes, 1 << 26, GzipForm::Cairn).unwrap();
                let text = String::from_utf8(text).unwrap();
                files.entry(source_arn.clone()).or_default().push((place, text));
            }
        }
        files
    }

    /// Every record that was selected is in exactly one file, byte for byte, and nothing else is.
    pub(crate) fn check(&self) {
        let files = self.files();
        let mut arns: BTreeSet<&String> = self.expected.keys().collect();
        arns.extend(files.keys());
        for arn in arns {
            let mut found = BTreeSet::new();
            for ((bucket, key), text) in files.get(arn).into_iter().flatten() {
                let Key::Log(name) = Key::parse(key) else { panic!("{key}") };
                let records = records(text);
                assert!(!records.is_empty(), "an empty file: {bucket}/{key}");
                assert_eq!(name.time.seconds() % 300, 0);
                for record in records {
                    let event = Event::parse(Bytes::from(record.clone())).unwrap();
                    let at = region(&event.region());
                    assert_eq!(at, name.place.region, "{key}");
                    assert!(event.time() <= name.time, "a record of {key} is from its future");
                    assert!(found.insert(record), "twice: {arn} {}", event.id());
                }
            }
            let nothing = BTreeSet::new();
            let expected = self.expected.get(arn).unwrap_or(&nothing);
            let missing: Vec<_> = expected.difference(&found).collect();
            assert!(missing.is_empty(), "missing of {arn}: {missing:#?}");
            let more: Vec<_> = found.difference(expected).collect();
            assert!(more.is_empty(), "too many of {arn}: {more:#?}");
        }
        assert_eq!(self.remote.overwritten.load(Ordering::Relaxed), 0, "overwritten");
    }

    pub(crate) fn verified(&self) -> Report {
        let source = Copy(self.remote.objects());
        let objects = source.0.iter().map(|((bucket, key), kept)| Object {
            bucket: bucket.clone(),
            key: key.clone(),
            version: None,
            latest: true,
            marker: false,
            bytes: kept.object.bytes.len() as u64,
            modified: None,
        });
        let objects = objects.collect();
        let root: VerifierKey = self.trails.trust_anchor().parse().unwrap();
        let settings =
            cairn_proof::verify::Settings::all(Trust::Root(vec![root]), self.clock.now());
        verify(objects, &source, settings)
    }

    /// The bucket holds what it has to hold, and the verifier has nothing to say.
    pub(crate) fn check_all(&self) {
        self.check();
        let report = self.verified();
        let findings: Vec<String> = report
            .findings
            .iter()
            .map(|finding| format!("{} {:?}", finding.object, finding.fault))
            .collect();
        assert!(findings.is_empty(), "{findings:#?}");
    }

    /// Lets hours pass until every file is named by a digest, then checks everything.
    pub(crate) async fn conclude(&mut self) {
        self.drain().await;
        for _ in 0..3 {
            self.pass(HOUR).await;
        }
        self.drain().await;
        self.check_all();
    }
}

async fn open(
    spool: &std::path::Path,
    journal: &Journal,
    store: &Store,
    clock: &Arc<ManualClock>,
    remote: &Arc<Remote>,
    settings: &Settings,
) -> Trails {
    let disk = Arc::new(FileDisk::open(spool).unwrap());
    let disk: Arc<dyn Disk> = Arc::new(Fused { disk, fuse: remote.fuse.clone() });
    let parts = Parts {
        journal: journal.clone(),
        store: store.clone(),
        clock: clock.clone(),
        entropy: Arc::new(cairn_core::SystemEntropy),
        disk,
        buckets: remote.clone(),
        topics: remote.clone(),
        name: "test".to_owned(),
        demand: cairn_event::selector::Demand::default(),
    };
    Trails::open(parts, settings.clone()).await.unwrap()
}

/// What a trail with the default selectors wants, said in another way.
fn wants(plan: &Plan, spec: &Spec) -> bool {
    let (trail, settings) = (&plan.trail, &plan.trail.settings);
    trail.logging
        && trail.account.as_u64() == spec.account
        && spec.category == "Management"
        && (settings.multi_region || spec.region == HOME)
        && (settings.include_global || spec.source != "iam.amazonaws.com")
}

fn render(spec: &Spec, id: &str, now: Timestamp, count: u64) -> String {
    let Spec { account, region, source, name, category, size } = spec;
    let management = *category == "Management";
    format!(
        concat!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","userName":"alice"}},"#,
            r#""eventTime":"{now}","eventSource":"{source}","eventName":"{name}","#,
            r#""awsRegion":"{region}","requestParameters":{{"n":{count},"t":"}}{{[\"","fill":"#,
            r#""{fill}"}},"eventID":"{id}","readOnly":false,"eventType":"AwsApiCall","#,
            r#""managementEvent":{management},"recipientAccountId":"{account:012}","#,
            r#""eventCategory":"{category}"}}"#
        ),
        now = now,
        source = source,
        name = name,
        region = region,
        count = count,
        id = id,
        management = management,
        account = account,
        category = category,
        fill = "x".repeat(*size),
    )
}

/// The records of a log file, as they stand in it.
pub(crate) fn records(text: &str) -> Vec<String> {
    let inner = text.strip_prefix("{\"Records\":[").unwrap().strip_suffix("]}\n").unwrap();
    let (mut found, mut depth, mut start, mut string, mut escaped) = (vec![], 0, 0, false, false);
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if string => escaped = true,
            b'"' => string = !string,
            b'{' if !string => {
                if depth == 0 {
                    start = at;
                }
                depth += 1;
            }
            b'}' if !string => {
                depth -= 1;
                if depth == 0 {
                    found.push(inner[start..=at].to_owned());
                }
            }
            _ => {}
        }
    }
    found
}

/// The bucket for the verifier.
struct Copy(BTreeMap<Place, Kept>);

impl Source for Copy {
    fn fetch(
        &self,
        bucket: &str,
        key: &str,
        _: Option<&str>,
    ) -> Result<Option<Fetched>, FetchError> {
        let kept = self.0.get(&(bucket.to_owned(), key.to_owned()));
        Ok(kept.map(|kept| Fetched {
            bytes: kept.object.bytes.to_vec(),
            metadata: Some(kept.object.meta.metadata.iter().cloned().collect()),
        }))
    }
}

/// Work that ends when it has waited so many times.
struct Cut<F> {
    work: Pin<Box<F>>,
    left: u64,
}

impl<F: Future<Output = ()>> Future for Cut<F> {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        if self.work.as_mut().poll(context).is_ready() {
            return Poll::Ready(false);
        }
        if self.left == 0 {
            return Poll::Ready(true);
        }
        self.left -= 1;
        Poll::Pending
    }
}

/// Random numbers for tests.
pub(crate) fn random(seed: u64) -> impl Fn(u64) -> u64 {
    let entropy = SeededEntropy::new(seed);
    move |bound| {
        let mut bytes = [0; 8];
        entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes) % bound.max(1)
    }
}
