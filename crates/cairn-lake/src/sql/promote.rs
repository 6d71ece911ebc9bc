//! Fields of rows and keys of maps that a table holds flat besides: a path to one becomes its flat
//! column, which files can be pruned by and which is read without the rest of the row or map.
//!
//! The flat columns are hidden: no statement can name them. They join the plan when names are
//! resolved, and go where nothing asks for them. They do not go by a sub-query's list of columns:
//! paths into what it gives are found once the plan was optimized, which brings them to the tables.

use std::sync::Arc;

use cairn_ports::lake::TableSchema;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    Expr, Filter, LogicalPlan, Projection, TableScan, TableScanBuilder,
};

use crate::schema::{is_promoted, promoted};

const KINDS: [TableSchema; 5] = [
    TableSchema::Events,
    TableSchema::Insights,
    TableSchema::ConfigurationItems,
    TableSchema::Evidence,
    TableSchema::Activity,
];

/// What the engine calls the function, outside and inside of TRY. An absent key is null in both.
const ELEMENT_AT: [&str; 2] = ["lake_element_at", "lake_try_element_at"];

/// Whether a hidden column is the flat copy of a field.
pub(super) fn is_flat(column: &str) -> bool {
    KINDS.into_iter().any(|kind| is_promoted(kind, column))
}

/// Rewrites paths in every part of a plan that sees the flat columns of the tables below it.
pub(super) fn rewrite(plan: LogicalPlan) -> Result<LogicalPlan> {
    let rewritten = plan.transform_up_with_subqueries(|plan| {
        let plan = plan.recompute_schema()?;
        let below: Vec<LogicalPlan> = plan.inputs().into_iter().cloned().collect();
        let has_flat =
            |plan: &LogicalPlan| plan.schema().fields().iter().any(|f| is_flat(f.name()));
        if !below.iter().any(has_flat) {
            return Ok(Transformed::yes(plan));
        }
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let rewritten = with_flat(expr, &below)?;
            Ok(rewritten.update_data(|expr| name.restore(expr)))
        })
    })?;
    Ok(rewritten.data)
}

/// Rewrites paths that optimizing brought to where tables are read. What changes is to be optimized
/// again: conditions go to the tables then.
pub(super) fn late(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    plan.transform_up_with_subqueries(|plan| {
        let LogicalPlan::Projection(projection) = &plan else { return Ok(Transformed::no(plan)) };
        let Some(below) = whole(&projection.input)? else { return Ok(Transformed::no(plan)) };
        let (mut found, names) = (below.transformed, NamePreserver::new_for_projection());
        let mut exprs = Vec::with_capacity(projection.expr.len());
        for expr in &projection.expr {
            let made = with_flat(expr.clone(), std::slice::from_ref(&below.data))?;
            found |= made.transformed;
            exprs.push(names.save(expr).restore(made.data));
        }
        if !found {
            return Ok(Transformed::no(plan));
        }
        let made = Projection::try_new(exprs, Arc::new(below.data))?;
        Ok(Transformed::yes(LogicalPlan::Projection(made)))
    })
}

/// A table with all columns that it has, below the same conditions, and whether these have other
/// paths than before; `None` of other plans.
fn whole(plan: &LogicalPlan) -> Result<Option<Transformed<LogicalPlan>>> {
    Ok(match plan {
        LogicalPlan::TableScan(scan) => {
            let whole = TableScanBuilder::new(scan.table_name.clone(), scan.source.clone())
                .with_filters(scan.filters.clone())
                .with_fetch(scan.fetch);
            Some(Transformed::no(LogicalPlan::TableScan(whole.build()?)))
        }
        LogicalPlan::Filter(filter) => {
            let Some(below) = whole(&filter.input)? else { return Ok(None) };
            let condition = with_flat(filter.predicate.clone(), std::slice::from_ref(&below.data))?;
            let found = below.transformed || condition.transformed;
            let filter = Filter::try_new(condition.data, Arc::new(below.data))?;
            let plan = LogicalPlan::Filter(filter);
            Some(if found { Transformed::yes(plan) } else { Transformed::no(plan) })
        }
        _ => None,
    })
}

/// The expression with flat columns of the plans below it in place of paths.
fn with_flat(expr: Expr, below: &[LogicalPlan]) -> Result<Transformed<Expr>> {
    expr.transform_down(|expr| {
        // What is above a grouping set knows its columns by the names of what is in it.
        if matches!(expr, Expr::GroupingSet(_)) {
            return Ok(Transformed::new(expr, false, TreeNodeRecursion::Jump));
        }
        Ok(match flat(&expr, below) {
            Some(column) => Transformed::yes(Expr::Column(column)),
            None => Transformed::no(expr),
        })
    })
}

/// The flat column that holds what a path reads, if the plans below have it.
fn flat(expr: &Expr, below: &[LogicalPlan]) -> Option<Column> {
    let mut path = Vec::new();
    let mut of = expr;
    let column = loop {
        match of {
            Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == "get_field" => {
                let (inner, fields) = args.split_first()?;
                for field in fields.iter().rev() {
                    let Expr::Literal(ScalarValue::Utf8(Some(name)), _) = field else {
                        return None;
                    };
                    path.push(name.as_str());
                }
                of = inner;
            }
            Expr::ScalarFunction(ScalarFunction { func, args })
                if ELEMENT_AT.contains(&func.name()) =>
            {
                let [map, Expr::Literal(ScalarValue::Utf8(Some(key)), _)] = &args[..] else {
                    return None;
                };
                path.push(key.as_str());
                of = map;
            }
            Expr::Column(column) => break column,
            _ => return None,
        }
    };
    let (scan, root) = below.iter().find_map(|plan| origin(plan, column))?;
    path.push(root);
    path.reverse();
    KINDS.into_iter().find_map(|kind| {
        let name = promoted(kind, &path)?;
        let flat = Column::new(column.relation.clone(), name);
        let of_flat = below.iter().find_map(|plan| origin(plan, &flat))?;
        (std::ptr::eq(of_flat.0, scan) && of_flat.1 == name).then_some(flat)
    })
}

/// The table that a column comes from, and what it is called there. A statement may call something
/// else by the name of a flat column, or of what one is a copy of.
fn origin<'a>(plan: &'a LogicalPlan, column: &Column) -> Option<(&'a TableScan, &'a str)> {
    let at = plan.schema().maybe_index_of_column(column)?;
    match plan {
        LogicalPlan::TableScan(scan) => Some((scan, scan.projected_schema.field(at).name())),
        LogicalPlan::SubqueryAlias(alias) => {
            let (of, field) = alias.input.schema().qualified_field(at);
            origin(&alias.input, &Column::new(of.cloned(), field.name()))
        }
        // What UNNEST is of goes by it, and stands before and behind it as it is.
        LogicalPlan::Projection(projection) => match projection.expr.get(at)? {
            Expr::Column(column) => origin(&projection.input, column),
            _ => None,
        },
        LogicalPlan::Filter(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Join(_)
        | LogicalPlan::Unnest(_)
        | LogicalPlan::Window(_) => plan.inputs().into_iter().find_map(|plan| origin(plan, column)),
        _ => None,
    }
}
