//! Calls of functions, and forms of expressions that become calls.

use std::ops::ControlFlow;

use cairn_ports::lake::Refused;
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, CaseWhen, CastKind, DataType, DuplicateTreatment, Expr, Function,
    FunctionArg, FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList, FunctionArguments,
    Ident, ObjectName, Subscript, TimezoneInfo, TrimWhereField, Value, ValueWithSpan,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::names::{Names, refused_at, span_of};
use super::{casts, forms, interval, like, literals, operators, types};

/// Before what is inside of an expression is rewritten.
pub(super) fn enter(names: &mut Names<'_>, expr: &Expr) -> Result<(), Refused> {
    if is_call(expr, "try") {
        names.tries += 1;
    }
    match expr {
        Expr::BinaryOp { op, .. } if !is_known(op) => {
            Err(refused_at(span_of(expr), format!("mismatched input '{op}'")))
        }
        Expr::Value(value) if !is_literal(&value.value) => {
            Err(refused_at(value.span, format!("mismatched input '{value}'")))
        }
        Expr::JsonAccess { .. }
        | Expr::InUnnest { .. }
        | Expr::ILike { .. }
        | Expr::SimilarTo { .. }
        | Expr::RLike { .. }
        | Expr::Convert { .. }
        | Expr::Overlay { .. }
        | Expr::Collate { .. }
        | Expr::IsNormalized { .. }
        | Expr::Prefixed { .. }
        | Expr::Struct { .. }
        | Expr::Named { .. }
        | Expr::Dictionary(_)
        | Expr::Map(_)
        | Expr::MatchAgainst { .. }
        | Expr::OuterJoin(_)
        | Expr::Prior(_)
        | Expr::MemberOf(_)
        | Expr::Cast { kind: CastKind::DoubleColon | CastKind::SafeCast, .. }
        | Expr::Like { any: true, .. } => {
            Err(refused_at(span_of(expr), format!("mismatched input '{expr}'")))
        }
        _ => Ok(()),
    }
}

fn is_known(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::StringConcat
            | BinaryOperator::Gt
            | BinaryOperator::Lt
            | BinaryOperator::GtEq
            | BinaryOperator::LtEq
            | BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::And
            | BinaryOperator::Or
    )
}

fn is_literal(value: &Value) -> bool {
    matches!(
        value,
        Value::Number(..)
            | Value::SingleQuotedString(_)
            | Value::HexStringLiteral(_)
            | Value::UnicodeStringLiteral(_)
            | Value::Boolean(_)
            | Value::Null
    )
}

/// After what is inside of an expression was rewritten.
pub(super) fn leave(names: &mut Names<'_>, expr: &mut Expr) -> Result<(), Refused> {
    let span = match expr {
        Expr::Function(function) => name_span(function),
        _ => Span::empty(),
    };
    let taken = std::mem::replace(expr, Expr::Tuple(Vec::new()));
    *expr = match taken {
        Expr::Function(function) => self_or_form(names, function, span)?,
        Expr::Value(ValueWithSpan { value: Value::UnicodeStringLiteral(text), span }) => {
            Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), span })
        }
        Expr::Like { negated, expr, pattern, escape_char, .. } => {
            let pattern = Box::new(like::pattern(names, *pattern, escape_char)?);
            Expr::Like { negated, any: false, expr, pattern, escape_char: None }
        }
        Expr::BinaryOp { left, op, right } if names.tries > 0 && divides(&op) => {
            let right = named(names, "nullif", vec![*right, number("0")], span)?;
            Expr::BinaryOp { left, op, right: Box::new(right) }
        }
        Expr::BinaryOp { left, op, right } if names.tries > 0 => {
            Expr::BinaryOp { left, op: operators::inside_try(op), right }
        }
        Expr::Cast { kind, expr, data_type, .. } => cast_to(names, kind, expr, data_type)?,
        Expr::AtTimeZone { timestamp, time_zone } => {
            named(names, "at_timezone", vec![*timestamp, *time_zone], span)?
        }
        Expr::Extract { field, expr, .. } => {
            let field = field.to_string().to_ascii_lowercase();
            named(names, field.trim_matches('"'), vec![*expr], span)?
        }
        Expr::Substring { expr, substring_from, substring_for, .. } => {
            let from = substring_from.map_or_else(|| number("1"), |from| *from);
            let mut args = vec![*expr, from];
            args.extend(substring_for.map(|length| *length));
            named(names, "substr", args, span)?
        }
        Expr::Position { expr, r#in } => named(names, "strpos", vec![*r#in, *expr], span)?,
        Expr::Trim { expr, trim_where, trim_what, trim_characters } => {
            let name = match trim_where {
                Some(TrimWhereField::Leading) => "ltrim",
                Some(TrimWhereField::Trailing) => "rtrim",
                Some(TrimWhereField::Both) | None => "trim",
            };
            let mut args = vec![*expr];
            args.extend(trim_what.map(|what| *what));
            args.extend(trim_characters.unwrap_or_default());
            named(names, name, args, span)?
        }
        Expr::CompoundFieldAccess { root, access_chain } if names.tries > 0 => {
            lenient_path(names, *root, access_chain, span)?
        }
        Expr::TypedString(literal) => literals::typed(names, literal)?,
        Expr::Interval(interval) => interval::spelled(interval)?,
        // The planner looks for what an array literal reads in the innermost relation only.
        Expr::Array(array) if !array.elem.is_empty() => call("make_array", array.elem),
        Expr::Tuple(values) if !values.is_empty() => named(names, "row", values, span)?,
        Expr::Ceil { expr, .. } => named(names, "ceil", vec![*expr], span)?,
        Expr::Floor { expr, .. } => named(names, "floor", vec![*expr], span)?,
        other => other,
    };
    Ok(())
}

