//! A bucket in memory that a trail delivered to, a table in memory, and an import between them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cairn_core::{ManualClock, Region, SeededEntropy, Timestamp};
use cairn_event::Event;
use cairn_ports::{
    Abilities, Actor, Answer, BucketInfo, Buckets, Listed, Meta, Object, Page, PortError, Put,
    Stored,
};
use cairn_proof::{
    Deflater, Digest, DigestFile, DigestKey, DigestKeyPair, LogFileWriter, LogKey, LogKind, Place,
    Previous,
};
use cairn_store::event_data_store::{Billing, Schema};
use cairn_store::import::{self, Note};
use cairn_store::{Import, ImportOrigin, NewImport, NewStore, Store, StoreSettings, account};
use cairn_store::{digest_key, event_data_store};

use crate::import::fault::ImportError;
use crate::import::sink::{Sink, SinkAnswer};
use crate::import::worker::{Importer, Parts};

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const BUCKET: &str = "audit";
/// 2026-11-20T00:00:00Z.
pub(super) const START: i64 = 1_795_132_800;
pub(super) const HOUR: i64 = 3600;

/// An object's bytes and metadata.
type Kept = (Bytes, Vec<(String, String)>);

/// Objects, and what is wrong with the store of them.
#[derive(Default)]
pub(super) struct World {
    pub(super) objects: Mutex<BTreeMap<String, Kept>>,
    pub(super) denied: Mutex<BTreeSet<String>>,
    /// So many of the next reads are not answered.
    pub(super) away: Mutex<u32>,
}

impl World {
    pub(super) fn put(&self, key: &str, bytes: impl Into<Bytes>) {
        self.objects.lock().unwrap().insert(key.to_owned(), (bytes.into(), Vec::new()));
    }

    pub(super) fn remove(&self, key: &str) -> Bytes {
        self.objects.lock().unwrap().remove(key).unwrap().0
    }

    fn read(&self, key: &str) -> Result<Kept, PortError> {
        let mut away = self.away.lock().unwrap();
        if *away > 0 {
            *away -= 1;
            return Err(PortError::unavailable("come again"));
        }
        if self.denied.lock().unwrap().contains(key) {
            return Err(PortError::denied("not yours"));
        }
        let found = self.objects.lock().unwrap().get(key).cloned();
        found.ok_or_else(|| PortError::missing("NoSuchKey", "there is none"))
    }
}

fn meta(bytes: &Bytes, metadata: Vec<(String, String)>) -> Meta {
    Meta {
        size: bytes.len() as u64,
        etag: "e".to_owned(),
        version: None,
        modified: Timestamp::EPOCH,
        metadata,
        checksum_sha256: None,
    }
}

impl Buckets for World {
    fn get<'a>(
        &'a self,
        _actor: &'a Actor,
        _bucket: &'a str,
        key: &'a str,
        _version: Option<&'a str>,
    ) -> Answer<'a, Object> {
        let read = self.read(key);
        Box::pin(async move {
            let (bytes, metadata) = read?;
            Ok(Object { meta: meta(&bytes, metadata), bytes })
        })
    }

    fn list<'a>(
        &'a self,
        _actor: &'a Actor,
        _bucket: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Page> {
        if self.denied.lock().unwrap().contains(prefix) {
            return Box::pin(async { Err(PortError::denied("not yours")) });
        }
        let objects = self.objects.lock().unwrap();
        let keys = objects.iter().filter(|(key, _)| {
            key.starts_with(prefix) && after.is_none_or(|after| key.as_str() > after)
        });
        // A page is short, so that there are several.
        let limit = limit.min(7) as usize;
        let mut found: Vec<Listed> = keys
            .take(limit + 1)
            .map(|(key, (bytes, _))| Listed {
                key: key.clone(),
                size: bytes.len() as u64,
                etag: "e".to_owned(),
                modified: Timestamp::EPOCH,
            })
            .collect();
        let more = found.len() > limit;
        found.truncate(limit);
        Box::pin(async move { Ok(Page { objects: found, more }) })
    }

    fn bucket<'a>(&'a self, _bucket: &'a str) -> Answer<'a, BucketInfo> {
        unused()
    }

    fn policy<'a>(&'a self, _bucket: &'a str) -> Answer<'a, Option<String>> {
        unused()
    }

    fn put<'a>(&'a self, _put: Put<'a>) -> Answer<'a, Stored> {
        unused()
    }

    fn head<'a>(&'a self, _actor: &'a Actor, _bucket: &'a str, _key: &'a str) -> Answer<'a, Meta> {
        unused()
    }

    fn abilities<'a>(&'a self, _bucket: &'a str) -> Answer<'a, Abilities> {
        unused()
    }
}

fn unused<'a, T>() -> Answer<'a, T> {
    Box::pin(async { Err(PortError::invalid("Unused", "imports do not ask for it")) })
}

/// Where a process ends that brings files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    BeforeCommit,
    AfterCommit,
}

/// The ids of the events of a table.
pub(super) struct Table {
    store: Store,
    pub(super) rows: Mutex<Vec<String>>,
    /// What happens to the next portions, the last first.
    pub(super) crashes: Mutex<Vec<Option<Crash>>>,
}

