//! Whose history is asked.

use std::sync::Arc;

use cairn_core::{AccountId, Region};
use cairn_event::Category;

use crate::HistoryError;
use crate::catalogue::Selection;
use crate::lookup::{self, Page, Query};
use crate::shared::Shared;

/// One account's history, in one Region or in all: the only way to ask.
///
/// Nothing below can name another account: keys are made of the scope's own cells, and every
/// record is compared with the scope before it leaves.
#[derive(Clone)]
pub struct Scope {
    shared: Arc<Shared>,
    account: AccountId,
    region: Option<Region>,
}

/// Records of one category in one Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownScope {
    /// `None` for records whose `awsRegion` is not a Region's name.
    pub region: Option<Region>,
    pub category: Category,
    pub records: u64,
}

impl Scope {
    pub(crate) fn new(shared: Arc<Shared>, account: AccountId, region: Option<Region>) -> Self {
        Self { shared, account, region }
    }

    pub fn account(&self) -> AccountId {
        self.account
    }

    /// One page of the answer, newest first. Blocking: reads files.
    ///
    /// Answers are complete up to what [`crate::History::caught_up`] promised. Pages are stable:
    /// records that arrive later change no page that was given, and show up only in pages after
    /// their own place.
    pub fn lookup(&self, query: &Query) -> Result<Page, HistoryError> {
        self.shared.ready()?;
        let selection = self.selection(query.category);
        let answer = lookup::run(&self.shared, &selection, query);
        answer.inspect_err(|error| self.shared.report(error))
    }

    /// Which categories and Regions of this scope have records, in no particular order.
    pub fn known(&self) -> Vec<KnownScope> {
        let selection = self.selection(None);
        let mut known: Vec<KnownScope> = Vec::new();
        self.shared.view().for_each_catalogue(|catalogue| {
            for (cell, rows) in catalogue.entries() {
                if !selection.holds(cell) {
                    continue;
                }
                let same = |scope: &&mut KnownScope| {
                    scope.region == cell.region && scope.category == cell.category
                };
                match known.iter_mut().find(same) {
                    Some(scope) => scope.records += u64::from(*rows),
                    None => known.push(KnownScope {
                        region: cell.region.clone(),
                        category: cell.category,
                        records: u64::from(*rows),
                    }),
                }
            }
        });
        known
    }

    fn selection(&self, category: Option<Category>) -> Selection {
        Selection { account: self.account, region: self.region.clone(), category }
    }
}
