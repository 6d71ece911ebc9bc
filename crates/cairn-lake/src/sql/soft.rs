//! Limits that groupings were given as a hint, and can no longer follow.
//!
//! The engine tells a grouping without an order how many groups are wanted. Where a later rule
//! gives the grouping's input an order, the engine takes the hint for one of the greatest or the
//! smallest groups, does not find which, and fails. The limit itself stands above the grouping.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;

/// The rule, for plans as they are in the end.
#[derive(Debug)]
pub(super) struct WithoutLostLimits;

impl PhysicalOptimizerRule for WithoutLostLimits {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let without = plan.transform_up(|plan| match plan.downcast_ref::<AggregateExec>() {
            Some(grouping) if is_lost(grouping) => {
                let grouping = grouping.with_new_limit_options(None);
                Ok(Transformed::yes(Arc::new(grouping) as Arc<dyn ExecutionPlan>))
            }
            _ => Ok(Transformed::no(plan)),
        })?;
        Ok(without.data)
    }

    fn name(&self) -> &'static str {
        "without_lost_limits"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn is_lost(grouping: &AggregateExec) -> bool {
    grouping.limit_options().is_some_and(|limit| limit.descending().is_none())
        && !grouping.is_unordered_unfiltered_group_by_distinct()
}
