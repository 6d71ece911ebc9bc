//! What is compared with a time, or becomes one. Trino takes texts with days and months of one
//! digit, and times without seconds; the engine takes neither, so such texts are written out. And
//! moments with a zone are compared with those without one.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::expr::{Between, BinaryExpr, Cast, InList, ScalarFunction, TryCast};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Operator, cast, lit};

use super::functions::Functions;
use super::instants;
use crate::function::TIMESTAMP;

/// Writes out such texts in every part of a plan.
pub(super) fn resolve(plan: LogicalPlan, functions: &Functions) -> Result<LogicalPlan> {
    let resolved = plan.transform_up_with_subqueries(|plan| {
        let schema = merge_schema(&plan.inputs());
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expr| {
            let name = names.save(&expr);
            let rewritten = expr.transform_up(|expr| Ok(beside(expr, &schema, functions)))?;
            Ok(rewritten.update_data(|expr| name.restore(expr)))
        })
    })?;
    Ok(resolved.data)
}

/// The texts that are compared with a time or become one.
fn beside(mut expr: Expr, schema: &DFSchema, functions: &Functions) -> Transformed<Expr> {
    let is_time = |expr: &Expr| expr.get_type(schema).is_ok_and(|of| is_time(&of));
    let mut changed = one_zone(&mut expr, schema)
        | one_unit(&mut expr, schema, functions)
        | one_wall(&mut expr, schema, functions);
    let mut write = |text: &mut Expr| changed |= write_out(text);
    match &mut expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(*op) => {
            if is_time(left) {
                write(right);
            } else if is_time(right) {
                write(left);
            }
        }
        Expr::Between(Between { expr, low, high, .. }) if is_time(expr) => {
            write(low);
            write(high);
        }
        Expr::InList(InList { expr, list, .. }) if is_time(expr) => {
            list.iter_mut().for_each(write);
        }
        Expr::Cast(Cast { expr, field }) | Expr::TryCast(TryCast { expr, field })
            if self::is_time(field.data_type()) =>
        {
            write(expr);
        }
        _ => {}
    }
    if changed { Transformed::yes(expr) } else { Transformed::no(expr) }
}

/// Moments with a zone and some without one that are compared become UTC's, all of them: a column
/// that files are pruned by stays as it is.
fn one_zone(expr: &mut Expr, schema: &DFSchema) -> bool {
    let mut compared = compared(expr);
    let of = |expr: &&mut Expr| expr.get_type(schema).unwrap_or(DataType::Null);
    let types: Vec<DataType> = compared.iter().map(of).collect();
    if !types.iter().any(instants::is_zoned) || !types.iter().any(instants::is_plain) {
        return false;
    }
    for (expr, of) in compared.iter_mut().zip(&types).filter(|(_, of)| instants::is_zoned(of)) {
        **expr = instants::of_utc(std::mem::take(*expr), of);
    }
    true
}

/// A text without a zone, beside a moment in one, is a time that a clock there shows. The engine
/// would refuse it where clocks are set back or forward.
fn one_wall(expr: &mut Expr, schema: &DFSchema, functions: &Functions) -> bool {
    let compared = compared(expr);
    let of = |side: &&mut Expr| match side.get_type(schema) {
        Ok(of) if !instants::is_away(&of) => None,
        Ok(DataType::Timestamp(_, zone)) => zone,
        _ => None,
    };
    let Some(zone) = compared.iter().find_map(of) else { return false };
    let Some(read) = functions.scalar_by_name("with_timezone", 2, false) else { return false };
    let mut changed = false;
    for side in compared {
        if let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = &*side
            && let Some(wall) = written_out(text).filter(|whole| is_wall(whole))
        {
            let args = vec![cast(lit(wall), TIMESTAMP), lit(zone.as_ref())];
            *side = Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(&read), args));
            changed = true;
        }
    }
    changed
}

/// What is compared with each other.
fn compared(expr: &mut Expr) -> Vec<&mut Expr> {
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) if compares(*op) => vec![left, right],
        Expr::Between(Between { expr, low, high, .. }) => vec![expr, low, high],
        Expr::InList(InList { expr, list, .. }) => {
            std::iter::once(expr.as_mut()).chain(list.iter_mut()).collect()
        }
        _ => Vec::new(),
    }
}

