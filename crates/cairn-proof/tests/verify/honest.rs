use cairn_core::Timestamp;
use cairn_proof::verify::{EventError, Settings, Trust, Verdict, verify, verify_event};
use cairn_proof::{Ending, Started};

use super::kit::*;

fn assert_ok(world: &World) {
    let report = world.verify();
    assert_eq!(told(&report), vec![]);
    assert_eq!(report.verdict(), Verdict::Ok);
}

#[test]
fn a_trail_as_it_was_written_is_well() {
    let world = World::new();
    assert_ok(&world);
    let report = world.verify();
    let counts = report.counts;
    assert_eq!((counts.chains, counts.digests, counts.proofs), (2, 8, 8));
    assert_eq!((counts.files, counts.records), (12, 24));
    let (first, last) = report.found.unwrap();
    assert_eq!((first, last), (at("2026-03-01T00:01:31Z"), at("2026-03-01T04:01:31Z")));
}

#[test]
fn a_copy_without_metadata_is_well() {
    let mut world = World::new();
    world.bucket.forget_metadata();
    assert_ok(&world);
}

#[test]
fn a_part_of_the_time_is_well() {
    let world = World::new();
    let start = Some(at("2026-03-01T02:30:00Z"));
    let settings = Settings { start, ..world.settings() };
    let report = verify(world.bucket.inventory(), &world.bucket, settings);
    assert_eq!(told(&report), vec![]);
    assert_eq!(report.counts.files, 8);
    let settings = Settings { start, end: Some(at("2026-03-01T02:50:00Z")), ..world.settings() };
    let report = verify(world.bucket.inventory(), &world.bucket, settings);
    assert_eq!(told(&report), vec![]);
    assert_eq!(report.counts.files, 4);
}

#[test]
fn a_stop_and_a_start_are_explained() {
    for (by, why) in
        [(Ending::StopLogging, Started::Logging), (Ending::ValidationDisabled, Started::Validation)]
    {
        let mut world = World::new();
        world.stop(by);
        world.start(why);
        world.hour(2);
        world.hour(1);
        assert_ok(&world);
    }
}

#[test]
fn log_files_without_validation_are_counted_and_not_judged() {
    let mut world = World::new();
    world.stop(Ending::ValidationDisabled);
    let mut scribe = world.home.clone();
    scribe.end = scribe.end.saturating_add(HOUR);
    scribe.file(&mut world.bucket, "between");
    world.start(Started::Validation);
    world.hour(2);
    world.hour(0);
    assert_ok(&world);
    assert_eq!(world.verify().counts.uncovered, 1);
}

/// The last window without validation ends after validation begins, and so its file's name says.
#[test]
fn a_trail_that_is_validated_later_is_well() {
    let mut world = World::empty(7);
    let start = world.home.end;
    for minutes in [-200, -5, 3] {
        let time = Timestamp::from_seconds(start.seconds() + minutes * 60);
        let mut scribe = world.home.clone();
        let early = [record(&format!("early{minutes}"), start)];
        scribe.records(&mut world.bucket, &early, start, time);
    }
    for scribe in [&mut world.home, &mut world.away] {
        scribe.started = Some(Started::Validation);
    }
    world.hour(2);
    world.hour(0);
    assert_ok(&world);
    assert_eq!(world.verify().counts.uncovered, 3);
    // What comes well after the start is not excused.
    let mut scribe = world.home.clone();
    let time = Timestamp::from_seconds(start.seconds() + 50 * 60);
    let key = scribe.records(&mut world.bucket, &[record("planted", time)], time, time).object;
    assert_eq!(told(&world.verify()), [("unreferenced", key)]);
}

#[test]
fn a_trail_that_was_stopped_is_not_stale() {
    let mut world = World::new();
    let now = world.home.end.saturating_add(HOUR * 100);
    let late = |world: &World| {
        let settings = Settings { now, ..world.settings() };
        verify(world.bucket.inventory(), &world.bucket, settings)
    };
    assert_eq!((late(&world).verdict(), late(&world).exit_code()), (Verdict::Stale, 3));
    world.stop(Ending::StopLogging);
    assert_eq!(told(&late(&world)), vec![]);
}

#[test]
fn a_trail_may_be_deleted_and_made_anew() {
    let mut world = World::new();
    world.stop(Ending::DeleteTrail);
    world.start(Started::Logging);
    for scribe in [&mut world.home, &mut world.away] {
        (scribe.index, scribe.previous_proof, scribe.heads) = (0, None, vec![]);
    }
    world.hour(2);
    world.hour(1);
    assert_ok(&world);
}

