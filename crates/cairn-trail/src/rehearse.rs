//! What selectors would have matched, before they are saved.

use std::sync::Arc;

use cairn_core::{AccountId, Region, Seq, Timestamp};
use cairn_event::selector::{Matcher, Selectors, TrailScope, folder};
use cairn_journal::Journal;

use crate::TrailError;

/// Records read at a time.
const BATCH: usize = 2048;

/// A trail that is not there yet.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    pub account: AccountId,
    pub home_region: Region,
    pub multi_region: bool,
    pub include_global: bool,
    pub selectors: Selectors,
    /// Of `eventTime`, both ends included.
    pub span: (Timestamp, Timestamp),
}

/// What it would have delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rehearsed {
    /// Events of the account in the span.
    pub seen: u64,
    pub events: u64,
    /// Of text, before compression.
    pub bytes: u64,
    pub management: u64,
    pub data: u64,
    pub others: u64,
}

pub(crate) async fn rehearse(
    journal: &Journal,
    rehearsal: Rehearsal,
) -> Result<Rehearsed, TrailError> {
    let (journal, rehearsal) = (journal.clone(), Arc::new(rehearsal));
    cairn_task::blocking("trail-rehearse", move || walk(&journal, &rehearsal)).await
}

fn walk(journal: &Journal, rehearsal: &Rehearsal) -> Result<Rehearsed, TrailError> {
    let Rehearsal { account, home_region, multi_region, include_global, selectors, span } =
        rehearsal;
    let scope = TrailScope {
        home_region: home_region.clone(),
        multi_region: *multi_region,
        include_global: *include_global,
    };
    let matcher = Matcher::compile(selectors);
    let mut found = Rehearsed::default();
    // What happened in the span was recorded after it began.
    let mut reader = journal.reader(first_after(journal, span.0)?);
    while let Some(records) = reader.next(BATCH)? {
        for record in records.iter().filter(|record| record.account == *account) {
            let Some(event) = record.event() else { continue };
            if event.time() < span.0 || event.time() > span.1 {
                continue;
            }
            found.seen += 1;
            if folder(event.category()).is_none()
                || !scope.covers(&event)
                || !matcher.matches(&event)
            {
                continue;
            }
            found.events += 1;
            found.bytes += record.raw.len() as u64;
            match event.category() {
                cairn_event::Category::Management => found.management += 1,
                cairn_event::Category::Data => found.data += 1,
                _ => found.others += 1,
            }
        }
    }
    Ok(found)
}

/// The first record that the journal took at `at` or later. Records are in the order in which they
/// were taken, so the half is looked at that it must be in.
fn first_after(journal: &Journal, at: Timestamp) -> Result<Seq, TrailError> {
    let (mut low, mut high) = (1, journal.durable().0 + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let taken = journal.read(&[Seq(middle)])?;
        if taken.first().is_some_and(|record| record.ingested < at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(Seq(low))
}
