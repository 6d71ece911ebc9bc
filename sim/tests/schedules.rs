//! The schedules that every run of the tests carries out.

use cairn_journal::Defect;
use cairn_sim::{Campaign, Schedule, Score, Theme, Twist, run};

const SCHEDULES: u64 = 3000;
/// Schedules within which each planted defect has to be found.
const PATIENCE: u64 = 1500;

#[test]
fn three_thousand_schedules_violate_nothing() {
    let campaign =
        Campaign { first_seed: 1, schedules: SCHEDULES, threads: 2, twist: Twist::default() };
    let totals = campaign.run();
    assert_eq!(totals.violation, None);
    assert_eq!(totals.schedules, SCHEDULES);
    // The schedules do what they are there for.
    assert!(totals.crashes > 2 * SCHEDULES, "{totals:?}");
    assert!(totals.acknowledged > 5 * SCHEDULES, "{totals:?}");
    assert!(totals.faults > SCHEDULES / 10, "{totals:?}");
    assert!(totals.halts > SCHEDULES / 10, "{totals:?}");
    assert!(totals.replayed >= SCHEDULES / 64, "{totals:?}");
}

#[test]
fn every_planted_defect_is_found() {
    let missed: Vec<Defect> = Defect::ALL
        .into_iter()
        .filter(|defect| Score::of(*defect, 1, PATIENCE).caught.is_none())
        .collect();
    assert_eq!(missed, []);
}

#[test]
fn a_disk_that_lies_about_syncs_is_found_out() {
    let twist = Twist { lying_disk: true, ..Twist::default() };
    let campaign = Campaign { first_seed: 1, schedules: 100, threads: 1, twist };
    assert!(campaign.run().violation.is_some());
}

#[test]
fn a_seed_does_the_same_every_time_and_another_seed_something_else() {
    let mut traces = std::collections::BTreeSet::new();
    for seed in 5000..5200 {
        let schedule = Schedule::new(seed);
        assert_eq!(schedule, Schedule::new(seed));
        let first = run(&schedule, Twist::default()).unwrap();
        assert_eq!(run(&schedule, Twist::default()), Ok(first), "seed {seed}");
        traces.insert(first.trace);
    }
    assert_eq!(traces.len(), 200);
}

#[test]
fn every_theme_comes_up() {
    let themes: Vec<Theme> = (1..200).map(|seed| Schedule::new(seed).theme).collect();
    for theme in [Theme::Crashes, Theme::Errors, Theme::Space, Theme::Rot, Theme::Swap] {
        assert!(themes.contains(&theme), "{theme:?}");
    }
}
