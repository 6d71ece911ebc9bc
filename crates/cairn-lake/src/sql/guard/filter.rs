//! The conditions of a filter, as it runs: those that can fail come last, and are run for rows that
//! all others keep.
//!
//! This is done to the plan that runs and not to the statement: what stands twice in a statement's
//! condition the engine computes once, below the filter, and files would be pruned by it no more.

use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, CastExpr, Literal, case, lit};
use datafusion::physical_expr::utils::{conjunction, split_conjunction};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_expr_common::physical_expr::is_volatile;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};

use super::{cast_can_fail, is_some_number};
use crate::function::can_fail;

/// The rule. It comes before those that move conditions into files.
#[derive(Debug)]
pub(in crate::sql) struct FallibleLast;

impl PhysicalOptimizerRule for FallibleLast {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let ordered = plan.transform_up(|plan| {
            let Some(filter) = plan.downcast_ref::<FilterExec>() else {
                return Ok(Transformed::no(plan));
            };
            let schema = filter.input().schema();
            let Some(ordered) = ordered(filter.predicate(), &schema)? else {
                return Ok(Transformed::no(plan));
            };
            let filter = FilterExecBuilder::from(filter).with_predicate(ordered).build()?;
            Ok(Transformed::yes(Arc::new(filter) as Arc<dyn ExecutionPlan>))
        })?;
        Ok(ordered.data)
    }

    fn name(&self) -> &'static str {
        "fallible_last"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn ordered(
    predicate: &Arc<dyn PhysicalExpr>,
    schema: &Schema,
) -> Result<Option<Arc<dyn PhysicalExpr>>> {
    let conditions = split_conjunction(predicate).into_iter().cloned();
    let (mut fallible, mut others): (Vec<_>, Vec<_>) =
        conditions.partition(|condition| any_can_fail(condition, schema));
    let Some(mut guarded) = fallible.pop() else { return Ok(None) };
    if fallible.is_empty() && others.is_empty() || is_volatile(predicate) {
        return Ok(None);
    }
    while let Some(before) = fallible.pop() {
        guarded = where_true(before, guarded)?;
    }
    if !others.is_empty() {
        guarded = where_true(conjunction(others.iter().cloned()), guarded)?;
    }
    others.push(guarded);
    Ok(Some(conjunction(others)))
}

/// A condition that is run where another one holds, and does not hold elsewhere.
fn where_true(
    before: Arc<dyn PhysicalExpr>,
    condition: Arc<dyn PhysicalExpr>,
) -> Result<Arc<dyn PhysicalExpr>> {
    case(None, vec![(before, condition)], Some(lit(false)))
}

fn any_can_fail(expr: &Arc<dyn PhysicalExpr>, schema: &Schema) -> bool {
    expr.exists(|part| {
        if let Some(cast) = part.downcast_ref::<CastExpr>() {
            let from = cast.expr().data_type(schema)?;
            return Ok(cast_can_fail(&from, cast.cast_type()));
        }
        if let Some(binary) = part.downcast_ref::<BinaryExpr>() {
            let by = binary.right().downcast_ref::<Literal>().map(Literal::value);
            let divides = matches!(binary.op(), Operator::Divide | Operator::Modulo);
            return Ok(divides && !by.is_some_and(is_some_number));
        }
        let call = part.downcast_ref::<ScalarFunctionExpr>();
        Ok(call.is_some_and(|call| can_fail(call.fun().name())))
    })
    .unwrap_or(true)
}
