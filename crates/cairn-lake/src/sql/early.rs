//! Who asks for the first few rows of an order gets them without all others being read.
//!
//! When enough rows are found, the engine leaves out files and pages that cannot have better ones.
//! But filters hold rows back until they have a whole batch of them, and a condition that few rows
//! meet fills none before all files are read.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::union::UnionExec;

/// Rows that a filter holds back below a sort that wants few. Each batch has its own cost.
const ROWS: usize = 64;
/// Rows that are few: a page of results.
const FEW: usize = 1000;

/// The rule.
#[derive(Debug)]
pub(super) struct RowsEarly;

impl PhysicalOptimizerRule for RowsEarly {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let early = plan.transform_down(|plan| match plan.downcast_ref::<SortExec>() {
            Some(sort) if sort.fetch().is_some_and(|rows| rows <= FEW) => {
                let below = below(sort.input().clone())?;
                replace_children_if_necessary(plan, vec![below]).map(Transformed::yes)
            }
            _ => Ok(Transformed::no(plan)),
        })?;
        Ok(early.data)
    }

    fn name(&self) -> &'static str {
        "rows_early"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Makes filters hold back less, as far down as rows only pass by.
fn below(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let early = plan.transform_down(|plan| {
        if let Some(filter) = plan.downcast_ref::<FilterExec>() {
            let early = FilterExecBuilder::from(filter).with_batch_size(ROWS).build()?;
            return Ok(Transformed::yes(Arc::new(early) as Arc<dyn ExecutionPlan>));
        }
        let passes = plan.downcast_ref::<ProjectionExec>().is_some()
            || plan.downcast_ref::<UnionExec>().is_some();
        let next = if passes { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Jump };
        Ok(Transformed::new(plan, false, next))
    })?;
    Ok(early.data)
}
