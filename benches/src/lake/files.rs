//! The corpus on disk: log files as trails deliver them, gzipped JSON lines for engines that load
//! those, some records for comparison, and what to ask for.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::Path;

use cairn_core::{Clock, SeededEntropy, SystemClock, Timestamp};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use super::corpus::{Corpus, Made, SPAN};
use crate::Failure;

/// Records of a log file and of a file of lines.
const FILE: usize = 2000;
const LINES: usize = 100_000;
/// Records that are kept aside, each from another stretch of the corpus.
const SAMPLE: usize = 10_000;
/// Identities that are asked for, by how often they call: users and roles.
const USER: usize = 203;
const PRINCIPAL: usize = 18;
const JOINED_ROLE: usize = 10;
const ROLE: usize = 5;

/// Makes `total` records that end with the last midnight.
pub(crate) fn run(into: &Path, total: usize) -> Result<(), Failure> {
    let now = SystemClock::default().now();
    let ends = Timestamp::from_seconds(now.day() * 86_400);
    let mut corpus = Corpus::new(5, total, ends, SPAN);
    let chooser = SeededEntropy::new(6);
    let stretch = (total / SAMPLE).max(1);
    let mut chosen = 0;
    let (mut facts, mut record, mut file) = (Facts::default(), String::new(), Vec::new());
    let mut sample = writer(&into.join("sample.jsonl"))?;
    let mut lines = None;
    for index in 0..total {
        record.clear();
        let made = corpus.write(&mut record);
        facts.note(index, total, made, record.len());
        if index % LINES == 0 {
            end(lines.take())?;
            lines = Some(gzip(&into.join(format!("lines/{:05}.jsonl.gz", index / LINES)))?);
        }
        if let Some(lines) = &mut lines {
            writeln!(lines, "{record}")?;
        }
        if index % stretch == 0 {
            chosen = index + chooser.below(stretch as u64) as usize;
        }
        if index == chosen {
            writeln!(sample, "{record}")?;
        }
        file.extend_from_slice(if file.is_empty() { b"{\"Records\":[" } else { b"," });
        file.extend_from_slice(record.as_bytes());
        if (index + 1) % FILE == 0 || index + 1 == total {
            file.extend_from_slice(b"]}");
            log_file(into, index / FILE, facts.last, &file)?;
            file.clear();
        }
    }
    end(lines)?;
    let facts = facts.with(&corpus, total, ends);
    writer(&into.join("facts.json"))?.write_all(facts.to_string().as_bytes())?;
    println!("corpus: {total} records of {} bytes in {}", facts["mean_bytes"], into.display());
    Ok(())
}

fn log_file(into: &Path, number: usize, time: Timestamp, records: &[u8]) -> Result<(), Failure> {
    let text = time.to_string();
    let day = text.get(..10).unwrap_or_default();
    let name = format!(
        "logs/AWSLogs/111122223333/CloudTrail/us-east-1/{}/111122223333_CloudTrail_us-east-1_\
         {}T{}Z_{number:016}.json.gz",
        day.replace('-', "/"),
        day.replace('-', ""),
        text.get(11..16).unwrap_or_default().replace(':', "")
    );
    let mut out = gzip(&into.join(name))?;
    out.write_all(records)?;
    end(Some(out))
}

fn gzip(path: &Path) -> Result<GzEncoder<BufWriter<File>>, Failure> {
    Ok(GzEncoder::new(writer(path)?, Compression::fast()))
}

fn end(file: Option<GzEncoder<BufWriter<File>>>) -> Result<(), Failure> {
    if let Some(file) = file {
        file.finish()?.flush()?;
    }
    Ok(())
}

fn writer(path: &Path) -> Result<BufWriter<File>, Failure> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let file = OpenOptions::new().create(true).truncate(true).write(true).open(path)?;
    Ok(BufWriter::with_capacity(1 << 20, file))
}

/// What is learned while records are made.
#[derive(Debug, Default)]
struct Facts {
    bytes: usize,
    event_id: String,
    key: Option<String>,
    last: Timestamp,
}

impl Facts {
    fn note(&mut self, index: usize, total: usize, made: Made, bytes: usize) {
        self.bytes += bytes;
        self.last = self.last.max(made.time);
        if index <= total / 2 {
            self.event_id = made.event_id;
        } else if self.key.is_none() {
            self.key = made.began;
        }
    }

    fn with(self, corpus: &Corpus, total: usize, ends: Timestamp) -> Value {
        let before = |days: i64| Timestamp::from_seconds(ends.seconds() - days * 86_400);
        json!({
            "events": total,
            "mean_bytes": self.bytes / total.max(1),
            "ends": ends.to_string(),
            "week": before(7).to_string(),
            "fortnight": before(14).to_string(),
            "event_id": self.event_id,
            "access_key": self.key.unwrap_or_default(),
            "user": corpus.identity(USER).arn(),
            "principal": corpus.identity(PRINCIPAL).arn(),
            "joined_role": corpus.identity(JOINED_ROLE).role_arn(),
            "role": corpus.identity(ROLE).role_arn(),
        })
    }
}
