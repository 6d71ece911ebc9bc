//! Mutants of the suite. `CAIRN_MUTANTS` sets how many (default 5,000), `CAIRN_SEED` which.

use std::collections::BTreeMap;
use std::time::Duration;

use cairn_core::Timestamp;

use crate::dice::Dice;
use crate::meaning::{Meaning, signed_names};
use crate::request::{Request, Vector, signed_at};
use crate::tamper::Edit;
use crate::{neutral, tamper};

/// One edit of one form of one case.
struct Mutant<'a> {
    vector: &'a Vector,
    edit: &'static str,
    request: Request,
    now: Timestamp,
    /// Whether it still asks for what was signed.
    same: bool,
}

/// Endlessly many mutants by the edits of a table, each applied to a case drawn by lot.
fn breed<'a>(
    dice: &'a Dice,
    vectors: &'a [Vector],
    edits: &'static [(&'static str, Edit)],
) -> impl Iterator<Item = Mutant<'a>> {
    let draw = || {
        let vector = &vectors[dice.below(vectors.len())];
        let in_header = dice.below(2) == 0;
        let signed = if in_header { vector.signed_in_header() } else { vector.signed_in_query() };
        let (edit, apply) = dice.pick(edits);
        let mut request = signed.clone();
        apply(dice, &mut request, vector);
        let watched = signed_names(&signed);
        let same =
            Meaning::of(vector, &request, &watched) == Meaning::of(vector, &signed, &watched);
        let changed = request != signed;
        let now = signed_at().saturating_add(Duration::from_secs(dice.below(300) as u64));
        changed.then_some(Mutant { vector, edit, request, now, same })
    };
    std::iter::repeat_with(draw).flatten()
}

fn setting(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// Every edit must have had its chance, or the figures say nothing about it.
fn all_seen(seen: &BTreeMap<&str, usize>, edits: &[(&str, Edit)]) {
    for (name, _) in edits {
        assert!(seen.contains_key(name), "no mutant has {name}");
    }
}

#[test]
fn no_tampered_request_is_accepted() {
    let (dice, vectors) = (Dice::new(setting("CAIRN_SEED", 1)), Vector::all());
    let count = setting("CAIRN_MUTANTS", 5000) as usize;
    let mut seen = BTreeMap::new();
    let tampered = breed(&dice, &vectors, &tamper::EDITS).filter(|mutant| !mutant.same);
    for mutant in tampered.take(count) {
        let Mutant { vector, edit, request, now, .. } = mutant;
        let judgement = vector.judge(&request, now);
        assert!(judgement.is_err(), "{edit} in {} was accepted: {request:#?}", vector.name);
        *seen.entry(edit).or_default() += 1;
    }
    println!("{count} tampered requests, 0 accepted: {seen:#?}");
    all_seen(&seen, &tamper::EDITS);
}

#[test]
fn every_respelled_request_is_accepted() {
    let (dice, vectors) = (Dice::new(setting("CAIRN_SEED", 2)), Vector::all());
    let count = setting("CAIRN_MUTANTS", 5000) as usize / 4;
    let mut seen = BTreeMap::new();
    for mutant in breed(&dice, &vectors, &neutral::EDITS).take(count) {
        let Mutant { vector, edit, request, now, same } = mutant;
        assert!(same, "{edit} changed what {} asks for: {request:#?}", vector.name);
        let judgement = vector.judge(&request, now);
        assert_eq!(judgement, Ok(()), "{edit} in {}: {request:#?}", vector.name);
        *seen.entry(edit).or_default() += 1;
    }
    println!("{count} respelled requests, 0 refused: {seen:#?}");
    all_seen(&seen, &neutral::EDITS);
}
