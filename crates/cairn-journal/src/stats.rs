use std::time::Duration;

use cairn_core::Seq;

/// Counters since the journal was opened, and gauges.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    pub durable: Seq,
    /// Bytes of drafts that wait or are being written.
    pub queue_bytes: u64,
    pub blocks: u64,
    /// Bytes of blocks written, after compression and padding.
    pub bytes: u64,
    pub records: u64,
    pub syncs: u64,
    /// Time spent in syncs of blocks.
    pub sync_total: Duration,
    pub sync_max: Duration,
    pub duplicates: u64,
    pub conflicts: u64,
    pub quarantined: u64,
    /// Drafts refused because the disk was nearly full.
    pub refused: u64,
    /// Free space when last asked.
    pub free_bytes: u64,
    pub segments: u64,
    pub poisoned: bool,
}

impl Stats {
    pub(crate) fn synced(&mut self, took: Duration) {
        self.syncs += 1;
        self.sync_total += took;
        self.sync_max = self.sync_max.max(took);
    }
}
