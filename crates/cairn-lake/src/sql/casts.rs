//! Casts that mean something else in Trino than in the engine: of JSON, of numbers to text, of
//! fractions to whole numbers. And names for all of them: the engine calls a cast by what is cast,
//! and two casts of a column, or one and the column, would have one name in a plan.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::expr::{Cast, ScalarFunction, TryCast};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ExprSchemable, LogicalPlan, ReturnFieldArgs, ScalarFunctionArgs,
    ScalarUDFImpl, Signature, Volatility, lit,
};

use super::functions::Functions;
use super::instants;
use crate::function::{is_json, type_name};

/// The function that names a cast: of what was cast, and of the type that it was cast to.
pub(super) const NAMED: &str = "lake_as";

/// Functions that give one of their arguments.
const CHOICES: &[&str] = &["coalesce", "nullif"];

/// A cast that has a name. It goes when casts are resolved.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Named {
    signature: Signature,
}

impl Named {
    pub(super) fn new() -> Self {
        Self { signature: Signature::any(2, Volatility::Immutable) }
    }
}

impl ScalarUDFImpl for Named {
    fn name(&self) -> &str {
        NAMED
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, given: &[DataType]) -> Result<DataType> {
        match given {
            [of, _] => Ok(of.clone()),
            _ => plan_err!("a cast has one type"),
        }
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        match args.arg_fields {
            [of, _] => Ok(Arc::clone(of)),
            _ => plan_err!("a cast has one type"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match args.args.into_iter().next() {
            Some(cast) => Ok(cast),
            None => plan_err!("a cast has one type"),
        }
    }
}

/// Puts functions in place of such casts, by the types of what is cast.
pub(super) fn resolve(plan: LogicalPlan, functions: &Functions) -> Result<LogicalPlan> {
    let resolved = plan.transform_up_with_subqueries(|plan| {
        if !has_cast(&plan)? {
            return Ok(Transformed::no(plan));
        }
        let schema = merge_schema(&plan.inputs());
        let names = NamePreserver::new(&plan);
        let rewritten = plan.map_expressions(|expr| {
            let name = names.save(&expr);
            // The engine calls sets of groups by their columns, and gives them no other names.
            let keeps_names = matches!(expr, Expr::GroupingSet(_));
            let rewritten = expr.transform_up(|expr| match expr {
                Expr::ScalarFunction(call) if call.func.name() == NAMED && !keeps_names => {
                    Ok(Transformed::yes(call.args.into_iter().next().unwrap_or_else(|| lit(true))))
                }
                expr => cast(expr, &schema, functions),
            })?;
            Ok(rewritten.update_data(|expr| name.restore(expr)))
        })?;
        rewritten.map_data(LogicalPlan::recompute_schema)
    })?;
    Ok(resolved.data)
}

fn has_cast(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_expressions(|expr| {
        found |= expr.exists(|expr| Ok(matches!(expr, Expr::Cast(_) | Expr::TryCast(_))))?;
        Ok(datafusion::common::tree_node::TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

fn cast(expr: Expr, schema: &DFSchema, functions: &Functions) -> Result<Transformed<Expr>> {
    let (inner, to, lenient) = match &expr {
        Expr::Cast(Cast { expr, field }) => (expr, field, false),
        Expr::TryCast(TryCast { expr, field }) => (expr, field, true),
        _ => return Ok(Transformed::no(expr)),
    };
    let from = field_of(inner, schema)?;
    let Some(name) = function(&from, to)? else { return Ok(Transformed::no(expr)) };
    let args = match name {
        "cast_json" | "cast" => vec![inner.as_ref().clone(), lit(type_name(to))],
        _ => vec![inner.as_ref().clone()],
    };
    let Some(function) = functions.scalar_by_name(name, args.len(), lenient) else {
        return Ok(Transformed::no(expr));
    };
    let called = Expr::ScalarFunction(ScalarFunction::new_udf(function, args));
    if name != "round" {
        return Ok(Transformed::yes(called));
    }
    let (expr, field) = (Box::new(called), Arc::clone(to));
    Ok(Transformed::yes(if lenient {
        Expr::TryCast(TryCast { expr, field })
    } else {
        Expr::Cast(Cast { expr, field })
    }))
}

/// What an expression gives. That it is JSON the engine forgets where it chooses between values.
pub(super) fn field_of(expr: &Expr, schema: &DFSchema) -> Result<FieldRef> {
    let field = expr.to_field(schema)?.1;
    let chosen: Vec<&Expr> = match expr {
        Expr::Case(case) => {
            let then = case.when_then_expr.iter().map(|(_, then)| then);
            then.chain(&case.else_expr).map(AsRef::as_ref).collect()
        }
        Expr::ScalarFunction(call) if CHOICES.contains(&call.func.name()) => {
            call.args.iter().collect()
        }
        _ => return Ok(field),
    };
    for expr in chosen {
        let of = field_of(expr, schema)?;
        if is_json(&of) {
            return Ok(of);
        }
    }
    Ok(field)
}

/// Which function a cast is, or has before it.
fn function(from: &FieldRef, to: &FieldRef) -> Result<Option<&'static str>> {
    let fraction = matches!(
        from.data_type(),
        DataType::Float32 | DataType::Float64 | DataType::Decimal128(..)
    );
    Ok(match to.data_type() {
        _ if from.data_type().is_null() => None,
        _ if is_json(from) && !is_json(to) => Some("cast_json"),
        _ if holds_json(to) => {
            return plan_err!("Cannot cast {} to {}", type_name(from), type_name(to));
        }
        // Fields of rows go by their place; the engine goes by their names.
        of if is_of_rows(of) && is_of_rows(from.data_type()) => Some("cast"),
        // What a clock in the zone shows; the engine would take the moment for UTC's.
        to if instants::is_plain(to) && instants::is_away(from.data_type()) => Some("cast"),
        // The engine refuses times that clocks in a zone show twice or skip.
        to if instants::is_zoned(to) && from.data_type().is_string() => Some("cast"),
        of if holds_time(of) || holds_time(from.data_type()) => Some("cast"),
        DataType::Utf8 if !from.data_type().is_string() => Some("cast_varchar"),
        to if to.is_integer() && fraction => Some("round"),
        _ => None,
    })
}

/// The engine takes times of a day for numbers, and the other way round.
fn holds_time(of: &DataType) -> bool {
    match of {
        DataType::Time64(_) => true,
        DataType::List(item) => holds_time(item.data_type()),
        _ => false,
    }
}

fn is_of_rows(of: &DataType) -> bool {
    match of {
        DataType::Struct(_) => true,
        DataType::List(item) => is_of_rows(item.data_type()),
        _ => false,
    }
}

fn holds_json(field: &Field) -> bool {
    is_json(field)
        || match field.data_type() {
            DataType::List(inner) | DataType::Map(inner, _) => holds_json(inner),
            DataType::Struct(fields) => fields.iter().any(|field| holds_json(field)),
            _ => false,
        }
}
