//! What event history costs:
//! `cargo run --release -p cairn-history --example index_rate -- 5000000`
//!
//! Makes a journal of generated events (30 days, 300 operations, 500 identities, 20 accounts,
//! 6 Regions, all Zipf), indexes it, and looks things up. Costs are CPU time of the thread, so that
//! other work on the machine does not count; latencies are wall time.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(clippy::unchecked_time_subtraction, reason = "both times are of one clock")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cairn_core::{
    AccountId, Clock, Region, SeededEntropy, Seq, SystemClock, SystemEntropy, Timestamp,
};
use cairn_event::{Category, Event};
use cairn_history::{Attribute, History, Query, Settings};
use cairn_journal::{Draft, FileDisk, Journal, Parts};

type Outcome<T> = Result<T, Box<dyn Error>>;

const ACCOUNTS: u64 = 20;
const REGIONS: [&str; 6] =
    ["us-east-1", "eu-west-1", "us-west-2", "eu-central-1", "ap-south-1", "sa-east-1"];
const DAYS: i64 = 30;
const BATCH: u64 = 5_000;

fn main() -> Outcome<()> {
    let rows: u64 = std::env::args().nth(1).map_or(Ok(1_000_000), |rows| rows.parse())?;
    let place = std::env::args().nth(2).unwrap_or_else(|| "target".to_owned());
    let dir = tempfile::tempdir_in(place)?;
    let clock = Arc::new(SystemClock::default());
    let journal = fill(dir.path(), clock.clone(), rows)?;
    read(&journal, rows)?;
    let history = index(dir.path(), &journal, clock.clone(), rows)?;
    reopen(dir.path(), &journal, &clock)?;
    latencies(&history, &clock)?;
    throughput(&history, &clock);
    Ok(())
}

fn fill(dir: &Path, clock: Arc<SystemClock>, rows: u64) -> Outcome<Journal> {
    let disk = Arc::new(FileDisk::open(&dir.join("journal"))?);
    let now = clock.now().seconds();
    let parts = Parts { clock: clock.clone(), entropy: Arc::new(SystemEntropy) };
    let (journal, mut writer, _) = Journal::open(disk, parts, cairn_journal::Settings::default())?;
    let dice = Dice(SeededEntropy::new(1));
    let start = clock.elapsed();
    for first in (0..rows).step_by(BATCH as usize) {
        let mut drafts = Vec::with_capacity(BATCH as usize);
        for number in first..rows.min(first + BATCH) {
            let age = DAYS * 86_400 * (rows - number) as i64 / rows as i64;
            drafts.push(dice.draft(number, now - age)?);
        }
        let mut ticket = journal.submit(drafts)?;
        while ticket.try_take().is_none() {
            writer.step()?;
        }
    }
    let took = clock.elapsed() - start;
    println!("journal        {rows} events generated and stored in {:.1} s", took.as_secs_f64());
    Ok(journal)
}

/// What following the journal costs by itself.
fn read(journal: &Journal, rows: u64) -> Outcome<()> {
    let start = cpu()?;
    let mut reader = journal.reader(Seq(1));
    let mut events = 0;
    while let Some(records) = reader.next(4096)? {
        events += records.iter().filter(|record| record.event().is_some()).count();
    }
    println!("read and parse {}", each(cpu()? - start, rows));
    assert_eq!(events as u64, rows);
    Ok(())
}

fn index(dir: &Path, journal: &Journal, clock: Arc<SystemClock>, rows: u64) -> Outcome<History> {
    let disk = Arc::new(FileDisk::open(&dir.join("history"))?);
    let history = History::open(disk, journal.clone(), clock.clone(), Settings::default())?;
    let (mut indexer, mut merger) = (history.worker(), history.merge_worker());
    let (mut indexing, mut keeping) = (Duration::ZERO, Duration::ZERO);
    let mut longest = Duration::ZERO;
    loop {
        let start = cpu()?;
        let indexed = indexer.step()?;
        let between = cpu()?;
        let kept = merger.step()?;
        let end = cpu()?;
        indexing += between - start;
        longest = longest.max(end - between);
        keeping += end - between;
        if !indexed && !kept {
            break;
        }
    }
    println!("read and apply {}", each(indexing, rows));
    println!("seal and merge {}; longest step {longest:?}", each(keeping, rows));
    println!("{:?}", history.stats());
    let bytes: u64 = std::fs::read_dir(dir.join("history/parts"))?
        .map(|entry| Ok::<u64, std::io::Error>(entry?.metadata()?.len()))
        .sum::<Result<u64, _>>()?;
    println!("files          {:.1} bytes for each event", bytes as f64 / rows as f64);
    Ok(history)
}