impl Sink for Table {
    fn bring<'a>(&'a self, _store: &'a str, events: Vec<Event>, note: &'a Note) -> SinkAnswer<'a> {
        Box::pin(async move {
            let crash = self.crashes.lock().unwrap().pop().flatten();
            let mut txn = self.store.begin().await?;
            if !import::note(&mut txn, note).await? {
                return Ok(false);
            }
            if crash == Some(Crash::BeforeCommit) {
                return Err(crashed());
            }
            txn.commit().await?;
            self.rows.lock().unwrap().extend(events.iter().map(|event| event.id().into_owned()));
            if crash == Some(Crash::AfterCommit) {
                return Err(crashed());
            }
            Ok(true)
        })
    }
}

fn crashed() -> ImportError {
    let error = std::io::Error::other("the process was killed").into();
    ImportError::Table { store: "s".to_owned(), error }
}

/// A trail's objects, as they were delivered.
#[derive(Debug, Default)]
pub(super) struct Trail {
    pub(super) logs: Vec<String>,
    pub(super) digests: Vec<String>,
    /// The ids of each log file.
    pub(super) events: BTreeMap<String, Vec<String>>,
}

impl Trail {
    pub(super) fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.events.values().flatten().cloned().collect();
        ids.sort_unstable();
        ids
    }
}

pub(super) struct House {
    _dir: tempfile::TempDir,
    pub(super) store: Store,
    pub(super) world: Arc<World>,
    pub(super) table: Arc<Table>,
    pub(super) clock: Arc<ManualClock>,
    pub(super) destination: String,
    pair: DigestKeyPair,
}

