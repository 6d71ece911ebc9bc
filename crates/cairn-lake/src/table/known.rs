//! What a file's bounds answer is not asked of its rows.
//!
//! `eventTime > …` holds for every row of most files that are read for it: days are whole, and a
//! file is of one day.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Result, ScalarValue, Statistics};
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, IsNotNullExpr, Literal};
use datafusion::physical_expr::{PhysicalExpr, conjunction, split_conjunction};
use datafusion::physical_expr_adapter::{
    DefaultPhysicalExprAdapterFactory, PhysicalExprAdapter, PhysicalExprAdapterFactory,
};

use super::held::held;

/// Where a file's schema tells which file of the scan it is: the engine hands schemas to adapters,
/// not files.
const PLACE: &str = "place";

/// The schema of the file at a place of the scan.
pub(super) fn at_place(schema: &Schema, place: usize) -> SchemaRef {
    let place = HashMap::from([(PLACE.to_owned(), place.to_string())]);
    Arc::new(schema.clone().with_metadata(place))
}

/// Fits conditions to the files of one scan.
#[derive(Debug)]
pub(super) struct Known {
    /// Of the scan's columns, for each file of the scan.
    pub(super) statistics: Vec<Arc<Statistics>>,
}

impl PhysicalExprAdapterFactory for Known {
    fn create(
        &self,
        logical: SchemaRef,
        physical: SchemaRef,
    ) -> Result<Arc<dyn PhysicalExprAdapter>> {
        let place = physical.metadata().get(PLACE).and_then(|place| place.parse::<usize>().ok());
        let statistics = place.and_then(|place| self.statistics.get(place)).cloned();
        let columns = physical.clone();
        let below = DefaultPhysicalExprAdapterFactory.create(logical, physical)?;
        Ok(Arc::new(Fitted { below, columns, statistics }))
    }
}

#[derive(Debug)]
struct Fitted {
    below: Arc<dyn PhysicalExprAdapter>,
    columns: SchemaRef,
    statistics: Option<Arc<Statistics>>,
}

impl PhysicalExprAdapter for Fitted {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        let expr = self.below.rewrite(expr)?;
        let expr = held(expr, &self.columns, self.statistics.as_deref())?;
        let Some(statistics) = &self.statistics else { return Ok(expr) };
        let parts = split_conjunction(&expr);
        let count = parts.len();
        let is_open = |part: &&Arc<dyn PhysicalExpr>| !holds(part, &self.columns, statistics);
        let open: Vec<_> = parts.into_iter().filter(is_open).cloned().collect();
        if open.len() == count {
            return Ok(expr);
        }
        Ok(conjunction(open))
    }
}

/// Whether a condition is true for every row of the file.
fn holds(condition: &Arc<dyn PhysicalExpr>, columns: &Schema, statistics: &Statistics) -> bool {
    let of = |column: &Column| {
        let at = columns.index_of(column.name()).ok()?;
        let known = statistics.column_statistics.get(at)?;
        (known.null_count == Precision::Exact(0)).then_some(known)
    };
    if let Some(present) = condition.downcast_ref::<IsNotNullExpr>() {
        return present.arg().downcast_ref::<Column>().and_then(of).is_some();
    }
    let Some(compared) = condition.downcast_ref::<BinaryExpr>() else { return false };
    let (left, right) = (compared.left(), compared.right());
    let sides = match (left.downcast_ref::<Column>(), right.downcast_ref::<Literal>()) {
        (Some(column), Some(value)) => Some((column, *compared.op(), value)),
        _ => match (right.downcast_ref::<Column>(), left.downcast_ref::<Literal>()) {
            (Some(column), Some(value)) => {
                compared.op().swap().map(|operator| (column, operator, value))
            }
            _ => None,
        },
    };
    let Some((column, operator, value)) = sides else { return false };
    of(column).is_some_and(|known| within(known, operator, value.value()))
}

