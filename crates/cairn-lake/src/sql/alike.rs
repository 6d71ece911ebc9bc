//! Texts, numbers and JSON are not compared with one another. The engine would read each text as a
//! number, and fail at the first that is none, when the statement runs; of JSON it would compare
//! the text, quotes and all, and find nothing. Trino refuses the statement.

use std::sync::Arc;

use arrow::datatypes::{Field, FieldRef};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::expr::{
    Between, BinaryExpr, Case, Cast, InList, InSubquery, SetComparison, TryCast,
};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan, Operator, Subquery};

use super::casts;
use super::moments::compares;
use crate::function::{is_json, type_name};

/// # Errors
/// A text, a number or JSON that is compared with another of them anywhere in the plan.
pub(super) fn check(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.apply_with_subqueries(|plan| {
        let schema = merge_schema(&plan.inputs());
        if let LogicalPlan::Join(join) = plan {
            for (left, right) in &join.on {
                alike(left, Operator::Eq, right, &schema)?;
            }
        }
        plan.apply_expressions(|expr| {
            expr.apply(|expr| {
                compared(expr, &schema)?;
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(plan)
}

fn compared(expr: &Expr, schema: &DFSchema) -> Result<()> {
    let alike = |left: &Expr, op: Operator, right: &Expr| alike(left, op, right, schema);
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(*op) => {
            alike(left, *op, right)
        }
        Expr::Between(Between { expr, low, high, .. }) => {
            alike(expr, Operator::GtEq, low)?;
            alike(expr, Operator::LtEq, high)
        }
        Expr::InList(InList { expr, list, .. }) => {
            list.iter().try_for_each(|item| alike(expr, Operator::Eq, item))
        }
        Expr::InSubquery(InSubquery { expr, subquery, .. }) => {
            alike_first(expr, Operator::Eq, subquery, schema)
        }
        Expr::SetComparison(SetComparison { expr, op, subquery, .. }) => {
            alike_first(expr, *op, subquery, schema)
        }
        Expr::Case(Case { expr: Some(expr), when_then_expr, .. }) => {
            when_then_expr.iter().try_for_each(|(when, _)| alike(expr, Operator::Eq, when))
        }
        _ => Ok(()),
    }
}

fn alike(left: &Expr, op: Operator, right: &Expr, schema: &DFSchema) -> Result<()> {
    refuse(&type_of(left, schema), op, &type_of(right, schema))
}

/// With the column that a sub-query has.
fn alike_first(expr: &Expr, op: Operator, subquery: &Subquery, schema: &DFSchema) -> Result<()> {
    let item = subquery.subquery.schema().fields().first().cloned();
    item.map_or(Ok(()), |item| refuse(&type_of(expr, schema), op, &Ok(item)))
}

/// A cast is of its own type, also where the engine lets it have what it knows of what is cast.
fn type_of(expr: &Expr, schema: &DFSchema) -> Result<FieldRef> {
    match expr {
        Expr::ScalarFunction(call) if call.func.name() == casts::NAMED => call
            .args
            .first()
            .map_or_else(|| casts::field_of(expr, schema), |of| type_of(of, schema)),
        Expr::Cast(Cast { field, .. }) | Expr::TryCast(TryCast { field, .. }) => {
            Ok(Arc::clone(field))
        }
        _ => casts::field_of(expr, schema),
    }
}

/// Types of which no value is compared with one of another.
#[derive(PartialEq, Eq)]
enum Kind {
    Text,
    Number,
    Json,
}

fn kind(of: &Field) -> Option<Kind> {
    match of.data_type() {
        _ if is_json(of) => Some(Kind::Json),
        text if text.is_string() => Some(Kind::Text),
        number if number.is_numeric() => Some(Kind::Number),
        _ => None,
    }
}

/// What has no type is refused by who plans it.
fn refuse(left: &Result<FieldRef>, op: Operator, right: &Result<FieldRef>) -> Result<()> {
    let (Ok(left), Ok(right)) = (left, right) else { return Ok(()) };
    match (kind(left), kind(right)) {
        (Some(one), Some(other)) if one != other => plan_err!(
            "Cannot infer common argument type for comparison operation {} {op} {}",
            type_name(left),
            type_name(right)
        ),
        _ => Ok(()),
    }
}
