//! What attackers do, and what is said about it.
//!
//! An attacker may do anything to the bucket. Some hold the RSA key that signs digests, or run the
//! server's code with a key of their own; none hold the pinned root key.

use cairn_proof::verify::Verdict;
use cairn_proof::{Deflater, Digest, DigestKey, GzipForm, gunzip};

use super::kit::{Bucket, Scribe, Version, World, at, log, record};

pub(super) type Attack = fn(&mut World);

/// Name, attack, verdict, and a finding that has to be there: its code and where.
pub(super) type Row = (&'static str, Attack, Verdict, &'static str, fn(&World) -> String);

fn nowhere(_: &World) -> String {
    String::new()
}

/// Signs a changed digest with the stolen RSA key and puts it where it was.
pub(super) fn rewrite(world: &mut World, at: usize, change: impl FnOnce(&mut Digest)) {
    let key = world.digest(at);
    let json = gunzip(world.bucket.bytes(&key), 1 << 20, GzipForm::Cairn).unwrap();
    let mut digest = Digest::parse(&json).unwrap();
    change(&mut digest);
    let sealed = digest.seal(&world.keys.rsa, &mut Deflater::new(6)).unwrap();
    world.bucket.put(&key, sealed.gzip.clone(), &sealed.metadata(None));
}

pub(super) fn drop_period(world: &mut World, at: usize) {
    world.bucket.objects.remove(&world.digest(at));
    world.bucket.objects.remove(&world.proof(at));
}

pub(super) fn drop_newest(world: &mut World, periods: usize) {
    for at in 4 - periods..4 {
        drop_period(world, at);
    }
}

pub(super) fn with_member(world: &mut World) {
    let forged = Deflater::new(6).gzip(b"{\"Records\":[{\"eventID\":\"forged\"}]}\n");
    let log = world.log(0);
    world.bucket.bytes(&log).extend(forged);
}

fn recompress(world: &mut World, key: &str) {
    let bytes = world.bucket.bytes(key);
    let text = gunzip(bytes, 1 << 20, GzipForm::Cairn).unwrap();
    let again = Deflater::new(1).gzip(&text);
    *bytes = if again == *bytes { restored(&text) } else { again };
}

/// Gzip that is not compressed at all: one stored block.
fn restored(text: &[u8]) -> Vec<u8> {
    let again = Deflater::new(6).gzip(text);
    let length = text.len() as u16;
    let block = [&[1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), text].concat();
    [&again[..10], &block, &again[again.len() - 8..]].concat()
}

pub(super) fn without_a_record(world: &mut World) {
    let log = world.log(0);
    let one = record("us-east-1-0-1", world.files[0].oldest);
    *world.bucket.bytes(&log) = self::log(&[one]).0;
}

pub(super) fn planted(world: &mut World) {
    let mut scribe = Scribe { end: at("2026-03-01T02:01:31Z"), ..world.home.clone() };
    scribe.file(&mut world.bucket, "planted");
}

pub(super) fn faked_gap(world: &mut World) {
    drop_period(world, 1);
    rewrite(world, 2, |digest| digest.previous = None);
}

pub(super) fn new_key(world: &mut World) {
    let mut other = World::empty(9);
    for hour in 0..4 {
        other.hour(hour % 2 + 1);
    }
    world.bucket = other.bucket;
    world.others = Some(other.keys);
}

fn swap(world: &mut World) {
    let (one, two) = (world.log(0), world.log(1));
    let first = world.bucket.bytes(&one).clone();
    *world.bucket.bytes(&one) = world.bucket.bytes(&two).clone();
    *world.bucket.bytes(&two) = first;
}

pub(super) fn hide(world: &mut World, key: &str) {
    let marker = Version { marker: true, ..Version::default() };
    world.bucket.objects.get_mut(key).unwrap().push(marker);
}

fn overwritten_and_restored(world: &mut World) {
    let log = world.log(0);
    let versions = world.bucket.objects.get_mut(&log).unwrap();
    let original = versions[0].clone();
    versions.push(Version { bytes: b"other".to_vec(), ..original.clone() });
    versions.push(original);
}

pub(super) fn copied_over(world: &mut World) {
    for of in [World::digest, World::proof] {
        let old = world.bucket.objects[&of(world, 0)].clone();
        world.bucket.objects.insert(of(world, 2), old);
    }
}

fn planted_digest(world: &mut World) {
    let end = at("2026-03-01T02:30:00Z");
    let key = DigestKey { end, ..world.digests[0].clone() };
    let json = gunzip(world.bucket.bytes(&world.digest(2)), 1 << 20, GzipForm::Cairn).unwrap();
    let digest = Digest { object: key.to_string(), end, ..Digest::parse(&json).unwrap() };
    let sealed = digest.seal(&world.keys.rsa, &mut Deflater::new(6)).unwrap();
    world.bucket.put(&key.to_string(), sealed.gzip.clone(), &sealed.metadata(None));
}

