//! Keeps a lambda's parameters apart from the columns around it.
//!
//! The engine numbers a parameter after the columns of the plan below, and takes a number that is
//! below the count of a batch's columns for a column. When it moves a filter or a projection to
//! where there are more columns it numbers columns anew, and leaves parameters as they are: a
//! parameter then reads a column. So parameters get numbers that no batch has columns for, before
//! anything moves.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::LambdaVariable;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};

/// More columns than a plan has.
const BEYOND: usize = 1 << 32;

/// The rule. Only filters and projections are ever moved.
#[derive(Debug)]
pub(in crate::sql) struct ApartFromColumns;

impl PhysicalOptimizerRule for ApartFromColumns {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(plan.transform_up(|plan| apart(&plan))?.data)
    }

    fn name(&self) -> &'static str {
        "apart_from_columns"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn apart(plan: &Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        let moved = beyond(filter.predicate())?;
        if moved.transformed {
            let filter = FilterExecBuilder::from(filter).with_predicate(moved.data).build()?;
            return Ok(Transformed::yes(Arc::new(filter)));
        }
    } else if let Some(projection) = plan.downcast_ref::<ProjectionExec>() {
        let mut items = Vec::with_capacity(projection.expr().len());
        let mut transformed = false;
        for item in projection.expr() {
            let moved = beyond(&item.expr)?;
            transformed |= moved.transformed;
            items.push(ProjectionExpr { expr: moved.data, alias: item.alias.clone() });
        }
        if transformed {
            let projection = ProjectionExec::try_new(items, Arc::clone(projection.input()))?;
            return Ok(Transformed::yes(Arc::new(projection)));
        }
    }
    Ok(Transformed::no(Arc::clone(plan)))
}

/// The order of parameters, those of lambdas inside of others included, stays.
fn beyond(expr: &Arc<dyn PhysicalExpr>) -> Result<Transformed<Arc<dyn PhysicalExpr>>> {
    Arc::clone(expr).transform_up(|expr| {
        let Some(parameter) = expr.downcast_ref::<LambdaVariable>() else {
            return Ok(Transformed::no(expr));
        };
        let (index, field) = (parameter.index() + BEYOND, Arc::clone(parameter.field()));
        Ok(Transformed::yes(Arc::new(LambdaVariable::new(index, field))))
    })
}
