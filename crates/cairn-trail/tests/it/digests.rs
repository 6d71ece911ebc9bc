//! Chains of digests, as a verifier sees them.

use std::time::Duration;

use cairn_core::{Clock as _, Timestamp};
use cairn_proof::{Digest, GzipForm, Key, gunzip};

use crate::kit::{HOUR, House, OWNER, WINDOW, event};

fn digests(house: &House) -> Vec<Digest> {
    let mut digests = Vec::new();
    for ((_, key), kept) in house.remote.objects() {
        if matches!(Key::parse(&key), Key::Digest(_)) {
            let text = gunzip(&kept.object.bytes, 1 << 26, GzipForm::Cairn).unwrap();
            digests.push(Digest::parse(&text).unwrap());
        }
    }
    digests.sort_by_key(|digest| digest.end);
    digests
}

#[tokio::test]
async fn there_is_one_every_hour_also_of_nothing() {
    let mut house = House::new().await;
    let trail = house.logging("main").await;
    house.put(&event(OWNER, "us-east-1"));
    for _ in 0..6 {
        house.pass(HOUR).await;
    }
    house.check_all();
    let hourly = digests(&house);
    assert!(hourly.len() >= 5, "{}", hourly.len());
    assert_eq!(hourly[0].previous, None);
    assert!(hourly.windows(2).all(|pair| pair[0].end == pair[1].start));
    assert!(hourly[1..].windows(2).all(|pair| pair[0].end.since(pair[0].start) == HOUR));
    assert!(hourly.iter().filter(|digest| digest.files.is_empty()).count() >= 4);
    house.stop(&trail).await;
    house.pass(WINDOW).await;
    house.pass(HOUR * 3).await;
    house.check_all();
    let stopped = digests(&house).len();
    house.pass(HOUR * 30).await;
    assert_eq!(digests(&house).len(), stopped, "a trail that does not log has no digests");
    house.start(&trail).await;
    house.put(&event(OWNER, "eu-west-1"));
    house.conclude().await;
}

#[tokio::test]
async fn a_pause_of_days_is_made_up_for() {
    let mut house = House::new().await;
    house.logging("main").await;
    house.put(&event(OWNER, "eu-west-1"));
    house.pass(HOUR * 2).await;
    let before = digests(&house).len();
    house.clock.advance(HOUR * 24 * 40);
    house.restart().await;
    house.put(&event(OWNER, "eu-west-1"));
    house.conclude().await;
    let after = digests(&house).len();
    assert!(after - before >= 300 && after - before < 400, "{before} {after}");
}

#[tokio::test]
async fn keys_are_new_every_day() {
    let mut house = House::new().await;
    house.logging("main").await;
    for _ in 0..4 {
        house.put(&event(OWNER, "us-east-1"));
        house.pass(HOUR * 24).await;
    }
    house.conclude().await;
    let prints: std::collections::BTreeSet<_> =
        digests(&house).into_iter().map(|digest| digest.fingerprint).collect();
    assert!(prints.len() >= 4 && prints.len() <= 6, "{}", prints.len());
}

#[tokio::test]
async fn what_comes_late_is_in_a_backfill_digest() {
    let mut house = House::new().await;
    let trail = house.logging("main").await;
    house.pass(HOUR).await;
    house.put(&event(OWNER, "us-east-1"));
    house.put(&event(OWNER, "eu-west-1"));
    house.settle().await;
    house.clock.advance(WINDOW);
    while house.collect().await.unwrap() {}
    // Digests are cut, and nothing gets to the bucket for five hours.
    for _ in 0..5 {
        house.clock.advance(HOUR);
        while house.collect().await.unwrap() {}
        while house.digest().await.unwrap() {}
    }
    house.put(&event(OWNER, "us-east-1"));
    house.conclude().await;
    let late = house.remote.objects().into_keys().filter(|(_, key)| key.contains("_backfill"));
    assert!(late.count() >= 2);
    house.stop(&trail).await;
    house.conclude().await;
}

#[tokio::test]
async fn chains_are_whole_whatever_the_clock_does() {
    for jump in [3_600, -3_600, 3 * 365 * 86_400, -3 * 365 * 86_400] {
        let mut house = House::new().await;
        let trail = house.logging("main").await;
        house.put(&event(OWNER, "us-east-1"));
        house.pass(HOUR).await;
        let right = house.clock.now();
        house.clock.set(Timestamp::from_seconds(right.seconds() + jump));
        for _ in 0..4 {
            house.put(&event(OWNER, "us-east-1"));
            house.settle().await;
            house.clock.advance(Duration::from_secs(20));
        }
        house.settle().await;
        house.clock.set(right.saturating_add(Duration::from_secs(80)));
        house.pass(HOUR).await;
        house.restart().await;
        house.put(&event(OWNER, "us-east-1"));
        house.pass(HOUR).await;
        house.stop(&trail).await;
        house.pass(HOUR).await;
        house.pass(HOUR).await;
        let all = digests(&house);
        assert!(all.windows(2).all(|pair| pair[0].end == pair[1].start), "{jump}");
        assert!(
            all.len() < 12,
            "a jump of {jump} s that was taken back made {} digests",
            all.len()
        );
    }
}

#[tokio::test]
async fn validation_is_turned_off_and_on() {
    let mut house = House::new().await;
    let trail = house.logging("main").await;
    for on in [false, true, false, true] {
        house.put(&event(OWNER, "us-east-1"));
        house.put(&event(OWNER, "eu-west-1"));
        house.pass(HOUR).await;
        house.change(&trail, "UpdateTrail", |plan| plan.trail.settings.log_validation = on).await;
    }
    house.put(&event(OWNER, "eu-west-1"));
    house.conclude().await;
}
