//! What schedules found once, written out, each under many seeds.

use cairn_sim::{Act, Class, End, Fault, Item, Schedule, Sizes, Theme, Twist, Violation, run};

const SEEDS: u64 = 300;

fn item(id: u64) -> Item {
    Item { account: 0, id, variant: 0, size: 700, quarantine: false, control: false }
}

/// Stores one record.
fn store(id: u64) -> [Act; 2] {
    [Act::Submit(vec![item(id)]), Act::Step(1)]
}

fn fail(class: Class, nth: u64) -> [Act; 1] {
    [Act::Fail(Fault { class, nth })]
}

fn violations(acts: &[&[Act]]) -> Vec<(u64, Violation)> {
    let sizes =
        Sizes { segment: 8192, block: 4096, queue: 65_536, recent: 0, cache: 0, reserve: 0 };
    let schedule = |seed| Schedule { seed, theme: Theme::Errors, sizes, acts: acts.concat() };
    (0..SEEDS)
        .filter_map(|seed| Some((seed, run(&schedule(seed), Twist::default()).err()?)))
        .collect()
}

/// The next process saw the footer in the page cache and went on; then the power took it.
#[test]
fn a_footer_that_was_never_durable_is_no_damage() {
    let stopped = [Act::End(End::Stop)];
    let cut = [Act::End(End::PowerCut), Act::Read];
    for nth in 0..3 {
        let failing = fail(Class::Sync, nth);
        let found = violations(&[&store(1), &store(2), &failing, &stopped, &store(3), &cut]);
        assert_eq!(found, [], "{nth}");
    }
}

/// Recovery gave a file its name and could not sync it; the next process relied on the name, showed
/// a record that no sync had ever reached, and the power took both.
#[test]
fn a_name_that_was_never_durable_is_not_relied_on() {
    let cut = [Act::Read, Act::End(End::PowerCut), Act::Read];
    for nth in 0..4 {
        let (sync, name) = (fail(Class::Sync, 0), fail(Class::SyncDir, nth));
        let found = violations(&[&store(1), &sync, &store(2), &name, &cut]);
        assert_eq!(found, [], "{nth}");
    }
}

/// The last block of a segment without a footer was acknowledged, too: if it rots it is not torn.
#[test]
fn a_rotten_last_block_is_not_cut() {
    for end in [End::Kill, End::PowerCut] {
        let rotten = [Act::Rot(".seg"), Act::Rot(".seg"), Act::End(end), Act::Read];
        assert_eq!(violations(&[&store(1), &store(2), &rotten]), [], "{end:?}");
    }
}