/// What a restart costs, beside the history that stays open.
fn reopen(dir: &Path, journal: &Journal, clock: &Arc<SystemClock>) -> Outcome<()> {
    let start = clock.elapsed();
    let disk = Arc::new(FileDisk::open(&dir.join("history"))?);
    let history = History::open(disk, journal.clone(), clock.clone(), Settings::default())?;
    let opened = clock.elapsed();
    let replayed = history.stats().lag;
    let mut indexer = history.worker();
    while indexer.step()? {}
    let took = clock.elapsed();
    println!(
        "reopen         {:?}, then {replayed} records in {:?}, wall time",
        opened - start,
        took - opened
    );
    Ok(())
}

fn latencies(history: &History, clock: &SystemClock) -> Outcome<()> {
    let dice = Dice(SeededEntropy::new(2));
    println!(
        "lookup                    p50 first    p99 first    p50 tenth    p99 tenth   records"
    );
    for attribute in Attribute::ALL {
        for rare in [false, true] {
            let (mut first, mut tenth, mut records) = (Vec::new(), Vec::new(), 0);
            for _ in 0..300 {
                let account = if rare { dice.below(ACCOUNTS) } else { 0 };
                let region = if rare { dice.below(6) as usize } else { 0 };
                let scope = history.scope(account_id(account)?, Some(&REGIONS[region].parse()?));
                let value = (attribute, dice.value(attribute, rare));
                let mut query = query(value);
                for page in 1..=10 {
                    let start = clock.elapsed();
                    let answer = scope.lookup(&query)?;
                    let took = clock.elapsed() - start;
                    match page {
                        1 => first.push(took),
                        10 => tenth.push(took),
                        _ => {}
                    }
                    records += answer.records.len();
                    query.after = answer.next;
                    if answer.next.is_none() {
                        break;
                    }
                }
            }
            let name = format!("{} {}", attribute.name(), if rare { "rare" } else { "frequent" });
            let [a, b] = percentiles(&mut first);
            let [c, d] = percentiles(&mut tenth);
            println!("{name:<24} {a:>10} µs {b:>9} µs {c:>9} µs {d:>9} µs {records:>9}");
        }
    }
    Ok(())
}

fn throughput(history: &History, clock: &SystemClock) {
    for threads in [1, 2] {
        let (answers, records, busy) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
        let start = clock.elapsed();
        std::thread::scope(|scope| {
            for seed in 0..threads {
                let (answers, records, busy) = (&answers, &records, &busy);
                scope.spawn(move || {
                    let dice = Dice(SeededEntropy::new(100 + seed));
                    while clock.elapsed() - start < Duration::from_secs(4) {
                        let found = one_of_many(history, &dice).unwrap_or_default();
                        answers.fetch_add(1, Ordering::Relaxed);
                        records.fetch_add(found as u64, Ordering::Relaxed);
                    }
                    let spent = cpu().unwrap_or_default().as_micros() as u64;
                    busy.fetch_add(spent, Ordering::Relaxed);
                });
            }
        });
        let seconds = (clock.elapsed() - start).as_secs_f64();
        let answers = answers.into_inner() as f64;
        println!(
            "{threads} threads      {:.0} lookups/s of {:.1} records, {:.0} µs CPU each",
            answers / seconds,
            records.into_inner() as f64 / answers,
            busy.into_inner() as f64 / answers
        );
    }
}

/// First pages of the values that are asked for most, over all attributes but the event id.
fn one_of_many(history: &History, dice: &Dice) -> Outcome<usize> {
    let attribute = Attribute::ALL[1 + dice.below(7) as usize];
    let region: Region = REGIONS[dice.zipf(6) as usize].parse()?;
    let scope = history.scope(account_id(dice.zipf(ACCOUNTS))?, Some(&region));
    Ok(scope.lookup(&query((attribute, dice.value(attribute, false))))?.records.len())
}