#[test]
fn a_backfill_is_a_chain_of_its_own() {
    let mut world = World::new();
    let mut late = Scribe { backfill: true, ..Scribe::new("us-east-1") };
    late.through = 1000;
    let file = late.file(&mut world.bucket, "late");
    late.period(&world.keys, &mut world.bucket, vec![file], &straight);
    late.period(&world.keys, &mut world.bucket, vec![], &straight);
    assert_ok(&world);
}

#[test]
fn a_log_file_may_wait_for_its_digest() {
    let mut world = World::new();
    world.home.clone().file(&mut world.bucket, "new");
    assert_ok(&world);
    assert_eq!(world.verify().counts.pending, 1);
}

#[test]
fn a_trail_without_proofs_is_judged_by_given_keys() {
    let mut world = World::new();
    world.bucket.objects.retain(|key, _| !key.contains("CloudTrail-Proof"));
    let settings = || world.settings_of_aws();
    let report = verify(world.bucket.inventory(), &world.bucket, settings());
    assert_eq!(told(&report), vec![]);
    assert_eq!((report.counts.digests, report.counts.files), (8, 12));
    assert!(!report.not_covered.is_empty());
    let none = Settings { trust: Trust::Keys(vec![]), ..settings() };
    let report = verify(world.bucket.inventory(), &world.bucket, none);
    assert_eq!(told(&report), [("no-keys", String::new())]);
    assert_eq!(report.verdict(), Verdict::Unverifiable);
    let other = Trust::Keys(vec![window(&Keys::new(8), &world.home.region)]);
    let other = Settings { trust: other, ..settings() };
    let report = verify(world.bucket.inventory(), &world.bucket, other);
    assert!(told(&report).iter().all(|(code, _)| *code == "key-unknown"));
    let mut copy = world.bucket.clone();
    copy.forget_metadata();
    let report = verify(copy.inventory(), &copy, settings());
    assert!(told(&report).iter().all(|(code, _)| *code == "no-signature"));
    assert_eq!(report.exit_code(), 4);
}

/// A record without blanks in a record with blanks looks like its own id to a guess.
#[test]
fn records_that_mislead_a_guess_are_no_duplicates() {
    let mut world = World::new();
    let time = world.home.end.saturating_add(HOUR / 5);
    let misleading = |id: &str| {
        format!(
            "{{\"eventTime\":\"{time}\",\"eventID\": \"{id}\",\
             \"requestParameters\":{{\"eventID\":\"us-east-1-0-1\"}}}}"
        )
        .into_bytes()
    };
    let records = [misleading("one"), misleading("two")];
    let file = world.home.records(&mut world.bucket, &records, time, time);
    world.home.period(&world.keys, &mut world.bucket, vec![file], &straight);
    world.away.period(&world.keys, &mut world.bucket, vec![], &straight);
    assert_ok(&world);
}

#[test]
fn one_record_is_proven_by_three_files() {
    let mut world = World::new();
    let keys = [world.keys.root.verifier().clone()];
    let (log, proof, digest) = (world.log(1), world.proof(0), world.digest(0));
    let id = "us-east-1-3-2";
    let log = world.bucket.bytes(&log).clone();
    let digest = world.bucket.bytes(&digest).clone();
    let proof = world.bucket.bytes(&proof).clone();
    let proven = verify_event(&log, id, &proof, Some(&digest), &keys).unwrap();
    let text = String::from_utf8(proven.record).unwrap();
    assert!(text.contains(id) && text.ends_with('}'), "{text}");
    assert_eq!(proven.object, world.files[1].object);
    assert_eq!(proven.vouched_by, ["cairn.example"]);
    assert!(verify_event(&log, id, &proof, None, &keys).is_ok());
    let none = verify_event(&log, "other", &proof, None, &keys);
    assert_eq!(none, Err(EventError::NoRecord { id: "other".to_owned() }));
    for at in 0..log.len() {
        let mut changed = log.clone();
        changed[at] ^= 1;
        assert_eq!(verify_event(&changed, id, &proof, None, &keys), Err(EventError::NotNamed));
    }
    let other = [Keys::new(8).root.verifier().clone()];
    assert!(verify_event(&log, id, &proof, None, &other).is_err());
    let elsewhere = world.log(2);
    let elsewhere = world.bucket.bytes(&elsewhere).clone();
    assert_eq!(verify_event(&elsewhere, id, &proof, None, &keys), Err(EventError::NotNamed));
}
