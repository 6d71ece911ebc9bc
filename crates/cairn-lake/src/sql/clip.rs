//! Of rows in a list, only the fields that are read: `UNNEST(resources) AS t(r)` with `r.arn` and
//! no other field of `r` reads no other from files.
//!
//! The engine leaves fields of lists out where they are cast to rows that do not have them. Which
//! those are stands above the unnesting, where it does not look.

use std::collections::BTreeSet;
use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::expressions::{CastExpr, Column, Literal};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{ExecutionPlan, Partitioning};

/// The rule. It comes when projections are where they stay.
#[derive(Debug)]
pub(super) struct Clip;

impl PhysicalOptimizerRule for Clip {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let clipped = plan.transform_up(|plan| {
            let above = plan.downcast_ref::<ProjectionExec>();
            let clipped = above.map(projection).transpose()?.flatten();
            Ok(clipped.map_or_else(|| Transformed::no(plan), Transformed::yes))
        })?;
        Ok(clipped.data)
    }

    fn name(&self) -> &'static str {
        "clip"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn projection(above: &ProjectionExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(unnest) = above.input().downcast_ref::<UnnestExec>() else { return Ok(None) };
    let [list] = unnest.list_column_indices() else { return Ok(None) };
    let at = list.index_in_input_schema;
    if list.depth != 1 || !unnest.struct_column_indices().is_empty() {
        return Ok(None);
    }
    let below = unnest.input();
    let (schema, output) = (below.schema(), unnest.schema());
    let DataType::List(item) = schema.field(at).data_type() else { return Ok(None) };
    let DataType::Struct(fields) = item.data_type() else { return Ok(None) };
    let Some(read) = fields_read(above, at)? else { return Ok(None) };
    if read.is_empty() || read.len() == fields.len() {
        return Ok(None);
    }
    let row = fields.iter().filter(|field| read.contains(field.name())).cloned().collect();
    let row = item.as_ref().clone().with_data_type(DataType::Struct(row));
    let list_of = DataType::List(Arc::new(row.clone()));
    let Some(clipped) = cast(below, at, &list_of)? else { return Ok(None) };
    let output = with_type(&output, at, row.data_type().clone());
    let options = unnest.options().clone();
    let unnest = UnnestExec::new(clipped, vec![*list], Vec::new(), output, options)?;
    let above = ProjectionExec::try_new(above.expr().to_vec(), Arc::new(unnest))?;
    Ok(Some(Arc::new(above)))
}

/// The fields of a column that expressions read, if they read nothing else of it.
fn fields_read(above: &ProjectionExec, at: usize) -> Result<Option<BTreeSet<String>>> {
    let (mut read, mut whole) = (BTreeSet::new(), false);
    for projected in above.expr() {
        projected.expr.apply(|expr| {
            if let Some(field) = field(expr, at) {
                read.insert(field);
                return Ok(TreeNodeRecursion::Jump);
            }
            whole |= expr.downcast_ref::<Column>().is_some_and(|column| column.index() == at);
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    Ok((!whole).then_some(read))
}

fn field(expr: &Arc<dyn PhysicalExpr>, at: usize) -> Option<String> {
    let call = expr.downcast_ref::<ScalarFunctionExpr>()?;
    let (column, first) = (call.args().first()?, call.args().get(1)?);
    if call.fun().name() != "get_field" || column.downcast_ref::<Column>()?.index() != at {
        return None;
    }
    match first.downcast_ref::<Literal>()?.value() {
        ScalarValue::Utf8(Some(name)) => Some(name.clone()),
        _ => None,
    }
}

/// The same rows with a column cast where they are read; `None` where they are not only read.
fn cast(
    below: &Arc<dyn ExecutionPlan>,
    at: usize,
    to: &DataType,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let deals = below
        .downcast_ref::<RepartitionExec>()
        .is_some_and(|dealt| matches!(dealt.partitioning(), Partitioning::RoundRobinBatch(_)));
    if deals || below.is::<UnionExec>() {
        let inputs = below.children().into_iter().map(|input| cast(input, at, to));
        let inputs = inputs.collect::<Result<Option<Vec<_>>>>()?;
        let all = inputs.map(|inputs| replace_children_if_necessary(below.clone(), inputs));
        return all.transpose();
    }
    if !below.is::<DataSourceExec>() {
        return Ok(None);
    }
    let columns = below.schema();
    let made = columns.fields().iter().enumerate().map(|(place, field)| {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), place));
        let expr =
            if place == at { Arc::new(CastExpr::new(column, to.clone(), None)) } else { column };
        ProjectionExpr { expr, alias: field.name().clone() }
    });
    let cast = ProjectionExec::try_new(made.collect::<Vec<_>>(), below.clone())?;
    Ok(Some(below.try_swapping_with_projection(&cast)?.unwrap_or_else(|| Arc::new(cast))))
}

fn with_type(columns: &Schema, at: usize, of: DataType) -> SchemaRef {
    let mut fields = columns.fields().to_vec();
    if let Some(field) = fields.get_mut(at) {
        *field = Arc::new(field.as_ref().clone().with_data_type(of));
    }
    Arc::new(Schema::new(fields))
}
