//! Counting rows by values that repeat: `SELECT eventSource, count(*) … GROUP BY eventSource`.
//!
//! It is what is asked most of audit logs. The engine makes a text of every row, hashes it and
//! compares it. Files hold numbers into dictionaries, in an order in which most rows are as the one
//! before: counting those makes a text of each group only. [`Count`] puts that in place of the
//! first half of the engine's counting where a scan is what is counted.

mod cells;
mod coded;
mod column;
mod exec;
mod groups;
#[cfg(test)]
mod tests;
mod texts;

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::{FileScanConfig, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::expressions::{Column, IsNotNullExpr, Literal};
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_expr::utils::collect_columns;
use datafusion::physical_expr::{conjunction, split_conjunction};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::union::UnionExec;
use datafusion::physical_plan::{ExecutionPlan, InputOrderMode, PhysicalExpr};

pub(crate) use coded::{Coded, coded};
pub(crate) use exec::Tally;
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
        && aggregate.limit_options().is_none()
        // What comes in an order was made to go out in it.
        && *aggregate.input_order_mode() == InputOrderMode::Linear;
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
    let Some(counted) = counted.into_iter().collect::<Option<Vec<_>>>() else { return Ok(None) };
    let tally = |(input, known)| Arc::new(Tally::new(input, known, schema.clone())) as _;
    let mut counted: Vec<Arc<dyn ExecutionPlan>> = counted.into_iter().map(tally).collect();
    Ok(Some(match counted.len() {
        1 => counted.remove(0),
        _ => UnionExec::try_new(counted)?,
    }))
}

/// Whether nothing is read from files.
fn is_held(plan: &Arc<dyn ExecutionPlan>) -> bool {
    match plan.downcast_ref::<DataSourceExec>() {
        Some(source) => source.data_source().is::<MemorySourceConfig>(),
        None => !plan.children().is_empty() && plan.children().into_iter().all(is_held),
    }
}

/// The values to group by, of a scan, and which of them must not be null, a bit for each; `None`
/// where they are of no use as they are read.
fn values(
    scan: &Arc<dyn ExecutionPlan>,
    keys: &[(Arc<dyn PhysicalExpr>, String)],
) -> Result<Option<(Arc<dyn ExecutionPlan>, u8)>> {
    let mut made = Vec::with_capacity(keys.len());
    for (expr, name) in keys {
        let mut expr = expr.clone();
        if expr.data_type(&scan.schema())? == DataType::Utf8 {
            let repeats = |column: &Column| has_dictionary(column.name());
            if !expr.downcast_ref().is_some_and(repeats) {
                return Ok(None);
            }
            expr = Arc::new(Coded { of: expr });
        }
        made.push(ProjectionExpr { expr, alias: name.clone() });
    }
    let values = ProjectionExec::try_new(made, scan.clone())?;
    if is_held(scan) {
        return Ok(Some((Arc::new(values), 0)));
    }
    if !scan.is::<DataSourceExec>() {
        return Ok(None);
    }
    let pushed = scan.try_swapping_with_projection(&values)?;
    let pushed = pushed.as_ref().and_then(|pushed| pushed.downcast_ref::<DataSourceExec>());
    pushed.map_or(Ok(None), from_files)
}

/// The same of files, of which such values are read.
fn from_files(scan: &DataSourceExec) -> Result<Option<(Arc<dyn ExecutionPlan>, u8)>> {
    let Some(config) = scan.data_source().downcast_ref::<FileScanConfig>() else { return Ok(None) };
    let Some(source) = config.file_source.downcast_ref::<ParquetSource>() else { return Ok(None) };
    let Some(values) = config.file_source.projection() else { return Ok(None) };
    let texts: Option<Vec<String>> = values
        .iter()
        .filter_map(|value| value.expr.downcast_ref::<Coded>())
        .map(|coded| coded.of.downcast_ref::<Column>().map(|of| of.name().to_owned()))
        .collect();
    let Some(texts) = texts.filter(|texts| texts.iter().all(|of| has_dictionary(of))) else {
        return Ok(None);
    };
    let filter = config.file_source.filter();
    let conditions = filter.as_ref().map(split_conjunction).unwrap_or_default();
    // A limit is one of rows that meet all conditions.
    let limited = config.limit.is_some();
    let (known, others): (Vec<_>, Vec<_>) = conditions
        .into_iter()
        .partition(|condition| !limited && wanted(condition, values).is_some());
    // The engine leaves files and pages out by conditions on texts, and by comparisons of numbers.
    let asked: HashSet<Column> = others.iter().flat_map(|other| collect_columns(other)).collect();
    let is_coded = |name: &str| config.file_groups.iter().all(|files| is_coded(files, name));
    if asked.iter().any(|of| texts.iter().any(|text| text == of.name()) && !is_coded(of.name())) {
        return Ok(None);
    }
    let groups = config.file_groups.iter().map(|files| read_coded(files, &texts)).collect();
    let mut read = FileScanConfigBuilder::from(config.clone()).with_file_groups(groups);
    if !known.is_empty() {
        let others = conjunction(others.into_iter().cloned());
        read = read.with_source(Arc::new(source.with_predicate(others)));
    }
    let known = known.into_iter().filter_map(|condition| wanted(condition, values));
    let known = known.fold(0, |known, value| known | 1 << value);
    Ok(Some((DataSourceExec::from_data_source(read.build()), known)))
}

/// Which of the values a condition wants not to be null, if it wants nothing else. Rows are left
/// out faster when they are counted than when they are read.
fn wanted(condition: &Arc<dyn PhysicalExpr>, values: &ProjectionExprs) -> Option<usize> {
    let wanted = condition.downcast_ref::<IsNotNullExpr>()?.arg().downcast_ref::<Column>()?;
    values.iter().position(|value| {
        let coded = value.expr.downcast_ref::<Coded>().map_or(&value.expr, |coded| &coded.of);
        coded.downcast_ref::<Column>().is_some_and(|column| column.name() == wanted.name())
    })
}
