use std::collections::{HashMap, HashSet};

use cairn_core::AccountId;
use cairn_journal::Kind;

use super::{Ledger, Promise, Seen};
use crate::parcel::Key;
use crate::rule::{Rule, Violation, hold};

impl Ledger {
    /// Judges everything that is stored, in order from the first record on.
    pub(crate) fn judge(&self, view: &[Seen]) -> Result<(), Violation> {
        let mut last: HashMap<AccountId, u64> = HashMap::new();
        let mut keys: HashSet<&Key> = HashSet::new();
        let mut notices = 0;
        for (at, seen) in (1..).zip(view) {
            hold(Rule::Order, seen.seq == at, || format!("record {} is at place {at}", seen.seq))?;
            let last = last.entry(seen.account).or_default();
            *last += 1;
            hold(Rule::Order, seen.acct_seq == *last, || {
                format!("record {at} has acct_seq {} instead of {last}", seen.acct_seq)
            })?;
            match self.judge_one(seen)? {
                Some(key) => hold(self.twice(key), keys.insert(key), || {
                    format!("{key:?} is there again as record {at}")
                })?,
                None => notices += 1,
            }
        }
        hold(Rule::Invented, notices <= self.torn, || {
            format!("{notices} torn tails were recorded, {} can have been", self.torn)
        })?;
        match self.promises.last_key_value() {
            Some((seq, promise)) if *seq > view.len() as u64 => Err(Violation::new(
                Rule::Lost,
                format!("record {seq} ({:?}) is lost; {} are there", promise.key, view.len()),
            )),
            _ => Ok(()),
        }
    }

    /// Judges one record by itself; its key, or `None` for what the journal writes about itself.
    pub(crate) fn judge_one(&self, seen: &Seen) -> Result<Option<&Key>, Violation> {
        let Seen { seq, account, kind, .. } = seen;
        if let Some(promise) = self.promises.get(seq) {
            promise.judge(seen, self)?;
        }
        if *kind == Kind::Notice {
            hold(Rule::Invented, account.as_u64() == 0, || {
                format!("record {seq} is a notice in the account {account}")
            })?;
            return Ok(None);
        }
        let attempt = self.attempts.get(&(*account, seen.raw.clone())).ok_or_else(|| {
            let what = format!("record {seq} of account {account} was never sent: {}", start(seen));
            Violation::new(Rule::Invented, what)
        })?;
        hold(Rule::Altered, attempt.kind == *kind, || format!("record {seq} is a {kind:?}"))?;
        hold(Rule::Refused, attempt.open > 0, || {
            format!("record {seq} ({:?}) was refused {} times", attempt.key, attempt.refused)
        })?;
        Ok(Some(&attempt.key))
    }

    fn twice(&self, key: &Key) -> Rule {
        if self.places.contains_key(key) { Rule::Twice } else { Rule::UnknownTwice }
    }
}

impl Promise {
    fn judge(&self, seen: &Seen, ledger: &Ledger) -> Result<(), Violation> {
        let seq = seen.seq;
        let found = ledger.attempts.get(&(seen.account, seen.raw.clone()));
        if let Some(found) = found.filter(|found| found.key != self.key) {
            let what = format!("{:?} is lost; record {seq} is {:?}", self.key, found.key);
            return Err(Violation::new(Rule::Lost, what));
        }
        let same = self.is.as_ref().is_none_or(|raw| *raw == seen.raw);
        hold(Rule::Altered, same && !self.is_not.contains(&seen.raw), || {
            format!("record {seq} ({:?}) has other bytes: {}", self.key, start(seen))
        })?;
        hold(Rule::Order, self.acct_seq.is_none_or(|acct_seq| acct_seq == seen.acct_seq), || {
            format!(
                "record {seq} was acknowledged with acct_seq {:?}, it has {}",
                self.acct_seq, seen.acct_seq
            )
        })
    }
}

/// The first bytes of a record, to recognise it by.
fn start(seen: &Seen) -> String {
    let bytes = seen.raw.get(..60).unwrap_or(&seen.raw);
    String::from_utf8_lossy(bytes).into_owned()
}
