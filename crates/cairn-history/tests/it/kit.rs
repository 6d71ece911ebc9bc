//! A journal and its history in a directory of their own, and events to put into them.

use std::sync::Arc;

use bytes::Bytes;
use cairn_core::{AccountId, ManualClock, Region, SeededEntropy, Seq, Timestamp};
use cairn_event::Event;
use cairn_history::{Attribute, History, Indexer, Merger, Page, Query, Scope, Settings};
use cairn_journal::{Disk, Draft, FileDisk, Journal, Parts, Step, Writer};

pub(crate) const NOW: i64 = 1_760_000_000;

pub(crate) struct House {
    dir: tempfile::TempDir,
    pub(crate) clock: Arc<ManualClock>,
    settings: Settings,
    open: Option<Open>,
}

struct Open {
    journal: Journal,
    writer: Writer,
    history: History,
    indexer: Indexer,
    merger: Merger,
}

/// Small bounds, so that a few hundred records pass through every stage.
pub(crate) fn small() -> Settings {
    Settings {
        table_records: 40,
        merge_parts: 3,
        cache_bytes: 64 * 16 * 1024,
        ..Settings::default()
    }
}

impl House {
    pub(crate) fn new(settings: Settings) -> Self {
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(NOW)));
        let dir = tempfile::tempdir().unwrap();
        let mut house = Self { dir, clock, settings, open: None };
        house.start();
        house
    }

    pub(crate) fn stop(&mut self) {
        self.open = None;
    }

    pub(crate) fn start(&mut self) {
        let journal_settings = cairn_journal::Settings {
            segment_bytes: 1 << 20,
            reserve_bytes: 0,
            ..Default::default()
        };
        let parts = Parts { clock: self.clock.clone(), entropy: Arc::new(SeededEntropy::new(1)) };
        let (journal, writer, _) =
            Journal::open(self.disk("journal"), parts, journal_settings).unwrap();
        let history = History::open(
            self.disk("history"),
            journal.clone(),
            self.clock.clone(),
            self.settings.clone(),
        )
        .unwrap();
        let (indexer, merger) = (history.worker(), history.merge_worker());
        self.open = Some(Open { journal, writer, history, indexer, merger });
    }

    pub(crate) fn restart(&mut self) {
        self.stop();
        self.start();
    }

    /// Takes the whole index away.
    pub(crate) fn forget(&mut self) {
        self.stop();
        std::fs::remove_dir_all(self.dir.path().join("history")).unwrap();
        self.start();
    }

    /// The part files that are there, sorted.
    pub(crate) fn part_files(&self) -> Vec<std::path::PathBuf> {
        let entries = std::fs::read_dir(self.dir.path().join("history/parts")).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    }

    pub(crate) fn manifest(&self) -> std::path::PathBuf {
        self.dir.path().join("history/manifest")
    }

    fn disk(&self, name: &str) -> Arc<dyn Disk> {
        Arc::new(FileDisk::open(&self.dir.path().join(name)).unwrap())
    }

    fn open(&mut self) -> &mut Open {
        self.open.as_mut().unwrap()
    }

    pub(crate) fn history(&self) -> &History {
        &self.open.as_ref().unwrap().history
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.open.as_ref().unwrap().journal
    }

    pub(crate) fn append(&mut self, drafts: Vec<Draft>) -> Vec<Seq> {
        let open = self.open();
        let mut ticket = open.journal.submit(drafts).unwrap();
        loop {
            if let Some(outcomes) = ticket.try_take() {
                return outcomes.unwrap().into_iter().map(|outcome| outcome.seq()).collect();
            }
            assert_ne!(open.writer.step().unwrap(), Step::Stopped);
        }
    }

    pub(crate) fn put(&mut self, spec: &Spec) -> Seq {
        self.append(vec![Draft::event(spec.account(), spec.event())])[0]
    }

    /// Indexes one batch.
    pub(crate) fn index_some(&mut self) -> bool {
        self.open().indexer.step().unwrap()
    }

    /// Indexes until nothing is left, or tables wait for their parts.
    pub(crate) fn index(&mut self) {
        while self.index_some() {}
    }

    /// Seals, merges or drops one thing.
    pub(crate) fn merge_some(&mut self) -> bool {
        self.open().merger.step().unwrap()
    }

    pub(crate) fn merger(&mut self) -> &mut Merger {
        &mut self.open().merger
    }

    /// Works until there is nothing left to do.
    pub(crate) fn settle(&mut self) {
        while self.index_some() | self.merge_some() {}
    }

    pub(crate) fn scope(&self, account: u64, region: Option<&str>) -> Scope {
        let region: Option<Region> = region.map(|region| region.parse().unwrap());
        self.history().scope(AccountId::new(account).unwrap(), region.as_ref())
    }
}

/// What an event is made of.
#[derive(Debug, Clone)]
pub(crate) struct Spec {
    pub(crate) id: String,
    pub(crate) account: u64,
    pub(crate) region: String,
    pub(crate) time: i64,
    pub(crate) category: &'static str,
    pub(crate) name: String,
    pub(crate) user: String,
    pub(crate) read_only: bool,
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) note: String,
}

impl Spec {
    pub(crate) fn new(number: usize, time: i64) -> Self {
        Self {
            id: format!("id-{number}"),
            account: 1,
            region: "us-east-1".to_owned(),
            time,
            category: "Management",
            name: "GetObject".to_owned(),
            user: "alice".to_owned(),
            read_only: true,
            bucket: "logs".to_owned(),
            key: "AKIA0000000000000001".to_owned(),
            note: String::new(),
        }
    }

    pub(crate) fn account(&self) -> AccountId {
        AccountId::new(self.account).unwrap()
    }

    pub(crate) fn event(&self) -> Event {
        let Self { id, region, category, name, user, read_only, bucket, key, note, .. } = self;
        let time = Timestamp::from_seconds(self.time);
        let text = format!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"IAMUser","userName":"{user}",
            "accessKeyId":"{key}"}},"eventTime":"{time}","eventSource":"s3.amazonaws.com",
            "eventName":"{name}","awsRegion":"{region}","eventID":"{id}","readOnly":{read_only},
            "eventCategory":"{category}","errorMessage":"{note}","resources":[
            {{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::{bucket}"}},
            {{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::{bucket}/{name}"}}]}}"#
        );
        Event::parse(Bytes::from(text)).unwrap()
    }
}

/// Asks for every page and joins them; checks what must hold for each.
pub(crate) fn all_pages(scope: &Scope, query: &Query) -> Vec<Seq> {
    let (mut seqs, mut query) = (Vec::new(), query.clone());
    loop {
        let page: Page = scope.lookup(&query).unwrap();
        assert!(page.records.len() <= query.limit);
        seqs.extend(page.records.iter().map(|record| record.seq));
        match page.next {
            Some(next) => {
                assert!(query.after.is_none_or(|after| next < after), "pages move on");
                query.after = Some(next);
            }
            None => return seqs,
        }
    }
}

pub(crate) fn by(attribute: Attribute, value: &str) -> Query {
    Query { attributes: vec![(attribute, value.to_owned())], ..Query::default() }
}

#[expect(clippy::disallowed_methods, reason = "the test damages files behind the index's back")]
pub(crate) fn overwrite(path: &std::path::Path, bytes: &[u8]) {
    std::fs::write(path, bytes).unwrap();
}
