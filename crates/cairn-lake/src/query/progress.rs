//! What a plan has done so far, from the figures that its operators keep.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{OnceLock, PoisonError, RwLock};
use std::time::Duration;

use arrow::record_batch::RecordBatch;
use cairn_core::Clock;
use cairn_ports::lake::Progress;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::metrics::MetricsSet;

use crate::tally::Tally;

/// Until when a run goes on. What is in its plan may hold this, and never the gauge: the gauge
/// holds the plan.
pub(crate) struct Term {
    clock: Arc<dyn Clock>,
    began: Duration,
    /// How long it may take.
    limit: Duration,
    stopped: AtomicBool,
    unwanted: AtomicBool,
}

impl Term {
    /// Whatever of the run still goes on is to end.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Nobody waits for the run any more: its result goes, and is not to come back.
    pub(crate) fn cancel(&self) {
        self.unwanted.store(true, Ordering::Release);
        self.stop();
    }

    pub(crate) fn is_unwanted(&self) -> bool {
        self.unwanted.load(Ordering::Acquire)
    }

    /// Whether it was stopped, or took too long.
    pub(crate) fn is_over(&self) -> bool {
        self.stopped.load(Ordering::Relaxed) || self.is_late()
    }

    /// Whether it took too long.
    pub(crate) fn is_late(&self) -> bool {
        self.elapsed() >= self.limit
    }

    /// Since it began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.clock.elapsed().saturating_sub(self.began)
    }
}

/// Watches one run.
pub(crate) struct Gauge {
    pub(crate) term: Arc<Term>,
    plan: OnceLock<Arc<dyn ExecutionPlan>>,
    pub(crate) rows: AtomicU64,
    /// How long it took, once it is over.
    took: RwLock<Option<Duration>>,
}

impl Gauge {
    /// Of a run that may take so long.
    pub(crate) fn new(clock: Arc<dyn Clock>, limit: Duration) -> Self {
        let began = clock.elapsed();
        let (stopped, unwanted) = (AtomicBool::new(false), AtomicBool::new(false));
        let term = Arc::new(Term { clock, began, limit, stopped, unwanted });
        Self { term, plan: OnceLock::new(), rows: AtomicU64::new(0), took: RwLock::new(None) }
    }

    /// Looks at this plan from now on.
    pub(crate) fn watch(&self, plan: Arc<dyn ExecutionPlan>) {
        let _ = self.plan.set(plan);
    }

    pub(crate) fn end(&self) {
        let took = self.term.elapsed();
        *self.took.write().unwrap_or_else(PoisonError::into_inner) = Some(took);
    }

    /// As the operators say now.
    pub(crate) fn read(&self) -> Progress {
        let took = *self.took.read().unwrap_or_else(PoisonError::into_inner);
        let took = took.unwrap_or_else(|| self.term.elapsed());
        let mut progress =
            Progress { millis: took.as_millis().max(1) as u64, ..Progress::default() };
        if let Some(plan) = self.plan.get() {
            walk(plan, None, &mut progress);
        }
        progress
    }

    pub(crate) fn rows(&self) -> u64 {
        self.rows.load(Ordering::Relaxed)
    }
}

/// `above` is how many rows the filters right above let through.
fn walk(plan: &Arc<dyn ExecutionPlan>, above: Option<u64>, progress: &mut Progress) {
    let metrics = plan.metrics().unwrap_or_default();
    let passed = metrics.output_rows().unwrap_or_default() as u64;
    if let Some(source) = plan.downcast_ref::<DataSourceExec>() {
        let (scanned, bytes, passed) = match source.data_source().downcast_ref() {
            Some(memory) => held(memory),
            None => {
                let sum = |name| named(&metrics, name);
                (passed + sum("pushdown_rows_pruned"), sum("bytes_scanned"), passed)
            }
        };
        progress.scanned += scanned;
        progress.bytes += bytes;
        progress.matched += above.unwrap_or(passed);
        return;
    }
    let above = above.or_else(|| plan.downcast_ref::<Tally>().and_then(Tally::counted));
    let children = plan.children();
    // A filter counts for what is right below it, where that is one operator.
    let above = match above {
        _ if children.len() != 1 => None,
        Some(above) => Some(above),
        None => plan.is::<FilterExec>().then_some(passed),
    };
    for child in children {
        walk(child, above, progress);
    }
}

/// Rows in memory, and their bytes: all of them are looked at.
fn held(memory: &MemorySourceConfig) -> (u64, u64, u64) {
    let batches = || memory.partitions().iter().flatten();
    let rows: usize = batches().map(RecordBatch::num_rows).sum();
    let bytes: usize = batches().map(RecordBatch::get_array_memory_size).sum();
    (rows as u64, bytes as u64, rows as u64)
}

fn named(metrics: &MetricsSet, name: &str) -> u64 {
    metrics.sum_by_name(name).map_or(0, |value| value.as_usize() as u64)
}
