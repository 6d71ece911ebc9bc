//! Records in the order of their time over 30 days: operations and identities by Zipf's law, more
//! by day than by night. A role's session begins with the AssumeRole that gave it its key.

use std::time::Duration;

use cairn_core::{SeededEntropy, Timestamp};

use super::identities::{Identity, is_role};
use super::operations::{Operation, all};
use super::record::{Call, Kind, write};
use crate::events::{IDENTITIES, REGIONS, TABLE, zipf};

pub(crate) const SPAN: Duration = Duration::from_hours(30 * 24);
/// Days and nights of a corpus, however long it is.
const TURNS: f64 = 30.0;
/// How much more is called at noon than on average.
const WAVE: f64 = 0.6;
/// One of how many calls is refused.
const REFUSED: u64 = 25;

/// Makes `total` records over `span`; the same arguments give the same ones.
pub(crate) struct Corpus {
    random: SeededEntropy,
    identities: Vec<Identity>,
    operations: Vec<Operation>,
    assume: usize,
    identity_table: Vec<u16>,
    operation_table: Vec<u16>,
    begins: Timestamp,
    span: Duration,
    total: u64,
    made: u64,
}

/// What was made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) event_id: String,
    /// The key of the session that begins with this call.
    pub(crate) began: Option<String>,
    pub(crate) time: Timestamp,
}

impl Corpus {
    pub(crate) fn new(seed: u64, total: usize, ends: Timestamp, span: Duration) -> Self {
        let operations = all();
        let assume = operations.iter().position(|operation| operation.kind == Kind::AssumeRole);
        Self {
            random: SeededEntropy::new(seed),
            identities: (0..IDENTITIES).map(Identity::new).collect(),
            identity_table: zipf(IDENTITIES),
            operation_table: zipf(operations.len()),
            assume: assume.unwrap_or_default(),
            operations,
            begins: ends.saturating_sub(span),
            span,
            total: total as u64,
            made: 0,
        }
    }

    pub(crate) fn identity(&self, index: usize) -> &Identity {
        &self.identities[index]
    }

    /// Appends the next record to `out`.
    pub(crate) fn write(&mut self, out: &mut String) -> Made {
        let bits = self.random.next_u64();
        let time = self.time();
        self.made += 1;
        let mut who = usize::from(self.identity_table[bits as usize % TABLE]);
        let mut what = usize::from(self.operation_table[(bits >> 16) as usize % TABLE]);
        let role = self.role(who, what);
        let mut began = None;
        if let Some(role) = role {
            what = self.assume;
            self.identities[role].renew(&self.random, time);
            began = Some(self.identities[role].session.key.clone());
        }
        let by_user = role.is_some() || self.operations[what].kind == Kind::ConsoleLogin;
        if by_user && is_role(who) {
            who = self.user(bits >> 40);
        }
        if self.identities[who].session.left == 0 {
            self.identities[who].renew(&self.random, time);
        }
        self.identities[who].session.left -= 1;
        let call = Call {
            who: &self.identities[who],
            what: &self.operations[what],
            role: role.map(|role| &self.identities[role]),
            time,
            region: REGIONS[(bits >> 32) as usize % REGIONS.len()],
            refused: role.is_none() && (bits >> 48).is_multiple_of(REFUSED),
        };
        let event_id = write(&call, &self.random, out);
        Made { event_id, began, time }
    }

    /// The role whose session this call begins: that of a caller whose session is over, or any.
    fn role(&self, who: usize, what: usize) -> Option<usize> {
        if is_role(who) && self.identities[who].session.left == 0 {
            return Some(who);
        }
        let assumes = self.operations[what].kind == Kind::AssumeRole;
        assumes.then(|| if is_role(who) { who } else { who - who % 5 })
    }

    /// A user, the first ones more often.
    fn user(&self, bits: u64) -> usize {
        let index = usize::from(self.identity_table[bits as usize % TABLE]);
        if is_role(index) { index - index % 5 + 3 } else { index }
    }

    fn time(&self) -> Timestamp {
        let share = self.made as f64 / self.total as f64;
        let turn = std::f64::consts::TAU * TURNS;
        let waved = share - WAVE * (turn * share).sin() / turn;
        let late = self.random.below(90) as i64;
        let seconds = (waved * self.span.as_secs_f64()) as i64 - late;
        Timestamp::from_seconds(self.begins.seconds() + seconds.max(0))
    }
}
