//! What is refused, in the words of Trino: where it is, and what it is.

use cairn_ports::lake::Refused;
use datafusion::common::{Column, DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan};

use super::hints::{self, is_word};
use super::quantified;
use super::statement::is_id;
use super::type_names::renamed;
use crate::fault::said;
use crate::function::told;

/// Characters of a refusal: the message of a query that failed holds no more.
const MAX_TEXT: usize = 900;

pub(super) fn at(place: Location, what: impl std::fmt::Display) -> Refused {
    // Tokens that were made up have no place.
    let (line, column) = (place.line.max(1), place.column.max(1));
    statement(format!("line {line}:{column}: {what}"))
}

pub(super) fn statement(mut text: String) -> Refused {
    if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
        text.truncate(end);
    }
    Refused::Statement(text)
}

/// Says what the parser did not expect.
pub(super) fn parser(error: ParserError) -> Refused {
    let text = match error {
        ParserError::RecursionLimitExceeded => {
            return statement("line 1:1: the statement is nested too deeply".into());
        }
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text,
    };
    let (what, place) = text.rsplit_once(" at Line: ").unwrap_or((&text, ""));
    let place = place
        .split_once(", Column: ")
        .and_then(|(line, column)| Some((line.parse().ok()?, column.parse().ok()?)))
        .map_or(Location::new(1, 1), |(line, column)| Location::new(line, column));
    let expected = what
        .strip_prefix("Expected: ")
        .or_else(|| what.strip_prefix("Expected "))
        .and_then(|rest| rest.rsplit_once(", found: "));
    match expected {
        Some((expecting, found)) => {
            let found = if found == "EOF" { "<EOF>" } else { found };
            at(place, format!("mismatched input '{found}'. Expecting: {expecting}"))
        }
        None => at(place, what),
    }
}

/// Says why a statement cannot be planned. Errors of the engine name columns; the tokens tell where
/// they stand.
pub(super) fn planner(error: &DataFusionError, tokens: &[TokenWithSpan]) -> Refused {
    let root = error.find_root();
    match root {
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::FieldNotFound { field, .. } => unresolved(field, tokens),
            SchemaError::AmbiguousReference { field } => {
                let place = place_of(&field.name, tokens);
                at(place, format!("Column '{}' is ambiguous", field.name))
            }
            other => at(Location::new(1, 1), plain(&other.to_string())),
        },
        DataFusionError::Plan(text)
        | DataFusionError::NotImplemented(text)
        | DataFusionError::Execution(text) => reworded(text, tokens),
        // The planner has a name for a function that is called as it cannot be.
        DataFusionError::Internal(text) if text.starts_with("No functions registered") => {
            at(Location::new(1, 1), "a function is not called as it can be")
        }
        DataFusionError::Internal(text) => at(Location::new(1, 1), plain(text)),
        DataFusionError::ArrowError(error, _) => {
            at(Location::new(1, 1), plain(&said(error.to_string())))
        }
        other => at(Location::new(1, 1), plain(&other.strip_backtrace())),
    }
}

fn unresolved(field: &Column, tokens: &[TokenWithSpan]) -> Refused {
    if field.relation.as_ref().is_some_and(|relation| relation.table() == quantified::ROWS) {
        let what = "a sub-query of ANY or ALL that reads the query around it is not supported";
        return at(place_of(&field.name, tokens), what);
    }
    let name = match &field.relation {
        Some(relation) => format!("{}.{}", relation.table(), field.name),
        None => field.name.clone(),
    };
    let mut words = tokens.iter().map(|next| &next.token);
    let quoted = words
        .find(|next| is_word(next, &field.name))
        .is_some_and(|found| matches!(found, Token::Word(word) if word.quote_style.is_some()));
    let hint = match field.relation {
        None if quoted => "; texts stand in single quotes",
        _ => "",
    };
    at(place_of(&field.name, tokens), format!("Column '{name}' cannot be resolved{hint}"))
}

