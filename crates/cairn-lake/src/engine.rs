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
