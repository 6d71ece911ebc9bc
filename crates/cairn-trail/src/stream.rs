//! One open file.

use std::io;
use std::sync::Arc;

use cairn_core::Timestamp;
use cairn_event::Event;
use cairn_journal::Record;
use cairn_proof::{Deflater, LogFileWriter, SealedLogFile};

use crate::plan::Watch;
use crate::spool::{Extent, Pack};

/// Text that is compressed at a time: at most this, and at least [`LEAST_BLOCK`].
pub(crate) const MOST_BLOCK: usize = LogFileWriter::BLOCK_BYTES;
/// Below this the ratio suffers.
pub(crate) const LEAST_BLOCK: usize = 16 * 1024;

/// A file that records are added to.
pub(crate) struct Stream {
    pub(crate) watch: Arc<Watch>,
    pub(crate) region: Arc<str>,
    pub(crate) folder: &'static str,
    writer: LogFileWriter,
    block: usize,
    /// Compressed, and not in the pack yet.
    out: Vec<u8>,
    extents: Vec<Extent>,
    acct_seqs: (u64, u64),
    last_seq: u64,
    times: (Timestamp, Timestamp),
}

/// A sealed file. Its bytes are in the pack.
pub(crate) struct Finished {
    pub(crate) watch: Arc<Watch>,
    pub(crate) region: Arc<str>,
    pub(crate) folder: &'static str,
    pub(crate) sealed: SealedLogFile,
    pub(crate) block: usize,
    pub(crate) extents: Vec<Extent>,
    pub(crate) acct_seqs: (u64, u64),
    pub(crate) last_seq: u64,
    pub(crate) times: (Timestamp, Timestamp),
}

impl Stream {
    pub(crate) fn open(
        watch: Arc<Watch>,
        region: Arc<str>,
        folder: &'static str,
        block: usize,
    ) -> Self {
        let mut out = Vec::new();
        let writer = LogFileWriter::with_block_bytes(block, &mut out);
        let extremes = (Timestamp::MAX, Timestamp::EPOCH);
        Self {
            watch,
            region,
            folder,
            writer,
            block,
            out,
            extents: Vec::new(),
            acct_seqs: (0, 0),
            last_seq: 0,
            times: extremes,
        }
    }

    pub(crate) fn push(
        &mut self,
        record: &Record,
        event: &Event,
        deflater: &mut Deflater,
        pack: &Pack,
    ) -> io::Result<()> {
        if self.writer.records() == 0 {
            self.acct_seqs.0 = record.acct_seq;
        }
        self.acct_seqs.1 = record.acct_seq;
        self.last_seq = record.seq.0;
        let time = event.time();
        self.times = (self.times.0.min(time), self.times.1.max(time));
        self.writer.push(&record.raw, deflater, &mut self.out);
        if self.out.len() >= self.block / 2 {
            self.spill(pack)?;
        }
        Ok(())
    }

    pub(crate) fn block(&self) -> usize {
        self.block
    }

    /// Text and compressed bytes that are not in the pack yet.
    pub(crate) fn held_bytes(&self) -> usize {
        self.block.min(self.writer.bytes() as usize) + self.out.len()
    }

    /// Whether a record of so many bytes would make the file too large.
    pub(crate) fn is_full(&self, more: usize, most: u64) -> bool {
        self.writer.records() > 0 && self.writer.bytes() + more as u64 + 8 > most
    }

    pub(crate) fn finish(mut self, deflater: &mut Deflater, pack: &Pack) -> io::Result<Finished> {
        let Self { watch, region, folder, writer, block, acct_seqs, last_seq, times, .. } = self;
        let sealed = writer.finish(deflater, &mut self.out);
        self.extents.push(pack.append(&self.out)?);
        let extents = self.extents;
        Ok(Finished { watch, region, folder, sealed, block, extents, acct_seqs, last_seq, times })
    }

    fn spill(&mut self, pack: &Pack) -> io::Result<()> {
        self.extents.push(pack.append(&self.out)?);
        self.out.clear();
        Ok(())
    }
}
