//! Pages: stable, bounded, and moving on.

use cairn_core::Timestamp;
use cairn_history::{Attribute, Query, Settings};
use cairn_journal::Draft;

use crate::kit::{House, NOW, Spec, all_pages, by, small};

#[test]
fn pages_do_not_move_while_records_arrive() {
    let mut house = House::new(small());
    for number in 0..200 {
        house.put(&Spec::new(number, NOW - 1_000 + number as i64 / 3));
    }
    house.settle();
    let scope = house.scope(1, Some("us-east-1"));
    let before = all_pages(&scope, &Query::default());
    let mut query = Query { limit: 15, ..Query::default() };
    let mut seen = Vec::new();
    let mut number = 200;
    loop {
        let page = scope.lookup(&query).unwrap();
        seen.extend(page.records.iter().map(|record| record.seq));
        let Some(next) = page.next else { break };
        query.after = Some(next);
        // Newer ones, and late ones that belong to pages that were already given.
        for _ in 0..10 {
            house.put(&Spec::new(number, NOW - (number % 2) as i64 * 931));
            number += 1;
        }
        house.settle();
    }
    assert_eq!(seen, before);
    assert_eq!(all_pages(&scope, &Query::default()).len(), number);
}

#[test]
fn a_late_record_shows_up_behind_its_place_only() {
    let mut house = House::new(small());
    for number in 0..30 {
        house.put(&Spec::new(number, NOW - 10 * number as i64));
    }
    house.settle();
    let scope = house.scope(1, None);
    let first = scope.lookup(&Query { limit: 10, ..Query::default() }).unwrap();
    let late = house.put(&Spec::new(30, NOW - 155));
    house.settle();
    let rest = all_pages(&scope, &Query { after: first.next, limit: 10, ..Query::default() });
    assert_eq!(rest.len(), 21);
    assert_eq!(rest[6], late);
}

#[test]
fn start_and_end_are_inclusive() {
    let mut house = House::new(small());
    for number in 0..100 {
        house.put(&Spec::new(number, NOW - number as i64));
    }
    for round in 0..2 {
        house.index();
        let count = |start, end| {
            let query = Query {
                start: Some(Timestamp::from_millis(start)),
                end: Some(Timestamp::from_millis(end)),
                ..Query::default()
            };
            all_pages(&house.scope(1, None), &query).len()
        };
        let (from, to) = ((NOW - 20) * 1000, (NOW - 10) * 1000);
        assert_eq!(count(from, to), 11, "round {round}");
        assert_eq!(count(from + 1, to), 10);
        assert_eq!(count(from, to - 1), 10);
        assert_eq!(count(from, from), 1);
        assert_eq!(count(to, from), 0);
        assert_eq!(count(i64::MIN, i64::MAX), 100);
        assert_eq!(count(i64::MAX, i64::MAX), 0);
        assert_eq!(count(i64::MIN, i64::MIN), 0);
        house.settle();
    }
}

#[test]
fn a_search_for_a_text_is_bounded_and_goes_on() {
    for settings in
        [Settings { scanned_records: 50, ..small() }, Settings { scanned_bytes: 20_000, ..small() }]
    {
        look_for_a_needle(settings);
    }
}

fn look_for_a_needle(settings: Settings) {
    let mut house = House::new(settings);
    for number in 0..400 {
        let note = if number == 3 { "needle".to_owned() } else { String::new() };
        house.put(&Spec { note, ..Spec::new(number, NOW - 400 + number as i64) });
    }
    house.settle();
    let scope = house.scope(1, None);
    let query = Query { text: Some("needle".to_owned()), ..Query::default() };
    let first = scope.lookup(&query).unwrap();
    assert!(first.records.is_empty() && first.next.is_some());
    assert_eq!(all_pages(&scope, &query).len(), 1);
    let upper = Query { text: Some("Needle".to_owned()), ..Query::default() };
    assert!(all_pages(&scope, &upper).is_empty());
}

#[test]
fn a_search_reads_on_within_a_second() {
    let mut house = House::new(small());
    let drafts = (0..2_500).map(|number| {
        let note = if number % 100 == 7 { "needle".to_owned() } else { String::new() };
        let spec = Spec { note, ..Spec::new(number, NOW) };
        Draft::event(spec.account(), spec.event())
    });
    house.append(drafts.collect());
    house.settle();
    let query = Query { text: Some("needle".to_owned()), limit: 100, ..Query::default() };
    let page = house.scope(1, None).lookup(&query).unwrap();
    assert_eq!((page.records.len(), page.next), (25, None));
}

#[test]
fn a_page_is_bounded_in_bytes() {
    let mut house = House::new(Settings { page_bytes: 10_000, ..small() });
    for number in 0..20 {
        house.put(&Spec { note: "x".repeat(4_000), ..Spec::new(number, NOW - number as i64) });
    }
    house.settle();
    let scope = house.scope(1, None);
    let page = scope.lookup(&Query::default()).unwrap();
    assert_eq!(page.records.len(), 3);
    assert_eq!(all_pages(&scope, &Query::default()).len(), 20);
}

#[test]
fn the_last_page_says_so() {
    let mut house = House::new(small());
    for number in 0..10 {
        house.put(&Spec::new(number, NOW - number as i64));
    }
    house.settle();
    let scope = house.scope(1, None);
    let next = |limit| scope.lookup(&Query { limit, ..Query::default() }).unwrap().next;
    assert!(next(9).is_some());
    assert!(next(10).is_none());
    assert!(next(11).is_none());
    let by_id = scope.lookup(&by(Attribute::EventId, "id-4")).unwrap();
    assert_eq!((by_id.records.len(), by_id.next), (1, None));
}

#[test]
fn what_names_no_action_is_on_no_page() {
    let mut house = House::new(small());
    let categories = ["ConfigurationItem", "Management", "Evidence"];
    for (number, category) in categories.into_iter().enumerate() {
        house.put(&Spec { category, ..Spec::new(number, NOW - 5) });
    }
    for _ in 0..2 {
        house.settle();
        let found = all_pages(&house.scope(1, None), &Query::default());
        assert_eq!(found, [cairn_core::Seq(2)]);
        house.forget();
    }
}
