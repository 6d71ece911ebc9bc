//! Every attack is detected, and so is what a faulty server could sign.

use cairn_core::{Seq, Timestamp};
use cairn_proof::verify::{Fault, Settings, Verdict, verify};
use cairn_proof::{Digest, Ending, GzipForm, Previous, Proof, Sha256, Started, gunzip};

use super::attacks::{
    ATTACKS, Attack, copied_over, drop_newest, drop_period, faked_gap, hide, new_key, planted,
    rewrite, with_member, without_a_record,
};
use super::kit::{BUCKET, Bucket, HOUR, Scribe, TRAIL, World, at, straight, told};

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
