//! What the handle, its scopes and the workers share.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use cairn_core::invariant::{Invariant, check};
use cairn_core::{Clock, Seq};
use cairn_journal::{Disk, Journal};
use cairn_task::Wake;
use tokio::sync::watch;

use crate::cache::Cache;
use crate::manifest::{Listed, Manifest};
use crate::part::{Header, Part, file_name, seal};
use crate::view::{Table, View};
use crate::{HistoryError, Settings};

pub(crate) const SECONDS_PER_DAY: i64 = 86_400;

pub(crate) struct Shared {
    /// Holds the manifest.
    disk: Arc<dyn Disk>,
    /// Holds the parts.
    pub(crate) parts: Arc<dyn Disk>,
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
    cache: Arc<Cache>,
    /// Held for the whole of a change, so that views and manifests follow each other in one order.
    manifest: Mutex<Manifest>,
    /// Replaced as a whole, only under the lock of the manifest.
    view: RwLock<Arc<View>>,
    next_id: AtomicU64,
    /// Parts that no view holds any more, until the last lookup has let go of them.
    retired: Mutex<Vec<Arc<Part>>>,
    /// Everything up to here can be found.
    pub(crate) visible: watch::Sender<Seq>,
    /// Nothing is answered before everything up to here can be found.
    target: AtomicU64,
    damaged: AtomicBool,
    /// The furthest horizon that was used to leave rows out.
    left_out: AtomicI64,
    /// Rung when a table is full.
    pub(crate) filled: Wake,
    /// Rung when a table has become a part.
    pub(crate) sealed: Wake,
}

/// What replaces what in one step. Parts that are not listed any more make it void.
#[derive(Default)]
pub(crate) struct Change<'a> {
    pub(crate) table: Option<&'a Arc<Table>>,
    pub(crate) out: Vec<Arc<Part>>,
    pub(crate) into: Vec<Header>,
    /// Where the journal is read on from afterwards.
    pub(crate) cursor: Option<Seq>,
}

pub(crate) struct Surroundings {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: Settings,
}

impl Shared {
    /// Opens what the manifest lists. If anything of it is missing or damaged, history starts over
    /// from the first record of the journal.
    pub(crate) fn open(around: Surroundings) -> Result<Self, HistoryError> {
        let Surroundings { disk, journal, clock, settings } = around;
        settings.check()?;
        let parts = disk.child("parts")?;
        let cache = Arc::new(Cache::new(settings.cache_bytes / crate::part::PAGE));
        let (manifest, opened) = match load(&*disk, &parts, &cache) {
            Ok(loaded) => loaded,
            Err(HistoryError::Damaged(damage)) => {
                tracing::error!(%damage, "event history starts over from the journal");
                (Manifest::default(), Vec::new())
            }
            Err(error) => return Err(error),
        };
        let (manifest, opened) = if manifest.cursor.0 > journal.durable().0 + 1 {
            tracing::error!("the journal is older than event history, which starts over from it");
            (Manifest::default(), Vec::new())
        } else {
            (manifest, opened)
        };
        remove_unlisted(&*parts, &manifest)?;
        let mut view = View::empty(manifest.cursor);
        view.parts = opened;
        view.sort_parts();
        Ok(Self {
            disk,
            parts,
            target: AtomicU64::new(journal.durable().0),
            journal,
            clock,
            settings,
            cache,
            view: RwLock::new(Arc::new(view)),
            next_id: AtomicU64::new(manifest.next_id),
            retired: Mutex::default(),
            visible: watch::Sender::new(Seq(manifest.cursor.0 - 1)),
            left_out: AtomicI64::new(manifest.left_out),
            manifest: Mutex::new(manifest),
            damaged: AtomicBool::new(false),
            filled: Wake::default(),
            sealed: Wake::default(),
        })
    }