/// Brings intervals that are compared to one unit.
fn one_unit(expr: &mut Expr, schema: &DFSchema, functions: &Functions) -> bool {
    let mut changed = false;
    for side in compared(expr) {
        let is_interval = |of| matches!(of, DataType::Interval(_));
        if side.get_type(schema).is_ok_and(is_interval)
            && let Some(hours) = functions.scalar_by_name("interval_hours", 1, false)
        {
            let args = vec![std::mem::take(side)];
            *side = Expr::ScalarFunction(ScalarFunction::new_udf(hours, args));
            changed = true;
        }
    }
    changed
}

pub(super) fn compares(op: Operator) -> bool {
    matches!(
        op,
        Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom
    )
}

fn is_time(of: &DataType) -> bool {
    matches!(of, DataType::Timestamp(..) | DataType::Date32)
}

/// Whether the expression is a text that had to be written out.
fn write_out(expr: &mut Expr) -> bool {
    let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = expr else { return false };
    match written_out(text) {
        Some(whole) if whole != *text => {
            *text = whole;
            true
        }
        _ => false,
    }
}

/// `2026-4-1 9:05` as `2026-04-01 09:05:00`; `None` for what is something else.
fn written_out(text: &str) -> Option<String> {
    let (year, rest) = text.trim().split_once('-')?;
    let (month, rest) = rest.split_once('-')?;
    let (day, rest) = digits(rest);
    let date = format!("{year}-{}-{}", two(month)?, two(day)?);
    if year.len() < 4 || !year.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let separator = if rest.starts_with('T') { 'T' } else { ' ' };
    let Some(rest) = rest.strip_prefix(separator) else {
        return rest.is_empty().then_some(date);
    };
    let (hour, rest) = digits(rest.trim_start());
    let (minute, rest) = digits(rest.strip_prefix(':')?);
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest),
        None => ("0", rest),
    };
    Some(format!("{date}{separator}{}:{}:{}{rest}", two(hour)?, two(minute)?, two(second)?))
}

/// Whether a text that was written out says no zone: behind the date there are numbers only.
fn is_wall(whole: &str) -> bool {
    let clock = whole.split_once([' ', 'T']).map_or("", |(_, clock)| clock);
    clock.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'))
}

/// The digits that a text begins with, and what is behind them.
fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|next: char| !next.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

/// A number of one digit or two, as two.
fn two(number: &str) -> Option<String> {
    let sound = (1..=2).contains(&number.len()) && number.bytes().all(|d| d.is_ascii_digit());
    sound.then(|| format!("{number:0>2}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_shows_no_zone() {
        for wall in ["2026-04-01", "2026-04-01 09:05:00", "2026-04-01T09:05:06.25"] {
            assert!(is_wall(wall), "{wall}");
        }
        for zoned in ["2026-04-01T09:05:00Z", "2026-04-01 09:05:00 UTC", "2026-04-01 09:05:00-02"] {
            assert!(!is_wall(zoned), "{zoned}");
        }
    }

    #[test]
    fn what_is_left_out_of_a_time_is_added() {
        let cases = [
            ("2026-4-1", Some("2026-04-01")),
            ("2026-04-01 9:05", Some("2026-04-01 09:05:00")),
            ("2026-04-01T09:05Z", Some("2026-04-01T09:05:00Z")),
            ("2026-04-01 09:05 UTC", Some("2026-04-01 09:05:00 UTC")),
            ("2026-04-01 09:05:06.25", Some("2026-04-01 09:05:06.25")),
            ("2026-04-01T09:05:06+02:00", Some("2026-04-01T09:05:06+02:00")),
            ("2026-04", None),
            ("2026-04-01x", None),
            ("2026-04-01 09", None),
            ("26-04-01", None),
            ("never", None),
        ];
        for (text, whole) in cases {
            assert_eq!(written_out(text).as_deref(), whole, "{text}");
        }
    }
}
