//! Records of the journal, sorted into streams.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::Arc;

use cairn_core::{Region, Seq};
use cairn_event::Event;
use cairn_event::selector::{Fields, folder};
use cairn_journal::Record;
use cairn_store::{PlanStep, trail_plan};

use super::{Collector, FEW, Open};
use crate::TrailError;
use crate::lane::{Lane, StreamKey, Task};
use crate::plan::{Logging, Watch};

/// The operations whose records change what is delivered.
const CHANGES: [&str; 6] = [
    "CreateTrail",
    "StartLogging",
    "StopLogging",
    "UpdateTrail",
    "PutEventSelectors",
    "DeleteTrail",
];

impl Collector {
    pub(super) async fn take(
        &self,
        open: &mut Open,
        records: Arc<[Record]>,
    ) -> Result<(), TrailError> {
        let mut from = 0;
        for (at, record) in records.iter().enumerate() {
            let Some(event) = record.event().filter(|event| may_change(event)) else { continue };
            let id = event.id();
            let pending = trail_plan::pending(&self.shared.store).await?;
            let account = record.account.to_string();
            let own = |step: &PlanStep| step.event_id == id && step.document.account == account;
            let Some(step) = pending.into_iter().find(own) else { continue };
            self.sort(open, &records, from..at + 1).await?;
            self.change(open, &records, at, &event, step).await?;
            from = at + 1;
        }
        self.sort(open, &records, from..records.len()).await
    }

    /// The record that says so was met: the trail's files end here, and begin anew.
    async fn change(
        &self,
        open: &mut Open,
        records: &Arc<[Record]>,
        at: usize,
        event: &Event,
        step: PlanStep,
    ) -> Result<(), TrailError> {
        let record = &records[at];
        if self.is_overtaken(&step).await? {
            let mut txn = self.shared.store.begin().await?;
            trail_plan::apply(&mut txn, step.id, record.seq).await?;
            return Ok(txn.commit().await?);
        }
        let before = open.plan.get(&step.document.trail).cloned();
        // The record of a stop is the last one that is delivered, that of a start the first.
        let told = before.as_ref().is_some_and(|watch| watch.selects(event));
        let (after, acct_after) = if told {
            (record.seq.0, record.acct_seq)
        } else {
            (record.seq.0 - 1, record.acct_seq - 1)
        };
        let watch = Watch::of(step.document.clone(), Seq(after))?;
        let reached = (Seq(after), acct_after);
        self.switch(open, &step, record.seq, before.as_deref(), &watch, reached).await?;
        let first = !told && watch.selects(event);
        let trail = watch.document.trail.clone();
        open.plan.put(watch);
        let pending = trail_plan::pending(&self.shared.store).await?;
        let expects_more = pending.iter().any(|step| step.document.trail == trail);
        let met = (!expects_more).then_some(trail.as_str());
        self.shared.demand.replace_trails(open.plan.matchers(), met);
        if first && let Some(watch) = open.plan.get(&trail).cloned() {
            let task = Regions::default().task(&watch, event, at as u32);
            self.run(open, records, task.into_iter().collect()).await?;
        }
        Ok(())
    }

    /// Whether a later change of the trail was met already, which holds this one as well.
    async fn is_overtaken(&self, step: &PlanStep) -> Result<bool, TrailError> {
        let met = trail_plan::history(&self.shared.store, &step.document.trail).await?;
        Ok(met.iter().any(|other| other.id > step.id))
    }

    /// Puts a range of records into the streams of whoever selects them.
    async fn sort(
        &self,
        open: &mut Open,
        records: &Arc<[Record]>,
        range: Range<usize>,
    ) -> Result<(), TrailError> {
        let Some(last) = records[range.clone()].last() else { return Ok(()) };
        let last = last.seq;
        for record in &records[range.clone()] {
            open.window.covered.insert(record.account, record.acct_seq);
        }
        let tasks = self.pick(open, records, range).await;
        open.window.reach(last);
        self.run(open, records, tasks).await
    }

