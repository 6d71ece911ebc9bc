//! Records of the journal, sorted into the tables that take them.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_core::Timestamp;
use cairn_event::Event;
use cairn_event::selector::Fields;
use cairn_journal::Record;
use cairn_ports::lake::TableSchema;
use cairn_store::{LakeStep, lake_plan};

use super::{Collector, FEW, Open};
use crate::LakeError;
use crate::context::{ContextKeys, Tags, change};
use crate::plan::{Ingesting, Watch};
use crate::table::Batch;

/// Bytes of few records for which changing threads would cost more than the work.
const FEW_BYTES: usize = 8 << 20;

impl Collector {
    /// Makes a batch of records visible, changes of stores and of tags at their own records.
    pub(super) async fn take(
        &self,
        open: &mut Open,
        records: &Arc<[Record]>,
    ) -> Result<(), LakeError> {
        let mut from = 0;
        for (at, record) in records.iter().enumerate() {
            let Some(event) = record.event() else { continue };
            // The record of a change belongs to what was before.
            if let Some(change) = change((record.account, record.ingested), &event) {
                if open.tags.concern(&change) {
                    self.sort(open, records, from..at + 1).await?;
                    from = at + 1;
                    Arc::make_mut(&mut open.tags).apply(&change, record.ingested);
                }
                open.changed += change.resources.len() * change.tags.len().max(1);
                open.changes.push(change);
            }
            if !may_change(&event) {
                continue;
            }
            let steps = lake_plan::pending(&self.shared.store).await?;
            if steps.iter().any(|step| is_met(step, record, &event)) {
                self.sort(open, records, from..at + 1).await?;
                from = at + 1;
                self.meet(open, record, steps).await?;
            }
        }
        self.sort(open, records, from..records.len()).await
    }

    /// Follows the steps that a record is of.
    async fn meet(
        &self,
        open: &mut Open,
        record: &Record,
        steps: Vec<LakeStep>,
    ) -> Result<(), LakeError> {
        let Some(event) = record.event() else { return Ok(()) };
        let (steps, later): (Vec<_>, Vec<_>) =
            steps.into_iter().partition(|step| is_met(step, record, &event));
        for step in steps {
            open.met.push((step.id, record.seq));
            let watch = Watch::of(step.document)?;
            self.shared.table_of(&watch.document.store, watch.kind);
            let met = watch.document.store.clone();
            open.plan.put(step.id, watch);
            // What a later change asks for is recorded until that is met, too.
            let expects_more = later.iter().any(|step| step.document.store == met);
            let met = (!expects_more).then_some(met.as_str());
            self.shared.demand.replace_lake(open.plan.matchers(), met);
        }
        let wanted = open.plan.tags();
        if wanted != *open.tags.wanted() {
            // The last round may be written down or not: followed again, it leaves the same.
            let mut tags = Tags::open(&self.shared.store, wanted).await?;
            for change in open.rounds_changes.iter().chain(&open.changes) {
                tags.apply(change, record.ingested);
            }
            open.tags = Arc::new(tags);
        }
        Ok(())
    }

    /// Puts a range of records into the tables that take them: all of them, or none if one fails.
    async fn sort(
        &self,
        open: &mut Open,
        records: &Arc<[Record]>,
        range: Range<usize>,
    ) -> Result<(), LakeError> {
        let ingesting = open.plan.ingesting();
        if ingesting.is_empty() || range.is_empty() {
            return Ok(());
        }
        let (now, came) = (self.shared.clock.now(), self.shared.clock.elapsed());
        let few = is_few(&records[range.clone()]);
        let (ingesting, records, tags) = (ingesting.clone(), records.clone(), open.tags.clone());
        let work = move || sorted(&ingesting, &tags, &records[range], now, came);
        let sorted = if few { work() } else { cairn_task::blocking("lake-sort", work).await };
        for (stores, batch) in sorted {
            if few {
                batch.rows();
            }
            for store in stores {
                let table = self.shared.table_of(&store.document.store, store.kind);
                table.add(batch.clone())?;
            }
        }
        Ok(())
    }
}

fn is_few(records: &[Record]) -> bool {
    let bytes = || records.iter().map(|record| record.raw.len()).sum::<usize>();
    records.len() <= FEW as usize && bytes() <= FEW_BYTES
}

fn is_met(step: &LakeStep, record: &Record, event: &Event) -> bool {
    step.event_id == event.id() && step.document.account == record.account.to_string()
}

fn may_change(event: &Event) -> bool {
    event.read_only() != Some(true)
        && *event.source() == *"cloudtrail.amazonaws.com"
        && lake_plan::CHANGES.contains(&&*event.name())
}

type Sorted = (Vec<Arc<Watch>>, Arc<Batch>);
/// What tables must have in common to have the same rows.
type Alike<'a> = (TableSchema, Option<&'a ContextKeys>, Vec<u32>);

/// What a set of tables takes alike is kept once.
fn sorted(
    ingesting: &Ingesting,
    tags: &Tags,
    records: &[Record],
    now: Timestamp,
    came: Duration,
) -> Vec<Sorted> {
    let events: Vec<_> = records
        .iter()
        .filter_map(|record| Some((record, ingesting.get(&record.account)?, record.event()?)))
        .collect();
    let mut taken: HashMap<&str, (&Arc<Watch>, Vec<u32>)> = HashMap::new();
    for (at, (_, watches, event)) in (0..).zip(&events) {
        let fields = Fields::of(event);
        for watch in watches.iter().filter(|watch| watch.takes(event, &fields, now)) {
            let entry = taken.entry(&watch.document.store).or_insert((watch, Vec::new()));
            entry.1.push(at);
        }
    }
    let mut alike: HashMap<Alike<'_>, Vec<Arc<Watch>>> = HashMap::new();
    for (watch, places) in taken.into_values() {
        let like = (watch.kind, watch.context.as_ref(), places);
        alike.entry(like).or_default().push(watch.clone());
    }
    let bytes: usize = records.iter().map(|record| record.raw.len()).sum();
    let sorted = alike.into_iter().map(|((kind, context, places), watches)| {
        let taken = places.iter().map(|place| &events[*place as usize]);
        let of_taken: usize = taken.clone().map(|(record, ..)| record.raw.len()).sum();
        let mut batch = Batch::new(kind, came, places.len());
        for (record, _, event) in taken {
            let text = match context
                .and_then(|keys| keys.added(event, tags.seen(record.account, record.ingested)))
            {
                Some(added) => Bytes::from(added),
                // Records share the memory of all that came with them, which these would keep.
                None if of_taken < bytes / 2 => Bytes::copy_from_slice(&record.raw),
                None => record.raw.clone(),
            };
            batch.push(record.seq.0 as i64, event, text);
        }
        (watches, Arc::new(batch))
    });
    sorted.collect()
}
