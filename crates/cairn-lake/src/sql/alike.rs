//! Texts are not compared with numbers. The engine would read each text as one, and fail at the
//! first that is none, when the statement runs; Trino refuses the statement.

use arrow::datatypes::{Field, FieldRef};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::expr::{
    Between, BinaryExpr, Case, InList, InSubquery, SetComparison,
};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan, Operator, Subquery};

use super::casts;
use super::moments::compares;
use crate::function::is_json;

/// # Errors
/// A text, JSON apart, that is compared with a number anywhere in the plan.
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
    refuse(&casts::field_of(left, schema), op, &casts::field_of(right, schema))
}

/// With the column that a sub-query has.
fn alike_first(expr: &Expr, op: Operator, subquery: &Subquery, schema: &DFSchema) -> Result<()> {
    let item = subquery.subquery.schema().fields().first().cloned();
    item.map_or(Ok(()), |item| refuse(&casts::field_of(expr, schema), op, &Ok(item)))
}

/// What has no type is refused by who plans it.
fn refuse(left: &Result<FieldRef>, op: Operator, right: &Result<FieldRef>) -> Result<()> {
    let (Ok(left), Ok(right)) = (left, right) else { return Ok(()) };
    let is_text = |of: &Field| of.data_type().is_string() && !is_json(of);
    let is_number = |of: &Field| of.data_type().is_numeric();
    if is_text(left) && is_number(right) || is_number(left) && is_text(right) {
        let (left, right) = (left.data_type(), right.data_type());
        return plan_err!(
            "Cannot infer common argument type for comparison operation {left} {op} {right}"
        );
    }
    Ok(())
}
