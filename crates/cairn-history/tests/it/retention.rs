//! Ninety days, and no more.

use std::time::Duration;

use cairn_core::Clock;
use cairn_history::{Attribute, Query};

use crate::kit::{House, NOW, Spec, all_pages, by, small};

const DAY: i64 = 86_400;

#[test]
fn old_days_are_not_shown_and_then_dropped() {
    let mut house = House::new(small());
    // Four a day, around the time of day that the horizon has: its day is cut in the middle.
    for number in 0..400 {
        let (days, hours) = (number as i64 / 4, [0, -1, 1, 2][number % 4]);
        house.put(&Spec::new(number, NOW - DAY * days + 3_600 * hours));
    }
    house.settle();
    let count = |house: &House| all_pages(&house.scope(1, None), &Query::default()).len();
    assert_eq!(count(&house), 90 * 4 + 3);
    assert!(all_pages(&house.scope(1, None), &by(Attribute::EventId, "id-364")).is_empty());
    assert_eq!(all_pages(&house.scope(1, None), &by(Attribute::EventId, "id-360")).len(), 1);

    house.clock.advance(Duration::from_hours(40 * 24));
    assert_eq!(count(&house), 50 * 4 + 3);
    let before = house.part_files().len();
    house.settle();
    assert!(house.part_files().len() < before);
    assert_eq!(count(&house), 50 * 4 + 3);

    house.clock.advance(Duration::from_hours(60 * 24));
    house.settle();
    assert_eq!(count(&house), 0);
    assert_eq!(house.history().stats().parts, 0);
    assert!(house.part_files().is_empty());
}

#[test]
fn far_futures_do_not_make_parts_without_number() {
    let mut house = House::new(small());
    for number in 0..400 {
        house.put(&Spec::new(number, NOW + DAY * 10 * number as i64));
    }
    house.settle();
    assert!(house.part_files().len() < 12, "{:?}", house.part_files());
    assert_eq!(all_pages(&house.scope(1, None), &Query::default()).len(), 400);
}

#[test]
fn a_clock_that_was_ahead_costs_a_rebuild_and_no_record() {
    for restarts in [false, true] {
        let mut house = House::new(small());
        for number in 0..200 {
            house.put(&Spec::new(number, NOW - DAY * (number as i64 % 20)));
        }
        house.settle();
        let before = all_pages(&house.scope(1, None), &Query::default());
        let right = house.clock.now();
        house.clock.advance(Duration::from_hours(200 * 24));
        for number in 200..260 {
            house.put(&Spec::new(number, NOW));
        }
        house.settle();
        assert!(all_pages(&house.scope(1, None), &Query::default()).is_empty());
        house.clock.set(right);
        if restarts {
            house.restart();
        }
        house.settle();
        let after = all_pages(&house.scope(1, None), &Query::default());
        assert_eq!(after.len(), before.len() + 60, "restarts: {restarts}");
    }
}
