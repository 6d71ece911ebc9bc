use std::fs::OpenOptions;
use std::io::{BufReader, Cursor, Read, Write};
use std::path::Path;

use hyper::body::Bytes;
use indicatif::ProgressBar;
use tokio::sync::mpsc;

use super::batch::{Batch, Parcel};
use super::document::{DocumentError, chunks};
use super::*;
use crate::client::fake::{Answer, against};

fn record(number: usize) -> String {
    format!(
        "{{\"eventVersion\":\"1.11\",\"eventID\":\"e-{number}\",\"eventName\":\"PutObject\",\
         \"eventTime\":\"2026-11-21T09:30:00Z\",\"eventSource\":\"s3.amazonaws.com\",\
         \"awsRegion\":\"us-east-1\",\"userIdentity\":{{\"type\":\"Root\"}},\"n\":1.50}}"
    )
}

fn envelope(numbers: std::ops::Range<usize>) -> String {
    let records: Vec<String> = numbers.map(record).collect();
    format!("{{\"Records\":[{}]}}", records.join(","))
}

fn gzip(text: &str) -> Vec<u8> {
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    coder.write_all(text.as_bytes()).unwrap();
    coder.finish().unwrap()
}

fn put(path: &Path, bytes: &[u8]) -> Source {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut file = OpenOptions::new().create_new(true).write(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
    Source::File { path: path.to_owned(), bytes: bytes.len() as u64 }
}

/// Everything that the reader makes of `sources`: parcels, and what it could not read.
fn read_all(sources: &[Source]) -> (Vec<Parcel>, Vec<String>) {
    let (sender, mut receiver) = mpsc::channel(10_000);
    read::read(sources, &sender, &ProgressBar::hidden());
    drop(sender);
    let (mut parcels, mut unread) = (Vec::new(), Vec::new());
    while let Some(load) = receiver.blocking_recv() {
        match load {
            Load::Parcel(parcel) => parcels.push(parcel),
            Load::Unread(reason) => unread.push(reason),
            Load::Done => {}
        }
    }
    (parcels, unread)
}

#[track_caller]
fn check_read(bytes: &[u8], expected: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let source = put(&dir.path().join("log"), bytes);
    let (parcels, unread) = read_all(&[source]);
    let bodies: Vec<&str> =
        parcels.iter().map(|parcel| std::str::from_utf8(&parcel.body).unwrap()).collect();
    assert_eq!((bodies, unread), (expected.to_vec(), Vec::new()));
}

#[test]
fn every_form_and_packing_gives_the_same_records() {
    let whole = envelope(0..3);
    check_read(whole.as_bytes(), &[&whole]);
    let lines = format!("{}\n\n{}\r\n{}", record(0), record(1), record(2));
    check_read(lines.as_bytes(), &[&whole]);
    check_read(
        format!("\u{feff}[{},{},{}]", record(0), record(1), record(2)).as_bytes(),
        &[&whole],
    );
    check_read(&gzip(&whole), &[&whole]);
    let members = [gzip(&record(0)), gzip("\n"), gzip(&format!("{}\n{}", record(1), record(2)))];
    check_read(&members.concat(), &[&whole]);
    let frames = [&record(0), "\n", &record(1), "\n", &record(2)];
    let frames = frames.map(|text| zstd::encode_all(text.as_bytes(), 1).unwrap());
    check_read(&frames.concat(), &[&whole]);
    check_read(b"", &[]);
    check_read(b" \n", &[]);
}

#[test]
fn a_broken_line_goes_alone_and_as_it_is() {
    let lines = format!("{}\n{{\"eventID\": tru}}\n{}\n", record(0), record(1));
    check_read(lines.as_bytes(), &["{\"eventID\": tru}", &envelope(0..2)]);
}

#[test]
fn records_of_many_files_share_a_batch_of_at_most_a_thousand() {
    let dir = tempfile::tempdir().unwrap();
    let source =
        |at: usize| put(&dir.path().join(format!("{at}.gz")), &gzip(&envelope(at..at + 300)));
    let sources: Vec<Source> = (0..7).map(|file| source(file * 300)).collect();
    let (parcels, unread) = read_all(&sources);
    let counts: Vec<u64> = parcels.iter().map(|parcel| parcel.records).collect();
    assert_eq!(counts, [1000, 1000, 100]);
    assert_eq!(parcels[2].body, envelope(2000..2100));
    assert!(unread.is_empty());
}

#[test]
fn a_batch_closes_before_it_grows_too_large() {
    let large = Bytes::from(vec![b'x'; 3 * 1024 * 1024]);
    let mut batch = Batch::default();
    assert_eq!(batch.add(&large), None);
    let left = batch.add(b"{}").map(|parcel| parcel.records);
    assert_eq!(left, None);
    let parcel = batch.add(&large).unwrap();
    assert_eq!((parcel.records, parcel.body.len()), (2, large.len() + "{\"Records\":[,{}]}".len()));
    assert_eq!(batch.take().unwrap().records, 1);
    assert_eq!(batch.take(), None);
}

#[test]
fn long_line_files_stream_and_lose_nothing() {
    let one = format!("{}\n", record(7));
    let count = 12 * 1024 * 1024 / one.len();
    let text = one.repeat(count);
    let mut sizes = Vec::new();
    let mut joined = Vec::new();
    chunks(&mut text.as_bytes(), &mut |chunk| {
        assert!(chunk.ends_with(b"\n") && chunk.starts_with(b"{"));
        sizes.push(chunk.len());
        joined.extend_from_slice(&chunk);
        true
    })
    .unwrap();
    assert!(joined == text.as_bytes());
    assert!(sizes.len() >= 3 && sizes.iter().all(|size| *size < 6 * 1024 * 1024), "{sizes:?}");
}

#[test]
fn what_is_too_long_is_refused_by_name() {
    let mut endless = BufReader::new(io::repeat(b'x').take(40 << 20));
    let refused = chunks(&mut endless, &mut |_| true);
    assert!(matches!(refused, Err(DocumentError::LongLine)), "{refused:?}");
    let ended = chunks(&mut "{}".as_bytes(), &mut |_| false);
    assert!(matches!(ended, Err(DocumentError::Ended)));
}

#[test]
fn a_file_made_to_fill_memory_is_stopped() {
    let zeros = zstd::encode_all(io::repeat(b'\n').take(300 << 20), 3).unwrap();
    let mut text = open::unpack(Box::new(Cursor::new(zeros)), &ProgressBar::hidden()).unwrap();
    let stopped = io::copy(&mut text, &mut io::sink());
    assert!(stopped.unwrap_err().to_string().contains("1000 times"));
}

#[test]
fn a_damaged_file_is_told_and_the_others_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let half = gzip(&envelope(0..50));
    let sources = [
        put(&dir.path().join("half.gz"), &half[..half.len() / 2]),
        put(&dir.path().join("good.json"), envelope(0..1).as_bytes()),
        put(&dir.path().join("open.json"), format!("{{\"Records\":[{}", record(1)).as_bytes()),
    ];
    let (parcels, unread) = read_all(&sources);
    assert!(unread[0].contains("half.gz"), "{unread:?}");
    assert!(unread[1].contains("open.json"), "{unread:?}");
    assert_eq!(parcels, [Parcel { body: envelope(0..2).into(), records: 2 }]);
}

