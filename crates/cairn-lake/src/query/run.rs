//! One run of one query.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cairn_ports::lake::{Refused, Table};
use cairn_store::event_data_store;
use cairn_store::query::{End, Outcome, Query, Statistics};
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::execute_stream;
use futures_util::StreamExt;

use super::progress::Gauge;
use super::results::Writer;
use crate::engine::{Failure, Planned};
use crate::fault::{Fault, fault};
use crate::plan::kind;
use crate::render::Rows;
use crate::shared::Shared;
use crate::{LakeError, engine};

/// The texts that the API documents for queries that ask for too much.
const TOO_LARGE: &str = "Query response is too large";
const EXHAUSTED: &str = "Query exhausted resources at this scale factor";
/// How often what a query has read is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// Characters of an error's text at the most.
const ERROR: usize = 1000;

/// Runs a query to its end and leaves its result readable.
pub(crate) async fn run(shared: &Shared, query: &Query, gauge: &Arc<Gauge>) -> Outcome {
    let timeout = shared.settings.query_timeout;
    let mut writing = Writing::default();
    let ran = tokio::time::timeout(timeout, async {
        tokio::select! {
            ran = rows(shared, query, gauge, &mut writing) => ran,
            () = overdrawn(shared, gauge) => Err(Failure::Said(EXHAUSTED.to_owned())),
        }
    });
    let end = match ran.await {
        Ok(Ok(())) => End::Finished,
        Ok(Err(_)) if gauge.term.is_late() => End::TimedOut,
        Ok(Err(failure)) => End::Failed(text(query, failure)),
        Err(_) => End::TimedOut,
    };
    gauge.term.stop();
    let cancelled = || End::Failed("The query was cancelled.".to_owned());
    let end = match (end, writing.writer.take()) {
        _ if gauge.term.is_unwanted() => cancelled(),
        // What there is of a query that took too long can be read.
        (end @ (End::Finished | End::TimedOut), Some(writer)) => match writer.finish(&query.id) {
            Ok(()) => end,
            // Whoever cancelled it removed what it had written.
            Err(_) if gauge.term.is_unwanted() => cancelled(),
            Err(error) => End::Failed(text(query, error.into())),
        },
        (End::TimedOut, None) => match empty(shared, query) {
            Ok(()) => End::TimedOut,
            Err(error) => End::Failed(text(query, error.into())),
        },
        (end, _) => end,
    };
    gauge.end();
    let progress = gauge.read();
    let statistics = Statistics {
        rows: gauge.rows(),
        matched: progress.matched,
        scanned: progress.scanned,
        bytes: progress.bytes,
        millis: progress.millis,
    };
    Outcome { end, labels: writing.labels, statistics }
}

/// The result of a query whose time was over before it had a row.
fn empty(shared: &Shared, query: &Query) -> Result<(), LakeError> {
    Writer::create(shared.results.clone(), &query.id, &[])?.finish(&query.id)
}

/// Returns when the query has read more than it may.
async fn overdrawn(shared: &Shared, gauge: &Gauge) {
    while gauge.read().bytes <= shared.settings.scanned_bytes {
        tokio::time::sleep(LOOK).await;
    }
}

#[derive(Default)]
struct Writing {
    writer: Option<Writer>,
    labels: Vec<String>,
}

async fn rows(
    shared: &Shared,
    query: &Query,
    gauge: &Arc<Gauge>,
    writing: &mut Writing,
) -> Result<(), Failure> {
    let tables = tables(shared, query).await?;
    let planned = planned(shared, query, gauge, &tables).await?;
    writing.labels = planned.labels;
    let created = Writer::create(shared.results.clone(), &query.id, &writing.labels)?;
    let writer = writing.writer.insert(created);
    gauge.watch(planned.plan.clone());
    let context = Arc::new(TaskContext::from(&planned.session));
    let mut stream = execute_stream(planned.plan, context).map_err(LakeError::from)?;
    let settings = &shared.settings;
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(LakeError::from)?;
        let rows = Rows::new(&batch);
        for row in 0..rows.len() {
            writer.push(rows.row(row))?;
        }
        let (rows, bytes) = writer.size();
        gauge.rows.store(rows, Ordering::Relaxed);
        if rows > settings.result_rows || bytes > settings.result_bytes {
            return Err(Failure::Said(TOO_LARGE.to_owned()));
        }
        // So that what is read can be looked at, and a cancelled query ends.
        tokio::task::yield_now().await;
    }
    Ok(())
}

/// The statement over all that was acknowledged before the query began.
async fn planned(
    shared: &Shared,
    query: &Query,
    gauge: &Arc<Gauge>,
    tables: &[Table],
) -> Result<Planned, Failure> {
    let durable = shared.journal.durable();
    let mut visible = shared.visible.subscribe();
    loop {
        let forgotten = shared.forgotten.load(Ordering::Acquire);
        let _ = visible.wait_for(|visible| *visible >= durable).await;
        let planned = engine::plan(shared, &query.statement, tables, &gauge.term).await?;
        // Tables that forgot rows in between would be there without them.
        if shared.forgotten.load(Ordering::Acquire) == forgotten {
            return Ok(planned);
        }
    }
}

/// The tables that the query's owner lets it read, which may have changed since it was started.
async fn tables(shared: &Shared, query: &Query) -> Result<Vec<Table>, Failure> {
    let mut tables = Vec::with_capacity(query.stores.len());
    for id in &query.stores {
        let found = event_data_store::get(&shared.store, query.owner, id).await;
        let store = found.map_err(LakeError::from)?;
        if store.is_pending_deletion() {
            let said = format!("The event data store {id} is inactive.");
            return Err(Failure::Said(said));
        }
        tables.push(Table { id: id.clone(), schema: kind(store.schema) });
    }
    Ok(tables)
}

/// What the caller reads of a failure. What is the operator's goes to the log.
fn text(query: &Query, failure: Failure) -> String {
    let said = match failure {
        Failure::Said(text) => text,
        Failure::Refused(Refused::Statement(text)) => text,
        Failure::Refused(refused) => refused.to_string(),
        Failure::Lake(LakeError::Engine(error)) => engine_text(query, &error),
        Failure::Lake(error) => {
            tracing::error!(query = query.id, %error, "a query failed");
            "The query failed because of an internal error.".to_owned()
        }
    };
    said.chars().take(ERROR).collect()
}

fn engine_text(query: &Query, error: &DataFusionError) -> String {
    match fault(error) {
        Fault::Exhausted => EXHAUSTED.to_owned(),
        Fault::Caller(text) => text,
        Fault::Inside => {
            tracing::error!(query = query.id, %error, "a query failed");
            "The query failed because of an internal error.".to_owned()
        }
    }
}