impl House {
    pub(super) async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(START + 100 * HOUR)));
        let entropy = Arc::new(SeededEntropy::new(3));
        let parts = cairn_store::Parts { clock: clock.clone(), entropy };
        let store = Store::open_dir(dir.path(), parts).await.unwrap();
        let mut txn = store.begin().await.unwrap();
        account::create(&mut txn, Some(ACCOUNT.parse().unwrap()), "own").await.unwrap();
        let destination = destination(&mut txn).await;
        txn.commit().await.unwrap();
        let rows = Mutex::default();
        let table = Table { store: store.clone(), rows, crashes: Mutex::default() };
        Self {
            _dir: dir,
            store,
            world: Arc::default(),
            table: Arc::new(table),
            clock,
            destination,
            pair: DigestKeyPair::generate().unwrap(),
        }
    }

    /// The key that digests are signed with becomes one of this server's.
    pub(super) async fn knows_the_key(&self) {
        let key = cairn_store::DigestKey {
            fingerprint: self.pair.fingerprint(),
            region: region(),
            public: self.pair.public().to_vec(),
            not_before: Timestamp::EPOCH,
            not_after: Timestamp::MAX,
        };
        let mut txn = self.store.begin().await.unwrap();
        digest_key::put(&mut txn, &key, &self.pair.to_pkcs8().unwrap()).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// What a trail delivers in some hours: log files, and a digest at the end of each hour.
    pub(super) fn deliver(&self, hours: i64, files: i64) -> Trail {
        let mut trail = Trail::default();
        let mut previous = None;
        for hour in 0..hours {
            let listed = (0..files).map(|file| self.log(&mut trail, hour, file)).collect();
            previous = Some(self.digest(&mut trail, hour, listed, previous));
        }
        trail
    }

    fn log(&self, trail: &mut Trail, hour: i64, file: i64) -> DigestFile {
        let at = Timestamp::from_seconds(START + hour * HOUR + (file % 11) * 300 + 300);
        let unique = format!("{:016}", hour * 1000 + file);
        let key = LogKey { place: place(), kind: LogKind::Records, time: at, unique };
        let key = key.to_string();
        let ids: Vec<String> = (0..3).map(|event| format!("{hour}-{file}-{event}")).collect();
        let records: Vec<String> = ids.iter().map(|id| record(id, at)).collect();
        let (gzip, sealed) = log_file(&records);
        self.world.put(&key, gzip);
        trail.events.insert(key.clone(), ids);
        trail.logs.push(key.clone());
        DigestFile {
            bucket: BUCKET.to_owned(),
            object: key,
            sha256: sealed.sha256,
            newest: None,
            oldest: None,
        }
    }

    fn digest(
        &self,
        trail: &mut Trail,
        hour: i64,
        files: Vec<DigestFile>,
        previous: Option<Previous>,
    ) -> Previous {
        let end = Timestamp::from_seconds(START + (hour + 1) * HOUR);
        let (place, home) = (place(), region());
        let key = DigestKey { place, trail: "main".to_owned(), home, end, backfill: false };
        let object = key.to_string();
        let digest = Digest {
            account: ACCOUNT.parse().unwrap(),
            start: Timestamp::from_seconds(START + hour * HOUR),
            end,
            bucket: BUCKET.to_owned(),
            object: object.clone(),
            fingerprint: self.pair.fingerprint(),
            newest: None,
            oldest: None,
            previous,
            files,
        };
        let sealed = digest.seal(&self.pair, &mut Deflater::new(1)).unwrap();
        let metadata = sealed.metadata(None);
        let metadata = metadata.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        self.world
            .objects
            .lock()
            .unwrap()
            .insert(object.clone(), (sealed.gzip.clone().into(), metadata));
        trail.digests.push(object.clone());
        let bucket = BUCKET.to_owned();
        Previous { bucket, object, sha256: sealed.sha256, signature: sealed.signature }
    }

    pub(super) async fn start(&self, prefix: &str) -> Import {
        let region = region();
        let source = ImportOrigin {
            uri: format!("s3://{BUCKET}/{prefix}"),
            bucket: BUCKET.to_owned(),
            prefix: prefix.to_owned(),
            region: region.to_string(),
            role: format!("arn:aws:iam::{ACCOUNT}:role/reader"),
        };
        let new = NewImport {
            region: &region,
            store: &self.destination,
            store_arn: "arn:store",
            source,
            start: None,
            end: None,
        };
        let mut txn = self.store.begin().await.unwrap();
        let import = import::create(&mut txn, ACCOUNT.parse().unwrap(), new).await.unwrap();
        txn.commit().await.unwrap();
        import
    }

    pub(super) fn importer(&self) -> Importer {
        Importer::new(Parts {
            store: self.store.clone(),
            buckets: self.world.clone(),
            clock: self.clock.clone(),
            sink: self.table.clone(),
        })
    }

    /// Runs until nothing is left to do; a step that fails is the end of the process, and another
    /// begins.
    pub(super) async fn run(&self) {
        self.run_on(true).await;
    }

    /// As [`House::run`]; of a step that fails the process may not end.
    pub(super) async fn run_on(&self, ends: bool) {
        let mut importer = self.importer();
        for _ in 0..10_000 {
            match importer.step().await {
                Ok(true) => {}
                Ok(false) if import::running(&self.store).await.unwrap().is_empty() => return,
                Ok(false) => self.clock.advance(Duration::from_secs(1)),
                Err(_) if ends => importer = self.importer(),
                Err(_) => {}
            }
        }
        panic!("the import does not end");
    }

    pub(super) async fn again(&self, import: &Import) -> Import {
        let id = ACCOUNT.parse().unwrap();
        import::get(&self.store, id, &import.id).await.unwrap()
    }

    pub(super) async fn retry(&self, import: &Import) {
        let mut txn = self.store.begin().await.unwrap();
        let id = ACCOUNT.parse().unwrap();
        let mut import = import::get_for_change(&mut txn, id, &import.id).await.unwrap();
        import::retry(&mut txn, &mut import).await.unwrap();
        txn.commit().await.unwrap();
    }

    /// The entries of ListImportFailures: type and key, by their statuses.
    pub(super) async fn entries(
        &self,
        import: &Import,
        status: &str,
    ) -> BTreeSet<(String, String)> {
        let found = import::failures(&self.store, import.number, 0, 100_000).await.unwrap();
        let own = format!("s3://{BUCKET}/");
        let found = found.into_iter().filter(|entry| entry.status.as_str() == status);
        found.map(|entry| (entry.error_type, entry.location.replace(&own, ""))).collect()
    }

    pub(super) fn rows(&self) -> Vec<String> {
        let mut rows = self.table.rows.lock().unwrap().clone();
        rows.sort_unstable();
        rows
    }
}

async fn destination(txn: &mut cairn_store::Txn) -> String {
    let settings = StoreSettings {
        name: "lake".to_owned(),
        selectors: "{}".to_owned(),
        multi_region: true,
        organization: false,
        retention_days: 366,
        billing: Billing::Extendable,
        termination_protection: false,
        kms_key_arn: None,
    };
    let home_region = &region();
    let new = NewStore { home_region, schema: Schema::Events, ingesting: true, settings };
    event_data_store::create(txn, ACCOUNT.parse().unwrap(), new).await.unwrap().id
}

fn region() -> Region {
    "eu-west-1".parse().unwrap()
}

fn place() -> Place {
    let account = ACCOUNT.parse().unwrap();
    Place { prefix: None, organization: None, account, region: region() }
}

pub(super) fn record(id: &str, at: Timestamp) -> String {
    let record = serde_json::json!({
        "eventVersion": "1.11",
        "eventTime": at.to_string(),
        "eventSource": "ec2.amazonaws.com",
        "eventName": "RunInstances",
        "awsRegion": "eu-west-1",
        "eventID": id,
        "eventType": "AwsApiCall",
        "eventCategory": "Management",
    });
    record.to_string()
}

pub(super) fn log_file(records: &[String]) -> (Vec<u8>, cairn_proof::SealedLogFile) {
    let (mut gzip, mut deflater) = (Vec::new(), Deflater::new(1));
    let mut file = LogFileWriter::start(&mut gzip);
    for record in records {
        file.push(record.as_bytes(), &mut deflater, &mut gzip);
    }
    let sealed = file.finish(&mut deflater, &mut gzip);
    (gzip, sealed)
}
