//! Delivery: five trails with 20 advanced selectors, of which every event is selected by one, from
//! the journal to sealed files, beside bare gzip of the same bytes with the same library and level.

mod bare;
mod house;
mod latency;
mod streams;

use std::path::Path;
use std::time::Duration;

use cairn_core::{Clock, SystemClock};
use cairn_trail::Settings;

use self::house::House;
use crate::Failure;

/// Threads that compress in the bare loop.
const LANES: usize = 2;

/// `events` are put into a journal once and delivered at every level.
pub(crate) async fn run(directory: &Path, events: usize) -> Result<(), Failure> {
    std::fs::create_dir_all(directory)?;
    let clock = SystemClock::default();
    let mut house = House::open(&directory.join("levels"))?;
    let texts = house.fill(events)?;
    let bytes: usize = texts.iter().map(bytes::Bytes::len).sum();
    println!(
        "delivery: {events} events, {} MiB, {} B each, 5 trails, 20 advanced selectors, \
         {LANES} threads",
        bytes >> 20,
        bytes / events.max(1)
    );
    for level in 1..=6 {
        let (began, busy) = (clock.elapsed(), processor_time()?);
        let bare_bytes = bare::run(&texts, level, LANES).await;
        let (bare, bare_busy) =
            (clock.elapsed().saturating_sub(began), processor_time()?.saturating_sub(busy));
        let busy = processor_time()?;
        let (took, gzip_bytes, records) = house.deliver(level, Settings::default().lanes).await?;
        let busy = processor_time()?.saturating_sub(busy);
        if records != events as u64 {
            return Err(Failure(format!("{records} of {events} events were delivered")));
        }
        let rate = |took: Duration| events as f64 / took.as_secs_f64();
        println!(
            "delivery: level {level}: {:.0} events/s, bare gzip {:.0} events/s, ratio {:.2} \
             (0.70 aimed at), by processor time {:.2}; {:.2} % of the text, bare {:.2} %",
            rate(took),
            rate(bare),
            rate(took) / rate(bare),
            bare_busy.as_secs_f64() / busy.as_secs_f64(),
            100.0 * gzip_bytes as f64 / bytes as f64,
            100.0 * bare_bytes as f64 / bytes as f64,
        );
    }
    drop((house, texts));
    latency::run(&directory.join("latency")).await?;
    streams::run(&directory.join("streams"), events.min(300_000)).await
}

/// Of all threads of this process: what a run costs whatever else the machine does.
fn processor_time() -> Result<Duration, Failure> {
    /// Linux counts in hundredths of a second.
    const TICK: Duration = Duration::from_millis(10);
    let status = std::fs::read_to_string("/proc/self/stat")?;
    let fields = status.rsplit_once(") ").map_or("", |(_, fields)| fields).split(' ');
    let ticks: Vec<u32> = fields.skip(11).take(2).filter_map(|field| field.parse().ok()).collect();
    Ok(TICK * ticks.iter().sum::<u32>())
}
