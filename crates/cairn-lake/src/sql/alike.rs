//! Texts are not compared with numbers. The engine would read each text as one, and fail at the
//! first that is none, when the statement runs; Trino refuses the statement.

use arrow::datatypes::Field;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::expr::{Between, BinaryExpr, Case, InList, InSubquery};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, LogicalPlan, Operator};

use super::casts;
use super::moments::compares;
use crate::function::is_json;

/// # Errors
/// A text, JSON apart, that is compared with a number anywhere in the plan.
pub(super) fn check(plan: LogicalPlan) -> Result<LogicalPlan> {
    plan.apply_with_subqueries(|plan| {
        let schema = merge_schema(&plan.inputs());
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
    let alike = |left: &Expr, op: Operator, right: &Expr| {
        let (left, right) = (casts::field_of(left, schema)?, casts::field_of(right, schema)?);
        refuse(&left, op, &right)
    };
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
            let Some(item) = subquery.subquery.schema().fields().first() else { return Ok(()) };
            let of = casts::field_of(expr, schema)?;
            refuse(&of, Operator::Eq, item)
        }
        Expr::Case(Case { expr: Some(expr), when_then_expr, .. }) => {
            when_then_expr.iter().try_for_each(|(when, _)| alike(expr, Operator::Eq, when))
        }
        _ => Ok(()),
    }
}

fn refuse(left: &Field, op: Operator, right: &Field) -> Result<()> {
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
