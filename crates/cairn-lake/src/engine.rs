//! From a statement to a plan that can run.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use cairn_ports::lake::{Refused, Table};
use datafusion::catalog::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::execution::memory_pool::{FairSpillPool, MemoryPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::physical_plan::ExecutionPlan;
use object_store::memory::InMemory;

use crate::shared::Shared;
use crate::table::{Cache, Provider, STORE_URL, View};
use crate::{LakeError, sql};

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

/// Plans a statement over tables as they are now.
pub(crate) async fn plan(
    shared: &Shared,
    statement: &str,
    tables: &[Table],
) -> Result<Planned, Failure> {
    let session = session(shared);
    let provider = |id: &str| provider(shared, tables, id);
    let parsed = sql::parse(statement).map_err(Failure::Refused)?;
    let sql::Planned { plan, labels } =
        sql::plan(&session, &parsed, &provider).await.map_err(Failure::Refused)?;
    let plan = session.create_physical_plan(&plan).await?;
    Ok(Planned { plan, labels, session })
}

/// The table of a store, if the statement may read it.
fn provider(shared: &Shared, tables: &[Table], id: &str) -> Option<Arc<dyn TableProvider>> {
    let table = tables.iter().find(|table| table.id == id)?;
    // A store that the lake has not met yet has no rows.
    let view = shared.table(id).map(|live| live.view()).unwrap_or_default();
    Some(Arc::new(Provider::new(table.schema, view, shared.cache.clone())))
}

fn session(shared: &Shared) -> SessionState {
    let memory: Arc<dyn MemoryPool> = Arc::new(FairSpillPool::new(shared.settings.query_memory));
    let threads = shared.settings.query_threads;
    sql::session(Arc::new(RuntimeEnv { memory_pool: memory, ..shared.runtime.clone() }), threads)
}
