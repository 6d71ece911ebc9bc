//! Memory with 1,000 streams: 50 accounts with a trail each, 20 Regions.

use std::path::Path;

use bytes::Bytes;
use cairn_event::selector::Selectors;
use cairn_trail::Settings;

use super::house::House;
use crate::Failure;
use crate::events::Generator;

const ACCOUNTS: u64 = 50;
const REGIONS: u64 = 20;
const STEPS: usize = 10;

pub(super) async fn run(directory: &Path, events: usize) -> Result<(), Failure> {
    let mut house = House::open(directory)?;
    let owners: Vec<u64> = (0..ACCOUNTS).map(|number| 300_000_000_000 + number).collect();
    let everything = Selectors::default();
    let run = house.run(Settings::default(), &owners, &[everything]).await?;
    let mut collector = run.trails.collector();
    let generator = Generator::new(3, house.clock.now());
    let mut seen: Vec<String> = Vec::new();
    for step in 0..STEPS {
        for number in 0..events / STEPS / 1_000 {
            let texts = (0..1_000u64).map(|at| {
                let mut text = Vec::new();
                generator.write(&mut text);
                let stream = at + number as u64;
                let region = format!("\"awsRegion\":\"eu-west-{}\"", 1 + stream % REGIONS);
                (owners[(stream / REGIONS % ACCOUNTS) as usize], placed(text, &region))
            });
            let texts = texts.collect();
            house.append(texts)?;
        }
        while collector.step().await? {}
        let (files, bytes) = collector.held();
        if step == 0 || (step + 1) % 3 == 0 {
            let resident = resident()?;
            seen.push(format!(
                "{} events: {files} files, {} MiB held, {} MiB resident",
                (step + 1) * (events / STEPS),
                bytes >> 20,
                resident >> 10
            ));
        }
    }
    println!("delivery memory, one window: {}", seen.join("; "));
    Ok(())
}

/// The record in another Region.
fn placed(text: Vec<u8>, region: &str) -> Bytes {
    let text = String::from_utf8_lossy(&text);
    let (before, rest) = text.split_once("\"awsRegion\":\"").unwrap_or((&text, ""));
    let after = rest.split_once('"').map_or("", |(_, after)| after);
    Bytes::from(format!("{before}{region}{after}"))
}

/// KiB.
fn resident() -> Result<u64, Failure> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.ok_or_else(|| Failure("/proc/self/status has no VmRSS".to_owned()))
}
