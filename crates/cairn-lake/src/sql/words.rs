//! Words that the parser keeps for itself and Trino leaves free: they name columns and tables.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// Takes from such words what the parser sees in them, where Trino sees nothing in them.
pub(super) fn free(tokens: &mut [TokenWithSpan]) {
    for at in 0..tokens.len() {
        let Token::Word(word) = &tokens[at].token else { continue };
        if word.quote_style.is_some() || !is_free(word.keyword, &tokens[at + 1..]) {
            continue;
        }
        if let Token::Word(word) = &mut tokens[at].token {
            word.keyword = Keyword::NoKeyword;
        }
    }
}

fn is_free(keyword: Keyword, after: &[TokenWithSpan]) -> bool {
    let mut after = after.iter().map(|next| &next.token);
    let mut next = || after.find(|next| !matches!(next, Token::Whitespace(_)));
    match keyword {
        Keyword::USER
        | Keyword::VIEW
        | Keyword::EXPLAIN
        | Keyword::ANALYZE
        | Keyword::MEMBER
        | Keyword::OPERATOR
        | Keyword::STRUCT => true,
        // It is the clause before a count of rows only.
        Keyword::OFFSET => !matches!(next(), Some(Token::Number(..))),
        // It begins a literal before its text only.
        Keyword::INTERVAL => match next() {
            Some(Token::SingleQuotedString(_) | Token::Number(..)) => false,
            Some(Token::Plus | Token::Minus) => {
                !matches!(next(), Some(Token::SingleQuotedString(_)))
            }
            _ => true,
        },
        _ => false,
    }
}
