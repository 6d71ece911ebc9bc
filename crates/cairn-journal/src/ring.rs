use std::collections::VecDeque;
use std::sync::{Arc, RwLock};

use crate::{Record, read_lock, write_lock};

/// The newest blocks, whole and parsed, for readers that keep up and for duplicates that follow
/// soon. Bounded by the bytes of the records.
pub(crate) struct Ring {
    limit: usize,
    blocks: RwLock<Blocks>,
}

#[derive(Default)]
struct Blocks {
    held: VecDeque<(Arc<[Record]>, usize)>,
    bytes: usize,
}

impl Ring {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, blocks: RwLock::default() }
    }

    pub(crate) fn push(&self, records: Arc<[Record]>) {
        let weigh = |record: &Record| record.raw.len() + size_of::<Record>();
        let bytes = records.iter().map(weigh).sum();
        let mut blocks = write_lock(&self.blocks);
        blocks.bytes += bytes;
        blocks.held.push_back((records, bytes));
        while blocks.bytes > self.limit
            && let Some((_, bytes)) = blocks.held.pop_front()
        {
            blocks.bytes -= bytes;
        }
    }

    /// The block that holds a record.
    pub(crate) fn block(&self, seq: u64) -> Option<Arc<[Record]>> {
        let blocks = read_lock(&self.blocks);
        let starts_by = |(block, _): &(Arc<[Record]>, usize)| {
            block.first().is_some_and(|record| record.seq.0 <= seq)
        };
        let after = blocks.held.partition_point(starts_by);
        let (block, _) = blocks.held.get(after.checked_sub(1)?)?;
        (block.last()?.seq.0 >= seq).then(|| block.clone())
    }

    pub(crate) fn record(&self, seq: u64) -> Option<Record> {
        let block = self.block(seq)?;
        let index = seq - block.first()?.seq.0;
        block.get(index as usize).cloned()
    }
}
