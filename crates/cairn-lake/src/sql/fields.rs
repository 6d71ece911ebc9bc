//! Paths into rows and maps, by the type of what they start from, and comparisons between a text
//! and what is none.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::functions::core::get_field;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::planner::{
    ExprPlanner, PlannerResult, RawBinaryExpr, RawFieldAccessExpr,
};
use datafusion::logical_expr::{Expr, ExprSchemable, GetFieldAccess, cast, lit};
use datafusion::sql::sqlparser::ast::BinaryOperator;

use super::functions::Functions;
use super::operators;

/// Plans paths as Trino reads them.
#[derive(Debug)]
pub(super) struct FieldPlanner {
    functions: Arc<Functions>,
}

impl FieldPlanner {
    pub(super) fn new(functions: Arc<Functions>) -> Self {
        Self { functions }
    }

    fn call(&self, name: &str, args: Vec<Expr>) -> Result<Expr> {
        self.call_as(name, args, false)
    }

    fn call_as(&self, name: &str, args: Vec<Expr>, lenient: bool) -> Result<Expr> {
        match self.functions.scalar_by_name(name, args.len(), lenient) {
            Some(function) => Ok(Expr::ScalarFunction(ScalarFunction::new_udf(function, args))),
            None => plan_err!("Function '{name}' not registered"),
        }
    }

    fn member(&self, of: Expr, name: &str, schema: &DFSchema) -> Result<Expr> {
        match of.get_type(schema)? {
            DataType::Struct(fields) => {
                let found = fields
                    .iter()
                    .find(|field| field.name() == name)
                    .or_else(|| fields.iter().find(|f| f.name().eq_ignore_ascii_case(name)));
                match found {
                    Some(field) => Ok(Expr::ScalarFunction(ScalarFunction::new_udf(
                        get_field(),
                        vec![of, lit(field.name().clone())],
                    ))),
                    None => plan_err!("Column '{name}' cannot be resolved"),
                }
            }
            DataType::Map(..) => self.call("element_at", vec![of, lit(name)]),
            _ => plan_err!("Column '{name}' cannot be resolved: it is no field of a row"),
        }
    }
}

impl ExprPlanner for FieldPlanner {
    fn plan_field_access(
        &self,
        access: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        let RawFieldAccessExpr { expr, field_access } = access;
        let planned = match field_access {
            GetFieldAccess::NamedStructField { name: ScalarValue::Utf8(Some(name)) } => {
                self.member(expr, &name, schema)?
            }
            GetFieldAccess::ListIndex { key } => match (expr.get_type(schema)?, key.as_ref()) {
                (DataType::Struct(_), Expr::Literal(ScalarValue::Utf8(Some(name)), _)) => {
                    self.member(expr, name, schema)?
                }
                (DataType::Struct(fields), Expr::Literal(ScalarValue::Int64(Some(at)), _)) => {
                    let place = usize::try_from(*at).ok().and_then(|at| at.checked_sub(1));
                    match place.and_then(|place| fields.get(place)) {
                        Some(field) => self.member(expr, field.name(), schema)?,
                        None => {
                            let size = fields.len();
                            return plan_err!(
                                "Invalid subscript index: {at}. ROW type has {size} fields"
                            );
                        }
                    }
                }
                _ => self.call("subscript", vec![expr, *key])?,
            },
            _ => return plan_err!("slices are not supported"),
        };
        Ok(PlannerResult::Planned(planned))
    }

    fn plan_binary_op(
        &self,
        binary: RawBinaryExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawBinaryExpr>> {
        let RawBinaryExpr { op, left, right } = binary;
        if let Some((interval, factor)) =
            times(&operators::outside_try(op.clone()), &left, &right, schema)?
        {
            let planned = self.call("interval_times", vec![interval, factor])?;
            return Ok(PlannerResult::Planned(planned));
        }
        if let Some((name, lenient)) = operators::function(&op, &left, &right, schema)? {
            let planned = self.call_as(name, vec![left, right], lenient)?;
            return Ok(PlannerResult::Planned(planned));
        }
        let op = operators::outside_try(op);
        let (left, right) = operators::between(&op, left, right, schema)?;
        let (left, right) =
            if compares(&op) { comparable(left, right, schema)? } else { (left, right) };
        Ok(PlannerResult::Original(RawBinaryExpr { op, left, right }))
    }
}

/// An interval and what it is multiplied with, where it is.
fn times(
    op: &BinaryOperator,
    left: &Expr,
    right: &Expr,
    schema: &DFSchema,
) -> Result<Option<(Expr, Expr)>> {
    if !matches!(op, BinaryOperator::Multiply | BinaryOperator::Divide) {
        return Ok(None);
    }
    let of = (left.get_type(schema)?, right.get_type(schema)?);
    Ok(match (op, of) {
        (BinaryOperator::Multiply, (DataType::Interval(_), other)) if other.is_numeric() => {
            Some((left.clone(), right.clone()))
        }
        (BinaryOperator::Multiply, (other, DataType::Interval(_))) if other.is_numeric() => {
            Some((right.clone(), left.clone()))
        }
        (BinaryOperator::Divide, (DataType::Interval(_), other)) if other.is_numeric() => {
            Some((left.clone(), lit(1.0) / cast(right.clone(), DataType::Float64)))
        }
        _ => None,
    })
}

fn compares(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq
    )
}

/// A flag beside a text becomes the text `true` or `false`.
pub(super) fn comparable(left: Expr, right: Expr, schema: &DFSchema) -> Result<(Expr, Expr)> {
    let of = (left.get_type(schema)?, right.get_type(schema)?);
    Ok(match of {
        (DataType::Boolean, of) if of.is_string() => flag_and_text(left, right),
        (of, DataType::Boolean) if of.is_string() => {
            let (right, left) = flag_and_text(right, left);
            (left, right)
        }
        _ => (left, right),
    })
}

fn flag_and_text(flag: Expr, text: Expr) -> (Expr, Expr) {
    match text {
        // A constant text is read once, and the flag's column can be pruned by it.
        Expr::Literal(..) => {
            let text = cast(text, DataType::Boolean);
            (flag, text)
        }
        _ => (cast(flag, DataType::Utf8), text),
    }
}
