use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use cairn_core::{Region, Seq, Timestamp};
use cairn_proof::{
    Coverage, Deflater, Digest, DigestFile, DigestKey, DigestKeyPair, KeyWindow, LogFileWriter,
    LogKey, LogKind, Place, Proof, ProofFile, ProofKey, ProofSigner, Started,
};
use clap::Parser;
use serde_json::Value;

use crate::cmd::verify::Verify;
use crate::terminal::testing;

const HOUR: Duration = Duration::from_hours(1);
const ID: &str = "11111111-2222-4333-8444-555555555555";

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    verify: Verify,
}

/// A copy of a bucket with one digest, its proof and one log file.
struct Synced {
    dir: tempfile::TempDir,
    key: String,
    log: String,
    digest: String,
    proof: String,
    end: Timestamp,
}

impl Synced {
    fn new() -> Self {
        let end = Timestamp::parse("2026-03-01T01:00:00Z").unwrap();
        let region: Region = "us-east-1".parse().unwrap();
        let account = "111122223333".parse().unwrap();
        let prefix = Some("audit".to_owned());
        let place = Place { prefix, organization: None, account, region: region.clone() };
        let root = ProofSigner::new("cairn.example", &[5; 32]).unwrap();
        let rsa = DigestKeyPair::generate().unwrap();
        let time = end.saturating_sub(HOUR / 2);
        let (log, bytes, file) = log_file(&place, time);
        let key =
            DigestKey { place, trail: "all".into(), home: region.clone(), end, backfill: false };
        let start = end.saturating_sub(HOUR);
        let digest = Digest {
            account,
            start,
            end,
            bucket: "logs".to_owned(),
            object: key.to_string(),
            fingerprint: rsa.fingerprint(),
            newest: Some(time),
            oldest: Some(time),
            previous: None,
            files: vec![DigestFile {
                bucket: "logs".to_owned(),
                object: log.clone(),
                sha256: file.sha256,
                newest: Some(time),
                oldest: Some(time),
            }],
        };
        let sealed = digest.seal(&rsa, &mut Deflater::new(6)).unwrap();
        let proof = Proof {
            trail: "arn:aws:cloudtrail:us-east-1:111122223333:trail/all".to_owned(),
            account,
            region: region.clone(),
            index: 0,
            previous: None,
            started: Some(Started::Logging),
            ended: None,
            start,
            end,
            generated: None,
            coverage: Some(Coverage { after: Seq(0), through: Seq(1) }),
            digest_bucket: "logs".to_owned(),
            digest_object: key.to_string(),
            digest_sha256: sealed.sha256,
            digest_gzip_sha256: sealed.gzip_sha256,
            digest_signature: sealed.signature,
            key: KeyWindow {
                region,
                public: rsa.public().to_vec(),
                not_before: start,
                not_after: end,
            },
            files: vec![file],
            heads: vec![],
        };
        let proof_key = ProofKey(key.clone()).to_string();
        let dir = tempfile::tempdir().unwrap();
        let objects = BTreeMap::from([
            (log.clone(), bytes),
            (key.to_string(), sealed.gzip),
            (proof_key.clone(), proof.seal(&root)),
        ]);
        for (key, bytes) in objects {
            put(dir.path(), &key, &bytes);
        }
        let text = root.verifier().to_string();
        Self { dir, key: text, log, digest: key.to_string(), proof: proof_key, end }
    }

    fn path(&self, key: &str) -> String {
        self.dir.path().join(key).display().to_string()
    }

    fn verify(&self, more: &[&str]) -> (u8, String) {
        let (dir, end) = (self.path(""), self.end.to_string());
        run(&[&["--files", &dir, "--end", &end, "--key", &self.key], more].concat())
    }
}

fn log_file(place: &Place, time: Timestamp) -> (String, Vec<u8>, ProofFile) {
    let (mut deflater, mut out) = (Deflater::new(6), Vec::new());
    let mut writer = LogFileWriter::start(&mut out);
    let record = format!("{{\"eventTime\":\"{time}\",\"eventID\":\"{ID}\"}}");
    writer.push(record.as_bytes(), &mut deflater, &mut out);
    let sealed = writer.finish(&mut deflater, &mut out);
    let unique = cairn_proof::unique(b"s", Seq(1), Seq(1), &sealed.sha256);
    let key = LogKey { place: place.clone(), kind: LogKind::Records, time, unique }.to_string();
    let file = ProofFile {
        bucket: "logs".to_owned(),
        object: key.clone(),
        sha256: sealed.sha256,
        gzip_sha256: sealed.gzip_sha256,
        bytes: sealed.bytes,
        gzip_bytes: sealed.gzip_bytes,
        records: 1,
        oldest: time,
        newest: time,
        first: Seq(1),
        last: Seq(1),
    };
    (key, out, file)
}

#[expect(clippy::disallowed_methods, reason = "a test's file need not outlive a crash")]
pub(super) fn write(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
    std::fs::write(path, bytes).unwrap();
}

