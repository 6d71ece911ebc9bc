//! What attackers do, and what is said about it.
//!
//! An attacker may do anything to the bucket. Some hold the RSA key that signs digests, or run the
//! server's code with a key of their own; none hold the pinned root key. The last table is about
//! what a faulty server could sign with it.

use super::super::{Fault, Settings, Verdict, verify};
use super::kit::*;
use crate::*;
use cairn_core::{Seq, Timestamp};

type Attack = fn(&mut World);

/// Name, attack, verdict, and a finding that has to be there: its code and where.
type Row = (&'static str, Attack, Verdict, &'static str, fn(&World) -> String);

fn nowhere(_: &World) -> String {
    String::new()
}

/// Signs a changed digest with the stolen RSA key and puts it where it was.
fn rewrite(world: &mut World, at: usize, change: impl FnOnce(&mut Digest)) {
    let key = world.digest(at);
    let json = gunzip(world.bucket.bytes(&key), 1 << 20, GzipForm::Cairn).unwrap();
    let mut digest = Digest::parse(&json).unwrap();
    change(&mut digest);
    let sealed = digest.seal(&world.keys.rsa, &mut Deflater::new(6)).unwrap();
    world.bucket.put(&key, sealed.gzip.clone(), &sealed.metadata(None));
}

fn drop_period(world: &mut World, at: usize) {
    world.bucket.objects.remove(&world.digest(at));
    world.bucket.objects.remove(&world.proof(at));
}

fn drop_newest(world: &mut World, periods: usize) {
    for at in 4 - periods..4 {
        drop_period(world, at);
    }
}

