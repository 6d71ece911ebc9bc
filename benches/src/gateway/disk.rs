//! What the disk alone takes: an answer that may not leave before its record waits this long.

use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use cairn_core::{Clock, SystemClock};

use crate::Failure;
use crate::figures::Figures;

/// A compressed record and the head of its block.
const BYTES: usize = 900;
const SYNCS: u64 = 1000;
/// Between two syncs: the rate of the latency figure.
const PAUSE: Duration = Duration::from_millis(1);

/// Writes and `fdatasync`s, one after the other, on a file whose blocks are there.
pub(super) fn syncs(directory: &Path) -> Result<Figures, Failure> {
    let path = directory.join("sync");
    let file = std::fs::OpenOptions::new().create(true).truncate(true).write(true).open(&path)?;
    file.write_all_at(&vec![0; BYTES * SYNCS as usize], 0)?;
    file.sync_all()?;
    let (clock, bytes) = (SystemClock::default(), [7; BYTES]);
    let mut times = Vec::with_capacity(SYNCS as usize);
    for index in 0..SYNCS {
        std::thread::sleep(PAUSE);
        let began = clock.elapsed();
        file.write_all_at(&bytes, index * BYTES as u64)?;
        file.sync_data()?;
        times.push(clock.elapsed().saturating_sub(began));
    }
    std::fs::remove_file(path)?;
    Ok(Figures::new(times))
}
