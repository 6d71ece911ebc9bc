use std::sync::Arc;

use cairn_core::Seq;

use crate::shared::Shared;
use crate::{ReadError, Record};

/// Reads durable records in order. Owned by one consumer.
pub struct Reader {
    shared: Arc<Shared>,
    next: u64,
}

impl Reader {
    pub(crate) fn new(shared: Arc<Shared>, from: Seq) -> Self {
        Self { shared, next: from.0.max(1) }
    }

    /// The next records, at least one and at most `max`; `None` when everything durable was read.
    /// Never waits: wait on [`crate::Journal::watch_durable`]. Recent records come from memory.
    /// Events are parsed, as those who read on look at each more than once.
    pub fn next(&mut self, max: usize) -> Result<Option<Arc<[Record]>>, ReadError> {
        let last = self.shared.visible();
        if self.next > last || max == 0 {
            return Ok(None);
        }
        let records = match self.shared.ring.block(self.next) {
            Some(block) => part(block, self.next, last, max),
            None => {
                let records = self.shared.archive.run(self.next, last, max)?;
                records.into_iter().map(Record::parsed).collect()
            }
        };
        self.next += records.len() as u64;
        Ok(Some(records).filter(|records| !records.is_empty()))
    }

    /// The place that [`Reader::next`] continues with.
    pub fn position(&self) -> Seq {
        Seq(self.next)
    }
}

/// The whole block where that is allowed, else a copy of a part.
fn part(block: Arc<[Record]>, from: u64, last: u64, max: usize) -> Arc<[Record]> {
    let first = block.first().map_or(from, |record| record.seq.0);
    let skipped = (from - first) as usize;
    let count = (last.saturating_sub(first) + 1).min(block.len() as u64) as usize;
    let count = count.saturating_sub(skipped).min(max);
    if skipped == 0 && count == block.len() {
        return block;
    }
    block.get(skipped..skipped + count).unwrap_or_default().into()
}
