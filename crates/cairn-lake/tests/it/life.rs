//! Rows come once, whatever happens in between.

use std::collections::BTreeSet;
use std::time::Duration;

use cairn_core::{Entropy, SeededEntropy};

use crate::kit::{DAY, House, NOW};

fn chance(entropy: &SeededEntropy, below: u64) -> u64 {
    let mut bytes = [0; 8];
    entropy.fill(&mut bytes);
    u64::from_le_bytes(bytes) % below
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_visible_at_once_and_exactly_once_through_any_life() {
    for seed in 0..6 {
        let entropy = SeededEntropy::new(seed);
        let mut house = House::new().await;
        let store = house.create("life").await;
        let mut expected = BTreeSet::new();
        for _ in 0..25 {
            match chance(&entropy, 8) {
                0..=2 => {
                    let at = NOW - chance(&entropy, 3) as i64 * DAY;
                    let count = 1 + chance(&entropy, 60) as usize;
                    expected.extend(house.put("RunInstances", count, at));
                }
                3 => house.settle().await,
                4 => house.flush().await,
                5 => house.tend().await.unwrap(),
                6 => house.restart().await,
                // Between a round's hand-over and its end.
                _ => {
                    house.clock.advance(Duration::from_secs(11));
                    while house.collector.step().await.unwrap() {}
                    house.restart().await;
                }
            }
            house.settle().await;
            assert_eq!(house.ids(&store).await, expected, "seed {seed}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_takes_effect_at_its_own_record_at_every_run() {
    for restarts in [false, true] {
        let mut house = House::new().await;
        let store = house.create("changes").await;
        let mut expected = house.put("RunInstances", 5, NOW);
        house.change(&store, "StopEventDataStoreIngestion", |plan| plan.ingesting = false).await;
        house.put("RunInstances", 7, NOW);
        house.change(&store, "StartEventDataStoreIngestion", |plan| plan.ingesting = true).await;
        expected.extend(house.put("RunInstances", 3, NOW));
        if restarts {
            // The changes are met, and nothing of it is in files.
            house.collector.step().await.unwrap();
            house.restart().await;
        }
        house.settle().await;
        assert_eq!(house.ids(&store).await, expected, "restarts: {restarts}");
        house.flush().await;
        house.restart().await;
        house.settle().await;
        assert_eq!(house.ids(&store).await, expected, "restarts: {restarts}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_was_overtaken_changes_nothing() {
    for within_a_round in [false, true] {
        let mut house = House::new().await;
        let store = house.create("overtaken").await;
        let mut expected = house.put("RunInstances", 5, NOW);
        let stop = "StopEventDataStoreIngestion";
        let early = house.begin_change(&store, stop, |plan| plan.ingesting = false).await;
        house.change(&store, "StartEventDataStoreIngestion", |plan| plan.ingesting = true).await;
        if !within_a_round {
            house.settle().await;
        }
        // The journal took the record of the first change after that of the second.
        house.told(stop, &early);
        expected.extend(house.put("RunInstances", 3, NOW));
        house.settle().await;
        assert_eq!(house.ids(&store).await, expected);
        house.restart().await;
        expected.extend(house.put("RunInstances", 2, NOW));
        house.settle().await;
        assert_eq!(house.ids(&store).await, expected);
    }
}