fn with_member(world: &mut World) {
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

fn without_a_record(world: &mut World) {
    let log = world.log(0);
    let one = record("us-east-1-0-1", world.files[0].oldest);
    *world.bucket.bytes(&log) = self::log(&[one]).0;
}

fn planted(world: &mut World) {
    let mut scribe = Scribe { end: at("2026-03-01T02:01:31Z"), ..world.home.clone() };
    scribe.file(&mut world.bucket, "planted");
}

fn faked_gap(world: &mut World) {
    drop_period(world, 1);
    rewrite(world, 2, |digest| digest.previous = None);
}

fn new_key(world: &mut World) {
    let mut other = World::empty(9);
    for hour in 0..4 {
        other.hour(hour % 2 + 1);
    }
    world.bucket = other.bucket;
}

fn swap(world: &mut World) {
    let (one, two) = (world.log(0), world.log(1));
    let first = world.bucket.bytes(&one).clone();
    *world.bucket.bytes(&one) = world.bucket.bytes(&two).clone();
    *world.bucket.bytes(&two) = first;
}

fn hide(world: &mut World, key: &str) {
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

fn copied_over(world: &mut World) {
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

const ATTACKS: &[Row] = &[
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

#[test]
fn every_attack_is_detected_and_named() {
    assert!(ATTACKS.len() >= 20);
    for (name, attack, verdict, code, place) in ATTACKS {
        let mut world = World::new();
        attack(&mut world);
        let report = world.verify();
        let told = told(&report);
        assert_eq!(report.verdict(), *verdict, "{name}: {told:?}");
        assert!(told.contains(&(code, place(&world))), "{name}: {told:?}");
    }
}

/// The same without proofs: what AWS's format alone lets one see.
#[test]
fn without_proofs_much_is_still_detected() {
    let detected: &[(&str, Attack)] = &[
        ("the newest digest deleted", |w| drop_newest(w, 1)),
        ("everything deleted", |w| w.bucket = Bucket::default()),
        ("a second gzip member", with_member),
        ("garbage appended to a digest", |w| {
            let key = w.digest(1);
            w.bucket.bytes(&key).extend(b"garbage");
        }),
        ("a planted log", planted),
        ("a rewritten middle digest", |w| {
            rewrite(w, 2, |digest| {
                digest.files.pop();
            });
        }),
        ("a faked gap", faked_gap),
        ("a new key", new_key),
        ("a middle digest deleted", |w| drop_period(w, 1)),
        ("a delete marker", |w| {
            let key = w.log(0);
            hide(w, &key);
        }),
        ("a record cut out", without_a_record),
        ("an old digest copied over a newer", copied_over),
    ];
    for (name, attack) in detected {
        let mut world = World::new();
        let settings = world.settings_of_aws();
        attack(&mut world);
        world.bucket.objects.retain(|key, _| !key.contains("CloudTrail-Proof"));
        let report = verify(world.bucket.inventory(), &world.bucket, settings);
        assert_ne!(report.verdict(), Verdict::Ok, "{name}");
    }
}

/// What a server that holds all keys could sign by mistake.
#[test]
fn what_does_not_fit_together_is_found_though_it_is_signed() {
    type Signed = (&'static str, fn(&mut Digest, &mut Proof), &'static str);
    let table: &[Signed] = &[
        ("records left out", |_, p| p.coverage.as_mut().unwrap().after.0 += 1, "coverage"),
        (
            "a period left out",
            |d, p| {
                d.start = d.start.saturating_add(HOUR / 2);
                p.start = d.start;
            },
            "start",
        ),
        (
            "a chain that starts anew",
            |d, p| {
                d.previous = None;
                p.started = Some(Started::Logging);
            },
            "unexplained",
        ),
        ("a forgotten past", |_, p| (p.index, p.previous) = (0, None), "unlinked"),
        ("another past", |_, p| p.previous = Some(Sha256::of(b"other")), "previous-proof"),
        ("a count that stands still", |_, p| p.index -= 1, "index"),
        ("a count that jumps", |_, p| p.index += 2, "cut"),
        (
            "another digest before",
            |d, _| d.previous.as_mut().unwrap().sha256 = Sha256::of(b"x"),
            "previous-hash",
        ),
        (
            "another signature before",
            |d, _| d.previous.as_mut().unwrap().signature = "00".to_owned(),
            "previous-signature",
        ),
        (
            "another name before",
            |d, _| d.previous.as_mut().unwrap().object.push('x'),
            "previous-other",
        ),
        ("no digest before", |d, _| d.previous = None, "digest-differs"),
        ("a key from yesterday", |_, p| p.key.not_after = p.start, "key-window"),
        (
            "a key of another Region",
            |_, p| p.key.region = "eu-west-1".parse().unwrap(),
            "key-region",
        ),
        ("a wrong count of records", |_, p| p.files[0].records -= 1, "records"),
        ("a wrong size", |_, p| p.files[0].bytes += 1, "file-size"),
        (
            "a time before the stated",
            |d, p| {
                let later = p.files[0].oldest.saturating_add(HOUR / 60);
                (p.files[0].oldest, d.files[0].oldest) = (later, Some(later));
            },
            "event-time",
        ),
        (
            "a time beyond the records",
            |d, p| {
                let later = p.files[0].newest.saturating_add(HOUR / 60);
                (p.files[0].newest, d.files[0].newest, d.newest) =
                    (later, Some(later), Some(later));
            },
            "range",
        ),
        (
            "a file of settled records",
            |_, p| p.files[0].first = Seq(p.files[0].first.0 - 1),
            "late-file",
        ),
        ("two files of the same records", |_, p| p.files[1].first = p.files[0].last, "overlap"),
        (
            "a log of another period",
            |d, p| {
                d.files.push(d.files[0].clone());
                p.files.push(p.files[0].clone());
            },
            "listed-twice",
        ),
        ("a head that never was", |_, p| p.heads[0].index += 5, "head"),
    ];
    for (name, twist, code) in table {
        let mut world = World::new();
        world.hour_with(2, twist);
        world.home.index = 5;
        world.hour(1);
        let told = told(&world.verify());
        assert!(told.iter().any(|(found, _)| found == code), "{name}: {told:?}");
    }
}

#[test]
fn a_record_that_was_delivered_twice_is_found() {
    let mut world = World::new();
    let again = world.home.file(&mut world.bucket, "us-east-1-0");
    world.home.period(&world.keys, &mut world.bucket, vec![again], &straight);
    let found = world.verify();
    let duplicate = found.findings.iter().find_map(|finding| match &finding.fault {
        Fault::Duplicate { records, other } => Some((*records, other.clone())),
        _ => None,
    });
    assert_eq!(duplicate, Some((2, world.log(0))));
}

#[test]
fn a_chain_that_goes_on_after_its_end_is_found() {
    let mut world = World::new();
    world.stop(Ending::StopLogging);
    let last = world.bucket.objects.get(&world.digest(4)).unwrap().clone();
    let json = gunzip(&last[0].bytes, 1 << 20, GzipForm::Cairn).unwrap();
    world.home.previous = Some(Previous {
        bucket: BUCKET.to_owned(),
        object: world.digest(4),
        sha256: Sha256::of(&json),
        signature: last[0].metadata.clone().unwrap()["signature"].clone(),
    });
    world.home.period(&world.keys, &mut world.bucket, vec![], &straight);
    assert!(told(&world.verify()).iter().any(|(code, _)| *code == "after-end"));
}

/// A log file that no digest names, in the newest period: the time at which it was stored tells.
#[test]
fn a_log_planted_in_the_newest_period_is_found_by_when_it_was_stored() {
    let end = at("2026-03-01T04:01:31Z");
    for (stored, planted) in [
        (None, false),
        (Some(end.saturating_sub(HOUR / 4)), true),
        (Some(end.saturating_sub(HOUR / 60)), false),
        (Some(end.saturating_add(HOUR / 60)), false),
        // The store's clock is not the trail's.
        (Some(end.saturating_sub(HOUR * 9)), false),
    ] {
        let mut world = World::new();
        let mut scribe = Scribe { end: end.saturating_sub(HOUR), ..world.home.clone() };
        let file = scribe.file(&mut world.bucket, "planted");
        world.bucket.objects.get_mut(&file.object).unwrap()[0].modified = stored;
        let report = world.verify();
        assert_eq!(report.verdict() == Verdict::Tampered, planted, "{stored:?}");
        assert_eq!(report.counts.pending, u64::from(!planted), "{stored:?}");
    }
}

#[test]
fn a_trail_that_is_asked_for_has_to_be_there() {
    let world = World::new();
    let wanted = |trail: &str| {
        let trail = Some((trail.to_owned(), "us-east-1".parse().unwrap()));
        let settings = Settings { trail, ..world.settings() };
        verify(world.bucket.inventory(), &world.bucket, settings)
    };
    assert_eq!(wanted(TRAIL).verdict(), Verdict::Ok);
    assert_eq!(told(&wanted("other")), [("no-trail", String::new())]);
    let range = |start: Timestamp| {
        let settings = Settings { start: Some(start), ..world.settings() };
        verify(world.bucket.inventory(), &world.bucket, settings).verdict()
    };
    assert_eq!(range(at("2026-03-01T03:00:00Z")), Verdict::Ok);
    assert_eq!(range(at("2026-03-05T03:00:00Z")), Verdict::Incomplete);
}
