//! The process ends at any place, and nothing is lost, doubled or overwritten.

use crate::bucket::Trouble;
use crate::kit::{House, OTHER, OWNER, WINDOW, event, random};

/// A round of everything that delivery does.
async fn round(house: &mut House, trail: &str, number: u64) {
    for region in ["us-east-1", "eu-west-1"] {
        house.put(&event(OWNER, region));
        house.put(&event(OTHER, region));
    }
    match number % 4 {
        1 => house.stop(trail).await,
        2 => house.start(trail).await,
        3 => {
            let bucket = format!("audit-{}", number % 3);
            house.change(trail, "UpdateTrail", |plan| plan.trail.settings.bucket = bucket).await;
        }
        _ => {}
    }
    house.put(&event(OWNER, "us-east-1"));
}

/// Every operation of the spool and of the bucket is once the last one.
#[tokio::test]
async fn the_process_ends_at_every_operation() {
    let mut house = House::new().await;
    let trail = house
        .create("main", |settings| settings.topic_arn = Some("arn:aws:sns:topic".to_owned()))
        .await;
    house.start(&trail).await;
    let mut whole = 0;
    for number in 0..400 {
        round(&mut house, &trail, number).await;
        house.clock.advance(WINDOW * 5);
        house.remote.fuse.set(Some(number / 4));
        while let Ok(true) = house.work().await {}
        whole = if house.remote.fuse.is_blown() { 0 } else { whole + 1 };
        house.restart().await;
        house.settle().await;
        // One of each kind of round went through whole.
        if whole == 4 {
            break;
        }
    }
    assert_eq!(whole, 4, "the last rounds are whole");
    house.conclude().await;
}

/// Every wait, for the store too, is once the last one.
#[tokio::test]
async fn the_process_ends_at_every_wait() {
    let mut house = House::new().await;
    let trail = house.logging("main").await;
    let (mut whole, mut polls) = (0, 0);
    for number in 0..1_000 {
        round(&mut house, &trail, number).await;
        house.clock.advance(WINDOW * 5);
        whole = if house.work_until(polls).await { 0 } else { whole + 1 };
        house.restart().await;
        house.settle().await;
        if number % 4 == 3 {
            polls += 1 + polls / 25;
        }
        if whole == 4 {
            break;
        }
    }
    assert_eq!(whole, 4, "the last rounds are whole");
    house.conclude().await;
}

/// A bucket on which nothing can be relied.
#[tokio::test]
async fn puts_fail_in_every_way() {
    for conditional in [true, false] {
        let mut house = House::new().await;
        let trail = house.logging("main").await;
        house.change(&trail, "UpdateTrail", |plan| plan.conditional = conditional).await;
        house.remote.fail_percent(40);
        let random = random(3);
        for number in 0..30 {
            round(&mut house, &trail, if number < 20 { 0 } else { number }).await;
            house.pass(WINDOW).await;
            if random(4) == 0 {
                house.restart().await;
            }
        }
        house.remote.fail_percent(0);
        house.conclude().await;
    }
}

#[tokio::test]
async fn an_attempt_that_was_not_heard_of_counts() {
    let mut house = House::new().await;
    let trail = house.logging("main").await;
    for write_only in [false, true] {
        house.remote.write_only(write_only);
        house.put(&event(OWNER, "us-east-1"));
        house.remote.trouble(&[Trouble::After]);
        house.pass(WINDOW).await;
        house.pass(WINDOW).await;
    }
    house.remote.write_only(false);
    house.conclude().await;
    assert!(house.files()[&trail].len() >= 2);
}

#[tokio::test]
async fn what_an_old_bucket_took_unheard_is_not_taken_along() {
    let mut house = House::new().await;
    let trail = house.logging("main").await;
    house.put(&event(OWNER, "us-east-1"));
    // A file is there, and whoever wrote it is refused from then on.
    let mut troubles = vec![Trouble::After];
    troubles.resize(40, Trouble::Denied);
    house.remote.trouble(&troubles);
    house.pass(WINDOW).await;
    assert_eq!(house.files()[&trail].len(), 1);
    let bucket = "other".to_owned();
    house.change(&trail, "UpdateTrail", |plan| plan.trail.settings.bucket = bucket).await;
    house.pass(WINDOW).await;
    house.conclude().await;
}