/// CPU time of this thread so far.
fn cpu() -> Outcome<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(Duration::from_nanos(nanos))
}

fn query(value: (Attribute, String)) -> Query {
    Query { attributes: vec![value], category: Some(Category::Management), ..Query::default() }
}

fn each(took: Duration, rows: u64) -> String {
    let nanos = took.as_nanos() as f64 / rows as f64;
    format!("{:.2} µs for each event ({:.1} s)", nanos / 1000.0, took.as_secs_f64())
}

fn percentiles(times: &mut [Duration]) -> [u128; 2] {
    times.sort_unstable();
    let at = |part: usize| times.get(times.len() * part / 100).map_or(0, Duration::as_micros);
    [at(50), at(99)]
}

fn account_id(number: u64) -> Outcome<AccountId> {
    AccountId::new(111_122_220_000 + number).ok_or_else(|| "no account id".into())
}

struct Dice(SeededEntropy);

impl Dice {
    fn below(&self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    /// Zipf with exponent 1: number `n` comes about as often as 1 / (n + 1).
    fn zipf(&self, bound: u64) -> u64 {
        let even = self.below(1 << 40) as f64 / (1u64 << 40) as f64;
        (((bound + 1) as f64).powf(even) as u64 - 1).min(bound - 1)
    }

    fn value(&self, attribute: Attribute, rare: bool) -> String {
        let pick = |bound: u64| if rare { bound / 2 + self.below(bound / 2) } else { self.zipf(8) };
        match attribute {
            Attribute::EventId => event_id(self.below(1_000_000)),
            Attribute::EventName => format!("DescribeThing{}", pick(300)),
            Attribute::ReadOnly => rare.to_string(),
            Attribute::Username => format!("session-{}", pick(500)),
            Attribute::ResourceType => {
                if rare { "AWS::KMS::Key" } else { "AWS::S3::Bucket" }.to_owned()
            }
            Attribute::ResourceName => format!("arn:aws:s3:::bucket-{}", pick(20_000)),
            Attribute::EventSource => format!("service{}.amazonaws.com", pick(300) % 40),
            Attribute::AccessKeyId => format!("ASIA{:016}", pick(500)),
        }
    }

    fn draft(&self, number: u64, time: i64) -> Outcome<Draft> {
        let (operation, user) = (self.zipf(300), self.zipf(500));
        let region = REGIONS[self.zipf(6) as usize];
        let account = account_id(self.zipf(ACCOUNTS))?;
        let (service, bucket) = (operation % 40, self.zipf(20_000));
        let (id, time) = (event_id(number), Timestamp::from_seconds(time));
        let key = if self.below(1000) == 0 {
            format!(r#",{{"type":"AWS::KMS::Key","ARN":"arn:aws:kms:{region}::key/{user}"}}"#)
        } else {
            String::new()
        };
        let mut detail = String::new();
        for at in 0..24 {
            detail.push_str(&format!(r#""parameter{at}":"{:016x}","#, self.below(u64::MAX)));
        }
        let address = user % 250;
        let read_only = operation % 5 == 0;
        let text = format!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole",
            "principalId":"AROAEXAMPLEEXAMPLE{user:03}:session-{user}",
            "arn":"arn:aws:sts::{account}:assumed-role/Work/session-{user}",
            "accountId":"{account}","accessKeyId":"ASIA{user:016}"}},"eventTime":"{time}",
            "eventSource":"service{service}.amazonaws.com","eventName":"DescribeThing{operation}",
            "awsRegion":"{region}","sourceIPAddress":"192.0.2.{address}",
            "userAgent":"aws-sdk-rust/1.0","requestParameters":{{{detail}"end":true}},
            "responseElements":null,"requestID":"{id}","eventID":"{id}","readOnly":{read_only},
            "resources":[{{"accountId":"{account}","type":"AWS::S3::Bucket",
            "ARN":"arn:aws:s3:::bucket-{bucket}"}}{key}],"eventType":"AwsApiCall",
            "managementEvent":true,"recipientAccountId":"{account}","eventCategory":"Management"}}"#
        );
        Ok(Draft::event(account, Event::parse(Bytes::from(text))?))
    }
}

fn event_id(number: u64) -> String {
    format!("{number:08x}-1111-4222-8333-{:012x}", number.wrapping_mul(0x9e37_79b9) % (1 << 48))
}
