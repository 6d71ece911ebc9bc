//! Which grammar the parser follows: Trino's, as far as its switches reach.

use std::any::TypeId;

use datafusion::sql::sqlparser::ast::{CastKind, DataType, Expr, Ident, ObjectName};
use datafusion::sql::sqlparser::dialect::{Dialect, GenericDialect};
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

/// CloudTrail Lake's dialect.
#[derive(Debug)]
pub(super) struct LakeDialect;

impl Dialect for LakeDialect {
    // Parts of the grammar (UNNEST, GROUPING SETS) are reserved to dialects by their type.
    fn dialect(&self) -> TypeId {
        TypeId::of::<GenericDialect>()
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        ch.is_ascii_alphabetic() || ch == '_'
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        ch.is_ascii_alphanumeric() || ch == '_'
    }

    fn supports_lambda_functions(&self) -> bool {
        true
    }

    fn supports_unicode_string_literal(&self) -> bool {
        true
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_filter_during_aggregation(&self) -> bool {
        true
    }

    fn supports_window_function_null_treatment_arg(&self) -> bool {
        true
    }

    fn supports_window_clause_named_window_reference(&self) -> bool {
        true
    }

    fn supports_within_after_array_aggregation(&self) -> bool {
        true
    }

    fn supports_left_associative_joins_without_parens(&self) -> bool {
        true
    }

    fn supports_parens_around_table_factor(&self) -> bool {
        true
    }

    fn supports_values_as_table_factor(&self) -> bool {
        true
    }

    fn allow_extract_custom(&self) -> bool {
        true
    }

    fn parse_prefix(&self, parser: &mut Parser) -> Option<Result<Expr, ParserError>> {
        let kind = match parser.peek_token_ref().token {
            Token::Word(ref word) if word.quote_style.is_none() => match word.keyword {
                Keyword::CAST => CastKind::Cast,
                Keyword::TRY_CAST => CastKind::TryCast,
                _ => return None,
            },
            _ => return None,
        };
        (parser.peek_nth_token_ref(1).token == Token::LParen).then(|| parse_cast(parser, kind))
    }
}

/// Parses CAST and TRY_CAST: the parser's own types lack Trino's `row(..)`, `map(..)`, `array(..)`.
fn parse_cast(parser: &mut Parser, kind: CastKind) -> Result<Expr, ParserError> {
    parser.next_token();
    parser.expect_token(&Token::LParen)?;
    let expr = Box::new(parser.parse_expr()?);
    parser.expect_keyword_is(Keyword::AS)?;
    let text = parse_type(parser)?;
    parser.expect_token(&Token::RParen)?;
    let name = ObjectName::from(vec![Ident::with_quote('"', text)]);
    let data_type = DataType::Custom(name, Vec::new());
    Ok(Expr::Cast { kind, expr, data_type, array: false, format: None })
}

/// The text of a type up to the closing parenthesis around the cast, in lower case, with single
/// spaces and round brackets.
fn parse_type(parser: &mut Parser) -> Result<String, ParserError> {
    let mut text = String::new();
    // What closes the brackets that are open, the innermost last.
    let mut closing = Vec::new();
    loop {
        let next = parser.peek_token_ref().clone();
        let piece = match &next.token {
            Token::RParen if closing.is_empty() && !text.is_empty() => return Ok(text),
            Token::LParen if !text.is_empty() => opened(&mut closing, Token::RParen),
            Token::Lt if !text.is_empty() => opened(&mut closing, Token::Gt),
            Token::RParen | Token::Gt if closing.last() == Some(&next.token) => {
                closing.pop();
                ")".to_owned()
            }
            Token::ShiftRight if closing.ends_with(&[Token::Gt, Token::Gt]) => {
                closing.truncate(closing.len() - 2);
                "))".to_owned()
            }
            Token::Word(_) | Token::Number(..) | Token::Comma => {
                next.token.to_string().to_ascii_lowercase()
            }
            _ => return parser.expected_ref("a type", &next),
        };
        if matches!(next.token, Token::Word(_) | Token::Number(..))
            && text.ends_with(|last: char| last.is_ascii_alphanumeric() || "\")_".contains(last))
        {
            text.push(' ');
        }
        text.push_str(&piece);
        parser.next_token();
    }
}

/// `array<varchar>` is `array(varchar)` in other brackets.
fn opened(closing: &mut Vec<Token>, by: Token) -> String {
    closing.push(by);
    "(".to_owned()
}
