//! What is refused, in the words of Trino: where it is, and what it is.

use cairn_ports::lake::Refused;
use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan};

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
            SchemaError::FieldNotFound { field, .. } => {
                let name = match &field.relation {
                    Some(relation) => format!("{}.{}", relation.table(), field.name),
                    None => field.name.clone(),
                };
                at(place_of(&field.name, tokens), format!("Column '{name}' cannot be resolved"))
            }
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
        let leaf = path.rsplit('.').next().unwrap_or(path);
        return at(place_of(leaf, tokens), plain(text));
    }
    let grouped = text
        .strip_prefix("Column in SELECT must be in GROUP BY or an aggregate function: ")
        .and_then(|rest| rest.split('"').nth(1))
        .map(|column| column.rsplit('.').next().unwrap_or(column));
    if let Some(column) = grouped {
        let what =
            format!("'{column}' must be an aggregate expression or appear in GROUP BY clause");
        return at(place_of(column, tokens), what);
    }
    let column = text.strip_prefix("Cannot create filter with non-boolean predicate '");
    if let Some((_, of)) = column.and_then(|rest| rest.rsplit_once(" returning ")) {
        let what = format!("WHERE clause must evaluate to a boolean: actual type {of}");
        return at(Location::new(1, 1), renamed(&what));
    }
    let operation = OPERATIONS.iter().find_map(|begin| text.strip_prefix(begin));
    if let Some(operation) = operation {
        let operation = operation.strip_suffix(" to valid types").unwrap_or(operation);
        let what = format!("Cannot apply operator: {operation}");
        return at(Location::new(1, 1), renamed(&what));
    }
    let in_list = text.split_once("Unexpected parameters (array(");
    if let Some((types, _)) =
        in_list.and_then(|(_, rest)| rest.split_once(") for function in_list"))
        && let Some((item, value)) = types.split_once("), ")
    {
        return at(Location::new(1, 1), format!("Cannot apply operator: {value} = {item}"));
    }
    let like = text.strip_prefix("There isn't a common type to coerce ");
    if let Some(of) = like.and_then(|rest| rest.strip_suffix(" and Utf8 in LIKE expression")) {
        let of = renamed(of);
        let what =
            format!("Left side of LIKE expression must evaluate to a varchar (actual: {of})");
        return at(Location::new(1, 1), what);
    }
    // What follows is the engine's own tree.
    if text.starts_with(TREE) {
        let what = if text.contains(": Lambda(") { "a lambda" } else { "an expression" };
        return at(Location::new(1, 1), format!("{what} stands where none of its form can"));
    }
    at(Location::new(1, 1), plain(text))
}

/// The place of the first word that is `name`; the start if there is none.
pub(super) fn place_of(name: &str, tokens: &[TokenWithSpan]) -> Location {
    tokens
        .iter()
        .find(|next| matches!(&next.token, Token::Word(w) if w.value.eq_ignore_ascii_case(name)))
        .map_or(Location::new(1, 1), |found| found.span.start)
}

/// What begins before the types of operands that do not fit.
const OPERATIONS: &[&str] = &[
    "Cannot coerce arithmetic expression ",
    "Cannot infer common argument type for comparison operation ",
];

/// What begins before an expression that the planner does not know.
const TREE: &str = "Unsupported ast node in sqltorel";

/// What the engine's errors begin with, also those inside of others.
const KINDS: &[&str] = &["Internal error: ", "Error during planning: ", "Parser error: "];

/// One line, without the names that functions and types have inside, and without kinds of errors.
fn plain(text: &str) -> String {
    let line = told(text).lines().next().unwrap_or_default();
    let line = KINDS.iter().fold(line.to_owned(), |line, kind| line.replace(kind, ""));
    let line = line.replace("lake_try_", "").replace("lake_lambda_", "").replace("lake_", "");
    renamed(&line)
}
