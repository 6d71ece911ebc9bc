//! From a statement that parsed to a plan over the caller's tables.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use cairn_core::Timestamp;
use cairn_ports::lake::Refused;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, plan_err};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, TableScanBuilder};
use datafusion::sql::planner::SqlToRel;
use datafusion::sql::sqlparser::ast::{Query, Statement as Parsed};

use super::provider::{Provider, VisibleTable};
use super::session::Session;
use super::statement::{Statement, ids};
use super::{
    Planned, Tables, alike, casts, guard, labels, moments, names, nulls, promote, refuse, unnest,
};

/// Names that a statement may give besides a star that has them too.
const MAX_HIDDEN: usize = 8;

/// Plans a statement as of `now`.
///
/// # Errors
/// [`Refused::Store`] for an id that is not among the tables, else what does not resolve and what
/// is not supported.
pub(crate) fn plan(
    session: &Session,
    statement: &Statement,
    tables: &dyn Tables,
    now: Timestamp,
) -> Result<Planned, Refused> {
    let mut visible = HashMap::new();
    for id in ids(&statement.query) {
        match tables.table(&id) {
            Some(table) => visible.insert(id, Arc::new(VisibleTable::new(table))),
            None => return Err(Refused::Store(id)),
        };
    }
    // Which columns a star stands for, the planner finds out: what an item is called besides is
    // taken from it then.
    let mut hidden = HashSet::new();
    loop {
        let mut query = statement.query.clone();
        names::rewrite(&mut query, &session.functions, now, &hidden)?;
        let provider = Provider { session, tables: visible.clone() };
        let error = match planned(session, provider, query) {
            Ok(plan) => {
                let labels = labels::resolve(&statement.labels, plan.schema());
                return Ok(Planned { plan, labels });
            }
            Err(error) => error,
        };
        let more = refuse::ambiguous(&error).is_some_and(|name| hidden.insert(name));
        if !more || hidden.len() > MAX_HIDDEN {
            return Err(refuse::planner(&error, &statement.tokens));
        }
    }
}

fn planned(session: &Session, provider: Provider<'_>, query: Box<Query>) -> Result<LogicalPlan> {
    SqlToRel::new(&provider)
        .sql_statement_to_plan(Parsed::Query(query))
        .and_then(whole_tables)
        .and_then(unnest::resolve)
        .and_then(alike::check)
        .and_then(|plan| moments::resolve(plan, &session.functions))
        .and_then(|plan| casts::resolve(plan, &session.functions))
        .and_then(nulls::resolve)
        .and_then(promote::rewrite)
        .and_then(guard::rewrite)
        .and_then(|plan| optimized(session, &plan))
}

/// Types that do not fit, and sub-queries that cannot be run, are found by optimizing only.
fn optimized(session: &Session, plan: &LogicalPlan) -> Result<LogicalPlan> {
    let late = promote::late(session.state.optimize(plan)?)?;
    let plan = if late.transformed { session.state.optimize(&late.data)? } else { late.data };
    let (mut correlated, mut left) = (false, false);
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                correlated |= matches!(expr, Expr::OuterReferenceColumn(..));
                left |= matches!(expr, Expr::Exists(_) | Expr::InSubquery(_));
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    if correlated {
        return plan_err!("Given correlated subquery is not supported");
    }
    if left {
        return plan_err!("IN and EXISTS take a subquery in SELECT, WHERE and HAVING only");
    }
    Ok(plan)
}

/// Puts the tables in place of what the planner saw of them. All that reads them has their hidden
/// columns from here on.
fn whole_tables(plan: LogicalPlan) -> Result<LogicalPlan> {
    let whole = plan.transform_up_with_subqueries(|plan| {
        let LogicalPlan::TableScan(scan) = &plan else {
            return Ok(Transformed::yes(plan.recompute_schema()?));
        };
        let source: &dyn std::any::Any = scan.source.as_ref();
        let Some(visible) = source.downcast_ref::<VisibleTable>() else {
            return Ok(Transformed::no(plan));
        };
        let source = provider_as_source(Arc::clone(&visible.table));
        let whole = TableScanBuilder::new(scan.table_name.clone(), source)
            .with_projection(Some(visible.whole.clone()))
            .build()?;
        Ok(Transformed::yes(LogicalPlan::TableScan(whole)))
    })?;
    Ok(whole.data)
}
