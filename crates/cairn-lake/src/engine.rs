//! From a statement to a plan that can run.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use cairn_core::limits;
use cairn_ports::lake::{Refused, Table};
use datafusion::catalog::TableProvider;
use datafusion::common::internal_err;
use datafusion::common::tree_node::Transformed;
use datafusion::datasource::{provider_as_source, source_as_provider};
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::object_store::memory::InMemory;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionConfig;

use crate::query::{self, Term};
use crate::shared::Shared;
use crate::table::{Provider, STORE_URL, View};
use crate::{LakeError, schema, sql};

/// Rows that go through a query at a time where records may be large, at the least and at the most.
/// Of other tables' rows the engine's own number do.
const LARGE_ROWS: (usize, usize) = (8, 256);

/// What a call of a function may make, however little memory a query has.
const CALL_BYTES: usize = 16 << 20;

/// Why a statement gives no rows.
#[derive(Debug)]
pub(crate) enum Failure {
    Refused(Refused),
    Lake(LakeError),
    /// A text for the caller.
    Said(String),
}

impl<E: Into<LakeError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Lake(error.into())
    }
}

/// A statement, ready to run.
pub(crate) struct Planned {
    pub(crate) plan: Arc<dyn ExecutionPlan>,
    pub(crate) labels: Vec<String>,
    pub(crate) session: SessionState,
}

/// The tables that a statement may read.
struct Readable<'a> {
    shared: &'a Shared,
    tables: &'a [Table],
    /// The rows that they have now, the same wherever the statement names a table; `None` for
    /// tables without rows.
    views: Option<RefCell<HashMap<String, Arc<View>>>>,
}

impl<'a> Readable<'a> {
    fn new(shared: &'a Shared, tables: &'a [Table], filled: bool) -> Self {
        Self { shared, tables, views: filled.then(RefCell::default) }
    }

    fn view(&self, id: &str) -> Arc<View> {
        let Some(views) = &self.views else { return Arc::default() };
        let mut views = views.borrow_mut();
        // A store that the lake has not met yet has no rows.
        let now = || self.shared.table(id).map(|live| live.view()).unwrap_or_default();
        Arc::clone(views.entry(id.to_owned()).or_insert_with(now))
    }
}

impl sql::Tables for Readable<'_> {
    fn table(&self, id: &str) -> Option<Arc<dyn TableProvider>> {
        let table = self.tables.iter().find(|table| table.id == id)?;
        let (view, cache) = (self.view(id), self.shared.cache.clone());
        Some(Arc::new(Provider::new(id.to_owned(), table.schema, view, cache)))
    }
}

/// Finds out whether a statement over tables can be planned. Nothing is computed that takes long,
/// and no file is looked at.
pub(crate) async fn check(
    shared: &Shared,
    statement: &str,
    tables: &[Table],
) -> Result<(), Failure> {
    let readable = Readable::new(shared, tables, false);
    let session = session(shared, tables)?;
    let planned = logical(shared, &session, statement, &readable)?;
    physical(&session.state, &planned.plan).await?;
    shared.drafts.put(statement, tables, planned);
    Ok(())
}

/// Plans a statement over tables as they are now, to be run. What it calls now is when it was
/// [checked](check), if that was lately.
pub(crate) async fn plan(
    shared: &Shared,
    statement: &str,
    tables: &[Table],
    term: &Arc<Term>,
) -> Result<Planned, Failure> {
    let readable = Readable::new(shared, tables, true);
    let session = session(shared, tables)?;
    let planned = match shared.drafts.take(statement, tables) {
        Some(sql::Planned { plan, labels }) => {
            sql::Planned { plan: filled(plan, &readable)?, labels }
        }
        None => logical(shared, &session, statement, &readable)?,
    };
    let bytes = call_bytes(shared.settings.query_memory);
    let (session, plan) = runnable(session, &planned.plan, bytes, term).await?;
    Ok(Planned { plan, labels: planned.labels, session })
}

/// The plan that runs until its term ends, whose calls may make so many bytes.
pub(crate) async fn runnable(
    session: sql::Session,
    plan: &LogicalPlan,
    bytes: usize,
    term: &Arc<Term>,
) -> Result<(SessionState, Arc<dyn ExecutionPlan>), DataFusionError> {
    let watched = term.clone();
    let session = session.running(bytes, Arc::new(move || watched.is_over()));
    let plan = physical(&session, plan).await?;
    let plan = query::interruptible(plan, term)?;
    Ok((session, plan))
}

fn logical(
    shared: &Shared,
    session: &sql::Session,
    statement: &str,
    readable: &Readable<'_>,
) -> Result<sql::Planned, Failure> {
    let parsed = sql::parse(statement).map_err(Failure::Refused)?;
    sql::plan(session, &parsed, readable, shared.clock.now()).map_err(Failure::Refused)
}

/// An optimized plan, over the tables' rows as they are now.
fn filled(plan: LogicalPlan, readable: &Readable<'_>) -> Result<LogicalPlan, DataFusionError> {
    let filled = plan.transform_up_with_subqueries(|plan| {
        let LogicalPlan::TableScan(mut scan) = plan else { return Ok(Transformed::no(plan)) };
        let empty = source_as_provider(&scan.source)?;
        let id = empty.downcast_ref::<Provider>().map(Provider::id);
        let Some(table) = id.and_then(|id| sql::Tables::table(readable, id)) else {
            return internal_err!("a plan reads a table that it was not given");
        };
        scan.source = provider_as_source(table);
        Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
    })?;
    Ok(filled.data)
}

/// The plan that runs, of one that is optimized already.
pub(crate) async fn physical(
    session: &SessionState,
    plan: &LogicalPlan,
) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
    session.query_planner().create_physical_plan(plan, session).await
}

/// What one call of a function may make, for a query of so much memory.
pub(crate) fn call_bytes(memory: usize) -> usize {
    (memory / 4).max(CALL_BYTES)
}

/// As many as functions of their texts may make, if each of them becomes twice as long.
fn large_rows(memory: usize) -> usize {
    let most = call_bytes(memory) / (2 * limits::LARGE_RECORD_BYTES);
    most.clamp(LARGE_ROWS.0, LARGE_ROWS.1)
}

fn session(shared: &Shared, tables: &[Table]) -> Result<sql::Session, DataFusionError> {
    let memory: Arc<dyn MemoryPool> = Arc::new(FairSpillPool::new(shared.settings.query_memory));
    let runtime = RuntimeEnv { memory_pool: memory, ..shared.runtime.clone() };
    let mut config = SessionConfig::new()
        .with_target_partitions(shared.settings.query_threads)
        // Joins keep the side that looks smaller in memory, once for all threads. Parted joins hash
        // every row of the other side too, and ask each in which part it is before what it is.
        .with_repartition_joins(false);
    let is_large = |table: &Table| schema::record_bytes(table.schema) > limits::RECORD_BYTES;
    if tables.iter().any(is_large) {
        config = config.with_batch_size(large_rows(shared.settings.query_memory));
    }
    sql::session(config, Arc::new(runtime))
}

/// What all queries share: they read no store but the lake's, and spill nowhere.
pub(crate) fn runtime() -> Result<RuntimeEnv, DataFusionError> {
    let runtime = RuntimeEnvBuilder::new()
        .with_disk_manager_builder(
            DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled),
        )
        .build()?;
    let url = ObjectStoreUrl::parse(STORE_URL)?;
    // Files are read by the lake itself: the engine only wants the name to be known.
    runtime.register_object_store(url.as_ref(), Arc::new(InMemory::new()));
    Ok(runtime)
}