    pub(crate) fn view(&self) -> Arc<View> {
        self.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether lookups may be answered: half an index would pass for the whole.
    pub(crate) fn ready(&self) -> Result<(), HistoryError> {
        let (reached, target) = (*self.visible.borrow(), self.target.load(Ordering::Acquire));
        if reached.0 < target {
            return Err(HistoryError::Behind { reached, target: Seq(target) });
        }
        Ok(())
    }

    /// The first second that history still shows.
    pub(crate) fn horizon(&self) -> i64 {
        self.clock.now().seconds() - self.settings.days * SECONDS_PER_DAY
    }

    /// The same, for leaving rows out for good; remembered, in case the clock is wrong.
    pub(crate) fn leave_out_before(&self) -> i64 {
        let horizon = self.horizon();
        self.left_out.fetch_max(horizon, Ordering::AcqRel);
        horizon
    }

    pub(crate) fn new_id(&self) -> u64 {
        self.next_id.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn cursor(&self) -> Seq {
        self.manifest().cursor
    }

    /// Has the indexer start over if the error says that a file is damaged.
    pub(crate) fn report(&self, error: &HistoryError) {
        if let HistoryError::Damaged(damage) = error
            && !self.damaged.swap(true, Ordering::AcqRel)
        {
            tracing::error!(%damage, "event history is damaged");
            self.sealed.wake();
        }
    }

    /// Whether rows are missing or cannot be trusted: a file is damaged, or the clock was ahead by
    /// more than a day when rows were left out.
    pub(crate) fn must_start_over(&self) -> bool {
        let early = self.left_out.load(Ordering::Acquire) > self.horizon() + SECONDS_PER_DAY;
        early || self.damaged.load(Ordering::Acquire)
    }

    /// Puts the live table among those that wait, and a new one in its place.
    pub(crate) fn freeze(&self) {
        let _manifest = self.manifest();
        let mut view = View::clone(&self.view());
        let next = Table::new(view.live.read().successor());
        let full = std::mem::replace(&mut view.live, next);
        view.waiting.push(full);
        self.publish(view);
        self.filled.wake();
    }

    /// Writes the part of a table that waits, and puts it in the table's place.
    pub(crate) fn seal(&self, table: &Arc<Table>) -> Result<(), HistoryError> {
        let memory = table.read();
        let mut into = Vec::new();
        if !memory.rows().is_empty() {
            let id = self.new_id();
            let sealed = seal(&memory, &*self.parts, id);
            into.push(sealed.inspect_err(|_| self.discard(id))?);
        }
        let cursor = Some(memory.next());
        drop(memory);
        self.commit(Change { table: Some(table), into, cursor, ..Change::default() })?;
        self.sealed.wake();
        Ok(())
    }

    /// Removes the file of a part that is not listed, such as one that did not fit on the disk.
    /// Where that fails too, the next start removes it.
    pub(crate) fn discard(&self, id: u64) {
        match self.parts.remove(&file_name(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tracing::warn!(id, %error, "a part of no use stays until the next start");
            }
            _ => {}
        }
    }

    /// Makes a change durable, then visible. A crash before the manifest is replaced leaves the
    /// old state, and files that the next start removes; after it, the new one.
    pub(crate) fn commit(&self, change: Change<'_>) -> Result<(), HistoryError> {
        let mut into = Vec::with_capacity(change.into.len());
        for header in &change.into {
            let part = Part::open(&self.parts, &self.cache, header.id, header.tail_crc)?;
            into.push(Arc::new(part));
        }
        self.parts.sync_dir()?;
        let mut manifest = self.manifest();
        let mut view = View::clone(&self.view());
        if !change.fits(&view) {
            self.retired().extend(into);
            return Ok(());
        }
        view.waiting.retain(|table| change.table.is_none_or(|gone| !Arc::ptr_eq(table, gone)));
        view.parts.retain(|part| !change.out.iter().any(|gone| Arc::ptr_eq(part, gone)));
        view.parts.extend(into.iter().cloned());
        view.sort_parts();
        let cursor = change.cursor.unwrap_or(manifest.cursor);
        check(Invariant::CursorFollowsOutput, cursor >= manifest.cursor);
        // Whoever tries again makes new files, and the disk may be short of space as it is.
        let stored = self.stored(&view, cursor).inspect_err(|_| self.retired().extend(into));
        *manifest = stored?;
        self.publish(view);
        self.retired().extend(change.out);
        Ok(())
    }

    /// Forgets everything: the indexer begins with the first record again.
    pub(crate) fn start_over(&self) -> Result<(), HistoryError> {
        let mut manifest = self.manifest();
        let old = self.view();
        self.left_out.store(i64::MIN, Ordering::Release);
        let view = View::empty(Seq::ZERO.next());
        *manifest = self.stored(&view, Seq::ZERO.next())?;
        self.target.store(self.journal.durable().0, Ordering::Release);
        self.visible.send_replace(Seq::ZERO);
        self.publish(view);
        self.retired().extend(old.parts.iter().cloned());
        self.damaged.store(false, Ordering::Release);
        Ok(())
    }

    /// Removes the files of parts that nobody holds any more.
    pub(crate) fn remove_retired(&self) {
        self.retired().retain(|part| {
            let held = Arc::strong_count(part) > 1;
            if !held {
                self.discard(part.header.id);
            }
            held
        });
    }

    fn stored(&self, view: &View, cursor: Seq) -> Result<Manifest, HistoryError> {
        let listed =
            |part: &Arc<Part>| Listed { id: part.header.id, tail_crc: part.header.tail_crc };
        let parts = view.parts.iter().map(listed).collect();
        let next_id = self.next_id.load(Ordering::Relaxed);
        let left_out = self.left_out.load(Ordering::Acquire);
        let manifest = Manifest { cursor, next_id, left_out, parts };
        manifest.store(&*self.disk)?;
        Ok(manifest)
    }

    fn publish(&self, view: View) {
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(view);
    }

    fn manifest(&self) -> MutexGuard<'_, Manifest> {
        self.manifest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn retired(&self) -> MutexGuard<'_, Vec<Arc<Part>>> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Change<'_> {
    /// Whether everything that goes is still there: history may have started over meanwhile.
    fn fits(&self, view: &View) -> bool {
        let has_part = |gone: &Arc<Part>| view.parts.iter().any(|part| Arc::ptr_eq(part, gone));
        let has_table = |gone: &Arc<Table>| view.waiting.iter().any(|one| Arc::ptr_eq(one, gone));
        self.out.iter().all(has_part) && self.table.is_none_or(has_table)
    }
}

type Loaded = (Manifest, Vec<Arc<Part>>);

fn load(
    disk: &dyn Disk,
    parts: &Arc<dyn Disk>,
    cache: &Arc<Cache>,
) -> Result<Loaded, HistoryError> {
    let Some(manifest) = Manifest::load(disk)? else {
        tracing::info!("event history is built from the first record of the journal");
        return Ok((Manifest::default(), Vec::new()));
    };
    let mut opened = Vec::with_capacity(manifest.parts.len());
    for listed in &manifest.parts {
        opened.push(Arc::new(Part::open(parts, cache, listed.id, listed.tail_crc)?));
    }
    Ok((manifest, opened))
}

fn remove_unlisted(parts: &dyn Disk, manifest: &Manifest) -> Result<(), HistoryError> {
    for name in parts.list()? {
        if !manifest.parts.iter().any(|part| file_name(part.id) == name) {
            parts.remove(&name)?;
        }
    }
    Ok(())
}
