//! What is done again: notices, lost files, spoiled spools, taken keys; and what was not done yet.

use cairn_core::{Clock as _, Timestamp};
use cairn_event::selector::Selectors;
use cairn_proof::Key;
use cairn_trail::{Rehearsal, Settings};

use crate::kit::{HOME, HOUR, House, OTHER, OWNER, Spec, WINDOW, event, small};

fn write(path: &std::path::Path, bytes: &[u8]) {
    use std::io::Write as _;
    let mut file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
}

#[tokio::test]
async fn a_spoiled_spool_is_made_again_from_the_journal() {
    for spoil in [true, false] {
        let mut house = House::new().await;
        let trail = house.logging("main").await;
        house.remote.take_away("audit");
        for region in ["us-east-1", "eu-west-1"] {
            for _ in 0..20 {
                house.put(&Spec { size: 900, ..event(OWNER, region) });
                house.put(&event(OTHER, region));
            }
        }
        house.stop(&trail).await;
        house.start(&trail).await;
        house.put(&event(OWNER, "us-east-1"));
        house.pass(WINDOW).await;
        let packs = house.spool();
        assert!(!packs.is_empty());
        for pack in packs {
            if spoil {
                write(&pack, b"spoiled");
            } else {
                std::fs::remove_file(pack).unwrap();
            }
        }
        house.remote.give_back("audit");
        // Another level is in force by now.
        house.settings = Settings { level: 9, ..small() };
        house.restart().await;
        house.conclude().await;
    }
}

#[tokio::test]
async fn a_taken_key_is_left_to_who_has_it() {
    let mut house = House::new().await;
    let trail = house.logging("main").await;
    house.remote.take_away("audit");
    house.put(&event(OWNER, "us-east-1"));
    house.pass(WINDOW).await;
    let id = house.plans[&trail].trail.id.clone();
    for round in 0..3 {
        let waiting = cairn_store::delivery::waiting(&house.store, &id, 0, 10).await.unwrap();
        assert!(!waiting.is_empty(), "{round}");
        if round == 0 {
            house.remote.give_back("audit");
            house.clock.advance(WINDOW);
        }
        for file in &waiting {
            house.remote.plant("audit", &file.key, b"not yours");
        }
        house.upload().await.unwrap();
    }
    house.settle().await;
    let planted: Vec<_> = house
        .remote
        .objects()
        .into_iter()
        .filter(|(_, kept)| &*kept.object.bytes == b"not yours")
        .map(|((_, key), _)| key)
        .collect();
    assert!(planted.len() >= 3, "{planted:?}");
    // Their owner takes them away: what is left is whole.
    for key in planted {
        house.remote.remove("audit", &key);
    }
    house.conclude().await;
}

#[tokio::test]
async fn another_bucket_takes_what_the_lost_one_did_not() {
    for hours in [0, 5] {
        let mut house = House::new().await;
        let trail = house.logging("main").await;
        house.conclude().await;
        let before = house.remote.objects();
        house.remote.take_away("audit");
        // Whoever moves a trail takes along what the bucket had.
        for ((_, key), kept) in before {
            house.remote.keep("audit-copy", &key, kept);
        }
        for _ in 0..=hours {
            house.put(&event(OWNER, "us-east-1"));
            house.put(&event(OWNER, "eu-west-1"));
            house.pass(HOUR).await;
        }
        house
            .change(&trail, "UpdateTrail", |plan| {
                plan.trail.settings.bucket = "other".to_owned();
            })
            .await;
        house.drain().await;
        for _ in 0..3 {
            house.pass(HOUR).await;
        }
        house.drain().await;
        // Nothing that was not delivered before is anywhere else than in the new bucket.
        let files = &house.files()[&trail];
        assert!(files.iter().filter(|((bucket, _), _)| bucket == "other").count() >= 2);
        house.check();
        house.remote.rename("audit-copy", "audit");
        house.check_all();
    }
}

#[tokio::test]
async fn lost_objects_are_delivered_again() {
    let mut house = House::new().await;
    let trail = house.logging("main").await;
    for _ in 0..3 {
        house.put(&event(OWNER, "us-east-1"));
        house.put(&event(OWNER, "eu-west-1"));
        house.pass(HOUR).await;
    }
    house.conclude().await;
    let before = house.remote.objects();
    for (number, (bucket, key)) in before.keys().enumerate() {
        if number % 3 != 0 {
            house.remote.remove(bucket, key);
        }
    }
    let id = house.plans[&trail].trail.id.clone();
    house.settings = Settings { level: 9, ..small() };
    house.restart().await;
    let span = (Timestamp::EPOCH, house.clock.now());
    let again = house.trails.redeliver(&id, span).await.unwrap();
    assert!(again.files >= 6 && again.digests >= 4 && again.recompressed == 0, "{again:?}");
    house.settle().await;
    let after = house.remote.objects();
    assert_eq!(after.len(), before.len());
    for (place, kept) in before {
        assert_eq!(after[&place].object.bytes, kept.object.bytes, "{place:?}");
        assert_eq!(after[&place].object.meta.metadata, kept.object.meta.metadata);
    }
    house.conclude().await;
}

