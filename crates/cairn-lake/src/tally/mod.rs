//! Counting rows by values that repeat: `SELECT eventSource, count(*) … GROUP BY eventSource`.
//!
//! It is what is asked most of audit logs. The engine makes a text of every row, hashes it and
//! compares it. Files hold numbers into dictionaries, in an order in which most rows are as the one
//! before: counting those makes a text of each group only. [`Count`] puts that in place of the
//! first half of the engine's counting where a scan is what is counted.

mod coded;
mod exec;
mod groups;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::{FileScanConfig, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

pub(crate) use coded::{Coded, coded};
use exec::Tally;
use groups::groups;

use crate::file::has_dictionary;
use crate::table::{is_coded, read_coded};

/// The rule. It comes last, as the engine's own know nothing of what it makes.
#[derive(Debug)]
pub(crate) struct Count;

impl PhysicalOptimizerRule for Count {
    fn optimize(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        _config: &ConfigOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let counted = plan.transform_up(|plan| {
            let tally = plan.downcast_ref::<AggregateExec>().map(tally).transpose()?.flatten();
            Ok(tally.map_or_else(|| Transformed::no(plan), Transformed::yes))
        })?;
        Ok(counted.data)
    }

    fn name(&self) -> &'static str {
        "tally"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn tally(aggregate: &AggregateExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let by = aggregate.group_expr();
    let counts = aggregate.aggr_expr().iter().all(|aggregate| {
        let args = aggregate.expressions();
        let always = |arg: &Arc<dyn PhysicalExpr>| {
            arg.downcast_ref::<Literal>().is_some_and(|value| !value.value().is_null())
        };
        aggregate.fun().name() == "count" && !aggregate.is_distinct() && args.iter().all(always)
    });
    let fits = *aggregate.mode() == AggregateMode::Partial
        && by.is_single()
        && counts
        && aggregate.filter_expr().iter().all(Option::is_none)
        && aggregate.limit_options().is_none();
    let schema = aggregate.schema();
    let keys = by.expr();
    let types: Vec<_> =
        schema.fields().iter().take(keys.len()).map(|field| field.data_type().clone()).collect();
    // Numbers alone, such as minutes, change with most rows: the engine counts those faster.
    let texts = types.contains(&DataType::Utf8);
    if !fits || !texts || groups(&types).is_none() {
        return Ok(None);
    }
    let scans: Vec<&Arc<dyn ExecutionPlan>> = match aggregate.input() {
        union if union.is::<UnionExec>() => union.children(),
        scan => vec![scan],
    };
    let counted = scans.into_iter().map(|scan| values(scan, keys)).collect::<Result<Vec<_>>>()?;
    let Some(mut counted) = counted.into_iter().collect::<Option<Vec<_>>>() else {
        return Ok(None);
    };
    let input = match counted.len() {
        1 => counted.remove(0),
        _ => UnionExec::try_new(counted)?,
    };
    Ok(Some(Arc::new(Tally::new(input, schema))))
}

/// The values to group by, of a scan; `None` where they are of no use as they are read.
fn values(
    scan: &Arc<dyn ExecutionPlan>,
    keys: &[(Arc<dyn PhysicalExpr>, String)],
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(source) = scan.downcast_ref::<DataSourceExec>() else { return Ok(None) };
    let in_memory = source.data_source().is::<MemorySourceConfig>();
    let mut made = Vec::with_capacity(keys.len());
    let mut texts = Vec::new();
    for (expr, name) in keys {
        let mut expr = expr.clone();
        if expr.data_type(&scan.schema())? == DataType::Utf8 {
            let Some(column) = expr.downcast_ref::<Column>() else { return Ok(None) };
            if !has_dictionary(column.name()) {
                return Ok(None);
            }
            texts.push(column.name().to_owned());
            expr = Arc::new(Coded { of: expr });
        }
        made.push(ProjectionExpr { expr, alias: name.clone() });
    }
    let values = ProjectionExec::try_new(made, scan.clone())?;
    if in_memory {
        return Ok(Some(Arc::new(values)));
    }
    let Some(pushed) = scan.try_swapping_with_projection(&values)? else { return Ok(None) };
    let Some(source) = pushed.downcast_ref::<DataSourceExec>() else { return Ok(None) };
    let Some(config) = source.data_source().downcast_ref::<FileScanConfig>() else {
        return Ok(None);
    };
    // The engine leaves files and pages out by conditions on texts, and by comparisons of numbers.
    let filter = config.file_source.filter();
    let asked = filter.map(|filter| collect_columns(&filter)).unwrap_or_default();
    let is_coded = |name: &str| config.file_groups.iter().all(|files| is_coded(files, name));
    if asked.iter().any(|of| texts.iter().any(|text| text == of.name()) && !is_coded(of.name())) {
        return Ok(None);
    }
    let groups = config.file_groups.iter().map(|files| read_coded(files, &texts)).collect();
    let config = FileScanConfigBuilder::from(config.clone()).with_file_groups(groups).build();
    Ok(Some(DataSourceExec::from_data_source(config)))
}
