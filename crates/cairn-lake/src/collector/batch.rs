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
use cairn_store::lake_plan;

use super::{Collector, FEW, Open};
use crate::LakeError;
use crate::context::ContextKeys;
use crate::plan::{Ingesting, Watch};
use crate::table::Batch;

impl Collector {
    /// Makes a batch of records visible, changes of stores at their own records.
    pub(super) async fn take(
        &self,
        open: &mut Open,
        records: &Arc<[Record]>,
    ) -> Result<(), LakeError> {
        let mut from = 0;
        for (at, record) in records.iter().enumerate() {
            let Some(event) = record.event().filter(|event| may_change(event)) else { continue };
            let id = event.id();
            let pending = lake_plan::pending(&self.shared.store).await?;
            let account = record.account.to_string();
            let (steps, later): (Vec<_>, Vec<_>) = pending
                .into_iter()
                .partition(|step| step.event_id == id && step.document.account == account);
            if steps.is_empty() {
                continue;
            }
            // The record of a change belongs to what was before.
            self.sort(open, records, from..at + 1).await?;
            from = at + 1;
            for step in steps {
                open.met.push((step.id, record.seq));
                let watch = Watch::of(step.document)?;
                self.shared.table_of(&watch.document.store, watch.kind);
                let met = watch.document.store.clone();
                open.plan.put(watch);
                // What a later change asks for is recorded until that is met, too.
                let expects_more = later.iter().any(|step| step.document.store == met);
                let met = (!expects_more).then_some(met.as_str());
                self.shared.demand.replace_lake(open.plan.matchers(), met);
            }
        }
        self.sort(open, records, from..records.len()).await
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
        let few = range.len() <= FEW as usize;
        let (ingesting, records) = (ingesting.clone(), records.clone());
        let work = move || sorted(&ingesting, &records, range, now, came);
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
    records: &[Record],
    range: Range<usize>,
    now: Timestamp,
    came: Duration,
) -> Vec<Sorted> {
    let records = &records[range];
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
            let text = match context.and_then(|keys| keys.added(event)) {
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
