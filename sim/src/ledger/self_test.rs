use std::collections::HashMap;

use bytes::Bytes;
use cairn_core::AccountId;
use cairn_journal::Kind;

use super::{Ledger, Seen};
use crate::dice::Dice;
use crate::rule::{Rule, Violation};

/// A way of tampering with what is stored.
type Tamper = fn(&mut Vec<Seen>, usize);

const TAMPERS: [(&str, Tamper); 5] = [
    ("deletes a record", |view, at| _ = view.remove(at)),
    ("doubles a record", |view, at| view.push(view[at].clone())),
    ("alters a byte", |view, at| {
        let mut raw = view[at].raw.to_vec();
        let middle = raw.len() / 2;
        raw[middle] ^= 1;
        view[at].raw = raw.into();
    }),
    ("swaps two records", |view, at| {
        let next = (at + 1) % view.len();
        view.swap(at, next);
    }),
    ("invents a record", |view, at| {
        let raw = Bytes::from_static(b"{\"eventID\":\"nobody-sent-this\"}");
        view.push(Seen { raw, kind: Kind::Event, ..view[at].clone() });
    }),
];

impl Ledger {
    /// Tampers with a good view in five ways; the ledger must object to each. The places are
    /// numbered anew afterwards, so that it is not the gaps alone that give the tampering away.
    pub(crate) fn self_test(&self, view: &[Seen], dice: &Dice) -> Result<(), Violation> {
        let records: Vec<usize> =
            (0..view.len()).filter(|at| view[*at].kind != Kind::Notice).collect();
        if records.len() < 2 {
            return Ok(());
        }
        for (what, tamper) in TAMPERS {
            let mut tampered = view.to_vec();
            tamper(&mut tampered, dice.pick(&records));
            number(&mut tampered);
            if self.judge(&tampered).is_ok() {
                return Err(Violation::new(Rule::SelfTest, format!("who {what} is not noticed")));
            }
        }
        Ok(())
    }
}

fn number(view: &mut [Seen]) {
    let mut last: HashMap<AccountId, u64> = HashMap::new();
    for (seq, seen) in (1..).zip(view) {
        let last = last.entry(seen.account).or_default();
        *last += 1;
        (seen.seq, seen.acct_seq) = (seq, *last);
    }
}