/// The name that two columns have.
pub(super) fn ambiguous(error: &DataFusionError) -> Option<String> {
    match error.find_root() {
        DataFusionError::SchemaError(schema, _) => match schema.as_ref() {
            SchemaError::AmbiguousReference { field } => Some(field.name.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn reworded(text: &str, tokens: &[TokenWithSpan]) -> Refused {
    if let Some(path) = text.strip_prefix("Column '").and_then(|rest| rest.split('\'').next()) {
        return at(place_of(leaf(path), tokens), plain(text));
    }
    if let Some((column, what)) = of_column(text) {
        return at(place_of(column, tokens), what);
    }
    let start = Location::new(1, 1);
    if let Some(what) = of_types(text).or_else(|| unlike(text, tokens)) {
        return at(start, what);
    }
    // What follows is the engine's own tree.
    if text.starts_with(TREE) {
        let what = if text.contains(": Lambda(") { "a lambda" } else { "an expression" };
        return at(start, format!("{what} stands where none of its form can"));
    }
    let what = unexpected(text).unwrap_or_else(|| plain(text));
    let hint = hints::of_call(&what, tokens).unwrap_or_default();
    at(start, format!("{what}{hint}"))
}

/// The column that a refusal is about, and what is said of it.
fn of_column(text: &str) -> Option<(&str, String)> {
    if let Some((clause, rest)) = text.split_once(GROUPED)
        && clause.starts_with("Column in ")
    {
        let column = leaf(rest.split('"').nth(1)?);
        let what =
            format!("'{column}' must be an aggregate expression or appear in GROUP BY clause");
        return Some((column, what));
    }
    let (columns, rest) = text.strip_prefix(DISTINCT)?.split_once(" must appear")?;
    Some((leaf(columns), format!("{DISTINCT}must appear{rest}")))
}

/// What is said of operands, and of a condition that is none.
fn of_types(text: &str) -> Option<String> {
    let column = text.strip_prefix("Cannot create filter with non-boolean predicate '");
    if let Some((_, of)) = column.and_then(|rest| rest.rsplit_once(" returning ")) {
        let what = format!("WHERE clause must evaluate to a boolean: actual type {of}");
        return Some(renamed(&what));
    }
    if let Some(operation) = OPERATIONS.iter().find_map(|begin| text.strip_prefix(begin)) {
        let operation = operation.strip_suffix(" to valid types").unwrap_or(operation);
        return Some(renamed(&format!("Cannot apply operator: {operation}")));
    }
    let (_, rest) = text.split_once("Unexpected parameters (array(")?;
    let (types, _) = rest.split_once(") for function in_list")?;
    let (item, value) = types.split_once("), ")?;
    Some(format!("Cannot apply operator: {value} = {item}"))
}

fn unlike(text: &str, tokens: &[TokenWithSpan]) -> Option<String> {
    let rest = text.strip_prefix("There isn't a common type to coerce ")?;
    let of = renamed(rest.strip_suffix(" and Utf8 in LIKE expression")?);
    let hint = if of.starts_with("map(") { hints::before_like(tokens) } else { String::new() };
    Some(format!("Left side of LIKE expression must evaluate to a varchar (actual: {of}){hint}"))
}

/// Types that a function of the engine does not take, said as of one of ours.
fn unexpected(text: &str) -> Option<String> {
    if text.contains("Unexpected parameters") || text.contains("user-defined coercion") {
        return None;
    }
    let (_, rest) = text.split_once("No function matches the given name and argument types '")?;
    let (call, _) = rest.split_once("'. You might")?;
    let (name, types) = call.strip_suffix(')')?.split_once('(')?;
    let expected = match name {
        "avg" => ". Expected: avg(bigint), avg(double), avg(decimal)",
        _ => "",
    };
    let types = renamed(types);
    Some(format!("Unexpected parameters ({types}) for function {name}{expected}"))
}

fn leaf(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The place of the first word that is `name`; the start if there is none.
pub(super) fn place_of(name: &str, tokens: &[TokenWithSpan]) -> Location {
    let found = tokens.iter().find(|next| is_word(&next.token, name));
    found.map_or(Location::new(1, 1), |found| found.span.start)
}

/// What begins before the types of operands that do not fit.
const OPERATIONS: &[&str] = &[
    "Cannot coerce arithmetic expression ",
    "Cannot infer common argument type for comparison operation ",
];

/// What stands between the clause and the column that no group has.
const GROUPED: &str = " must be in GROUP BY or an aggregate function: ";

/// What begins before columns that are sorted by, and that DISTINCT leaves out.
const DISTINCT: &str = "For SELECT DISTINCT, ORDER BY expressions ";

/// What begins before an expression that the planner does not know.
const TREE: &str = "Unsupported ast node in sqltorel";

/// What the engine's errors begin with, also those inside of others.
const KINDS: &[&str] = &["Internal error: ", "Error during planning: ", "Parser error: "];

/// Bytes of the id of a store.
const ID: usize = 36;

/// One line, without the names that functions, types and tables have inside, and without kinds of
/// errors.
fn plain(text: &str) -> String {
    let line = told(text).lines().next().unwrap_or_default();
    let line = KINDS.iter().fold(line.to_owned(), |line, kind| line.replace(kind, ""));
    let line = line.replace("lake_try_", "").replace("lake_lambda_", "").replace("lake_", "");
    renamed(&unqualified(&line))
}

/// Columns without the id of the store that they are of.
fn unqualified(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    let mut parts = text.split('.').peekable();
    let begins = |name: &str| name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    while let Some(part) = parts.next() {
        let id = part.len().checked_sub(ID).filter(|at| part.get(*at..).is_some_and(is_id));
        match (id, parts.peek()) {
            (Some(at), Some(next)) if begins(next) => short.push_str(&part[..at]),
            (_, Some(_)) => {
                short.push_str(part);
                short.push('.');
            }
            (_, None) => short.push_str(part),
        }
    }
    short
}
