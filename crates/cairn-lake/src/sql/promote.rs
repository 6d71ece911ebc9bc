//! Fields of rows and keys of maps that a table holds flat besides: a path to one becomes its flat
//! column, which files can be pruned by and which is read without the rest of the row or map.
//!
//! The flat columns are hidden: no statement can name them. They join the plan when names are
//! resolved, and go where nothing asks for them.

use cairn_ports::lake::TableSchema;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column, DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan};

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
        let schema = merge_schema(&plan.inputs());
        if !schema.fields().iter().any(|field| is_flat(field.name())) {
            return Ok(Transformed::yes(plan));
        }
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let rewritten = expr.transform_down(|expr| {
                Ok(match flat(&expr, &schema) {
                    Some(column) => Transformed::yes(Expr::Column(column)),
                    None => Transformed::no(expr),
                })
            })?;
            Ok(rewritten.update_data(|expr| name.restore(expr)))
        })
    })?;
    Ok(rewritten.data)
}

/// The flat column that holds what a path reads, if the plan below has it.
fn flat(expr: &Expr, schema: &DFSchema) -> Option<Column> {
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
    path.push(&column.name);
    path.reverse();
    KINDS.into_iter().find_map(|kind| {
        let flat = Column::new(column.relation.clone(), promoted(kind, &path)?);
        schema.has_column(&flat).then_some(flat)
    })
}
