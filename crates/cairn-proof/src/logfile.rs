//! A log file while it grows: `{"Records":[…]}` and a line feed, as one gzip member.

#[cfg(test)]
mod tests;

use aws_lc_rs::digest::{Context, SHA256};
use flate2::Crc;

use crate::gzip::{Deflater, HEADER};
use crate::hash::Sha256;

const OPENING: &[u8] = b"{\"Records\":[";
const CLOSING: &[u8] = b"]}\n";

/// One open log file. Between two calls it holds checksums and the text that is not yet compressed,
/// never a compressor: a thousand files may be open at once.
pub struct LogFileWriter {
    pending: Vec<u8>,
    block_bytes: usize,
    crc: Crc,
    plain: Context,
    compressed: Context,
    bytes: u64,
    compressed_bytes: u64,
    records: u64,
}

/// What is known of a finished log file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedLogFile {
    /// Of the text: what a digest names.
    pub sha256: Sha256,
    /// Of the stored bytes.
    pub gzip_sha256: Sha256,
    /// Of the text.
    pub bytes: u64,
    /// Of the stored bytes.
    pub gzip_bytes: u64,
    pub records: u64,
}

impl LogFileWriter {
    /// What AWS calls the most of one file, before compression.
    pub const MOST_BYTES: u64 = 50 * 1024 * 1024;
    /// How much text is compressed at a time; less costs ratio, more costs memory per open file.
    pub const BLOCK_BYTES: usize = 256 * 1024;

    /// Appends the head of the file to `out`.
    pub fn start(out: &mut Vec<u8>) -> Self {
        Self::with_block_bytes(Self::BLOCK_BYTES, out)
    }

    pub fn with_block_bytes(block_bytes: usize, out: &mut Vec<u8>) -> Self {
        let mut writer = Self {
            pending: Vec::new(),
            block_bytes: block_bytes.max(1),
            crc: Crc::new(),
            plain: Context::new(&SHA256),
            compressed: Context::new(&SHA256),
            bytes: 0,
            compressed_bytes: 0,
            records: 0,
        };
        writer.pending.extend(OPENING);
        out.extend(HEADER);
        writer.stored(&HEADER);
        writer
    }

    /// Takes one record, and appends to `out` what could be compressed.
    pub fn push(&mut self, record: &[u8], deflater: &mut Deflater, out: &mut Vec<u8>) {
        if self.records > 0 {
            self.pending.push(b',');
        }
        self.pending.extend(record);
        self.records += 1;
        if self.pending.len() >= self.block_bytes {
            self.compress(false, deflater, out);
        }
    }

    pub fn records(&self) -> u64 {
        self.records
    }

    /// Bytes of text so far, without the closing.
    pub fn bytes(&self) -> u64 {
        self.bytes + self.pending.len() as u64
    }

    /// Appends the rest of the file to `out`.
    pub fn finish(mut self, deflater: &mut Deflater, out: &mut Vec<u8>) -> SealedLogFile {
        self.pending.extend(CLOSING);
        self.compress(true, deflater, out);
        let start = out.len();
        out.extend(self.crc.sum().to_le_bytes());
        out.extend((self.bytes as u32).to_le_bytes());
        self.stored(&out[start..]);
        SealedLogFile {
            sha256: Sha256::taken(&self.plain.finish()),
            gzip_sha256: Sha256::taken(&self.compressed.finish()),
            bytes: self.bytes,
            gzip_bytes: self.compressed_bytes,
            records: self.records,
        }
    }

    fn compress(&mut self, last: bool, deflater: &mut Deflater, out: &mut Vec<u8>) {
        self.crc.update(&self.pending);
        self.plain.update(&self.pending);
        self.bytes += self.pending.len() as u64;
        let start = out.len();
        deflater.block(&self.pending, last, out);
        self.stored(&out[start..]);
        self.pending.clear();
    }

    fn stored(&mut self, bytes: &[u8]) {
        self.compressed.update(bytes);
        self.compressed_bytes += bytes.len() as u64;
    }
}
