//! One window: what was collected since the last one was sealed.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use cairn_core::{AccountId, Region, Seq, Timestamp};

use crate::lane::{Lane, Room};
use crate::shared::Shared;
use crate::spool::Pack;

/// A window that the clock alone would never end is ended by what has passed.
const GRACE: Duration = Duration::from_secs(1);
/// Regions that are remembered; a record may name any.
const REGIONS: usize = 1_000;

pub(super) struct Window {
    pub(super) lanes: Vec<Lane>,
    pub(super) pack: Option<Arc<Pack>>,
    /// The places in the journal that it covers.
    first: Seq,
    last: Seq,
    /// How far it reaches in the order of each account.
    pub(super) covered: HashMap<AccountId, u64>,
    end: Timestamp,
    began: Duration,
    /// Streams that the window before had: as many are to be expected.
    expected: usize,
    regions: HashMap<Box<str>, Option<Arc<str>>>,
}

impl Window {
    pub(super) fn open(shared: &Shared, after: Seq) -> Self {
        let lanes = (0..shared.settings.lanes.max(1)).map(|_| Lane::new(shared.settings.level));
        let mut window = Self {
            lanes: lanes.collect(),
            pack: None,
            first: Seq(after.0 + 1),
            last: after,
            covered: HashMap::new(),
            end: Timestamp::EPOCH,
            began: Duration::ZERO,
            expected: 1,
            regions: HashMap::new(),
        };
        window.begin(shared);
        window
    }

    /// Goes on after the window was sealed, which had so many streams.
    pub(super) fn renew(&mut self, shared: &Shared, streams: usize) {
        self.expected = streams.max(1);
        self.first = Seq(self.last.0 + 1);
        self.covered.clear();
        self.pack = None;
        if self.regions.len() > REGIONS {
            self.regions.clear();
        }
        self.begin(shared);
    }

    fn begin(&mut self, shared: &Shared) {
        let window = shared.settings.window.as_millis().max(1) as i64;
        let now = shared.time.now().millis();
        self.end = Timestamp::from_millis((now.div_euclid(window) + 1) * window);
        self.began = shared.time.elapsed();
    }

    pub(super) fn is_over(&self, shared: &Shared) -> bool {
        let passed = shared.time.elapsed().saturating_sub(self.began);
        shared.time.now() >= self.end || passed >= shared.settings.window + GRACE
    }

    /// How long it still takes.
    pub(super) fn left(&self, shared: &Shared) -> Duration {
        let passed = shared.time.elapsed().saturating_sub(self.began);
        let most = (shared.settings.window + GRACE).saturating_sub(passed);
        self.end.since(shared.time.now()).min(most).max(Duration::from_millis(1))
    }

    pub(super) fn end(&self) -> Timestamp {
        self.end
    }

    pub(super) fn first(&self) -> Seq {
        self.first
    }

    pub(super) fn last(&self) -> Seq {
        self.last
    }

    pub(super) fn reach(&mut self, seq: Seq) {
        self.last = seq;
    }

    pub(super) fn streams(&self) -> usize {
        self.lanes.iter().map(Lane::streams).sum()
    }

    /// What new streams may hold.
    pub(super) fn room(&self, shared: &Shared) -> Room {
        let streams = self.expected.max(self.streams());
        Room {
            fair: shared.settings.memory_bytes / (2 * streams.max(1)),
            lane_bytes: shared.settings.memory_bytes / (2 * self.lanes.len().max(1)),
            file_bytes: shared.settings.file_bytes,
        }
    }

    /// Text that is held in memory.
    pub(super) fn held_bytes(&self) -> usize {
        self.lanes.iter().map(Lane::held_bytes).sum()
    }

    pub(super) async fn pack(&mut self, shared: &Shared) -> io::Result<Arc<Pack>> {
        if let Some(pack) = &self.pack {
            return Ok(pack.clone());
        }
        let spool = shared.spool.clone();
        let pack = cairn_task::blocking("trail-spool", move || spool.create()).await?;
        self.pack = Some(pack.clone());
        Ok(pack)
    }

    /// The Region that a record names, if there can be one of that name.
    pub(super) fn region(&mut self, name: &str) -> Option<Arc<str>> {
        if let Some(known) = self.regions.get(name) {
            return known.clone();
        }
        let found = name.parse::<Region>().is_ok().then(|| Arc::from(name));
        self.regions.insert(name.into(), found.clone());
        found
    }
}
