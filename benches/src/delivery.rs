//! Delivery: five trails with 20 advanced selectors, of which every event is selected by one, from
//! the journal to sealed files, beside bare gzip of the same bytes with the same library and level.

mod bare;
mod house;
mod latency;
mod streams;

use std::path::Path;
use std::time::Duration;

use cairn_core::{Clock, SystemClock};

use self::house::House;
use crate::Failure;

/// Threads that compress, here and in the bare loop.
const LANES: usize = 2;

/// `events` are put into a journal once and delivered at every level.
pub(crate) async fn run(directory: &Path, events: usize) -> Result<(), Failure> {
    std::fs::create_dir_all(directory)?;
    let clock = SystemClock::default();
    let mut house = House::open(&directory.join("levels"))?;
    let texts = house.fill(events)?;
    let bytes: usize = texts.iter().map(bytes::Bytes::len).sum();
    println!(
        "delivery: {events} events, {} MiB, {} B each, 5 trails, 20 advanced selectors, {LANES} threads",
        bytes >> 20,
        bytes / events.max(1)
    );
    for level in 1..=6 {
        let began = clock.elapsed();
        let bare_bytes = bare::run(&texts, level, LANES).await;
        let bare = clock.elapsed() - began;
        let (took, gzip_bytes, records) = house.deliver(level, LANES).await?;
        if records != events as u64 {
            return Err(Failure(format!("{records} of {events} events were delivered")));
        }
        let rate = |took: Duration| events as f64 / took.as_secs_f64();
        println!(
            "delivery: level {level}: {:.0} events/s, bare gzip {:.0} events/s, ratio {:.2} \
             (0.70 aimed at); {:.2} % of the text, bare {:.2} %",
            rate(took),
            rate(bare),
            rate(took) / rate(bare),
            100.0 * gzip_bytes as f64 / bytes as f64,
            100.0 * bare_bytes as f64 / bytes as f64,
        );
    }
    drop((house, texts));
    latency::run(&directory.join("latency")).await?;
    streams::run(&directory.join("streams"), events.min(300_000)).await
}
