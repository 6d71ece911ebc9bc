//! A share of the streams, with a compressor of its own: lanes work at the same time.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use cairn_journal::Record;
use cairn_proof::Deflater;

use crate::plan::Watch;
use crate::spool::Pack;
use crate::stream::{Finished, Stream};

/// Which stream: the trail's number in the batch's order of trails, and the Region's and folder's.
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
    deflater: Deflater,
}

impl Lane {
    pub(crate) fn new(level: u32) -> Self {
        Self { streams: HashMap::new(), full: Vec::new(), deflater: Deflater::new(level) }
    }

    pub(crate) fn streams(&self) -> usize {
        self.streams.len()
    }

    pub(crate) fn work(
        &mut self,
        records: &[Record],
        tasks: Vec<Task>,
        (block, most): (usize, u64),
        pack: &Pack,
    ) -> io::Result<()> {
        for Task { key, watch, record } in tasks {
            let record = &records[record as usize];
            let Some(event) = record.event() else { continue };
            let open = || {
                let (region, folder) = (key.region.clone(), key.folder);
                Stream::open(watch.clone(), region, folder, block)
            };
            let stream = self.streams.entry(key.clone()).or_insert_with(open);
            if stream.is_full(record.raw.len(), most) {
                let full = std::mem::replace(stream, open());
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
                done.push(stream.finish(&mut self.deflater, pack)?);
            }
        }
        Ok(done)
    }
}
