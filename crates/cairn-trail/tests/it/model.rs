//! Whatever happens in whatever order, every record that a trail selected is in one file of it.

use std::time::Duration;

use cairn_proof::verify::Fault;
use proptest::prelude::*;

use crate::kit::{House, OTHER, OWNER, Spec, WINDOW, event};

#[derive(Debug, Clone)]
enum Act {
    Put { other: bool, region: usize, global: bool },
    Start(usize),
    Stop(usize),
    Move { trail: usize, bucket: u8 },
    Validate { trail: usize, on: bool },
    Regions { trail: usize, multi: bool },
    Pass { seconds: u64 },
    Work { polls: u64 },
    Restart,
    Fail { percent: u64 },
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (any::<bool>(), 0..3usize, any::<bool>())
            .prop_map(|(other, region, global)| Act::Put { other, region, global }),
        2 => (0..2usize).prop_map(Act::Start),
        1 => (0..2usize).prop_map(Act::Stop),
        1 => (0..2usize, 0..3u8).prop_map(|(trail, bucket)| Act::Move { trail, bucket }),
        1 => (0..2usize, any::<bool>()).prop_map(|(trail, on)| Act::Validate { trail, on }),
        1 => (0..2usize, any::<bool>()).prop_map(|(trail, multi)| Act::Regions { trail, multi }),
        4 => (1..5_000u64).prop_map(|seconds| Act::Pass { seconds }),
        4 => (0..120u64).prop_map(|polls| Act::Work { polls }),
        1 => Just(Act::Restart),
        1 => (0..60u64).prop_map(|percent| Act::Fail { percent }),
    ]
}

async fn run(acts: Vec<Act>) {
    const REGIONS: [&str; 3] = ["us-east-1", "eu-west-1", "ap-southeast-1"];
    let mut house = House::new().await;
    // Files do not say which trail they are of: where one trail of two has digests, each has a
    // prefix.
    let one = house.create("one", |settings| settings.prefix = Some("one".to_owned())).await;
    let two = house.create("two", |settings| settings.prefix = Some("two".to_owned())).await;
    let trails = [one, two];
    // Where the clock passes over the end of a chain while nobody works, files that no digest has
    // to name bear names from within its last period: nothing in the bucket tells them apart.
    let all_digested = !acts.iter().any(|act| matches!(act, Act::Validate { on: false, .. }));
    for act in acts {
        match act {
            Act::Put { other, region, global } => {
                let source = if global { "iam.amazonaws.com" } else { "ec2.amazonaws.com" };
                let account = if other { OTHER } else { OWNER };
                house.put(&Spec { source, ..event(account, REGIONS[region]) });
            }
            Act::Start(trail) => house.start(&trails[trail]).await,
            Act::Stop(trail) => house.stop(&trails[trail]).await,
            Act::Move { trail, bucket } => {
                let bucket = format!("audit-{bucket}");
                let change = |plan: &mut crate::kit::Plan| plan.trail.settings.bucket = bucket;
                house.change(&trails[trail], "UpdateTrail", change).await;
            }
            Act::Validate { trail, on } => {
                let change = |plan: &mut crate::kit::Plan| plan.trail.settings.log_validation = on;
                house.change(&trails[trail], "UpdateTrail", change).await;
            }
            Act::Regions { trail, multi } => {
                let change = |plan: &mut crate::kit::Plan| plan.trail.settings.multi_region = multi;
                house.change(&trails[trail], "UpdateTrail", change).await;
            }
            Act::Pass { seconds } => house.clock.advance(Duration::from_secs(seconds)),
            Act::Work { polls } => {
                if house.work_until(polls).await {
                    house.restart().await;
                }
            }
            Act::Restart => house.restart().await,
            Act::Fail { percent } => house.remote.fail_percent(percent),
        }
    }
    house.remote.fail_percent(0);
    house.clock.advance(WINDOW);
    house.drain().await;
    for _ in 0..3 {
        house.pass(crate::kit::HOUR).await;
    }
    house.drain().await;
    house.check();
    let report = house.verified();
    let serious: Vec<_> = report
        .findings
        .iter()
        // Where log file validation was never on there is nothing to find.
        .filter(|finding| !matches!(finding.fault, Fault::Nothing | Fault::NoDigests { .. }))
        .filter(|finding| all_digested || !matches!(finding.fault, Fault::Unreferenced { .. }))
        .collect();
    assert!(serious.is_empty(), "{serious:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 10,
        max_shrink_iters: 40,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_record_is_in_one_file(acts in prop::collection::vec(act(), 1..50)) {
        let mut runtime = tokio::runtime::Builder::new_multi_thread();
        runtime.worker_threads(2).enable_all().build().unwrap().block_on(run(acts));
    }
}
