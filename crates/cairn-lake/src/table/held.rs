//! Expressions over what a file holds, which is less than what a table seems to have.
//!
//! Texts are numbers into a dictionary, and all rows of a file are of one day.

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Result, ScalarValue, Statistics};
use datafusion::physical_expr::expressions::{
    CastExpr, Column, IsNotNullExpr, IsNullExpr, Literal,
};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};

use crate::tally::{Coded, coded};

/// Functions of a time that never go back as the time goes on.
const STEADY: &[&str] = &["lake_date_trunc"];

/// The expression without texts being made where numbers do, and with values that are the same for
/// all rows.
pub(super) fn held(
    expr: Arc<dyn PhysicalExpr>,
    columns: &Schema,
    known: Option<&Statistics>,
) -> Result<Arc<dyn PhysicalExpr>> {
    let held =
        expr.transform_up(|expr| {
            if let Some(coded) = expr.downcast_ref::<Coded>() {
                let number = number(&coded.of, columns)?;
                return Ok(number.map_or_else(|| Transformed::no(expr), Transformed::yes));
            }
            if let Some(is) = expr.downcast_ref::<IsNullExpr>() {
                let number = number(is.arg(), columns)?.map(IsNullExpr::new);
                return Ok(number
                    .map_or_else(|| Transformed::no(expr), |is| Transformed::yes(Arc::new(is))));
            }
            if let Some(is) = expr.downcast_ref::<IsNotNullExpr>() {
                let number = number(is.arg(), columns)?.map(IsNotNullExpr::new);
                return Ok(number
                    .map_or_else(|| Transformed::no(expr), |is| Transformed::yes(Arc::new(is))));
            }
            let value = known.map(|known| steady(&expr, columns, known)).transpose()?.flatten();
            Ok(value.map_or_else(
                || Transformed::no(expr),
                |value| Transformed::yes(Arc::new(Literal::new(value))),
            ))
        })?;
    Ok(held.data)
}

/// The number of which a text is made.
fn number(text: &Arc<dyn PhysicalExpr>, columns: &Schema) -> Result<Option<Arc<dyn PhysicalExpr>>> {
    let Some(made) = text.downcast_ref::<CastExpr>() else { return Ok(None) };
    let of = made.expr();
    Ok((of.data_type(columns)? == coded()).then(|| of.clone()))
}

/// What a function of a time gives for all rows of the file, if it is one value.
fn steady(
    expr: &Arc<dyn PhysicalExpr>,
    columns: &Schema,
    known: &Statistics,
) -> Result<Option<ScalarValue>> {
    let is_steady =
        match (expr.downcast_ref::<ScalarFunctionExpr>(), expr.downcast_ref::<CastExpr>()) {
            (Some(function), _) => STEADY.contains(&function.fun().name()),
            (_, Some(cast)) => cast.cast_type() == &DataType::Date32,
            _ => false,
        };
    if !is_steady {
        return Ok(None);
    }
    // Besides the time there are values of the statement: what depends on a row may differ in each.
    let mut rows = expr.children().into_iter().filter(|of| !of.is::<Literal>());
    let (Some(time), None) = (rows.next(), rows.next()) else { return Ok(None) };
    let Some(time) = time.downcast_ref::<Column>() else { return Ok(None) };
    let of = columns.index_of(time.name()).ok().and_then(|at| known.column_statistics.get(at));
    let Some(of) = of.filter(|of| of.null_count == Precision::Exact(0)) else { return Ok(None) };
    let (Some(first), Some(last)) = (of.min_value.get_value(), of.max_value.get_value()) else {
        return Ok(None);
    };
    if !matches!(first.data_type(), DataType::Timestamp(..)) {
        return Ok(None);
    }
    let (first, last) = (at(expr, first)?, at(expr, last)?);
    Ok((first == last).then_some(first))
}

/// The value of an expression at one time.
fn at(expr: &Arc<dyn PhysicalExpr>, time: &ScalarValue) -> Result<ScalarValue> {
    let fixed = expr.clone().transform_up(|expr| {
        let is_column = expr.is::<Column>();
        let literal = || Arc::new(Literal::new(time.clone())) as Arc<dyn PhysicalExpr>;
        Ok(if is_column { Transformed::yes(literal()) } else { Transformed::no(expr) })
    })?;
    let one = RecordBatchOptions::new().with_row_count(Some(1));
    let row = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &one)?;
    let value = fixed.data.evaluate(&row)?.into_array(1)?;
    ScalarValue::try_from_array(&value, 0)
}
