//! What a row costs on its way from a record to a file:
//! `cargo run --release -p cairn-lake --example row_rate -- 500000`
//!
//! Makes events of 1.5 KB (3 days, 300 operations, 500 identities, 20 accounts, Zipf), or takes a
//! file of records, one a line, in place of the number. Costs are CPU time of the thread; rounds of
//! 100,000 events, the first is not counted.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(clippy::unchecked_time_subtraction, reason = "both times are of one clock")]

use std::error::Error;
use std::fmt::Write;
use std::time::Duration;

use cairn_core::{Entropy, SeededEntropy, Timestamp};
use cairn_lake::measured::{Encoder, Rows, Settings, event_json, sort};
use cairn_ports::lake::TableSchema;

type Outcome<T> = Result<T, Box<dyn Error>>;

const EVENTS: TableSchema = TableSchema::Events;
const ROUND: usize = 100_000;
const BATCH: usize = 8192;
const DAYS: u64 = 3;

fn main() -> Outcome<()> {
    let what = std::env::args().nth(1).unwrap_or_else(|| "500000".to_owned());
    let mut costs = Costs::default();
    if let Ok(events) = what.parse::<usize>() {
        let dice = Dice(SeededEntropy::new(1));
        for round in 0..=events.div_ceil(ROUND) {
            let records: Vec<String> = (0..ROUND).map(|_| dice.record()).collect();
            let found = measure(&records)?;
            if round > 0 {
                costs.add(&found);
            }
        }
    } else {
        let text = std::fs::read_to_string(what)?;
        let records: Vec<String> = text.lines().map(str::to_owned).collect();
        costs.add(&measure(&records)?);
    }
    costs.print();
    Ok(())
}

#[derive(Debug, Default)]
struct Costs {
    events: u64,
    refused: u64,
    /// Events whose text is stored whole.
    whole: u64,
    /// Bytes of the records, and of the files that hold them.
    bytes: u64,
    file_bytes: u64,
    push: Duration,
    sort: Duration,
    write: Duration,
    render: Duration,
}

impl Costs {
    fn add(&mut self, more: &Self) {
        self.events += more.events;
        self.refused += more.refused;
        self.whole += more.whole;
        self.bytes += more.bytes;
        self.file_bytes += more.file_bytes;
        self.push += more.push;
        self.sort += more.sort;
        self.write += more.write;
        self.render += more.render;
    }

    fn print(&self) {
        let each = |what: &str, time: Duration| {
            println!("{what} {:>6.0} ns an event", time.as_nanos() as f64 / self.events as f64);
        };
        each("rows  ", self.push);
        each("sort  ", self.sort);
        each("file  ", self.write);
        each("in all", self.push + self.sort + self.write);
        each("render", self.render);
        let events = self.events as f64;
        println!("{} events of {:.0} bytes", self.events, self.bytes as f64 / events);
        println!("{:.1} bytes an event in files", self.file_bytes as f64 / events);
        println!("{} texts stored whole, {} records refused", self.whole, self.refused);
    }
}

fn measure(records: &[String]) -> Outcome<Costs> {
    let mut costs = Costs::default();
    let mut taken = Vec::with_capacity(records.len());
    let mut rows = Rows::new(EVENTS);
    let mut batches = Vec::new();
    let start = cpu()?;
    for (seq, record) in records.iter().enumerate() {
        match rows.push(Some(seq as i64), record.as_bytes()) {
            Ok(()) => taken.push(record),
            Err(_) => costs.refused += 1,
        }
        if rows.len() == BATCH {
            batches.push(rows.finish());
        }
    }
    batches.push(rows.finish());
    let pushed = cpu()?;
    let days = sort(EVENTS, &batches)?;
    let sorted = cpu()?;
    for day in &days {
        let mut encoder = Encoder::new(EVENTS, Vec::new(), &Settings::default())?;
        encoder.write(&day.rows)?;
        costs.file_bytes += encoder.finish()?.1;
    }
    let written = cpu()?;
    let texts =
        batches.iter().map(|batch| event_json(EVENTS, batch)).collect::<Result<Vec<_>, _>>()?;
    let rendered = cpu()?;
    let mut expected = taken.iter();
    for text in texts.iter().flatten() {
        assert_eq!(text, expected.next().map(|record| record.as_str()));
    }
    for batch in &batches {
        let stored = batch.column_by_name("eventjson").ok_or("no column eventjson")?;
        costs.whole += (stored.len() - stored.null_count()) as u64;
    }
    costs.events = taken.len() as u64;
    costs.bytes = taken.iter().map(|record| record.len() as u64).sum();
    costs.push = pushed - start;
    costs.sort = sorted - pushed;
    costs.write = written - sorted;
    costs.render = rendered - written;
    Ok(costs)
}