fn self_or_form(
    names: &mut Names<'_>,
    mut function: Function,
    span: Span,
) -> Result<Expr, Refused> {
    let Some(mut name) = simple_name(&function) else {
        return Err(refused_at(span, format!("Function '{}' not registered", function.name)));
    };
    match name.as_str() {
        "try" => {
            names.tries -= 1;
            return only(function, span);
        }
        "if" => return condition(function, span),
        "now" | "current_timestamp" => return Ok(literals::now(names)),
        "localtimestamp" => return Ok(literals::local(names)),
        "current_date" => return Ok(cast(literals::local(names), DataType::Date)),
        "current_time" | "localtime" => {
            return Ok(cast(literals::local(names), DataType::Time(None, TimezoneInfo::None)));
        }
        _ => {}
    }
    if name == "approx_distinct" && function.over.is_some() {
        exactly(&mut function);
        "count".clone_into(&mut name);
    }
    let mut function = match forms::other(names, &name, function, span)? {
        ControlFlow::Break(form) => return Ok(form),
        ControlFlow::Continue(function) => function,
    };
    let (arguments, lambdas) = match &function.args {
        FunctionArguments::List(list) => (list.args.len(), list.args.iter().any(is_lambda)),
        FunctionArguments::None | FunctionArguments::Subquery(_) => (0, false),
    };
    let resolved = names.functions.resolve(&name, arguments, names.tries > 0);
    let resolved = match (lambdas, names.functions.resolve_lambda(&name)) {
        (true, None) if resolved.is_some() => {
            return Err(refused_at(span, format!("Function '{name}' takes no lambda here")));
        }
        (true, with_lambda) => with_lambda,
        (false, _) => resolved,
    };
    let Some(engine) = resolved else {
        return Err(refused_at(span, format!("Function '{name}' not registered")));
    };
    if function.over.is_none() && names.functions.needs_over(&engine) {
        let what = format!("Window function {name} requires an OVER clause");
        return Err(refused_at(span, what));
    }
    function.name = object(&engine);
    if name == "listagg" {
        list_in_order(&mut function);
    }
    Ok(Expr::Function(function))
}

/// A path with subscripts that give null where there is nothing.
fn lenient_path(
    names: &Names<'_>,
    root: Expr,
    chain: Vec<AccessExpr>,
    span: Span,
) -> Result<Expr, Refused> {
    let mut path = root;
    for access in chain {
        path = match access {
            AccessExpr::Subscript(Subscript::Index { index }) => {
                named(names, "subscript", vec![path, index], span)?
            }
            other => {
                let root = Box::new(path);
                Expr::CompoundFieldAccess { root, access_chain: vec![other] }
            }
        };
    }
    Ok(path)
}

fn is_lambda(arg: &FunctionArg) -> bool {
    matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Lambda(_))))
}

/// What is about exact is as well exact: values that leave a frame can only be counted so.
fn exactly(function: &mut Function) {
    if let FunctionArguments::List(list) = &mut function.args {
        list.args.truncate(1);
        list.duplicate_treatment = Some(DuplicateTreatment::Distinct);
    }
}

/// The engine has the order among the arguments, and no separator of its own.
fn list_in_order(function: &mut Function) {
    let order = std::mem::take(&mut function.within_group);
    let FunctionArguments::List(list) = &mut function.args else { return };
    // There is no length at which a text would overflow.
    list.clauses.retain(|clause| !matches!(clause, FunctionArgumentClause::OnOverflow(_)));
    if list.args.len() == 1 {
        let none = Expr::Value(value(Value::SingleQuotedString(String::new())));
        list.args.push(FunctionArg::Unnamed(FunctionArgExpr::Expr(none)));
    }
    if !order.is_empty() {
        list.clauses.push(FunctionArgumentClause::OrderBy(order));
    }
}

