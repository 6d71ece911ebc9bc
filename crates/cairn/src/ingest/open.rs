//! Opens a source and unpacks it, whatever it is called: gzip and zstd are known by their first
//! bytes.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;

use super::Source;

const BUFFER: usize = 256 * 1024;
/// Log files shrink about ten times to thirty times. Beyond this, a file is made to fill memory.
const RATIO: u64 = 1000;
/// Below this many unpacked bytes the ratio is not looked at.
const RATIO_FROM: u64 = 64 * 1024 * 1024;

/// The source's text. `bar` moves by the bytes read as stored.
pub(super) fn open(source: &Source, bar: &ProgressBar) -> io::Result<Box<dyn BufRead + Send>> {
    let stored: Box<dyn Read + Send> = match source {
        Source::Stdin => Box::new(io::stdin()),
        Source::File { path, .. } => Box::new(File::open(path)?),
    };
    unpack(stored, bar)
}

pub(super) fn unpack(
    stored: Box<dyn Read + Send>,
    bar: &ProgressBar,
) -> io::Result<Box<dyn BufRead + Send>> {
    let taken = Arc::new(AtomicU64::new(0));
    let counted = Counted { inner: stored, taken: taken.clone(), bar: bar.clone() };
    let mut stored = BufReader::with_capacity(BUFFER, counted);
    let mut head = Vec::with_capacity(4);
    stored.by_ref().take(4).read_to_end(&mut head)?;
    let gzip = head.starts_with(&[0x1f, 0x8b]);
    let zstd = head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    let whole = Cursor::new(head).chain(stored);
    let unpacked: Box<dyn Read + Send> = match (gzip, zstd) {
        // Log shippers append one gzip member after the other.
        (true, _) => Box::new(MultiGzDecoder::new(whole)),
        (_, true) => Box::new(zstd::stream::read::Decoder::with_buffer(whole)?),
        _ => return Ok(Box::new(whole)),
    };
    let capped = Capped { inner: unpacked, given: 0, taken };
    Ok(Box::new(BufReader::with_capacity(BUFFER, capped)))
}

/// Counts what is read as stored.
struct Counted {
    inner: Box<dyn Read + Send>,
    taken: Arc<AtomicU64>,
    bar: ProgressBar,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.taken.fetch_add(read as u64, Ordering::Relaxed);
        self.bar.inc(read as u64);
        Ok(read)
    }
}

/// Stops a file that unpacks to far more than a log does.
struct Capped {
    inner: Box<dyn Read + Send>,
    given: u64,
    taken: Arc<AtomicU64>,
}

impl Read for Capped {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.given += read as u64;
        let taken = self.taken.load(Ordering::Relaxed);
        if self.given > RATIO_FROM && self.given > taken.saturating_mul(RATIO) {
            let text = format!("it unpacks to more than {RATIO} times its size");
            return Err(io::Error::new(io::ErrorKind::InvalidData, text));
        }
        Ok(read)
    }
}
