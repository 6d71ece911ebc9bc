//! Calls of Trino that are other calls in the engine.

use std::ops::ControlFlow;

use cairn_ports::lake::Refused;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, DuplicateTreatment, Expr, Function, FunctionArg, FunctionArgExpr,
    FunctionArguments, Ident, LambdaFunction, LambdaFunctionParameter, LambdaSyntax,
    OneOrManyWithParens, Query, SetExpr, TableFactor, Value,
};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::Span;

use super::calls::{named, value};
use super::dialect::LakeDialect;
use super::names::{Names, refused_at};

const NORMAL_FORMS: &[&str] = &["NFD", "NFC", "NFKD", "NFKC"];

/// Puts another call in place of one, if there is one to put.
pub(super) fn other(
    names: &Names<'_>,
    name: &str,
    function: Function,
    span: Span,
) -> Result<ControlFlow<Expr, Function>, Refused> {
    let FunctionArguments::List(list) = &function.args else {
        return Ok(ControlFlow::Continue(function));
    };
    let form = match (name, list.args.len()) {
        ("set_agg", 1) => set_agg(names, function, span)?,
        ("reduce_agg", 4) => reduce_agg(names, function, span)?,
        ("approx_distinct", 2) => approx_distinct(names, function, span)?,
        ("normalize", 2) => normalize(names, function, span)?,
        ("json_exists" | "json_value" | "json_query", 2) => json(names, name, function, span)?,
        _ => return Ok(ControlFlow::Continue(function)),
    };
    Ok(ControlFlow::Break(form))
}

/// The call of an aggregate under the engine's name of another.
fn aggregate(
    names: &Names<'_>,
    name: &str,
    mut function: Function,
    span: Span,
) -> Result<Expr, Refused> {
    // How many arguments there are tells max and min apart only.
    if let Expr::Function(other) = named(names, name, Vec::new(), span)? {
        function.name = other.name;
    }
    Ok(Expr::Function(function))
}

fn set_agg(names: &Names<'_>, mut function: Function, span: Span) -> Result<Expr, Refused> {
    if let FunctionArguments::List(list) = &mut function.args {
        list.duplicate_treatment = Some(DuplicateTreatment::Distinct);
    }
    aggregate(names, "array_agg", function, span)
}

/// The lambdas run over all values of a group at once: none has to join states of its parts.
fn reduce_agg(names: &Names<'_>, mut function: Function, span: Span) -> Result<Expr, Refused> {
    let mut args = arguments(&function, span)?;
    let known = Expr::IsNotNull(Box::new(args[0].clone()));
    let filter = match function.filter.take() {
        Some(filter) => {
            let (left, right) = (Box::new(Expr::Nested(filter)), Box::new(known));
            Expr::BinaryOp { left, op: BinaryOperator::And, right }
        }
        None => known,
    };
    function.filter = Some(Box::new(filter));
    args[0] = aggregate(names, "array_agg", only_first(function), span)?;
    args[3] = identity();
    named(names, "reduce", args, span)
}

/// `s -> s`
fn identity() -> Expr {
    let name = Ident::with_quote('"', "s");
    Expr::Lambda(LambdaFunction {
        params: OneOrManyWithParens::One(LambdaFunctionParameter {
            name: name.clone(),
            data_type: None,
        }),
        body: Box::new(Expr::Identifier(name)),
        syntax: LambdaSyntax::Arrow,
    })
}

/// The engine's error is its own, and below what may be asked for.
fn approx_distinct(names: &Names<'_>, function: Function, span: Span) -> Result<Expr, Refused> {
    aggregate(names, "approx_distinct", only_first(function), span)
}

/// The form is a word, not a text: `normalize(eventName, NFKC)`.
fn normalize(names: &Names<'_>, function: Function, span: Span) -> Result<Expr, Refused> {
    let mut args = arguments(&function, span)?;
    let form = match args.pop() {
        Some(Expr::Identifier(word)) => word.value.to_ascii_uppercase(),
        other => other.map(|other| other.to_string()).unwrap_or_default(),
    };
    if !NORMAL_FORMS.contains(&form.as_str()) {
        let expected = NORMAL_FORMS.join("', '");
        return Err(refused_at(
            span,
            format!("mismatched input '{form}'. Expecting: '{expected}'"),
        ));
    }
    args.push(Expr::Value(value(Value::SingleQuotedString(form))));
    named(names, "normalize", args, span)
}

fn only_first(mut function: Function) -> Function {
    if let FunctionArguments::List(list) = &mut function.args {
        list.args.truncate(1);
    }
    function
}

/// The functions of the standard with a constant path, which are Trino's own ones in other words.
fn json(names: &Names<'_>, name: &str, function: Function, span: Span) -> Result<Expr, Refused> {
    let mut args = arguments(&function, span)?;
    let path = match args.pop() {
        Some(Expr::Value(given)) => given.value.into_string(),
        _ => None,
    };
    let path = path.as_deref().map(|path| {
        path.strip_prefix("lax ").or_else(|| path.strip_prefix("strict ")).unwrap_or(path).trim()
    });
    let Some(path) = path else {
        return Err(refused_at(span, format!("{name} takes a constant path")));
    };
    args.push(Expr::Value(value(Value::SingleQuotedString(path.to_owned()))));
    match name {
        "json_value" => named(names, "json_extract_scalar", args, span),
        "json_query" => {
            let found = named(names, "json_extract", args, span)?;
            named(names, "json_format", vec![found], span)
        }
        _ => {
            let found = named(names, "json_extract", args, span)?;
            Ok(Expr::IsNotNull(Box::new(found)))
        }
    }
}

fn arguments(function: &Function, span: Span) -> Result<Vec<Expr>, Refused> {
    let FunctionArguments::List(list) = &function.args else { return Ok(Vec::new()) };
    let plain = |arg: &FunctionArg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr.clone()),
        other => Err(refused_at(span, format!("mismatched input '{other}'"))),
    };
    list.args.iter().map(plain).collect()
}

/// The arguments of a call; `None` where one is no expression.
pub(super) fn arguments_mut(function: &mut Function) -> Option<Vec<&mut Expr>> {
    let FunctionArguments::List(list) = &mut function.args else { return None };
    let mut exprs = Vec::with_capacity(list.args.len());
    for arg in &mut list.args {
        let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = arg else { return None };
        exprs.push(expr);
    }
    Some(exprs)
}

/// `(a, b) IN (SELECT x, y ...)`: the columns of the sub-query become one row.
/// A column that is alone stays as it is. It is read by a
/// query around it, as its own may be of any form.
pub(super) fn as_rows(subquery: &mut Query, columns: usize) {
    let columns: Vec<String> = (0..columns).map(|at| format!("c{at}")).collect();
    let columns = columns.join(", ");
    let row = if columns.contains(',') { "row" } else { "" };
    let around = format!("SELECT {row}({columns}) FROM (SELECT 1) AS \"Rows\" ({columns})");
    let parsed = Parser::new(&LakeDialect).try_with_sql(&around).and_then(|mut p| p.parse_query());
    let Ok(mut around) = parsed else { return };
    let SetExpr::Select(select) = around.body.as_mut() else { return };
    let Some(from) = select.from.first_mut() else { return };
    if let TableFactor::Derived { subquery: inner, .. } = &mut from.relation {
        std::mem::swap(inner.as_mut(), subquery);
    }
    *subquery = *around;
}
