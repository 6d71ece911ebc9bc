//! What all workers of the lake hold.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use cairn_core::{Clock, Entropy, Seq};
use cairn_event::selector::Demand;
use cairn_journal::{Disk, Journal};
use cairn_ports::Buckets;
use cairn_ports::lake::{ResultKeys, TableSchema};
use cairn_store::Store;
use cairn_task::{Pool, Wake};
use datafusion::execution::runtime_env::RuntimeEnv;
use tokio::sync::watch;

use crate::draft::Drafts;
use crate::flusher::Round;
use crate::iceberg::Home;
use crate::query::Running;
use crate::table::{Cache, Frozen, Live};
use crate::{LakeError, Settings, engine};

/// What the lake is made of.
pub struct Parts {
    pub journal: Journal,
    pub store: Store,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    /// A directory of its own.
    pub disk: Arc<dyn Disk>,
    /// Where results are delivered to, and imports come from.
    pub buckets: Arc<dyn Buckets>,
    pub keys: Arc<dyn ResultKeys>,
    /// Which data events are asked for.
    pub demand: Demand,
}

pub(crate) struct Shared {
    pub(crate) journal: Journal,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) home: Home,
    /// Holds results.
    pub(crate) results: Arc<dyn Disk>,
    pub(crate) buckets: Arc<dyn Buckets>,
    pub(crate) keys: Arc<dyn ResultKeys>,
    pub(crate) demand: Demand,
    pub(crate) settings: Settings,
    pub(crate) cache: Arc<Cache>,
    pub(crate) pool: Pool,
    pub(crate) runtime: RuntimeEnv,
    tables: RwLock<BTreeMap<String, Arc<Live>>>,
    round: Mutex<Option<Arc<Round>>>,
    pub(crate) running: Mutex<HashMap<String, Running>>,
    pub(crate) drafts: Drafts,
    /// How many queries have ended.
    pub(crate) queries_ended: watch::Sender<u64>,
    /// Everything up to here is visible to queries.
    pub(crate) visible: watch::Sender<Seq>,
    /// How often what was visible and in no file was forgotten, to be read again: counted when it
    /// is visible no more, and before it goes.
    pub(crate) forgotten: AtomicU64,
    /// A store may have ended.
    pub(crate) ended: AtomicBool,
    /// Rows wait to be written.
    pub(crate) handed: Wake,
    /// They are written.
    pub(crate) flushed: Wake,
    /// Queries wait.
    pub(crate) asked: Wake,
    /// Results wait to be delivered.
    pub(crate) answered: Wake,
}

impl Shared {
    pub(crate) fn open(parts: Parts, settings: Settings) -> Result<Self, LakeError> {
        let Parts { journal, store, clock, entropy, disk, buckets, keys, demand } = parts;
        Ok(Self {
            results: disk.child("results")?,
            home: Home::new(disk),
            cache: Arc::new(Cache::new(settings.cache_bytes)),
            pool: Pool::new("lake-query", settings.query_threads)?,
            runtime: engine::runtime()?,
            journal,
            store,
            clock,
            entropy,
            buckets,
            keys,
            demand,
            settings,
            tables: RwLock::default(),
            round: Mutex::default(),
            running: Mutex::default(),
            drafts: Drafts::default(),
            queries_ended: watch::Sender::new(0),
            visible: watch::Sender::new(Seq::ZERO),
            forgotten: AtomicU64::new(0),
            ended: AtomicBool::new(true),
            handed: Wake::default(),
            flushed: Wake::default(),
            asked: Wake::default(),
            answered: Wake::default(),
        })
    }

    /// The table of a store, made in memory if there is none yet.
    pub(crate) fn table_of(&self, id: &str, kind: TableSchema) -> Arc<Live> {
        if let Some(table) = self.table(id) {
            return table;
        }
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        let made = || Arc::new(Live::new(id.to_owned(), kind, None));
        tables.entry(id.to_owned()).or_insert_with(made).clone()
    }

    pub(crate) fn table(&self, id: &str) -> Option<Arc<Live>> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    pub(crate) fn tables(&self) -> Vec<Arc<Live>> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    pub(crate) fn put_table(&self, table: Arc<Live>) {
        let mut tables = self.tables.write().unwrap_or_else(PoisonError::into_inner);
        tables.insert(table.id.clone(), table);
    }

    pub(crate) fn drop_table(&self, id: &str) {
        self.tables.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Takes away the files of a table whose store has ended. What cannot be removed, such as a
    /// folder that somebody else put something into, is tried again at the next start.
    pub(crate) fn remove_folder(&self, id: &str) {
        if let Err(error) = self.home.remove_table(id) {
            tracing::warn!(store = id, %error, "a table's files stay until the next start");
        }
    }

    /// Bytes of rows that are in memory and not being written.
    pub(crate) fn held(&self) -> usize {
        self.tables().iter().map(|table| table.held()).sum()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.held() >= self.settings.memory_bytes
    }

    /// Puts what came so far aside to be written.
    pub(crate) fn freeze(&self) -> Vec<(Arc<Live>, Arc<Frozen>)> {
        let tables = self.tables();
        let frozen = tables.iter().map(|table| table.freeze().map(|some| (table.clone(), some)));
        frozen.flatten().collect()
    }

    /// Forgets what is not in files: it is read again from the journal.
    pub(crate) fn forget(&self) {
        self.tables().iter().for_each(|table| table.forget());
    }

    /// Whether rows are on their way into files.
    pub(crate) fn flushing(&self) -> bool {
        self.round.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    pub(crate) fn round(&self) -> Option<Arc<Round>> {
        self.round.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn hand_over(&self, round: Round) {
        *self.round.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(round));
        self.handed.wake();
    }

    pub(crate) fn end_round(&self) {
        *self.round.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.flushed.wake();
    }

    /// Who waits for the end of a query looks whether it was this one.
    pub(crate) fn note_query_end(&self) {
        self.queries_ended.send_modify(|ended| *ended += 1);
    }

    /// A store ended: the collector looks which.
    pub(crate) fn note_end(&self) {
        self.ended.store(true, Ordering::Release);
        self.flushed.wake();
    }
}