fn set_metadata(world: &mut World, name: &str, value: &str) {
    let digest = world.digest(2);
    world.bucket.metadata(&digest).insert(name.to_owned(), value.to_owned());
}

fn all_moved(world: &mut World) {
    let objects = std::mem::take(&mut world.bucket.objects);
    let moved = objects.into_iter().map(|(key, versions)| (format!("old/{key}"), versions));
    world.bucket.objects = moved.collect();
}

pub(super) const ATTACKS: &[Row] = &[
    ("the newest digest deleted", |w| drop_newest(w, 1), Verdict::Stale, "stale", |w| w.digest(2)),
    (
        "the newest two digests and their logs deleted",
        |w| {
            drop_newest(w, 2);
            let logs: Vec<_> = (2..6).map(|at| w.log(at)).collect();
            w.bucket.objects.retain(|key, _| !logs.contains(key));
        },
        Verdict::Incomplete,
        "head",
        |w| {
            w.proof(1)
                .replace("us-east-1/", "eu-west-1/")
                .replace("Proof_us-east-1", "Proof_eu-west-1")
                .replace("T020131Z", "T040131Z")
        },
    ),
    (
        "everything deleted",
        |w| w.bucket = Bucket::default(),
        Verdict::Incomplete,
        "nothing",
        nowhere,
    ),
    ("a second gzip member appended to a log", with_member, Verdict::Tampered, "gzip", |w| {
        w.log(0)
    }),
    (
        "garbage appended to a log",
        |w| {
            let key = w.log(0);
            w.bucket.bytes(&key).extend(b"garbage");
        },
        Verdict::Tampered,
        "gzip",
        |w| w.log(0),
    ),
    (
        "garbage appended to a digest",
        |w| {
            let key = w.digest(1);
            w.bucket.bytes(&key).extend(b"garbage");
        },
        Verdict::Tampered,
        "gzip",
        |w| w.digest(1),
    ),
    (
        "a bit of a gzip header changed",
        |w| {
            let key = w.log(0);
            w.bucket.bytes(&key)[4] ^= 1;
        },
        Verdict::Tampered,
        "gzip",
        |w| w.log(0),
    ),
    ("a log planted that no digest names", planted, Verdict::Tampered, "unreferenced", |w| {
        planted_name(w)
    }),
    (
        "a middle digest rewritten by a key holder",
        |w| {
            rewrite(w, 2, |digest| {
                digest.files.pop();
            });
        },
        Verdict::Tampered,
        "digest-differs",
        |w| w.digest(2),
    ),
    (
        "a stop and a start faked by a key holder",
        faked_gap,
        Verdict::Tampered,
        "digest-differs",
        |w| w.digest(2),
    ),
    ("all history rewritten under a new key", new_key, Verdict::Tampered, "proof", |w| w.proof(0)),
    (
        "a middle digest deleted",
        |w| {
            w.bucket.objects.remove(&w.digest(1));
        },
        Verdict::Incomplete,
        "missing",
        |w| w.digest(1),
    ),
    (
        "a middle digest and its proof deleted",
        |w| drop_period(w, 1),
        Verdict::Incomplete,
        "cut",
        |w| w.proof(2),
    ),
    (
        "the first digest and its proof deleted",
        |w| drop_period(w, 0),
        Verdict::Incomplete,
        "beginning",
        |w| w.proof(1),
    ),
    (
        "a log deleted",
        |w| {
            w.bucket.objects.remove(&w.log(0));
        },
        Verdict::Incomplete,
        "missing",
        |w| w.log(0),
    ),
    ("two logs exchanged", swap, Verdict::Tampered, "file-text", |w| w.log(0)),
    ("a record cut out of a log", without_a_record, Verdict::Tampered, "file-size", |w| w.log(0)),
    (
        "a log compressed anew",
        |w| {
            let key = w.log(0);
            recompress(w, &key);
        },
        Verdict::Tampered,
        "file-bytes",
        |w| w.log(0),
    ),
    (
        "a digest compressed anew",
        |w| {
            let key = w.digest(1);
            recompress(w, &key);
        },
        Verdict::Tampered,
        "digest-bytes",
        |w| w.digest(1),
    ),
    (
        "a log emptied",
        |w| {
            let key = w.log(0);
            w.bucket.bytes(&key).clear();
        },
        Verdict::Tampered,
        "gzip",
        |w| w.log(0),
    ),
    (
        "a log cut short",
        |w| {
            let key = w.log(0);
            w.bucket.bytes(&key).truncate(40);
        },
        Verdict::Tampered,
        "gzip",
        |w| w.log(0),
    ),
    (
        "a delete marker over a log",
        |w| {
            let key = w.log(0);
            hide(w, &key);
        },
        Verdict::Tampered,
        "delete-marker",
        |w| w.log(0),
    ),
    (
        "a delete marker over a digest",
        |w| {
            let key = w.digest(0);
            hide(w, &key);
        },
        Verdict::Tampered,
        "delete-marker",
        |w| w.digest(0),
    ),
    (
        "a delete marker over a proof",
        |w| {
            let key = w.proof(0);
            hide(w, &key);
        },
        Verdict::Tampered,
        "delete-marker",
        |w| w.proof(0),
    ),
    (
        "a log overwritten and restored",
        overwritten_and_restored,
        Verdict::Tampered,
        "other-version",
        |w| w.log(0),
    ),
    (
        "an old digest and proof copied over a newer",
        copied_over,
        Verdict::Tampered,
        "proof-moved",
        |w| w.proof(2),
    ),
    (
        "an old proof copied over a newer",
        |w| {
            let old = w.bucket.objects[&w.proof(0)].clone();
            w.bucket.objects.insert(w.proof(2), old);
        },
        Verdict::Tampered,
        "proof-moved",
        |w| w.proof(2),
    ),
    (
        "a proof deleted",
        |w| {
            w.bucket.objects.remove(&w.proof(1));
        },
        Verdict::Incomplete,
        "missing",
        |w| w.proof(1),
    ),
    (
        "all proofs deleted",
        |w| w.bucket.objects.retain(|key, _| !key.contains("CloudTrail-Proof")),
        Verdict::Incomplete,
        "missing",
        |w| w.proof(1),
    ),
    (
        "all digests deleted",
        |w| w.bucket.objects.retain(|key, _| !key.contains("CloudTrail-Digest")),
        Verdict::Incomplete,
        "missing",
        |w| w.digest(1),
    ),
    (
        "all logs deleted",
        |w| w.bucket.objects.retain(|key, _| !key.contains("CloudTrail/")),
        Verdict::Incomplete,
        "missing",
        |w| w.log(5),
    ),
    (
        "one Region deleted",
        |w| w.bucket.objects.retain(|key, _| !key.contains("eu-west-1/")),
        Verdict::Incomplete,
        "head",
        |w| w.proof(3),
    ),
    (
        "digests and proofs of one Region deleted",
        |w| {
            w.bucket
                .objects
                .retain(|key, _| !key.contains("eu-west-1/") || key.contains("CloudTrail/"));
        },
        Verdict::Incomplete,
        "no-digests",
        nowhere,
    ),
    ("a digest planted by a key holder", planted_digest, Verdict::Tampered, "unreferenced", |w| {
        planted_digest_name(w)
    }),
    (
        "an object planted among the digests",
        |w| w.bucket.put("AWSLogs/111122223333/CloudTrail-Digest/x", vec![1], &[]),
        Verdict::Tampered,
        "stray",
        |_| "AWSLogs/111122223333/CloudTrail-Digest/x".to_owned(),
    ),
    (
        "bytes put into a folder's key",
        |w| w.bucket.put("AWSLogs/111122223333/CloudTrail/", vec![1], &[]),
        Verdict::Tampered,
        "stray",
        |_| "AWSLogs/111122223333/CloudTrail/".to_owned(),
    ),
    (
        "another signature in the metadata",
        |w| set_metadata(w, "signature", "00"),
        Verdict::Tampered,
        "metadata",
        |w| w.digest(2),
    ),
    (
        "another algorithm in the metadata",
        |w| set_metadata(w, "signature-algorithm", "none"),
        Verdict::Tampered,
        "metadata",
        |w| w.digest(2),
    ),
    (
        "a backfill time in the metadata",
        |w| set_metadata(w, "backfill-generation-timestamp", "x"),
        Verdict::Tampered,
        "metadata",
        |w| w.digest(2),
    ),
    (
        "the metadata taken away",
        |w| {
            let key = w.digest(2);
            w.bucket.metadata(&key).clear();
        },
        Verdict::Tampered,
        "metadata",
        |w| w.digest(2),
    ),
    ("everything moved to another prefix", all_moved, Verdict::Tampered, "proof-moved", |w| {
        format!("old/{}", w.proof(0))
    }),
];

fn planted_name(world: &World) -> String {
    let names: Vec<&String> = world.files.iter().map(|file| &file.object).collect();
    let mut logs = world.bucket.objects.keys().filter(|key| key.contains("CloudTrail/us-east-1"));
    logs.find(|key| !names.contains(key)).unwrap().clone()
}

fn planted_digest_name(world: &World) -> String {
    let end = at("2026-03-01T02:30:00Z");
    DigestKey { end, ..world.digests[0].clone() }.to_string()
}
