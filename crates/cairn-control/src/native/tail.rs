//! One account's records in the order of the journal.

use std::sync::Arc;
use std::time::Duration;

use cairn_core::{AccountId, Seq};
use cairn_journal::{Journal, Record};
use cairn_wire::Fault;

use crate::Services;

/// Records looked at in one step; the cursor moves past those that are not wanted.
pub(super) const SCAN: usize = 200_000;
/// Bytes of the records looked at in one step, save that it is at least one record.
const SCAN_BYTES: usize = 512 << 20;
/// Record bytes of one answer, save that it has at least one record.
const ANSWER_BYTES: usize = 8 * 1024 * 1024;
/// How long a tail that was woken waits for more.
const GATHER: Duration = Duration::from_millis(20);
/// Records taken from the journal at a time.
const BLOCK: usize = 1000;

/// One account's view of the journal's end. Nothing else in this crate reads the journal in order.
pub(super) struct Tail {
    journal: Journal,
    account: AccountId,
    limit: usize,
}

impl Tail {
    pub(super) fn new(services: &Services, account: AccountId, limit: usize) -> Self {
        Self { journal: services.journal.clone(), account, limit }
    }

    /// Answers when something was found, when a scan's worth was passed over, or after `wait`.
    pub(super) async fn next(
        self,
        after: Seq,
        wait: Duration,
        services: &Services,
        wanted: impl Fn(&Record) -> bool + Send + Sync + Clone + 'static,
    ) -> Result<(Vec<Record>, Seq), Fault> {
        let deadline = services.clock.elapsed() + wait;
        let mut durable = self.journal.watch_durable();
        let mut cursor = after;
        let tail = Arc::new(self);
        loop {
            let (this, wanted) = (tail.clone(), wanted.clone());
            let place = services.answers.acquire().await;
            let scan = move || this.scan(cursor, wanted);
            let (found, reached) = cairn_task::blocking("tail", scan).await?;
            drop(place);
            let scanned = reached.0 - cursor.0;
            cursor = reached;
            let left = deadline.saturating_sub(services.clock.elapsed());
            let full = scanned >= SCAN as u64;
            if !found.is_empty() || full || left.is_zero() || services.stop.is_stopped() {
                return Ok((found, cursor));
            }
            tokio::select! {
                () = services.stop.stopped() => {}
                _ = tokio::time::timeout(left, durable.wait_for(|seq| *seq > cursor)) => {}
            }
            // Under load every commit wakes every tail; what comes in a moment comes together.
            tokio::time::sleep(GATHER.min(left)).await;
        }
    }

    /// What is wanted among the next records; the cursor moves past those that are not.
    pub(super) fn scan(
        &self,
        after: Seq,
        wanted: impl Fn(&Record) -> bool,
    ) -> Result<(Vec<Record>, Seq), Fault> {
        let mut reader = self.journal.reader(after.next());
        let (mut found, mut cursor) = (Vec::new(), after);
        let (mut seen, mut seen_bytes, mut bytes) = (0, 0, 0);
        loop {
            let block = reader.next(BLOCK).map_err(|error| Fault::internal(error.to_string()))?;
            let Some(block) = block else { return Ok((found, cursor)) };
            for record in block.iter() {
                let enough = found.len() == self.limit || bytes >= ANSWER_BYTES;
                if enough || seen == SCAN || seen_bytes >= SCAN_BYTES {
                    return Ok((found, cursor));
                }
                cursor = record.seq;
                seen += 1;
                seen_bytes += record.raw.len();
                if record.account == self.account && wanted(record) {
                    bytes += record.raw.len();
                    found.push(record.clone());
                }
            }
        }
    }
}
