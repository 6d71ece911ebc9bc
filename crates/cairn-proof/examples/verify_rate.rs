//! How fast log files are verified, next to bare inflating and hashing of the same bytes, and what
//! each level of compression costs.
//!
//! ```text
//! cargo run --release -p cairn-proof --example verify_rate -- RECORDS.jsonl...
//! ```
//!
//! Without files it makes records up. One thread; the machine's other work shows in the figures.

#![expect(clippy::print_stdout, reason = "a measurement is printed")]

use std::collections::BTreeMap;
use std::time::Duration;

use cairn_core::{Clock, Seq, SystemClock, Timestamp};
use cairn_proof::verify::{FetchError, Fetched, Object, Settings, Source, Survey, Trust};
use cairn_proof::{
    Coverage, Deflater, Digest, DigestFile, DigestKey, DigestKeyPair, KeyWindow, LogFileWriter,
    LogKey, LogKind, Place, Proof, ProofFile, ProofKey, ProofSigner, Sha256, Started, gunzip,
};

const BUCKET: &str = "logs";
const FILES: u64 = 8;
const FILE_BYTES: u64 = 24 * 1024 * 1024;

struct Memory(BTreeMap<String, Vec<u8>>);

impl Source for Memory {
    fn fetch(&self, _: &str, key: &str, _: Option<&str>) -> Result<Option<Fetched>, FetchError> {
        let found = self.0.get(key);
        Ok(found.map(|bytes| Fetched { bytes: bytes.clone(), metadata: None }))
    }
}

fn main() {
    let clock = SystemClock::default();
    let records = records();
    levels(&records, &clock);
    let (memory, trust, now) = bucket(&records);
    let listing = memory.0.iter().map(|(key, bytes)| Object {
        bucket: BUCKET.to_owned(),
        key: key.clone(),
        version: None,
        latest: true,
        marker: false,
        bytes: bytes.len() as u64,
        modified: None,
    });
    let survey = Survey::new(listing.collect(), Settings::all(trust, now));
    let periods = survey.jobs().iter().map(|job| job.run(&memory)).collect();
    let plan = survey.link(periods);
    let (mut bare, mut whole) = (Duration::MAX, Duration::MAX);
    let mut files = Vec::new();
    for _ in 0..5 {
        let start = clock.elapsed();
        let plain: u64 =
            memory.0.iter().filter(|(key, _)| key.contains("CloudTrail/")).map(inflate).sum();
        bare = bare.min(clock.elapsed().saturating_sub(start));
        let start = clock.elapsed();
        files = plan.jobs().iter().map(|job| job.run(&memory)).collect();
        whole = whole.min(clock.elapsed().saturating_sub(start));
        assert!(plain > 0);
    }
    let report = plan.conclude(files, &memory);
    assert_eq!(report.exit_code(), 0, "{:?}", report.findings);
    let bytes = report.counts.text_bytes;
    println!("inflate and SHA-256 alone: {}", rate(bytes, bare));
    println!("log files verified:        {}", rate(bytes, whole));
    println!("ratio:                     {:.2}", bare.as_secs_f64() / whole.as_secs_f64());
}

/// Inflated by the library itself, not by Cairn's reader.
fn inflate((_, stored): (&String, &Vec<u8>)) -> u64 {
    let size = u32::from_le_bytes(*stored.last_chunk().expect("a member ends in its length"));
    let mut plain = Vec::with_capacity(size as usize + 1);
    let mut inflater = flate2::Decompress::new(false);
    let body = &stored[10..];
    inflater
        .decompress_vec(body, &mut plain, flate2::FlushDecompress::Finish)
        .expect("what was compressed can be inflated");
    std::hint::black_box(Sha256::of(&plain));
    plain.len() as u64
}

fn levels(records: &[Vec<u8>], clock: &SystemClock) {
    println!("level  records/s       MB/s  ratio");
    for level in [1, 2, 3, 4, 6] {
        let mut deflater = Deflater::new(level);
        let mut best = Duration::MAX;
        let mut sealed = None;
        for _ in 0..3 {
            let start = clock.elapsed();
            let mut out = Vec::new();
            let mut writer = LogFileWriter::start(&mut out);
            for record in records.iter().cycle() {
                writer.push(record, &mut deflater, &mut out);
                if writer.bytes() >= FILE_BYTES {
                    break;
                }
            }
            sealed = Some(writer.finish(&mut deflater, &mut out));
            best = best.min(clock.elapsed().saturating_sub(start));
        }
        let sealed = sealed.expect("there was a round");
        let seconds = best.as_secs_f64();
        println!(
            "{level:5} {:10.0} {:10.0} {:6.2}",
            sealed.records as f64 / seconds,
            sealed.bytes as f64 / seconds / 1e6,
            sealed.bytes as f64 / sealed.gzip_bytes as f64
        );
    }
}

fn rate(bytes: u64, took: Duration) -> String {
    format!("{:.0} MB of text per second", bytes as f64 / took.as_secs_f64() / 1e6)
}

