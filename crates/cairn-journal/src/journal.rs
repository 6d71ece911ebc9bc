use std::sync::Arc;
use std::sync::atomic::Ordering;

use cairn_core::limits::EVENT_ID_BYTES;
use cairn_core::{AccountId, Seq};
use tokio::sync::watch;

use crate::defect::Defect;
use crate::format::frame::MAX_BODY;
use crate::ids::{Key, content_key, event_key};
use crate::open::{Recovery, open};
use crate::queue::{Queue, Ticket};
use crate::scrub::{ScrubReport, scrub};
use crate::shared::{Parts, Shared};
use crate::{
    AppendError, Body, Disk, Draft, OpenError, Outcome, ReadError, Reader, Record, Settings, Stats,
    Writer, lock,
};

/// The handle to a journal. Cheap to clone; the directory stays locked while one exists.
#[derive(Clone)]
pub struct Journal {
    shared: Arc<Shared>,
    segments: Arc<dyn Disk>,
}

impl Journal {
    /// Opens the journal in `disk`, making it if there is none. The [`Writer`] has to be run for
    /// anything to be stored.
    pub fn open(
        disk: Arc<dyn Disk>,
        parts: Parts,
        settings: Settings,
    ) -> Result<(Journal, Writer, Recovery), OpenError> {
        let (shared, start, recovery) = open(&*disk, parts, settings)?;
        let journal = Self { shared: shared.clone(), segments: start.segments.clone() };
        Ok((journal, Writer::new(shared, start), recovery))
    }

    /// Waits for room in the queue, then for durability. One outcome per draft, in order.
    pub async fn append(&self, drafts: Vec<Draft>) -> Result<Vec<Outcome>, AppendError> {
        check_sizes(&drafts)?;
        let bytes = Queue::weigh(&drafts);
        let room = self.shared.queue.room(bytes).await?;
        let keys = self.keys(&drafts);
        self.shared.queue.put(drafts, keys, bytes, room)?.await
    }

    /// Puts drafts into the queue without waiting; `Busy` when it is full.
    pub fn submit(&self, drafts: Vec<Draft>) -> Result<Ticket, AppendError> {
        check_sizes(&drafts)?;
        let bytes = Queue::weigh(&drafts);
        let room = self.shared.queue.try_room(bytes)?;
        let keys = self.keys(&drafts);
        self.shared.queue.put(drafts, keys, bytes, room)
    }

    /// The last record that is durable.
    pub fn durable(&self) -> Seq {
        *self.shared.durable.borrow()
    }

    pub fn watch_durable(&self) -> watch::Receiver<Seq> {
        self.shared.durable.subscribe()
    }

    /// Durable records by place: any order in, same order out. `NotFound` names the first that
    /// is missing.
    pub fn read(&self, seqs: &[Seq]) -> Result<Vec<Record>, ReadError> {
        let last = self.shared.visible();
        seqs.iter().map(|seq| self.record(*seq, last)).collect()
    }

    /// Reads durable records in order, beginning with `from`.
    pub fn reader(&self, from: Seq) -> Reader {
        Reader::new(self.shared.clone(), from)
    }

    /// The durable event with this id, if there is one.
    pub fn find(&self, account: AccountId, event_id: &str) -> Result<Option<Seq>, ReadError> {
        if event_id.len() > EVENT_ID_BYTES {
            return Ok(None);
        }
        let ids = &self.shared.ids;
        let key = event_key(ids.seed(), account.as_u64(), event_id);
        let last = self.shared.visible();
        // Live first: a segment that is sealed in between moves its keys from there to the layers.
        let mut seqs: Vec<u64> = ids.live().get(key).collect();
        seqs.extend(ids.lookup(&self.shared.archive, &[key])?.into_iter().map(|(_, seq)| seq));
        seqs.retain(|seq| *seq <= last);
        for seq in seqs {
            let record = self.record(Seq(seq), last)?;
            let same = record.event().is_some_and(|event| event.id() == event_id);
            if same && record.account == account {
                return Ok(Some(record.seq));
            }
        }
        Ok(None)
    }

    pub fn stats(&self) -> Stats {
        Stats {
            durable: self.durable(),
            queue_bytes: self.shared.queue.held_bytes() as u64,
            segments: self.shared.archive.segments() as u64,
            poisoned: self.shared.poisoned.load(Ordering::Acquire),
            free_bytes: self.segments.free_bytes().unwrap_or_default(),
            ..lock(&self.shared.stats).clone()
        }
    }

    /// Reads every sealed segment whole and checks every hash. Blocking and long.
    pub fn scrub(&self) -> std::io::Result<ScrubReport> {
        scrub(&*self.segments, &self.shared.archive.sealed())
    }

    /// Takes no more drafts: the writer commits what is queued, seals its segment and returns.
    pub fn stop(&self) {
        self.shared.queue.close(AppendError::Stopped);
    }

    fn record(&self, seq: Seq, last: u64) -> Result<Record, ReadError> {
        if seq.0 == 0 || seq.0 > last {
            return Err(ReadError::NotFound(seq));
        }
        match self.shared.ring.record(seq.0) {
            Some(record) => Ok(record),
            None => self.shared.archive.record(seq.0),
        }
    }

    /// Made here rather than by the writer: there are many callers and one writer.
    fn keys(&self, drafts: &[Draft]) -> Vec<Key> {
        let seed = self.shared.ids.seed();
        let one_space = self.shared.planted.has(Defect::IdsIgnoreAccount);
        let key = |draft: &Draft| {
            let account = if one_space { 0 } else { draft.account.as_u64() };
            match &draft.body {
                Body::Event(event) => event_key(seed, account, &event.id()),
                Body::Quarantine(bytes) | Body::Intent(bytes) => content_key(seed, account, bytes),
            }
        };
        drafts.iter().map(key).collect()
    }
}

fn check_sizes(drafts: &[Draft]) -> Result<(), AppendError> {
    let largest = drafts.iter().map(|draft| draft.body.raw().len()).max().unwrap_or(0);
    if largest > MAX_BODY {
        return Err(AppendError::TooLarge { size: largest, limit: MAX_BODY });
    }
    Ok(())
}
