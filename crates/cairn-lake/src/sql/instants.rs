//! Moments with a zone beside those without one, which are UTC's in Trino. The engine would read
//! the latter off the wall of the other's zone.

use arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::logical_expr::expr::Cast;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, cast};
use datafusion::optimizer::AnalyzerRule;

use crate::function::{TIMESTAMP, utc};

/// Whether a type is that of a moment with a zone.
pub(super) fn is_zoned(of: &DataType) -> bool {
    matches!(of, DataType::Timestamp(_, Some(_)))
}

/// Whether a type is that of a moment without one.
pub(super) fn is_plain(of: &DataType) -> bool {
    matches!(of, DataType::Timestamp(_, None) | DataType::Date32)
}

/// Whether a type is that of a moment in a zone other than UTC.
pub(super) fn is_away(of: &DataType) -> bool {
    is_zoned(of) && *of != utc()
}

/// A moment without its zone. A cast alone is what a clock in the zone shows.
pub(super) fn of_utc(expr: Expr, of: &DataType) -> Expr {
    if !is_away(of) {
        return cast(expr, TIMESTAMP);
    }
    cast(cast(expr, utc()), TIMESTAMP)
}

/// Goes through the casts that the engine puts around what has no zone, where something else has
/// one.
#[derive(Debug)]
pub(super) struct WithoutZoneIsUtc;

impl AnalyzerRule for WithoutZoneIsUtc {
    fn name(&self) -> &'static str {
        "without_zone_is_utc"
    }

    fn analyze(&self, plan: LogicalPlan, _: &ConfigOptions) -> Result<LogicalPlan> {
        let seen = plan.transform_up_with_subqueries(|plan| {
            let schema = merge_schema(&plan.inputs());
            let names = NamePreserver::new(&plan);
            plan.map_expressions(|expr| {
                let name = names.save(&expr);
                let seen = expr.transform_up(|expr| {
                    let Expr::Cast(Cast { expr: of, field }) = expr else {
                        return Ok(Transformed::no(expr));
                    };
                    let to = field.data_type();
                    let wall = is_away(to) && is_plain(&of.get_type(&schema)?);
                    let of = if wall { Box::new(cast(*of, utc())) } else { of };
                    Ok(Transformed::new_transformed(Expr::Cast(Cast { expr: of, field }), wall))
                })?;
                Ok(seen.update_data(|expr| name.restore(expr)))
            })
        })?;
        Ok(seen.data)
    }
}