fn put(dir: &Path, key: &str, bytes: &[u8]) {
    let path = dir.join(key);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    write(path, bytes);
}

/// Exit code and standard output.
fn run(arguments: &[&str]) -> (u8, String) {
    let line = Line::try_parse_from([&["verify"], arguments].concat()).unwrap();
    let (mut terminal, out, _) = testing::terminal();
    let code = line.verify.run(&mut terminal).map_or_else(|failure| failure.code(), |()| 0);
    (code, out.text())
}

#[test]
fn a_copy_as_it_was_written_is_well() {
    let synced = Synced::new();
    let (code, text) = synced.verify(&[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("1 digests and 1 proofs in 1 chains; 1 log files, 1 records"), "{text}");
    assert!(text.ends_with("verdict:   ok\n"), "{text}");
    let trail = "arn:aws:cloudtrail:us-east-1:111122223333:trail/all";
    assert_eq!(synced.verify(&["--trail", trail]).0, 0);
    assert_eq!(
        synced.verify(&["--trail", "arn:aws:cloudtrail:us-east-1:111122223333:trail/no"]).0,
        2
    );
}

#[test]
fn every_verdict_has_its_code() {
    let changed = |change: fn(&Synced)| {
        let synced = Synced::new();
        change(&synced);
        synced
    };
    let flipped = changed(|synced| {
        let path = synced.path(&synced.log);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[30] ^= 4;
        write(&path, bytes);
    });
    let (code, text) = flipped.verify(&[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains(&format!("tampered: s3://logs/{}", flipped.log)), "{text}");
    let deleted = changed(|synced| std::fs::remove_file(synced.path(&synced.log)).unwrap());
    let (code, text) = deleted.verify(&[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("this log file is not there"), "{text}");
    let stale = Synced::new();
    let later = stale.end.saturating_add(HOUR * 3).to_string();
    let dir = stale.path("");
    let (code, text) = run(&["--files", &dir, "--end", &later, "--key", &stale.key]);
    assert_eq!(code, 3, "{text}");
    assert_eq!(run(&["--files", &dir]).0, 4);
    assert_eq!(run(&["--files", "/no/such/dir", "--key", &stale.key]).0, 4);
    assert_eq!(stale.verify(&["--start", "2026-03-02"]).0, 64);
}

#[test]
fn a_report_is_a_document_too() {
    let synced = Synced::new();
    std::fs::remove_file(synced.path(&synced.digest)).unwrap();
    let (code, text) = synced.verify(&["--output", "json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (code, &report["exitCode"], &report["verdict"]),
        (2, &2.into(), &"incomplete".into())
    );
    assert_eq!(report["findings"][0]["code"], "missing");
    assert_eq!(report["findings"][0]["key"], synced.digest.as_str());
    assert_eq!(report["counts"]["records"], 1);
}

#[test]
fn a_copy_of_what_lies_under_a_prefix_is_taken_as_such() {
    let synced = Synced::new();
    let (dir, end) = (synced.path("audit"), synced.end.to_string());
    let of = |prefix: &[&str]| {
        run(&[&["--files", &dir, "--end", &end, "--key", &synced.key], prefix].concat()).0
    };
    assert_eq!(of(&["--prefix", "audit"]), 0);
    assert_eq!(of(&[]), 1);
}

#[test]
fn a_copy_without_metadata_and_proofs_cannot_be_verified() {
    let synced = Synced::new();
    std::fs::remove_file(synced.path(&synced.proof)).unwrap();
    let keys = synced.path("keys.json");
    let window = "\"ValidityStartTime\":1772323200,\"ValidityEndTime\":1772409600";
    let list = format!("{{\"PublicKeyList\":[{{\"Value\":\"AAAA\",{window}}}]}}");
    write(&keys, list);
    let (dir, end) = (synced.path(""), synced.end.to_string());
    let (code, text) = run(&["--files", &dir, "--end", &end, "--public-keys", &keys]);
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("neither metadata nor a proof"), "{text}");
}

#[test]
fn one_record_is_proven_from_a_copy() {
    let synced = Synced::new();
    let log = synced.path(&synced.log);
    let (code, text) = run(&["event", &log, ID, "--key", &synced.key]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains(ID), "{text}");
    assert_eq!(run(&["event", &log, "other", "--key", &synced.key]).0, 2);
    let proof = synced.path(&synced.proof);
    assert_eq!(run(&["event", &log, ID, "--key", &synced.key, "--proof", &proof]).0, 0);
    let mut bytes = std::fs::read(&log).unwrap();
    bytes[4] ^= 1;
    write(&log, bytes);
    assert_eq!(run(&["event", &log, ID, "--key", &synced.key, "--proof", &proof]).0, 1);
    assert_eq!(run(&["event", &log, ID, "--key", &synced.key]).0, 4);
    assert_eq!(run(&["event", &log, ID]).0, 4);
}
