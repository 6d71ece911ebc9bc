//! Gzip, one member and nothing else.
//!
//! Most readers accept more than one member, bytes behind the last, and header fields that nobody
//! asked for. All three are places to hide records in, so [`gunzip`] accepts none of them.

#[cfg(test)]
mod tests;

use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress, Status};

/// No name, no time, unknown system: the bytes depend on the content alone.
pub(crate) const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
/// A deflate stream cannot be longer than this many times its compressed form.
const MOST_RATIO: usize = 1032;

const NAME: u8 = 8;
const COMMENT: u8 = 16;
const EXTRA: u8 = 4;
const HEADER_CRC: u8 = 2;
const RESERVED: u8 = 0xe0;

/// Which headers are acceptable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GzipForm {
    /// Only the header that Cairn writes.
    Cairn,
    /// Any header without reserved bits, as files from elsewhere have.
    Any,
}

/// Why bytes are not one gzip member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GzipError {
    #[error("it is not gzip")]
    NotGzip,
    #[error("its gzip header is not the one that Cairn writes")]
    Header,
    #[error("its gzip header has reserved bits set")]
    Reserved,
    #[error("it ends in the middle")]
    Truncated,
    #[error("its compressed data is damaged")]
    Corrupt,
    #[error("its checksum does not match")]
    Checksum,
    #[error("it is longer than {limit} bytes")]
    TooLong { limit: usize },
    #[error("a second gzip member follows the first")]
    SecondMember,
    #[error("{bytes} bytes follow the gzip member")]
    Trailing { bytes: usize },
}

/// A compressor that many streams share: every block is compressed on its own, so that a stream
/// keeps no state of a compressor between two blocks.
pub struct Deflater {
    compress: Compress,
}

impl Deflater {
    /// `level` is 1 to 9.
    pub fn new(level: u32) -> Self {
        Self { compress: Compress::new(Compression::new(level.clamp(1, 9)), false) }
    }

    /// Appends one block to `out`; the last one of a stream ends it.
    pub(crate) fn block(&mut self, plain: &[u8], last: bool, out: &mut Vec<u8>) {
        self.compress.reset();
        let flush = if last { FlushCompress::Finish } else { FlushCompress::Sync };
        loop {
            let taken = self.compress.total_in() as usize;
            out.reserve(plain.len().saturating_sub(taken) / 8 + 4096);
            let status = self
                .compress
                .compress_vec(&plain[taken..], out, flush)
                .expect("a compressor that was reset can always go on");
            let all = self.compress.total_in() as usize == plain.len();
            let done = match status {
                Status::StreamEnd => true,
                Status::Ok => !last && all && out.len() < out.capacity(),
                Status::BufError => !last && all,
            };
            if done {
                return;
            }
        }
    }

    /// The whole of `plain` as one member.
    pub fn gzip(&mut self, plain: &[u8]) -> Vec<u8> {
        let mut crc = Crc::new();
        crc.update(plain);
        let mut out = Vec::with_capacity(plain.len() / 4 + 64);
        out.extend(HEADER);
        self.block(plain, true, &mut out);
        out.extend(crc.sum().to_le_bytes());
        out.extend((plain.len() as u32).to_le_bytes());
        out
    }
}

/// What the one member holds, of at most `limit` bytes.
pub fn gunzip(bytes: &[u8], limit: usize, form: GzipForm) -> Result<Vec<u8>, GzipError> {
    let (plain, checksum) = member(bytes, limit, form)?;
    let mut crc = Crc::new();
    crc.update(&plain);
    if checksum != crc.sum() {
        return Err(GzipError::Checksum);
    }
    Ok(plain)
}

/// The same of bytes that are known to be right: the checksum is not computed.
pub(crate) fn inflate(bytes: &[u8], limit: usize, form: GzipForm) -> Result<Vec<u8>, GzipError> {
    member(bytes, limit, form).map(|(plain, _)| plain)
}

/// What the one member holds, and the checksum that it states.
fn member(bytes: &[u8], limit: usize, form: GzipForm) -> Result<(Vec<u8>, u32), GzipError> {
    let start = header(bytes, form)?;
    let (plain, used) = data(&bytes[start..], limit)?;
    let behind = &bytes[start + used..];
    let (checksum, behind) = behind.split_first_chunk::<4>().ok_or(GzipError::Truncated)?;
    let (length, rest) = behind.split_first_chunk::<4>().ok_or(GzipError::Truncated)?;
    if u32::from_le_bytes(*length) != plain.len() as u32 {
        return Err(GzipError::Checksum);
    }
    match rest {
        [] => Ok((plain, u32::from_le_bytes(*checksum))),
        [0x1f, 0x8b, ..] => Err(GzipError::SecondMember),
        _ => Err(GzipError::Trailing { bytes: rest.len() }),
    }
}

/// Where the compressed data begins.
fn header(bytes: &[u8], form: GzipForm) -> Result<usize, GzipError> {
    let magic = &HEADER[..3.min(bytes.len())];
    if !bytes.starts_with(magic) {
        return Err(GzipError::NotGzip);
    }
    if bytes.len() < HEADER.len() {
        return Err(GzipError::Truncated);
    }
    let flags = bytes[3];
    if flags & RESERVED != 0 {
        return Err(GzipError::Reserved);
    }
    if form == GzipForm::Cairn && !bytes.starts_with(&HEADER) {
        return Err(GzipError::Header);
    }
    optional_fields(bytes, flags).ok_or(GzipError::Truncated)
}

fn optional_fields(bytes: &[u8], flags: u8) -> Option<usize> {
    let mut at = HEADER.len();
    if flags & EXTRA != 0 {
        let length = bytes.get(at..at + 2)?;
        at += 2 + usize::from(u16::from_le_bytes([length[0], length[1]]));
    }
    for text in [NAME, COMMENT] {
        if flags & text != 0 {
            at += bytes.get(at..)?.iter().position(|byte| *byte == 0)? + 1;
        }
    }
    if flags & HEADER_CRC != 0 {
        at += 2;
    }
    (at <= bytes.len()).then_some(at)
}

/// The data of a deflate stream, and how many bytes it took.
fn data(bytes: &[u8], limit: usize) -> Result<(Vec<u8>, usize), GzipError> {
    let mut decompress = Decompress::new(false);
    let mut plain = Vec::with_capacity(expected_size(bytes, limit));
    loop {
        let used = decompress.total_in() as usize;
        let status = decompress
            .decompress_vec(&bytes[used..], &mut plain, FlushDecompress::None)
            .map_err(|_| GzipError::Corrupt)?;
        if plain.len() > limit {
            return Err(GzipError::TooLong { limit });
        }
        match status {
            Status::StreamEnd => return Ok((plain, decompress.total_in() as usize)),
            Status::Ok | Status::BufError if plain.len() == plain.capacity() => {
                let left = limit.saturating_sub(plain.len()) + 1;
                let more = plain.capacity().max(4096).min(left);
                plain.reserve_exact(more);
            }
            Status::Ok if decompress.total_in() as usize > used => {}
            Status::Ok | Status::BufError => return Err(GzipError::Truncated),
        }
    }
}

/// What the trailer promises, as far as that is possible: it is not known to be true yet.
fn expected_size(bytes: &[u8], limit: usize) -> usize {
    let promised = match bytes.last_chunk::<4>() {
        Some(size) => u32::from_le_bytes(*size) as usize,
        None => 0,
    };
    promised.min(bytes.len().saturating_mul(MOST_RATIO)).min(limit) + 1
}
