//! Averages of NULL, which has no type that the engine could average.

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, cast};

/// Aggregates that are of doubles, whatever numbers they are given.
const OF_DOUBLES: &[&str] = &["avg", "stddev", "stddev_pop", "var", "var_pop"];

/// The plan with a NULL of type double in them.
pub(super) fn resolve(plan: LogicalPlan) -> Result<LogicalPlan> {
    let resolved = plan.transform_up_with_subqueries(|plan| {
        let LogicalPlan::Aggregate(aggregate) = &plan else { return Ok(Transformed::no(plan)) };
        let schema = aggregate.input.schema().clone();
        let changed = plan.map_expressions(|expr| {
            expr.transform_up(|expr| {
                let Expr::AggregateFunction(mut call) = expr else {
                    return Ok(Transformed::no(expr));
                };
                let mut changed = false;
                if OF_DOUBLES.contains(&call.func.name()) {
                    for of in &mut call.params.args {
                        if of.get_type(schema.as_ref())? == DataType::Null {
                            *of = cast(std::mem::take(of), DataType::Float64);
                            changed = true;
                        }
                    }
                }
                Ok(Transformed::new_transformed(Expr::AggregateFunction(call), changed))
            })
        })?;
        if changed.transformed {
            changed.map_data(LogicalPlan::recompute_schema)
        } else {
            Ok(changed)
        }
    })?;
    Ok(resolved.data)
}
