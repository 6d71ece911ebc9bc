//! From the acknowledgement of a record to its file's being in the bucket, with windows of a
//! second.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_core::Clock;
use cairn_task::Supervisor;
use cairn_trail::{Collector, Settings, Uploader};
use flate2::read::GzDecoder;

use super::house::{House, shares};
use crate::Failure;
use crate::events::{Generator, account};
use crate::figures::Figures;

const WINDOW: Duration = Duration::from_secs(1);
const SPAN: Duration = Duration::from_secs(10);
/// Every so often so many records come.
const EVERY: Duration = Duration::from_millis(20);
const BURST: usize = 40;

pub(super) async fn run(directory: &Path) -> Result<(), Failure> {
    let mut house = House::live(directory)?;
    let settings = Settings { window: WINDOW, ..Settings::default() };
    let owner = account(0);
    let run = house.run(settings, &[owner], &shares()).await?;
    let supervisor = Supervisor::new(house.clock.clone());
    supervisor.spawn_worker(Collector::spec(), run.trails.collector());
    supervisor.spawn_worker(Uploader::spec(), run.trails.uploader());
    let clock: Arc<dyn Clock> = house.clock.clone();
    let generator = Generator::new(2, clock.now());
    let mut acknowledged: HashMap<String, Duration> = HashMap::new();
    let began = clock.elapsed();
    while clock.elapsed().saturating_sub(began) < SPAN {
        let (mut texts, mut ids) = (Vec::new(), Vec::new());
        for _ in 0..BURST {
            let mut text = Vec::new();
            ids.push(generator.write(&mut text));
            texts.push((owner, Bytes::from(text)));
        }
        house.append(texts)?;
        let now = clock.elapsed();
        acknowledged.extend(ids.into_iter().map(|id| (id, now)));
        tokio::time::sleep(EVERY).await;
    }
    tokio::time::sleep(WINDOW * 3).await;
    let mut samples = Vec::with_capacity(acknowledged.len());
    for (_, (at, bytes)) in run.sink.take() {
        let mut text = String::new();
        GzDecoder::new(&*bytes).read_to_string(&mut text)?;
        for part in text.split("\"eventID\":\"").skip(1) {
            let taken = part.get(..36).and_then(|id| acknowledged.remove(id));
            samples.extend(taken.map(|taken| at.saturating_sub(taken)));
        }
    }
    if !acknowledged.is_empty() {
        return Err(Failure(format!("{} records were not delivered", acknowledged.len())));
    }
    let count = samples.len();
    println!(
        "delivery latency: {count} events, windows of 1 s, acknowledged to in the bucket: {} \
         (p99 under 3 s aimed at)",
        Figures::new(samples)
    );
    Ok(())
}