/// CPU time of this thread so far.
fn cpu() -> Outcome<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat")?;
    let nanos = text.split(' ').next().unwrap_or_default().parse()?;
    Ok(Duration::from_nanos(nanos))
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

    fn id(&self) -> String {
        let (high, low) = (self.0.next_u64(), self.0.next_u64());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 52,
            low & 0xffff_ffff_ffff
        )
    }

    fn record(&self) -> String {
        let (operation, user, bucket) = (self.zipf(300), self.zipf(500), self.below(20_000));
        let account = 100_000_000_000 + user % 20 * 1_111_111;
        let seconds = 1_790_000_000 - self.below(DAYS * 86_400) as i64;
        let time = Timestamp::from_seconds(seconds);
        let region = ["us-east-1", "eu-west-1", "us-west-2"][self.zipf(3) as usize];
        let mut text = String::with_capacity(1800);
        let _ = write!(
            text,
            "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"IAMUser\",\
             \"principalId\":\"AIDA{user:016}\",\
             \"arn\":\"arn:aws:iam::{account}:user/user-{user:04}\",\
             \"accountId\":\"{account}\",\"accessKeyId\":\"AKIA{:016X}\",\
             \"userName\":\"user-{user:04}\",",
            user * 0x9e37_79b9
        );
        let _ = write!(
            text,
            "\"sessionContext\":{{\"attributes\":{{\
             \"creationDate\":\"2026-01-01T00:00:00Z\",\
             \"mfaAuthenticated\":\"false\"}}}}}},\"eventTime\":\"{time}\",\
             \"eventSource\":\"service{:02}.amazonaws.com\",\
             \"eventName\":\"DoThing{operation:03}\",\"awsRegion\":\"{region}\",\
             \"sourceIPAddress\":\"10.{}.{}.{}\",",
            operation % 40,
            self.below(256),
            self.below(16),
            self.below(256)
        );
        let _ = write!(
            text,
            "\"userAgent\":\"aws-cli/2.15.30 Python/3.11.8 \
             Linux/6.1.0-18-amd64 exe/x86_64.debian.12 prompt/off\",\
             \"requestParameters\":{{\"bucketName\":\"data-lake-{bucket:05}\",\
             \"Host\":\"data-lake-{bucket:05}.s3.amazonaws.com\",\"maxKeys\":{},\
             \"prefix\":\"logs/{:016x}/\",\"encodingType\":\"url\",\"tagSet\":[{{\
             \"key\":\"team\",\"value\":\"team-{}\"}},{{\"key\":\"cost\",\
             \"value\":\"{:08x}\"}}]}},",
            self.below(1000),
            self.0.next_u64(),
            self.below(40),
            self.0.next_u64() as u32
        );
        let _ = write!(
            text,
            "\"responseElements\":null,\"additionalEventData\":{{\
             \"SignatureVersion\":\"SigV4\",\"CipherSuite\":\"TLS_AES_128_GCM_SHA256\",\
             \"bytesTransferredIn\":{},\"AuthenticationMethod\":\"AuthHeader\",\
             \"x-amz-id-2\":\"{:016x}{:016x}{:016x}{:016x}==\",\
             \"bytesTransferredOut\":{}}},\"requestID\":\"{}\",\"eventID\":\"{}\",\
             \"readOnly\":{},",
            self.below(100_000),
            self.0.next_u64(),
            self.0.next_u64(),
            self.0.next_u64(),
            self.0.next_u64(),
            self.below(1_000_000),
            self.id(),
            self.id(),
            operation % 2 == 0
        );
        let _ = write!(
            text,
            "\"resources\":[{{\"accountId\":\"{account}\",\"type\":\"AWS::S3::Bucket\",\
             \"ARN\":\"arn:aws:s3:::data-lake-{bucket:05}\"}}],\
             \"eventType\":\"AwsApiCall\",\"managementEvent\":true,\
             \"recipientAccountId\":\"{account}\",\"eventCategory\":\"Management\",\
             \"tlsDetails\":{{\"tlsVersion\":\"TLSv1.3\",\
             \"cipherSuite\":\"TLS_AES_128_GCM_SHA256\",\
             \"clientProvidedHostHeader\":\"s3.{region}.amazonaws.com\"}}}}"
        );
        text
    }
}
