//! Records of the journal, made into rows of the tables that take them.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
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
use crate::row::Rows;

/// Rows that are made at a time: bounds the memory of builders.
const ROWS: usize = 8192;

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
        let now = self.shared.clock.now();
        let few = range.len() <= FEW as usize;
        let (ingesting, records) = (ingesting.clone(), records.clone());
        let mut makers = std::mem::take(&mut open.makers);
        let work = move || {
            let made = rows(&ingesting, &records, range, now, &mut makers);
            (made, makers)
        };
        let (made, makers) =
            if few { work() } else { cairn_task::blocking("lake-rows", work).await };
        open.makers = makers;
        for (stores, batches) in made? {
            for store in stores {
                let table = self.shared.table_of(&store.document.store, store.kind);
                for batch in &batches {
                    table.add(batch.clone())?;
                }
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

/// Rows under way by the form of their table, kept from one batch to the next: their columns have
/// room for as many rows as the batch before had.
pub(super) type Makers = HashMap<TableSchema, Rows>;
type Made = (Vec<Arc<Watch>>, Vec<RecordBatch>);
/// What tables must have in common to have the same rows.
type Alike<'a> = (TableSchema, Option<&'a ContextKeys>, Vec<u32>);

/// What a set of tables takes alike is made once.
fn rows(
    ingesting: &Ingesting,
    records: &[Record],
    range: Range<usize>,
    now: Timestamp,
    makers: &mut Makers,
) -> Result<Vec<Made>, LakeError> {
    let mut taken: HashMap<&str, (&Arc<Watch>, Vec<u32>)> = HashMap::new();
    for at in range {
        let record = &records[at];
        let Some(watches) = ingesting.get(&record.account) else { continue };
        let Some(event) = record.event() else { continue };
        let fields = Fields::of(&event);
        for watch in watches.iter().filter(|watch| watch.takes(&event, &fields, now)) {
            let entry = taken.entry(&watch.document.store).or_insert((watch, Vec::new()));
            entry.1.push(at as u32);
        }
    }
    let mut alike: HashMap<Alike<'_>, Vec<Arc<Watch>>> = HashMap::new();
    for (watch, places) in taken.into_values() {
        let like = (watch.kind, watch.context.as_ref(), places);
        alike.entry(like).or_default().push(watch.clone());
    }
    let made = alike.into_iter().map(|((kind, context, places), watches)| {
        let rows = makers.entry(kind).or_insert_with(|| Rows::new(kind));
        let batches = places.chunks(ROWS).map(|some| batch(rows, context, records, some));
        (watches, batches.filter(|batch| batch.num_rows() > 0).collect())
    });
    Ok(made.collect())
}

fn batch(
    rows: &mut Rows,
    context: Option<&ContextKeys>,
    records: &[Record],
    places: &[u32],
) -> RecordBatch {
    for place in places {
        let record = &records[*place as usize];
        let added = context.and_then(|keys| keys.added(&*record.event()?));
        let text = added.as_deref().unwrap_or(&record.raw);
        if let Err(unfit) = rows.push(Some(record.seq.0 as i64), text) {
            // The record stays in the journal and in trails; no column can hold it.
            tracing::warn!(seq = record.seq.0, %unfit, "a record makes no row");
        }
    }
    rows.finish()
}
