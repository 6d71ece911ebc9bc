//! How plans that would go on for long without a pause are made to end.
//!
//! A join of a few rows with themselves can be asked for billions of pairs. The engine's sources
//! pause now and then; its joins do not, and one that finds no pair does not even give a batch. So
//! joins are made to pause between their batches, and their conditions fail once the query is over.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{
    HashJoinExec, HashJoinExecBuilder, NestedLoopJoinExec, NestedLoopJoinExecBuilder,
};
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

use super::progress::Term;

/// The plan with joins that end when the query does.
///
/// # Errors
/// A join that cannot be made again, which its own parts rule out.
pub(crate) fn interruptible(
    plan: Arc<dyn ExecutionPlan>,
    term: &Arc<Term>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let changed = plan.transform_up(|plan| {
        let join: Arc<dyn ExecutionPlan> =
            if let Some(join) = plan.downcast_ref::<NestedLoopJoinExec>() {
                let filter = join.filter().map(|filter| condition(filter, term));
                Arc::new(NestedLoopJoinExecBuilder::from(join).with_filter(filter).build()?)
            } else if let Some(join) = plan.downcast_ref::<HashJoinExec>() {
                let filter = join.filter().map(|filter| condition(filter, term));
                Arc::new(HashJoinExecBuilder::from(join).with_filter(filter).build()?)
            } else if plan.children().len() > 1 || plan.is::<UnnestExec>() {
                plan
            } else {
                return Ok(Transformed::no(plan));
            };
        Ok(Transformed::yes(Arc::new(CooperativeExec::new(join)) as _))
    })?;
    Ok(changed.data)
}

fn condition(filter: &JoinFilter, term: &Arc<Term>) -> JoinFilter {
    let condition =
        Interruptible { inner: Arc::clone(filter.expression()), term: Arc::clone(term) };
    let columns = filter.column_indices().to_vec();
    JoinFilter::new(Arc::new(condition), columns, Arc::clone(filter.schema()))
}

/// A condition that fails once its query is over.
#[derive(Clone)]
struct Interruptible {
    inner: Arc<dyn PhysicalExpr>,
    term: Arc<Term>,
}

impl PhysicalExpr for Interruptible {
    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        if self.term.is_over() {
            return exec_err!("the query is over");
        }
        self.inner.evaluate(batch)
    }

    fn return_field(&self, input: &Schema) -> Result<FieldRef> {
        self.inner.return_field(input)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.inner]
    }

    fn with_new_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn PhysicalExpr>>,
    ) -> Result<Arc<dyn PhysicalExpr>> {
        let inner = children.pop().unwrap_or_else(|| Arc::clone(&self.inner));
        Ok(Arc::new(Self { inner, term: Arc::clone(&self.term) }))
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt_sql(f)
    }
}

impl fmt::Debug for Interruptible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl fmt::Display for Interruptible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl PartialEq for Interruptible {
    fn eq(&self, other: &Self) -> bool {
        self.inner.eq(&other.inner)
    }
}

impl Eq for Interruptible {}

impl Hash for Interruptible {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}
