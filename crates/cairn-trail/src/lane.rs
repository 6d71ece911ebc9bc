//! A share of the streams, with a compressor of its own: lanes work at the same time.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;
use std::sync::Arc;

use cairn_journal::Record;
use cairn_proof::Deflater;

use crate::plan::Watch;
use crate::spool::Pack;
use crate::stream::{Finished, LEAST_BLOCK, MOST_BLOCK, Stream};

/// Which stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct StreamKey {
    pub(crate) trail: Arc<str>,
    pub(crate) region: Arc<str>,
    pub(crate) folder: &'static str,
}

/// A record for a stream.
pub(crate) struct Task {
    pub(crate) key: StreamKey,
    pub(crate) watch: Arc<Watch>,
    /// Its place in the batch.
    pub(crate) record: u32,
}

pub(crate) struct Lane {
    streams: HashMap<StreamKey, Stream>,
    /// Files that were full before the window ended.
    full: Vec<Finished>,
    /// The blocks of all streams.
    reserved: usize,
    deflater: Deflater,
}

/// Bounds of streams.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// Text that a stream may hold if all are to hold the same.
    pub(crate) fair: usize,
    /// Text that the streams of one lane may hold.
    pub(crate) lane_bytes: usize,
    /// Text of one file.
    pub(crate) file_bytes: u64,
}

impl Lane {
    pub(crate) fn new(level: u32) -> Self {
        let (streams, full) = (HashMap::new(), Vec::new());
        Self { streams, full, reserved: 0, deflater: Deflater::new(level) }
    }

    pub(crate) fn streams(&self) -> usize {
        self.streams.len()
    }

    /// Text and compressed bytes that are not in the pack yet.
    pub(crate) fn held_bytes(&self) -> usize {
        self.streams.values().map(Stream::held_bytes).sum()
    }

    pub(crate) fn work(
        &mut self,
        records: &[Record],
        tasks: Vec<Task>,
        room: Room,
        pack: &Pack,
    ) -> io::Result<()> {
        for Task { key, watch, record } in tasks {
            let record = &records[record as usize];
            let Some(event) = record.event() else { continue };
            let reserved = &mut self.reserved;
            let mut open = || {
                let left = room.lane_bytes.saturating_sub(*reserved);
                let block = room.fair.min(left / 8).clamp(LEAST_BLOCK, MOST_BLOCK);
                *reserved += block;
                let (region, folder) = (key.region.clone(), key.folder);
                Stream::open(watch.clone(), region, folder, block)
            };
            let stream = match self.streams.entry(key.clone()) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => entry.insert(open()),
            };
            if stream.is_full(record.raw.len(), room.file_bytes) {
                let block = stream.block();
                let full = std::mem::replace(stream, open());
                self.reserved -= block;
                self.full.push(full.finish(&mut self.deflater, pack)?);
            }
            stream.push(record, &event, &mut self.deflater, pack)?;
        }
        Ok(())
    }

    /// Seals the streams that are asked for.
    pub(crate) fn finish(
        &mut self,
        pack: &Pack,
        wanted: impl Fn(&Watch) -> bool,
    ) -> io::Result<Vec<Finished>> {
        let (mut done, rest) = std::mem::take(&mut self.full)
            .into_iter()
            .partition::<Vec<_>, _>(|finished| wanted(&finished.watch));
        self.full = rest;
        let keys = self.streams.iter().filter(|(_, stream)| wanted(&stream.watch));
        let mut keys: Vec<StreamKey> = keys.map(|(key, _)| key.clone()).collect();
        keys.sort_by(|a, b| (&a.trail, &a.region, a.folder).cmp(&(&b.trail, &b.region, b.folder)));
        for key in keys {
            if let Some(stream) = self.streams.remove(&key) {
                self.reserved -= stream.block();
                done.push(stream.finish(&mut self.deflater, pack)?);
            }
        }
        Ok(done)
    }
}