#[test]
fn a_directory_gives_its_log_files_in_order_and_no_digests() {
    let dir = tempfile::tempdir().unwrap();
    let logs = dir.path().join("AWSLogs/111122223333");
    for name in ["CloudTrail/b.json.gz", "CloudTrail/a.jsonl", "x.zst", "notes.txt"] {
        put(&logs.join(name), b"{}");
    }
    put(&logs.join("CloudTrail-Digest/d.json.gz"), b"{}");
    let places = [dir.path().to_owned()];
    let names: Vec<String> =
        Source::find(&places).unwrap().iter().map(|source| source.name()).collect();
    let expected = ["CloudTrail/a.jsonl", "CloudTrail/b.json.gz", "x.zst"];
    assert_eq!(names, expected.map(|name| logs.join(name).display().to_string()));
    let named = [logs.join("notes.txt"), PathBuf::from("-")];
    assert_eq!(Source::find(&named).unwrap()[1], Source::Stdin);
    let missing = Source::find(&[dir.path().join("none")]);
    assert!(matches!(missing, Err(IngestError::Unlistable { .. })));
}

/// Ingests two files with a broken line between their records, against a server that answers
/// `answers` in some order.
fn run(answers: &[Answer]) -> Result<Tally, IngestError> {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("{}\nbroken\n", record(1));
    let sources = vec![
        put(&dir.path().join("a.jsonl"), text.as_bytes()),
        put(&dir.path().join("b.json"), envelope(5..6).as_bytes()),
    ];
    let work =
        async |client: &mut Client| ingest(client, sources, false, &ProgressBar::hidden()).await;
    against(answers, work).0
}

const TAKEN: Answer = Answer::Reply(
    200,
    r#"{"Stored":1,"Duplicates":2,"Quarantined":3,"Conflicts":[{"EventId":"e","Message":"m"}]}"#,
);

#[test]
fn answers_are_added_up() {
    let tally = run(&[TAKEN, TAKEN]).unwrap();
    let took = std::time::Duration::from_secs(2);
    let expected =
        "2 files: 2 stored, 4 duplicates, 6 quarantined, 2 conflicts in 2.0 s (6 events/s)";
    assert_eq!(tally.summary(took), expected);
    assert_eq!(tally.to_json(took)["ConflictCount"], 2);
    assert_eq!(tally.troubles(), ["conflict: event e: m"; 2]);
    let incomplete = tally.outcome();
    assert!(matches!(incomplete, Err(IngestError::Incomplete { conflicts: 2, refused: 0, .. })));
}

#[test]
fn a_refused_parcel_is_told_and_a_refused_caller_ends_the_run() {
    let large = Answer::Reply(413, r#"{"__type":"RequestEntityTooLarge","message":"no"}"#);
    let tally = run(&[large, large]).unwrap();
    assert!(matches!(tally.outcome(), Err(IngestError::Incomplete { refused: 3, .. })));
    assert!(tally.troubles()[0].contains("RequestEntityTooLarge"), "{:?}", tally.troubles());
    let stranger = Answer::Reply(403, r#"{"__type":"InvalidClientTokenId","message":"who"}"#);
    assert!(matches!(run(&[stranger]), Err(IngestError::Client(_))));
}
