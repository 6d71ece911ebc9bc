//! The record of one forwarded call while the call is on its way. Whatever happens to the call,
//! it ends in exactly one of `settle` and `abandon`; an entry that is dropped is abandoned.

use cairn_event::{Category, Json};
use cairn_gateway::render::count;
use cairn_gateway::{Facts, Gaps, Intent, Intents, Keeping, Late};
use cairn_wire::Fault;

/// Where entries go.
#[derive(Clone)]
pub(crate) struct Book {
    pub(crate) intents: Intents,
    pub(crate) gaps: Gaps,
}

pub(crate) struct Entry {
    book: Book,
    keeping: Keeping,
    /// `None` once it is settled.
    facts: Option<Facts>,
    intent: Option<Intent>,
    /// What the call did beyond itself, for records of its own.
    beyond: Vec<Facts>,
}

impl Entry {
    pub(crate) fn new(book: &Book, keeping: Keeping, facts: Facts) -> Self {
        Self { book: book.clone(), keeping, facts: Some(facts), intent: None, beyond: Vec::new() }
    }

    /// Makes the intent durable. The call may be forwarded after this.
    ///
    /// # Errors
    /// A 503 where the call may not be forwarded because it cannot be recorded.
    pub(crate) async fn intend(&mut self, late: Late) -> Result<(), Fault> {
        let late = if self.keeping == Keeping::Open { Late::Forwarded } else { late };
        let Some(facts) = self.facts.as_ref().filter(|_| self.intent.is_none()) else {
            return Ok(());
        };
        match self.book.intents.intend(facts, late).await {
            Ok(intent) => self.intent = Some(intent),
            Err(fault) => {
                self.missed(facts, fault)?;
                // It is counted as a gap: a record as well would tell of it twice.
                self.facts = None;
            }
        }
        Ok(())
    }

    /// Changes what the record will say.
    pub(crate) fn amend(&mut self, change: impl FnOnce(&mut Facts)) {
        if let Some(facts) = &mut self.facts {
            change(facts);
        }
    }

    /// Adds what the call did beyond itself, as `find` tells it from the call.
    pub(crate) fn beyond(&mut self, find: impl FnOnce(&Facts) -> Vec<Facts>) {
        if let Some(facts) = &self.facts {
            self.beyond = find(facts);
        }
    }

    /// Bytes of the answer that left.
    pub(crate) fn sent(&mut self, bytes: u64) {
        self.amend(|facts| {
            let is_data = facts.category == Category::Data;
            if let Some(Json::Map(members)) = &mut facts.additional {
                for (name, value) in members {
                    if name == "bytesTransferredOut" {
                        *value = count(bytes, is_data);
                    }
                }
            }
        });
    }

    /// Makes the record durable. The answer may leave after this.
    ///
    /// # Errors
    /// A 503 where the call may not be answered because it could not be recorded.
    pub(crate) async fn settle(mut self) -> Result<(), Fault> {
        let Some(facts) = self.facts.take() else { return Ok(()) };
        let mut all = vec![facts];
        all.append(&mut self.beyond);
        let done = match self.intent.take() {
            Some(intent) => self.book.intents.settle(intent, &all).await,
            None => self.book.intents.record(&all).await,
        };
        done.or_else(|fault| self.missed(&all[0], fault))
    }

    /// Records, without anyone waiting, that nobody knows how the call ended.
    pub(crate) fn abandon(mut self, reason: &str) {
        self.give_up(reason);
    }

    /// Forgets the call: it was refused before it was forwarded, and nothing is to be said of it.
    pub(crate) fn forget(mut self) {
        self.facts = None;
    }

    fn give_up(&mut self, reason: &str) {
        let Some(facts) = self.facts.take() else { return };
        match self.intent.take() {
            Some(intent) => self.book.intents.abandon(intent, &facts, reason),
            None => self.book.intents.record_later(cairn_gateway::orphaned(&facts, reason)),
        }
    }

    /// The journal did not take the record.
    fn missed(&self, facts: &Facts, fault: Fault) -> Result<(), Fault> {
        match self.keeping {
            Keeping::Open => {
                self.book.gaps.count(facts, &fault.message);
                Ok(())
            }
            Keeping::Closed | Keeping::Off => Err(fault),
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.give_up("the call was cut off on its way");
    }
}