    /// Who wants what, in the order of the records.
    async fn pick(&self, open: &Open, records: &Arc<[Record]>, range: Range<usize>) -> Vec<Task> {
        let logging = open.plan.logging();
        if logging.is_empty() {
            return Vec::new();
        }
        if range.len() <= FEW as usize {
            return picked(logging, records, range);
        }
        let share = range.len().div_ceil(self.shared.settings.lanes.max(1));
        let shares = range.clone().step_by(share).map(|from| from..range.end.min(from + share));
        let work = shares.map(|share| {
            let (logging, records) = (logging.clone(), records.clone());
            cairn_task::blocking("trail-pick", move || picked(&logging, &records, share))
        });
        futures_util::future::join_all(work).await.into_iter().flatten().collect()
    }

    /// Does the work of all lanes, at the same time where there is much of it.
    async fn run(
        &self,
        open: &mut Open,
        records: &Arc<[Record]>,
        tasks: Vec<Task>,
    ) -> Result<(), TrailError> {
        if tasks.is_empty() {
            return Ok(());
        }
        let room = open.window.room(&self.shared);
        let pack = open.window.pack(&self.shared).await?;
        let (few, count) = (tasks.len() <= FEW as usize, open.window.lanes.len());
        let mut shares: Vec<Vec<Task>> = (0..count).map(|_| Vec::new()).collect();
        for task in tasks {
            shares[lane_of(&task.key, count)].push(task);
        }
        let lanes = std::mem::take(&mut open.window.lanes);
        let work = lanes.into_iter().zip(shares).map(|(mut lane, tasks)| {
            let (records, pack) = (records.clone(), pack.clone());
            let work = move || lane.work(&records, tasks, room, &pack).map(|()| lane);
            async move { if few { work() } else { cairn_task::blocking("trail-lane", work).await } }
        });
        let done: std::io::Result<Vec<Lane>> =
            futures_util::future::join_all(work).await.into_iter().collect();
        open.window.lanes = done?;
        Ok(())
    }
}

/// Streams stay in their lane.
fn lane_of(key: &StreamKey, lanes: usize) -> usize {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    (hasher.finish() % lanes as u64) as usize
}

fn may_change(event: &Event) -> bool {
    event.read_only() != Some(true)
        && *event.source() == *"cloudtrail.amazonaws.com"
        && CHANGES.contains(&&*event.name())
}

fn picked(logging: &Logging, records: &[Record], range: Range<usize>) -> Vec<Task> {
    let (mut tasks, mut regions) = (Vec::with_capacity(range.len()), Regions::default());
    for at in range {
        let record = &records[at];
        let Some(watches) = logging.get(&record.account) else { continue };
        let Some(event) = record.event() else { continue };
        let fields = Fields::of(&event);
        for watch in watches {
            if record.seq > watch.after && watch.selects_fields(&event, &fields) {
                tasks.extend(regions.task(watch, &event, at as u32));
            }
        }
    }
    tasks
}

/// Names of Regions that were met.
#[derive(Default)]
struct Regions(HashMap<Box<str>, Option<Arc<str>>>);

impl Regions {
    fn task(&mut self, watch: &Arc<Watch>, event: &Event, record: u32) -> Option<Task> {
        let folder = folder(event.category())?;
        // What names a Region that cannot be is put where the trail is at home.
        let region = self.get(&event.region());
        let region = region.or_else(|| self.get(&watch.document.home_region))?;
        let key = StreamKey { trail: watch.id.clone(), region, folder };
        Some(Task { key, watch: watch.clone(), record, time: event.time() })
    }

    /// The Region of that name, if there can be one.
    fn get(&mut self, name: &str) -> Option<Arc<str>> {
        if let Some(known) = self.0.get(name) {
            return known.clone();
        }
        let found = name.parse::<Region>().is_ok().then(|| Arc::from(name));
        self.0.insert(name.into(), found.clone());
        found
    }
}