#[tokio::test]
async fn topics_are_told_of_every_file() {
    let mut house = House::new().await;
    let topic = "arn:aws:sns:us-east-1:111122223333:audit";
    let trail = house.create("main", |settings| settings.topic_arn = Some(topic.to_owned())).await;
    house.start(&trail).await;
    house.remote.deaf(true);
    for round in 0..4 {
        house.put(&event(OWNER, "us-east-1"));
        house.put(&event(OWNER, "eu-west-1"));
        house.put(&event(OTHER, "eu-west-1"));
        house.pass(WINDOW).await;
        if round == 1 {
            let home = HOME.parse().unwrap();
            let id = &house.plans[&trail].trail.id;
            let status = cairn_store::trail_status::get(&house.store, id, &home).await.unwrap();
            assert_eq!(status.notification.error.as_deref(), Some("AuthorizationError"));
            assert_eq!(house.remote.messages(), []);
            house.remote.deaf(false);
        }
    }
    house.conclude().await;
    let files = &house.files()[&trail];
    let messages = house.remote.messages();
    let mut told = Vec::new();
    for (to, message) in &messages {
        assert_eq!(to, topic);
        let value: serde_json::Value = serde_json::from_str(message).unwrap();
        let keys: Vec<&str> = value["s3ObjectKey"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key.as_str().unwrap())
            .collect();
        let exact = format!(r#"{{"s3Bucket":"audit","s3ObjectKey":["{}"]}}"#, keys.join("\",\""));
        assert_eq!(message, &exact);
        told.extend(keys.into_iter().map(str::to_owned));
    }
    told.sort();
    let mut expected: Vec<String> = files.iter().map(|((_, key), _)| key.clone()).collect();
    expected.sort();
    assert_eq!(told, expected);
    // One for each window and Region.
    assert_eq!(messages.len(), files.len());
}

#[tokio::test]
async fn a_rehearsal_counts_what_is_delivered() {
    let mut house = House::new().await;
    let start = house.clock.now();
    let trail = house
        .create("main", |settings| (settings.multi_region, settings.include_global) = (true, false))
        .await;
    house.start(&trail).await;
    for region in ["us-east-1", "eu-west-1"] {
        for account in [OWNER, OTHER] {
            house.put(&event(account, region));
            house.put(&Spec { category: "Data", ..event(account, region) });
            house.put(&Spec { source: "iam.amazonaws.com", ..event(account, region) });
        }
    }
    house.conclude().await;
    let rehearsal = Rehearsal {
        account: cairn_core::AccountId::new(OWNER).unwrap(),
        home_region: HOME.parse().unwrap(),
        multi_region: true,
        include_global: false,
        selectors: Selectors::default(),
        span: (start, house.clock.now()),
    };
    let found = house.trails.rehearse(rehearsal).await.unwrap();
    let delivered = &house.expected[&trail];
    // The trail was made before it logged.
    assert_eq!(found.events, delivered.len() as u64 + 1);
    assert_eq!((found.management, found.data), (found.events, 0));
    let bytes: usize = delivered.iter().map(String::len).sum();
    assert!(found.bytes > bytes as u64 && found.bytes < bytes as u64 + 1_000);
}

#[tokio::test]
async fn a_thousand_streams_hold_no_more_than_their_bound() {
    const NAMES: usize = 500;
    let settings = Settings { memory_bytes: 4 << 20, window: WINDOW, ..Settings::default() };
    let mut house = House::with(settings).await;
    house.logging("one").await;
    let two = house.create("two", |settings| settings.log_validation = false).await;
    house.start(&two).await;
    let regions: Vec<&'static str> =
        (0..NAMES).map(|number| &*format!("eu-west-{}", number + 1).leak()).collect();
    let mut most = 0;
    for round in 0..12 {
        let specs = regions.iter().map(|region| Spec { size: 4_000, ..event(OWNER, region) });
        house.put_all(&specs.collect::<Vec<_>>());
        while house.collect().await.unwrap() {}
        let (files, bytes) = house.held();
        // The window that is open has a stream for each Region, and of each at most a block that
        // is not full yet and half of one that is compressed.
        let bound = house.settings.memory_bytes / 2 + files * 16 * 1024;
        assert!(bytes <= bound + bound / 2, "{round}: {bytes} of {files} files");
        most = most.max(files);
    }
    assert!(most >= 2 * NAMES, "{most}");
    house.drain().await;
    house.check();
}

#[tokio::test]
async fn what_was_deleted_is_forgotten_when_nothing_is_left() {
    let mut house = House::new().await;
    house.settings.retention = HOUR * 24;
    house.restart().await;
    let trail = house.logging("main").await;
    house.put(&event(OWNER, "us-east-1"));
    house.pass(HOUR).await;
    house
        .change(&trail, "DeleteTrail", |plan| {
            plan.trail.logging = false;
            plan.trail.deleted = Some(Timestamp::from_seconds(crate::kit::NOW));
        })
        .await;
    house.conclude().await;
    let id = house.plans[&trail].trail.id.clone();
    let chains = cairn_store::digest::chains(&house.store, &id).await.unwrap();
    let plan = cairn_store::trail_plan::history(&house.store, &id).await.unwrap();
    assert_eq!((chains.len(), plan.len()), (1, 3));
    house.pass(HOUR * 30).await;
    let chains = cairn_store::digest::chains(&house.store, &id).await.unwrap();
    let plan = cairn_store::trail_plan::history(&house.store, &id).await.unwrap();
    assert_eq!((chains.len(), plan.len()), (0, 0));
    assert!(house.remote.objects().keys().any(|(_, key)| matches!(Key::parse(key), Key::Log(_))));
}