/// Whether all values between the bounds compare so. Bounds of texts are cut, outwards.
fn within(known: &ColumnStatistics, operator: Operator, value: &ScalarValue) -> bool {
    let (Some(least), Some(most)) = (known.min_value.get_value(), known.max_value.get_value())
    else {
        return false;
    };
    if least.data_type() != value.data_type() || value.is_null() {
        return false;
    }
    match operator {
        Operator::Gt => least > value,
        Operator::GtEq => least >= value,
        Operator::Lt => most < value,
        Operator::LtEq => most <= value,
        Operator::NotEq => value < least || value > most,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field};
    use datafusion::physical_expr::expressions::{binary, col, is_not_null, lit};

    use super::*;

    fn statistics(nulls: usize) -> Statistics {
        let text = |text: &str| Precision::Inexact(ScalarValue::from(text));
        let mut statistics = Statistics::new_unknown(&columns());
        statistics.column_statistics[0] = ColumnStatistics {
            null_count: Precision::Exact(nulls),
            min_value: text("b"),
            max_value: text("d"),
            ..ColumnStatistics::new_unknown()
        };
        statistics
    }

    fn columns() -> Schema {
        let field = |name| Field::new(name, DataType::Utf8, true);
        Schema::new(vec![field("known"), field("other")])
    }

    fn is_known(name: &str, operator: Operator, value: &str, nulls: usize) -> bool {
        let columns = columns();
        let side = col(name, &columns).unwrap();
        let condition = binary(side.clone(), operator, lit(value), &columns).unwrap();
        let found = holds(&condition, &columns, &statistics(nulls));
        let turned = binary(lit(value), operator.swap().unwrap(), side, &columns).unwrap();
        assert_eq!(holds(&turned, &columns, &statistics(nulls)), found, "{turned}");
        found
    }

    #[test]
    fn only_what_holds_for_all_values_between_the_bounds_is_known() {
        use Operator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
        let cases = [
            (Gt, "a", true),
            (Gt, "b", false),
            (GtEq, "b", true),
            (GtEq, "c", false),
            (Lt, "e", true),
            (Lt, "d", false),
            (LtEq, "d", true),
            (LtEq, "c", false),
            (NotEq, "a", true),
            (NotEq, "e", true),
            (NotEq, "c", false),
            (Eq, "c", false),
        ];
        for (operator, value, expected) in cases {
            assert_eq!(is_known("known", operator, value, 0), expected, "{operator} {value}");
            assert!(!is_known("known", operator, value, 1), "nulls do not compare");
            assert!(!is_known("other", operator, value, 0), "a column without bounds");
        }
    }

    #[test]
    fn a_column_without_nulls_is_not_null() {
        let columns = columns();
        let present = is_not_null(col("known", &columns).unwrap()).unwrap();
        assert!(holds(&present, &columns, &statistics(0)));
        assert!(!holds(&present, &columns, &statistics(1)));
    }

    #[test]
    fn of_a_conjunction_only_what_is_open_stays() {
        let schema = Arc::new(columns());
        let known = Known { statistics: vec![Arc::new(statistics(0))] };
        let compared = |name, operator, value: &str| {
            binary(col(name, &schema).unwrap(), operator, lit(value), &schema).unwrap()
        };
        let above = compared("known", Operator::Gt, "a");
        let open = compared("other", Operator::Eq, "x");
        let both = conjunction([above.clone(), open.clone()]);
        let adapter = known.create(schema.clone(), at_place(&schema, 0)).unwrap();
        assert_eq!(&adapter.rewrite(both.clone()).unwrap(), &open);
        assert_eq!(adapter.rewrite(above).unwrap().to_string(), "true");
        let elsewhere = known.create(schema.clone(), at_place(&schema, 1)).unwrap();
        assert_eq!(&elsewhere.rewrite(both.clone()).unwrap(), &both);
    }
}
