use std::sync::Arc;

use bytes::Bytes;
use cairn_core::Seq;
use zstd::bulk::Compressor;
use zstd::zstd_safe::compress_bound;

use crate::Record;
use crate::defect::Planted;
use crate::format::block::{self, BlockHeader, HEADER};
use crate::format::{Hash, frame, padded, sha256};
use crate::ids::{Key, KeyMap};
use crate::segment::payload_crc;

/// Records are compressed in pieces of this size, so that reading one does not mean reading all.
const CHUNK: usize = 32 * 1024;
const LEVEL: i32 = 1;

/// The block in the making. Its buffers live as long as the writer.
pub(crate) struct BlockBuilder {
    compressor: Compressor<'static>,
    /// The chunk in the making, not yet compressed.
    chunk: Vec<u8>,
    /// Where the bytes of the chunk's records begin in it.
    chunk_starts: Vec<usize>,
    /// Room for the header, then the chunks, then the directory. Longer than what is used.
    out: Vec<u8>,
    used: usize,
    directory: Vec<u8>,
    first_seq: u64,
    pub(crate) ingest_ms: i64,
    pub(crate) records: Vec<Record>,
    /// Keys of the records; they become the journal's with the commit.
    pub(crate) staged: KeyMap,
}

/// What a block's header says besides what the block holds.
pub(crate) struct Place {
    pub(crate) segment: u64,
    pub(crate) epoch: u64,
    pub(crate) block: u64,
    pub(crate) prev_hash: Hash,
    pub(crate) salt: u64,
}

impl BlockBuilder {
    pub(crate) fn new() -> Self {
        let compressor = Compressor::new(LEVEL).expect("zstd has its lowest level");
        Self {
            compressor,
            chunk: Vec::with_capacity(CHUNK),
            chunk_starts: Vec::new(),
            out: Vec::new(),
            used: HEADER,
            directory: Vec::new(),
            first_seq: 0,
            ingest_ms: 0,
            records: Vec::new(),
            staged: KeyMap::default(),
        }
    }

    /// Starts anew.
    pub(crate) fn begin(&mut self, first_seq: u64, ingest_ms: i64) {
        self.chunk.clear();
        self.chunk_starts.clear();
        self.used = HEADER;
        self.directory.clear();
        self.first_seq = first_seq;
        self.ingest_ms = ingest_ms;
        self.records.clear();
        self.staged.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    pub(crate) fn next_seq(&self) -> Seq {
        Seq(self.first_seq + self.records.len() as u64)
    }

    /// The record at a place, if it is in this block.
    pub(crate) fn record(&self, seq: u64) -> Option<&Record> {
        self.records.get(seq.checked_sub(self.first_seq)? as usize)
    }

    pub(crate) fn push(&mut self, record: Record, key: Option<Key>) {
        let length = frame::HEADER + record.raw.len();
        if !self.chunk.is_empty() && self.chunk.len() + length > CHUNK {
            self.end_chunk();
        }
        let (kind, account) = (record.kind, record.account.as_u64());
        let ingest_ms = record.ingested.millis();
        frame::encode(&mut self.chunk, kind, account, record.acct_seq, ingest_ms, &record.raw);
        self.chunk_starts.push(self.chunk.len() - record.raw.len());
        if let Some(key) = key {
            self.staged.insert(key, record.seq.0);
        }
        self.records.push(record);
    }

    /// Ends the payload; the length of the whole block without padding.
    pub(crate) fn finish(&mut self) -> usize {
        if !self.chunk_starts.is_empty() {
            self.end_chunk();
        }
        let directory = std::mem::take(&mut self.directory);
        self.put(directory.len(), |_, out| {
            out.copy_from_slice(&directory);
            out.len()
        });
        self.directory = directory;
        let used = self.used;
        self.put(padded(used) - used, |_, padding| {
            padding.fill(0);
            0
        });
        used
    }

    /// Writes the header and gives the bytes for the disk, padded to whole sectors, and the hash
    /// that the next block will carry. To be called after [`BlockBuilder::finish`].
    pub(crate) fn seal(&mut self, place: &Place, planted: Planted) -> (&[u8], Hash) {
        let payload = self.out.get(HEADER..self.used).unwrap_or_default();
        let header = BlockHeader {
            segment: place.segment,
            epoch: place.epoch,
            block: place.block,
            first_seq: self.first_seq,
            count: self.records.len() as u32,
            chunks: (self.directory.len() / block::ENTRY) as u32,
            payload: payload.len() as u32,
            directory_crc: crc32c::crc32c(&self.directory),
            ingest_ms: self.ingest_ms,
            prev_hash: place.prev_hash,
            payload_crc: payload_crc(payload, planted),
        };
        let bytes = header.encode(place.salt);
        self.out.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        let hash = sha256(&[self.out.get(..self.used).unwrap_or_default()]);
        (self.padded(), hash)
    }

    /// The bytes for the disk.
    pub(crate) fn padded(&self) -> &[u8] {
        self.out.get(..padded(self.used)).unwrap_or_default()
    }

    /// Takes the records out, to be shared with readers.
    pub(crate) fn take_records(&mut self) -> Arc<[Record]> {
        let next = Vec::with_capacity(self.records.len());
        std::mem::replace(&mut self.records, next).into()
    }

    fn end_chunk(&mut self) {
        let mut chunk = std::mem::take(&mut self.chunk);
        let start = self.used;
        self.put(compress_bound(chunk.len()), |compressor, out| {
            let written = compressor.compress_to_buffer(&chunk, out);
            written.expect("there is room for the worst case")
        });
        let stored = self.out.get(start..self.used).unwrap_or_default();
        let crc = crc32c::crc32c(stored);
        let (stored, records) = (stored.len(), self.chunk_starts.len() as u32);
        block::encode_entry(&mut self.directory, stored, chunk.len(), records, crc);
        if chunk.len() < CHUNK / 2 {
            // The ring keeps a small block for long; it need not keep the room of a large one.
            self.adopt(Bytes::copy_from_slice(&chunk));
            chunk.clear();
            self.chunk = chunk;
        } else {
            self.adopt(Bytes::from(chunk));
            self.chunk.reserve(CHUNK);
        }
    }

    /// Lets the chunk's records live in the chunk. What they came in may be far larger than they
    /// are: a whole request for one new record among duplicates.
    fn adopt(&mut self, chunk: Bytes) {
        let first = self.records.len() - self.chunk_starts.len();
        let starts = self.chunk_starts.drain(..);
        for (record, start) in self.records.iter_mut().skip(first).zip(starts) {
            record.raw = chunk.slice(start..start + record.raw.len());
            let parsed = record.parsed.take();
            record.parsed = parsed.map(|event| event.moved_to(record.raw.clone()));
        }
    }

    /// Gives `write` room for so many bytes at the end; it says how many it used.
    fn put(&mut self, room: usize, write: impl FnOnce(&mut Compressor<'_>, &mut [u8]) -> usize) {
        let end = self.used + room;
        if self.out.len() < end {
            self.out.resize(end, 0);
        }
        if let Some(out) = self.out.get_mut(self.used..end) {
            self.used += write(&mut self.compressor, out);
        }
    }
}
