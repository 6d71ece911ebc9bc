//! What to write in place of what was refused, where a map was taken for a text.

use arrow::datatypes::DataType;
use cairn_ports::lake::TableSchema;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

use crate::schema;

/// A hint, where a function that takes no map was given one.
pub(super) fn of_call(what: &str, tokens: &[TokenWithSpan]) -> Option<String> {
    let (types, rest) =
        what.strip_prefix("Unexpected parameters (")?.split_once(") for function ")?;
    let (name, expected) = rest.split_once(". Expected: ").unwrap_or((rest, ""));
    let given = types.starts_with("map(") || types.contains(", map(");
    if !given || expected.contains("map(") {
        return None;
    }
    Some(match in_call(name, &code(tokens)) {
        Some((column, key)) => of_map(Some(column), key),
        None => of_map(None, "key"),
    })
}

/// What to ask of a map in place of what was asked.
fn of_map(column: Option<&str>, key: &str) -> String {
    match column {
        Some(column) => format!(
            "; {column} is a map: use element_at({column}, '{key}'), or eventJson for the whole \
             record"
        ),
        None => format!("; of a map use element_at(map, '{key}')"),
    }
}

/// A hint, where a map stands before LIKE.
pub(super) fn before_like(tokens: &[TokenWithSpan]) -> String {
    of_map(map_before_like(&code(tokens)), "key")
}

fn map_before_like<'a>(code: &[&'a Token]) -> Option<&'a str> {
    let likes = (0..code.len()).filter(|at| is_word(code[*at], "LIKE"));
    let mut left =
        likes.filter_map(|at| code[..at].iter().copied().rev().find(|next| !is_word(next, "NOT")));
    left.find_map(|next| match next {
        Token::Word(word) if is_map(&word.value) => Some(word.value.as_str()),
        _ => None,
    })
}

/// The map that is an argument of a function, and the key that a path behind it begins with.
fn in_call<'a>(name: &str, code: &[&'a Token]) -> Option<(&'a str, &'a str)> {
    let begins = |at: &usize| is_word(code[*at - 1], name) && *code[*at] == Token::LParen;
    (1..code.len()).filter(begins).find_map(|at| in_brackets(&code[at..]))
}

fn in_brackets<'a>(code: &[&'a Token]) -> Option<(&'a str, &'a str)> {
    let mut depth = 0_usize;
    for (at, next) in code.iter().copied().enumerate() {
        match next {
            Token::LParen => depth += 1,
            Token::RParen if depth < 2 => return None,
            Token::RParen => depth -= 1,
            Token::Word(word) if depth == 1 && is_map(&word.value) => {
                let key = match (code.get(at + 1).copied(), code.get(at + 2).copied()) {
                    (Some(Token::Comma), Some(Token::SingleQuotedString(path))) => key(path),
                    (Some(Token::Comma | Token::RParen), _) => None,
                    _ => continue,
                };
                return Some((word.value.as_str(), key.unwrap_or("key")));
            }
            _ => {}
        }
    }
    None
}

/// `bucketName` of `$.bucketName`
fn key(path: &str) -> Option<&str> {
    let key = path.strip_prefix("$.")?;
    let plain = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    plain.then_some(key)
}

fn is_map(name: &str) -> bool {
    schema::logical(TableSchema::Events).fields().iter().any(|column| {
        column.name().eq_ignore_ascii_case(name) && matches!(column.data_type(), DataType::Map(..))
    })
}

/// What is no space and no comment.
fn code(tokens: &[TokenWithSpan]) -> Vec<&Token> {
    let code = tokens.iter().map(|next| &next.token);
    code.filter(|next| !matches!(next, Token::Whitespace(_))).collect()
}

pub(super) fn is_word(token: &Token, name: &str) -> bool {
    matches!(token, Token::Word(word) if word.value.eq_ignore_ascii_case(name))
}
