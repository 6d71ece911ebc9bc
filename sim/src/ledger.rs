//! What was asked and what was answered, written down outside the journal; and the judgement of
//! what is stored. Nothing here asks the journal's code what is right.

mod judge;
mod self_test;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use cairn_core::{AccountId, Seq};
use cairn_journal::{AppendError, Kind, Outcome, Record};

use crate::parcel::{Key, Parcel};
use crate::rule::{Rule, Violation, hold};

/// The ledger of one schedule.
#[derive(Default)]
pub(crate) struct Ledger {
    attempts: HashMap<(AccountId, Bytes), Attempt>,
    /// By `seq`.
    promises: BTreeMap<u64, Promise>,
    places: HashMap<Key, u64>,
    /// The `seq` of the last draft that was answered with `Stored`, since the last crash.
    last_stored: u64,
    /// Drafts that were answered with an outcome.
    pub(crate) acknowledged: u64,
    /// How often a process ended without having sealed its segment: each can leave a torn tail.
    pub(crate) torn: u64,
}

/// Bytes that someone wanted to have stored.
#[derive(Debug)]
struct Attempt {
    key: Key,
    kind: Kind,
    /// Sent and not refused: waiting, unanswered for ever, or stored.
    open: u64,
    refused: u64,
}

/// What has to be at a place.
#[derive(Debug)]
struct Promise {
    key: Key,
    is: Option<Bytes>,
    /// Bytes in conflict with those that are there.
    is_not: Vec<Bytes>,
    acct_seq: Option<u64>,
    /// A draft was answered with having been stored here. A reader may be shown it earlier.
    stored: bool,
}

/// A record as a reader gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) seq: u64,
    pub(crate) account: AccountId,
    pub(crate) acct_seq: u64,
    pub(crate) kind: Kind,
    pub(crate) raw: Bytes,
}

impl From<&Record> for Seen {
    fn from(record: &Record) -> Self {
        Self {
            seq: record.seq.0,
            account: record.account,
            acct_seq: record.acct_seq,
            kind: record.kind,
            raw: record.raw.clone(),
        }
    }
}

impl Ledger {
    /// To be called before the drafts are handed in.
    pub(crate) fn attempt(&mut self, parcels: &[Parcel]) {
        for parcel in parcels {
            let attempt = self.attempts.entry((parcel.account, parcel.raw.clone()));
            let (key, kind) = (parcel.key.clone(), parcel.kind());
            attempt.or_insert(Attempt { key, kind, open: 0, refused: 0 }).open += 1;
        }
    }

    /// The answer to a batch. `durable` is what the journal says was durable then.
    pub(crate) fn answer(
        &mut self,
        parcels: &[Parcel],
        answer: &Result<Vec<Outcome>, AppendError>,
        durable: Seq,
    ) -> Result<(), Violation> {
        let outcomes = match answer {
            Ok(outcomes) => outcomes,
            Err(error) => {
                self.refuse(parcels, error);
                return Ok(());
            }
        };
        hold(Rule::Answer, outcomes.len() == parcels.len(), || {
            format!("{} outcomes for {} drafts", outcomes.len(), parcels.len())
        })?;
        for (parcel, outcome) in parcels.iter().zip(outcomes) {
            self.acknowledged += 1;
            hold(Rule::AboveDurable, outcome.seq() <= durable, || {
                format!("{outcome:?} was acknowledged while {durable} was the last durable record")
            })?;
            self.acknowledge(parcel, *outcome)?;
        }
        Ok(())
    }

    /// Records that a reader was shown are promised from then on.
    pub(crate) fn witness(&mut self, view: &[Seen]) {
        for seen in view {
            let Some(attempt) = self.attempts.get(&(seen.account, seen.raw.clone())) else {
                continue;
            };
            let key = attempt.key.clone();
            self.places.insert(key.clone(), seen.seq);
            let promise = self.promises.entry(seen.seq).or_insert_with(|| Promise::of(key));
            promise.is.get_or_insert_with(|| seen.raw.clone());
            promise.acct_seq.get_or_insert(seen.acct_seq);
        }
    }

    /// A process ended; places that nobody was promised can be given out again.
    pub(crate) fn crashed(&mut self) {
        self.last_stored = 0;
        self.torn += 1;
    }

    /// A process ended and left nothing to recover.
    pub(crate) fn stopped(&mut self) {
        self.last_stored = 0;
    }

    /// The highest place that was promised.
    pub(crate) fn last_promised(&self) -> u64 {
        self.promises.last_key_value().map_or(0, |(seq, _)| *seq)
    }

    pub(crate) fn promised(&self) -> Vec<(u64, Key)> {
        self.promises.iter().map(|(seq, promise)| (*seq, promise.key.clone())).collect()
    }

    fn refuse(&mut self, parcels: &[Parcel], error: &AppendError) {
        let definite = match error {
            AppendError::Busy | AppendError::TooLarge { .. } => true,
            // A batch of several can have been cut into groups, of which the first are stored.
            AppendError::Full { .. } => parcels.len() == 1,
            _ => false,
        };
        for parcel in parcels.iter().filter(|_| definite) {
            self.refuse_one(parcel);
        }
    }

    fn refuse_one(&mut self, parcel: &Parcel) {
        if let Some(attempt) = self.attempts.get_mut(&(parcel.account, parcel.raw.clone())) {
            attempt.open -= 1;
            attempt.refused += 1;
        }
    }

    fn acknowledge(&mut self, parcel: &Parcel, outcome: Outcome) -> Result<(), Violation> {
        let seq = outcome.seq().0;
        if let Some(place) = self.places.get(&parcel.key) {
            hold(Rule::Twice, *place == seq, || {
                format!("{:?} is record {place} and was answered {outcome:?}", parcel.key)
            })?;
        }
        let key = || parcel.key.clone();
        let promise = self.promises.entry(seq).or_insert_with(|| Promise::of(key()));
        hold(Rule::Altered, promise.key == parcel.key, || {
            format!("{outcome:?} for {:?}, but {:?} was promised there", parcel.key, promise.key)
        })?;
        self.places.insert(key(), seq);
        match outcome {
            Outcome::Stored { acct_seq, .. } => {
                hold(Rule::Order, seq > self.last_stored, || {
                    format!("record {seq} was acknowledged after record {}", self.last_stored)
                })?;
                hold(Rule::Twice, !promise.stored, || {
                    format!("record {seq} was stored for {:?} twice", parcel.key)
                })?;
                self.last_stored = seq;
                promise.stored = true;
                promise.acct_seq = Some(acct_seq);
                promise.is = Some(parcel.raw.clone());
            }
            Outcome::Duplicate { .. } => {
                let same = promise.is.get_or_insert_with(|| parcel.raw.clone()) == &parcel.raw;
                hold(Rule::Altered, same, || {
                    format!("{:?} was called a duplicate of other bytes", parcel.key)
                })?;
            }
            Outcome::Conflict { .. } => {
                let other = promise.is.as_ref() != Some(&parcel.raw);
                hold(Rule::Answer, other, || {
                    format!("{:?} was called a conflict with its own bytes", parcel.key)
                })?;
                promise.is_not.push(parcel.raw.clone());
                self.refuse_one(parcel);
            }
        }
        Ok(())
    }
}

impl Promise {
    fn of(key: Key) -> Self {
        Self { key, is: None, is_not: Vec::new(), acct_seq: None, stored: false }
    }
}