fn records() -> Vec<Vec<u8>> {
    let mut records = Vec::new();
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(&path).expect("the file can be read");
        records.extend(text.lines().map(|line| line.as_bytes().to_vec()));
    }
    let invented = |number: u64| {
        format!(
            "{{\"eventVersion\":\"1.11\",\"userIdentity\":{{\"type\":\"IAMUser\",\"principalId\":\
             \"AIDA{number:016}\",\"arn\":\"arn:aws:iam::111122223333:user/u{number}\"}},\
             \"eventTime\":\"2026-03-01T00:00:00Z\",\"eventSource\":\"s3.amazonaws.com\",\
             \"eventName\":\"GetObject\",\"sourceIPAddress\":\"192.0.2.{}\",\
             \"requestParameters\":{{\"bucketName\":\"b\",\"key\":\"k/{number}\"}},\
             \"eventID\":\"{number:032x}\"}}",
            number % 256
        )
        .into_bytes()
    };
    if records.is_empty() {
        records.extend((0..5000).map(invented));
    }
    records
}

/// Every record gets an id of its own and one time, so that the bucket is honest.
fn renamed(record: &[u8], number: u64) -> Vec<u8> {
    let text = String::from_utf8_lossy(record);
    let mut value: serde_json::Value = serde_json::from_str(&text).expect("a record is JSON");
    value["eventID"] = format!("{number:036}").into();
    value["eventTime"] = "2026-03-01T00:30:00Z".into();
    value.to_string().into_bytes()
}

fn bucket(records: &[Vec<u8>]) -> (Memory, Trust, Timestamp) {
    let time = Timestamp::parse("2026-03-01T00:30:00Z").expect("a time");
    let end = time.saturating_add(Duration::from_mins(30));
    let region: cairn_core::Region = "us-east-1".parse().expect("a Region");
    let account = "111122223333".parse().expect("an account");
    let place = Place { prefix: None, organization: None, account, region: region.clone() };
    let mut memory = Memory(BTreeMap::new());
    let mut deflater = Deflater::new(6);
    let (mut files, mut seq) = (Vec::new(), 0);
    for _ in 0..FILES {
        let (mut out, first) = (Vec::new(), seq + 1);
        let mut writer = LogFileWriter::start(&mut out);
        while writer.bytes() < FILE_BYTES {
            seq += 1;
            let record = renamed(&records[seq as usize % records.len()], seq);
            writer.push(&record, &mut deflater, &mut out);
        }
        let sealed = writer.finish(&mut deflater, &mut out);
        let unique = cairn_proof::unique(b"secret", Seq(first), Seq(seq), &sealed.sha256);
        let key = LogKey { place: place.clone(), kind: LogKind::Records, time, unique };
        files.push(ProofFile {
            bucket: BUCKET.to_owned(),
            object: key.to_string(),
            sha256: sealed.sha256,
            gzip_sha256: sealed.gzip_sha256,
            bytes: sealed.bytes,
            gzip_bytes: sealed.gzip_bytes,
            records: sealed.records,
            oldest: time,
            newest: time,
            first: Seq(first),
            last: Seq(seq),
        });
        assert!(gunzip(&out, sealed.bytes as usize, cairn_proof::GzipForm::Cairn).is_ok());
        memory.0.insert(key.to_string(), out);
    }
    let key = DigestKey { place, trail: "all".to_owned(), home: region, end, backfill: false };
    let trust = sign(&mut memory, &key, files, Seq(seq));
    (memory, trust, end)
}

fn sign(memory: &mut Memory, key: &DigestKey, files: Vec<ProofFile>, through: Seq) -> Trust {
    let rsa = DigestKeyPair::generate().expect("a key");
    let root = ProofSigner::new("bench", &[1; 32]).expect("a key");
    let start = key.end.saturating_sub(Duration::from_hours(1));
    let named = |file: &ProofFile| DigestFile {
        bucket: file.bucket.clone(),
        object: file.object.clone(),
        sha256: file.sha256,
        newest: Some(file.newest),
        oldest: Some(file.oldest),
    };
    let digest = Digest {
        account: key.place.account,
        start,
        end: key.end,
        bucket: BUCKET.to_owned(),
        object: key.to_string(),
        fingerprint: rsa.fingerprint(),
        newest: files.first().map(|file| file.newest),
        oldest: files.first().map(|file| file.oldest),
        previous: None,
        files: files.iter().map(named).collect(),
    };
    let sealed = digest.seal(&rsa, &mut Deflater::new(6)).expect("a signature");
    let window = KeyWindow {
        region: key.place.region.clone(),
        public: rsa.public().to_vec(),
        not_before: start,
        not_after: key.end,
    };
    let proof = Proof {
        trail: "arn:aws:cloudtrail:us-east-1:111122223333:trail/all".to_owned(),
        account: key.place.account,
        region: key.place.region.clone(),
        index: 0,
        previous: None,
        started: Some(Started::Logging),
        ended: None,
        start,
        end: key.end,
        generated: None,
        coverage: Some(Coverage { after: Seq(0), through }),
        digest_bucket: BUCKET.to_owned(),
        digest_object: key.to_string(),
        digest_sha256: sealed.sha256,
        digest_gzip_sha256: sealed.gzip_sha256,
        digest_signature: sealed.signature,
        key: window,
        files,
        heads: vec![],
    };
    memory.0.insert(key.to_string(), sealed.gzip);
    memory.0.insert(ProofKey(key.clone()).to_string(), proof.seal(&root));
    Trust::Root(vec![root.verifier().clone()])
}
