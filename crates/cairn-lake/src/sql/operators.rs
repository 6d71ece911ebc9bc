//! Operators that the engine would run otherwise than Trino: whole numbers that grow beyond their
//! type are a fault, not another number, and texts are put together within the bounds of a call.

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, DataFusionError, Result};
use datafusion::logical_expr::{Expr, ExprSchemable, cast};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::instants;
use crate::function::{TIME, TIMESTAMP};

/// What stands before an operator inside of TRY.
const TRY: &str = "try ";

/// Operators that can fail, and the functions in their place.
const ARITHMETIC: &[(BinaryOperator, &str)] = &[
    (BinaryOperator::Plus, "add"),
    (BinaryOperator::Minus, "subtract"),
    (BinaryOperator::Multiply, "multiply"),
];

/// An operator as it is called inside of TRY. What it is of is not known yet.
pub(super) fn inside_try(op: BinaryOperator) -> BinaryOperator {
    if ARITHMETIC.iter().any(|(known, _)| *known == op) {
        return BinaryOperator::Custom(format!("{TRY}{op}"));
    }
    op
}

/// The operator that was called inside of TRY.
pub(super) fn outside_try(op: BinaryOperator) -> BinaryOperator {
    let BinaryOperator::Custom(text) = &op else { return op };
    let Some(text) = text.strip_prefix(TRY) else { return op };
    let plain = ARITHMETIC.iter().map(|(plain, _)| plain).find(|plain| plain.to_string() == text);
    plain.cloned().unwrap_or(op)
}

/// Trino's name of the function that stands for an operator between operands of their types, and
/// whether it is null where it would fail.
pub(super) fn function(
    op: &BinaryOperator,
    left: &Expr,
    right: &Expr,
    schema: &DFSchema,
) -> Result<Option<(&'static str, bool)>> {
    let plain = outside_try(op.clone());
    let (left, right) = (left.get_type(schema)?, right.get_type(schema)?);
    if plain == BinaryOperator::StringConcat {
        let texts = left.is_string() && is_value(&right) || right.is_string() && is_value(&left);
        return Ok(texts.then_some(("concat", false)));
    }
    if left == TIME || right == TIME || is_shift(&left, &right) {
        let lenient = plain != *op;
        return Ok(match plain {
            BinaryOperator::Plus => Some(("time_plus", lenient)),
            BinaryOperator::Minus => Some(("time_minus", lenient)),
            _ => None,
        });
    }
    if !(left.is_integer() && right.is_integer()) {
        return Ok(None);
    }
    let found = ARITHMETIC.iter().find(|(known, _)| *known == plain);
    Ok(found.map(|(_, name)| (*name, plain != *op)))
}

/// Whether an interval stands beside a moment in a zone: the engine turns days of a calendar there,
/// and refuses times that clocks skip or show twice.
fn is_shift(left: &DataType, right: &DataType) -> bool {
    let is_interval = |of: &DataType| matches!(of, DataType::Interval(_));
    instants::is_away(left) && is_interval(right) || is_interval(left) && instants::is_away(right)
}

/// The operands as the engine has to see them: what lies between two days is an interval in Trino,
/// and a number in the engine.
pub(super) fn between(
    op: &BinaryOperator,
    left: Expr,
    right: Expr,
    schema: &DFSchema,
) -> Result<(Expr, Expr)> {
    let is_day = |expr: &Expr| Ok::<_, DataFusionError>(expr.get_type(schema)? == DataType::Date32);
    if *op == BinaryOperator::Minus && is_day(&left)? && is_day(&right)? {
        return Ok((cast(left, TIMESTAMP), cast(right, TIMESTAMP)));
    }
    Ok((left, right))
}

/// What is no array: to one a text is appended.
fn is_value(of: &DataType) -> bool {
    !matches!(of, DataType::List(_) | DataType::LargeList(_) | DataType::FixedSizeList(..))
}
