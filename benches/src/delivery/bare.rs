//! Gzip and nothing else.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Compresses the texts on so many threads, each its share as one stream; bytes that come of it.
pub(super) async fn run(texts: &[Bytes], level: u32, threads: usize) -> u64 {
    let shares = texts.chunks(texts.len().div_ceil(threads).max(1)).map(<[Bytes]>::to_vec);
    let work = shares.map(|share| {
        cairn_task::blocking("bench-gzip", move || {
            let mut out = GzEncoder::new(Count(0), Compression::new(level));
            for text in &share {
                out.write_all(text).expect("counting cannot fail");
            }
            out.finish().expect("counting cannot fail").0
        })
    });
    futures_util::future::join_all(work).await.into_iter().sum()
}

struct Count(u64);

impl std::io::Write for Count {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
