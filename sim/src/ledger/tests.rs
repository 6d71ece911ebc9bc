use cairn_core::Seq;
use cairn_journal::{AppendError, Outcome};

use super::{Ledger, Seen};
use crate::dice::Dice;
use crate::parcel::{Item, Parcel};
use crate::rule::Rule;

fn parcel(id: u64, variant: u64) -> Parcel {
    let item = Item { account: 0, id, variant, size: 300, quarantine: false, control: false };
    Parcel::of(&item)
}

fn seen(parcel: &Parcel, seq: u64) -> Seen {
    Seen {
        seq,
        account: parcel.account,
        acct_seq: seq,
        kind: parcel.kind(),
        raw: parcel.raw.clone(),
    }
}

/// A ledger of `acknowledged` records and one draft without an answer, and the view that fits.
fn ledger(acknowledged: u64) -> (Ledger, Vec<Seen>) {
    let mut ledger = Ledger::default();
    let mut view = Vec::new();
    for id in 1..=acknowledged {
        let parcels = [parcel(id, 0)];
        ledger.attempt(&parcels);
        let outcome = Outcome::Stored { seq: Seq(id), acct_seq: id };
        ledger.answer(&parcels, &Ok(vec![outcome]), Seq(id)).unwrap();
        view.push(seen(&parcels[0], id));
    }
    ledger.attempt(&[parcel(100, 0)]);
    (ledger, view)
}

fn objection(ledger: &Ledger, view: &[Seen]) -> Option<Rule> {
    ledger.judge(view).err().map(|violation| violation.rule)
}

#[test]
fn what_was_acknowledged_has_to_be_there_as_it_was_given() {
    let (ledger, mut view) = ledger(3);
    assert_eq!(objection(&ledger, &view), None);
    assert_eq!(objection(&ledger, &view[..2]), Some(Rule::Lost));
    view[1].raw = parcel(2, 1).raw;
    assert_eq!(objection(&ledger, &view), Some(Rule::Altered));
    view[1] = seen(&parcel(3, 0), 2);
    assert_eq!(objection(&ledger, &view), Some(Rule::Lost));
}

#[test]
fn what_got_no_answer_is_there_once_or_not_at_all() {
    let (ledger, mut view) = ledger(2);
    view.push(seen(&parcel(100, 0), 3));
    assert_eq!(objection(&ledger, &view), None);
    view.push(seen(&parcel(100, 0), 4));
    assert_eq!(objection(&ledger, &view), Some(Rule::UnknownTwice));
}

#[test]
fn nobody_is_there_who_was_refused_or_never_sent() {
    let (mut ledger, mut view) = ledger(1);
    view.push(seen(&parcel(50, 0), 2));
    assert_eq!(objection(&ledger, &view), Some(Rule::Invented));
    let parcels = [parcel(50, 0)];
    ledger.attempt(&parcels);
    let full = AppendError::Full { free: 0, needed: 1 };
    ledger.answer(&parcels, &Err(full), Seq(1)).unwrap();
    assert_eq!(objection(&ledger, &view), Some(Rule::Refused));
}

#[test]
fn places_are_dense() {
    let (ledger, mut view) = ledger(3);
    view[2].acct_seq = 4;
    assert_eq!(objection(&ledger, &view), Some(Rule::Order));
    view[2].acct_seq = 3;
    view.remove(0);
    assert_eq!(objection(&ledger, &view), Some(Rule::Order));
}

#[test]
fn an_answer_that_cannot_be_is_objected_to_at_once() {
    let (mut ledger, _) = ledger(3);
    let mut answer = |parcel: Parcel, outcome: Outcome| {
        ledger.attempt(std::slice::from_ref(&parcel));
        ledger.answer(&[parcel], &Ok(vec![outcome]), Seq(4)).err().map(|found| found.rule)
    };
    let stored = |seq| Outcome::Stored { seq: Seq(seq), acct_seq: seq };
    let duplicate = |seq| Outcome::Duplicate { seq: Seq(seq) };
    let conflict = |seq| Outcome::Conflict { seq: Seq(seq) };
    assert_eq!(answer(parcel(2, 0), duplicate(2)), None);
    assert_eq!(answer(parcel(2, 1), conflict(2)), None);
    assert_eq!(answer(parcel(2, 0), stored(4)), Some(Rule::Twice));
    assert_eq!(answer(parcel(2, 0), duplicate(3)), Some(Rule::Twice));
    assert_eq!(answer(parcel(2, 1), duplicate(2)), Some(Rule::Altered));
    assert_eq!(answer(parcel(2, 0), conflict(2)), Some(Rule::Answer));
    assert_eq!(answer(parcel(4, 0), stored(3)), Some(Rule::Altered));
    assert_eq!(answer(parcel(5, 0), stored(5)), Some(Rule::AboveDurable));
}

#[test]
fn tampering_is_noticed_and_a_blind_ledger_is_too() {
    let (ledger, view) = ledger(9);
    for seed in 0..50 {
        ledger.self_test(&view, &Dice::new(seed, 0)).unwrap();
    }
    let mut blind = Ledger::default();
    blind.attempt(&(1..=9).map(|id| parcel(id, 0)).collect::<Vec<_>>());
    let found = blind.self_test(&view, &Dice::new(1, 0)).unwrap_err();
    assert_eq!(found.rule, Rule::SelfTest);
}