/// A cast as the planner knows it; inside of TRY one that gives null where it would fail.
fn cast_to(
    names: &Names<'_>,
    kind: CastKind,
    expr: Box<Expr>,
    data_type: DataType,
) -> Result<Expr, Refused> {
    let span = Span::empty();
    let text = types::text(&data_type).unwrap_or_default().to_owned();
    let kind = if names.tries > 0 { CastKind::TryCast } else { kind };
    let own = match text.as_str() {
        "json" => Some("to_json"),
        "ipaddress" => Some("cast_ipaddress"),
        _ => None,
    };
    if let Some(own) = own {
        return named_as(names, own, vec![*expr], span, kind == CastKind::TryCast);
    }
    if let (Expr::Value(given), true) = (expr.as_ref(), types::is_zoned(&text))
        && let Value::SingleQuotedString(time) = &given.value
        && let Some(moment) = literals::in_zone(names, time, given.span, &kind)?
    {
        return Ok(moment);
    }
    let to = Expr::Value(value(Value::SingleQuotedString(data_type.to_string())));
    let cast = Expr::Cast { kind, expr, data_type, array: false, format: None };
    let cast = call(casts::NAMED, vec![cast, to]);
    match types::length(&text) {
        Some(length) => named(names, "substr", vec![cast, number("1"), number(length)], span),
        None => Ok(cast),
    }
}

/// Inside of TRY what is divided by nothing is null.
fn divides(op: &BinaryOperator) -> bool {
    matches!(op, BinaryOperator::Divide | BinaryOperator::Modulo)
}

/// Calls a function that a form of an expression stands for.
pub(super) fn named(
    names: &Names<'_>,
    name: &str,
    args: Vec<Expr>,
    span: Span,
) -> Result<Expr, Refused> {
    named_as(names, name, args, span, names.tries > 0)
}

fn named_as(
    names: &Names<'_>,
    name: &str,
    args: Vec<Expr>,
    span: Span,
    lenient: bool,
) -> Result<Expr, Refused> {
    match names.functions.resolve(name, args.len(), lenient) {
        Some(engine) => Ok(call(&engine, args)),
        None => Err(refused_at(span, format!("Function '{name}' not registered"))),
    }
}

fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)));
    Expr::Function(Function {
        name: object(name),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: args.collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}

fn condition(function: Function, span: Span) -> Result<Expr, Refused> {
    let mut args = plain_args(function, span)?.into_iter();
    let (Some(condition), Some(result), otherwise, None) =
        (args.next(), args.next(), args.next(), args.next())
    else {
        return Err(refused_at(span, "Invalid number of arguments for 'if' function"));
    };
    Ok(Expr::Case {
        case_token: AttachedToken::empty(),
        end_token: AttachedToken::empty(),
        operand: None,
        conditions: vec![CaseWhen { condition, result }],
        else_result: otherwise.map(Box::new),
    })
}

fn only(function: Function, span: Span) -> Result<Expr, Refused> {
    let name = function.name.to_string();
    let mut args = plain_args(function, span)?;
    match (args.pop(), args.pop()) {
        (Some(arg), None) => Ok(arg),
        _ => Err(refused_at(span, format!("Function '{name}' takes one argument"))),
    }
}

fn plain_args(function: Function, span: Span) -> Result<Vec<Expr>, Refused> {
    let FunctionArguments::List(list) = function.args else { return Ok(Vec::new()) };
    let arg = |arg| match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr),
        other => Err(refused_at(span, format!("mismatched input '{other}'"))),
    };
    list.args.into_iter().map(arg).collect()
}

/// `CAST(expr AS data_type)`
pub(super) fn cast(expr: Expr, data_type: DataType) -> Expr {
    let expr = Box::new(expr);
    Expr::Cast { kind: CastKind::Cast, expr, data_type, array: false, format: None }
}

fn number(text: &str) -> Expr {
    Expr::Value(value(Value::Number(text.to_owned(), false)))
}

pub(super) fn value(value: Value) -> ValueWithSpan {
    ValueWithSpan { value, span: Span::empty() }
}

fn object(name: &str) -> ObjectName {
    ObjectName::from(vec![Ident::with_quote('"', name)])
}

fn is_call(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::Function(function) if simple_name(function).as_deref() == Some(name))
}

/// A name without qualifiers, in lower case.
fn simple_name(function: &Function) -> Option<String> {
    match function.name.0.as_slice() {
        [only] => only.as_ident().map(|ident| ident.value.to_ascii_lowercase()),
        _ => None,
    }
}

fn name_span(function: &Function) -> Span {
    use datafusion::sql::sqlparser::ast::Spanned;
    function.name.span()
}
