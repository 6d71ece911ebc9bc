//! The handle.

use std::sync::Arc;
use std::time::Duration;

use cairn_core::{AccountId, Clock, Region, Seq};
use cairn_journal::{Disk, Journal};

use crate::scope::KnownScope;
use crate::shared::{Shared, Surroundings};
use crate::{HistoryError, Indexer, Merger, Scope, Settings};

/// Event history: what happened in the last 90 days, newest first. Cheap to clone.
///
/// It is an index over the journal and holds no record itself. Its directory can be deleted while
/// it is closed; the next start builds it again, with the same answers.
#[derive(Clone)]
pub struct History {
    shared: Arc<Shared>,
}

/// What event history consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stats {
    /// Everything up to here can be found.
    pub visible: Seq,
    /// Durable records that cannot be found yet.
    pub lag: u64,
    /// Where the next start reads the journal on from.
    pub cursor: Seq,
    pub parts: usize,
    /// Rows in parts.
    pub part_rows: u64,
    /// Rows in memory.
    pub table_rows: u64,
    /// Tables that wait for their part.
    pub waiting_tables: usize,
}

impl History {
    /// Opens the index in `disk`, which is its own directory. Nothing is found before the
    /// [`Indexer`] has read what the journal holds beyond the index.
    pub fn open(
        disk: Arc<dyn Disk>,
        journal: Journal,
        clock: Arc<dyn Clock>,
        settings: Settings,
    ) -> Result<Self, HistoryError> {
        let shared = Shared::open(Surroundings { disk, journal, clock, settings })?;
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The worker that follows the journal. There must be one.
    pub fn worker(&self) -> Indexer {
        Indexer::new(self.shared.clone())
    }

    /// The worker that writes and merges parts, and drops old ones. There must be one.
    pub fn merge_worker(&self) -> Merger {
        Merger::new(self.shared.clone())
    }

    /// The history of one account: in one Region, or in all.
    pub fn scope(&self, account: AccountId, region: Option<&Region>) -> Scope {
        Scope::new(self.shared.clone(), account, region.cloned())
    }

    /// Which categories and Regions of an account have records.
    pub fn known_scopes(&self, account: AccountId) -> Vec<KnownScope> {
        self.scope(account, None).known()
    }

    /// Waits until everything up to `seq` can be found; false if that takes longer than `timeout`.
    pub async fn caught_up(&self, seq: Seq, timeout: Duration) -> bool {
        let mut visible = self.shared.visible.subscribe();
        let reached = visible.wait_for(|visible| *visible >= seq);
        matches!(tokio::time::timeout(timeout, reached).await, Ok(Ok(_)))
    }

    pub fn stats(&self) -> Stats {
        let view = self.shared.view();
        let visible = *self.shared.visible.borrow();
        Stats {
            visible,
            lag: self.shared.journal.durable().0.saturating_sub(visible.0),
            cursor: self.shared.cursor(),
            parts: view.parts.len(),
            part_rows: view.parts.iter().map(|part| u64::from(part.header.rows)).sum(),
            table_rows: view.tables().map(|table| table.read().rows().len() as u64).sum(),
            waiting_tables: view.waiting.len(),
        }
    }
}

#[cfg(test)]
mod tests;
