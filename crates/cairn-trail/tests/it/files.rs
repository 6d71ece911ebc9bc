//! What is in which file.

use std::time::Duration;

use cairn_proof::Key;

use crate::kit::{House, OTHER, OWNER, Spec, WINDOW, event, records};

#[tokio::test]
async fn every_selected_record_is_in_one_file() {
    let mut house = House::new().await;
    let multi = house.logging("multi").await;
    let single = house
        .create("single", |settings| {
            (settings.multi_region, settings.include_global) = (false, false);
        })
        .await;
    house.start(&single).await;
    for round in 0..3 {
        for region in ["us-east-1", "eu-west-1", "ap-southeast-1"] {
            for account in [OWNER, OTHER] {
                house.put(&event(account, region));
                house.put(&Spec { category: "Data", ..event(account, region) });
            }
        }
        house.put(&Spec { source: "iam.amazonaws.com", ..event(OWNER, "us-east-1") });
        if round == 1 {
            house.restart().await;
        }
        house.pass(WINDOW).await;
    }
    house.conclude().await;
    let files = house.files();
    let regions = |arn: &str| {
        let files = files[arn].iter();
        let regions = files.map(|((_, key), _)| match Key::parse(key) {
            Key::Log(key) => key.place.region.to_string(),
            _ => panic!("{key}"),
        });
        regions.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((regions(&multi), regions(&single)), (3, 1));
}

#[tokio::test]
async fn a_start_is_the_first_record_and_a_stop_the_last() {
    let mut house = House::new().await;
    let trail = house.create("main", |_| ()).await;
    house.put(&event(OWNER, "us-east-1"));
    house.start(&trail).await;
    house.put(&event(OWNER, "us-east-1"));
    house.stop(&trail).await;
    house.put(&event(OWNER, "us-east-1"));
    house.conclude().await;
    let files = &house.files()[&trail];
    let mut all: Vec<String> = files.iter().flat_map(|(_, text)| records(text)).collect();
    all.sort_by_key(|record| {
        record.split_once("\"n\":").unwrap().1.split(',').next().unwrap().parse::<u64>().unwrap()
    });
    assert_eq!(all.len(), 3);
    assert!(all[0].contains("StartLogging") && all[2].contains("StopLogging"), "{all:#?}");
    // The last digest names the file with the stop.
    let digests: Vec<_> = house
        .remote
        .objects()
        .into_iter()
        .filter(|((_, key), _)| matches!(Key::parse(key), Key::Digest(_)))
        .collect();
    assert_eq!(digests.len(), 1, "it begins and ends within one hour");
}

#[tokio::test]
async fn changes_cut_files_where_their_records_are() {
    let mut house = House::new().await;
    let trail = house.logging("main").await;
    house.put(&event(OWNER, "us-east-1"));
    house
        .change(&trail, "UpdateTrail", |plan| {
            plan.trail.settings.bucket = "other".to_owned();
            plan.trail.settings.prefix = Some("p/q".to_owned());
            plan.trail.settings.kms_key_arn = Some("arn:aws:kms:us-east-1:1:key/k".to_owned());
        })
        .await;
    house.put(&event(OWNER, "us-east-1"));
    house.put(&event(OWNER, "eu-west-1"));
    house.change(&trail, "PutEventSelectors", |_| ()).await;
    house.put(&event(OWNER, "us-east-1"));
    house.conclude().await;
    for ((bucket, key), kept) in house.remote.objects() {
        assert_eq!(bucket == "other", key.starts_with("p/q/AWSLogs/"), "{bucket} {key}");
        assert!(bucket == "audit" || kept.kms.is_some());
        assert_eq!(kept.acl.as_deref(), Some("bucket-owner-full-control"));
    }
    house
        .change(&trail, "DeleteTrail", |plan| {
            plan.trail.logging = false;
            plan.trail.deleted = Some(cairn_core::Timestamp::from_seconds(crate::kit::NOW));
        })
        .await;
    house.put(&event(OWNER, "us-east-1"));
    house.conclude().await;
}

#[tokio::test]
async fn a_change_that_was_overtaken_changes_nothing() {
    let mut house = House::new().await;
    let trail = house.logging("main").await;
    house.pass(WINDOW).await;
    let early = house
        .begin_change(&trail, "UpdateTrail", |plan| plan.trail.settings.multi_region = false)
        .await;
    let late = house.begin_change(&trail, "StopLogging", |plan| plan.trail.logging = false).await;
    // Until the first of the records everything is as it was: the stop is met first.
    let stopped = house.plans[&trail].clone();
    house.plans.insert(trail.clone(), early.1.clone().unwrap());
    house.put(&event(OWNER, "eu-west-1"));
    house.plans.insert(trail.clone(), stopped);
    house.told(&trail, "StopLogging", &late.0, early.1);
    house.put(&event(OWNER, "us-east-1"));
    house.told(&trail, "UpdateTrail", &early.0, None);
    house.put(&event(OWNER, "us-east-1"));
    house.conclude().await;
    house.restart().await;
    house.put(&event(OWNER, "us-east-1"));
    house.conclude().await;
}

#[tokio::test]
async fn full_files_are_followed_by_others() {
    let mut house = House::new().await;
    let trail = house.logging("main").await;
    for _ in 0..40 {
        house.put(&Spec { size: 3_000, ..event(OWNER, "us-east-1") });
    }
    house.put(&Spec { size: 50_000, ..event(OWNER, "us-east-1") });
    house.conclude().await;
    let files = &house.files()[&trail];
    assert!(files.len() >= 7, "{}", files.len());
    for (_, text) in files {
        assert!(text.len() <= 20_100 || records(text).len() == 1, "{}", text.len());
    }
}

#[tokio::test]
async fn packs_go_when_everything_in_them_is_delivered() {
    let mut house = House::new().await;
    house.logging("main").await;
    for _ in 0..5 {
        house.put(&event(OWNER, "us-east-1"));
        house.pass(WINDOW).await;
    }
    // The pack of the window that is open may be there.
    assert!(house.spool().len() <= 1, "{:?}", house.spool());
    house.remote.take_away("audit");
    for _ in 0..3 {
        house.put(&event(OWNER, "us-east-1"));
        house.pass(WINDOW).await;
    }
    assert!(house.spool().len() >= 3, "{:?}", house.spool());
    let before = house.expected.clone();
    house.remote.give_back("audit");
    house.clock.advance(Duration::from_mins(2));
    house.settle().await;
    assert!(house.spool().len() <= 1, "{:?}", house.spool());
    assert_eq!(before, house.expected);
}
