use std::collections::BTreeSet;

use cairn_proof::Place;
use proptest::prelude::*;

use super::*;

const HOUR: i64 = 3600;
const T0: i64 = 1_780_000_000;

fn at(hour: usize) -> Timestamp {
    Timestamp::from_seconds(T0 + hour as i64 * HOUR)
}

/// The key of the digest whose period ends at an hour.
fn key(trail: &str, hour: usize) -> String {
    let region: Region = "eu-west-1".parse().unwrap();
    let account = "111122223333".parse().unwrap();
    let place = Place { prefix: None, organization: None, account, region: region.clone() };
    let (trail, home, end) = (trail.to_owned(), region, at(hour));
    DigestKey { place, trail, home, end, backfill: false }.to_string()
}

fn digest(trail: &str, hour: usize) -> ImportDigest {
    let previous = (hour > 1).then(|| PreviousDigest {
        key: key(trail, hour - 1),
        here: true,
        sha256: [hour as u8 - 1; 32],
        signature: format!("{}", hour - 1),
    });
    ImportDigest {
        key: key(trail, hour),
        state: DigestState::Signed,
        period: Some((at(hour - 1), at(hour))),
        sha256: Some([hour as u8; 32]),
        signature: Some(format!("{hour}")),
        previous,
    }
}

fn chain(trail: &str, hours: usize) -> Vec<ImportDigest> {
    (1..=hours).map(|hour| digest(trail, hour)).collect()
}

fn missing(judgement: &Judgement) -> BTreeSet<String> {
    let key = |found: &Break| match found {
        Break::Missing { key, .. } => Some(key.clone()),
        _ => None,
    };
    judgement.breaks.iter().filter_map(key).collect()
}

proptest! {
    /// Whatever is taken out of a chain but its end is named, each by its own key, and nothing else
    /// is. Of what is gone at the beginning only the last is known.
    #[test]
    fn what_is_gone_is_named_and_nothing_else(
        hours in 3usize..40,
        gone in proptest::collection::btree_set(1usize..40, 0..12),
    ) {
        let gone: BTreeSet<usize> = gone.into_iter().filter(|hour| *hour < hours).collect();
        let mut digests = chain("main", hours);
        digests.retain(|digest| !gone.iter().any(|hour| digest.key == key("main", *hour)));
        let first = (1..=hours).find(|hour| !gone.contains(hour)).unwrap();
        let judgement = judge(&digests);
        let named = gone.iter().filter(|hour| **hour > first || **hour + 1 == first);
        let named: BTreeSet<String> = named.map(|hour| key("main", *hour)).collect();
        prop_assert_eq!(missing(&judgement), named);
        prop_assert_eq!(judgement.breaks.len(), missing(&judgement).len());
        for hour in 1..=hours {
            let time = at(hour).saturating_sub(Duration::from_mins(30));
            let asked = [hour, hour + 1, hour + 2];
            let whole = asked.iter().all(|hour| *hour <= hours && !gone.contains(hour));
            prop_assert_eq!(judgement.coverage.is_whole_at(time), whole, "hour {}", hour);
        }
    }

    /// A digest that was written anew is told by the one after it.
    #[test]
    fn what_was_changed_is_named(hours in 2usize..30, which in 1usize..30) {
        let which = 1 + which % (hours - 1);
        let mut digests = chain("main", hours);
        digests[which - 1].sha256 = Some([255; 32]);
        let judgement = judge(&digests);
        let (key, by) = (key("main", which), key("main", which + 1));
        let period = (at(which - 1), at(which));
        prop_assert_eq!(judgement.breaks, [Break::Altered { key, period, by }]);
    }
}

#[test]
fn what_only_says_so_itself_does_not_speak_against_what_is_signed() {
    let mut digests = chain("main", 3);
    digests[2].state = DigestState::Unsigned;
    digests[2].previous.as_mut().unwrap().sha256 = [9; 32];
    let found = judge(&digests).breaks;
    let (key, of) = (key("main", 3), key("main", 2));
    assert_eq!(found, [Break::Forged { key, period: (at(2), at(3)), of }]);
}

#[test]
fn a_chain_that_starts_anew_is_told_and_nothing_is_missing() {
    let mut digests = chain("main", 6);
    digests[3].previous = None;
    digests.remove(2);
    let found = judge(&digests).breaks;
    assert_eq!(found, [Break::Restart { key: key("main", 4), before: at(2), start: at(3) }]);
}

#[test]
fn a_gap_of_one_trail_is_not_closed_by_another() {
    let mut digests = chain("main", 12);
    digests.extend(chain("other", 12));
    assert!(judge(&digests).coverage.is_whole_at(at(5)));
    digests.remove(5);
    let judgement = judge(&digests);
    assert_eq!(missing(&judgement), BTreeSet::from([key("main", 6)]));
    assert!(!judgement.coverage.is_whole_at(at(5)));
    assert!(judgement.coverage.is_whole_at(at(8)));
}

#[test]
fn what_is_refused_is_not_missing_and_covers_nothing() {
    let mut digests = chain("main", 12);
    digests[5].state = DigestState::Refused;
    digests[5].period = None;
    let judgement = judge(&digests);
    assert_eq!(judgement.breaks, []);
    assert!(!judgement.coverage.is_whole_at(at(5)));
    digests.remove(4);
    assert_eq!(missing(&judge(&digests)), BTreeSet::from([key("main", 5)]));
}

#[test]
fn a_digest_of_another_bucket_is_not_asked_for() {
    let mut digests = chain("main", 6);
    digests[3].previous.as_mut().unwrap().here = false;
    digests.drain(..3);
    assert_eq!(judge(&digests).breaks, []);
}
