//! `VALUES 1, 2`: rows of one column without brackets. The parser wants them with.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// Puts brackets around such rows.
pub(super) fn bracketed(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let mut rows = Vec::with_capacity(tokens.len());
    // How many brackets are open, and how many were where bare rows began.
    let (mut depth, mut bare) = (0_usize, Vec::new());
    for at in 0..tokens.len() {
        let next = &tokens[at];
        let ends = bare.last() == Some(&depth) && ends_row(&next.token);
        if ends {
            rows.push(made(Token::RParen, next));
            if next.token != Token::Comma {
                bare.pop();
            }
        }
        match next.token {
            Token::LParen | Token::LBracket => depth += 1,
            Token::RParen | Token::RBracket => depth = depth.saturating_sub(1),
            _ => {}
        }
        rows.push(next.clone());
        let begins = begins_bare_rows(&tokens, at);
        if begins {
            bare.push(depth);
        }
        if begins || (ends && next.token == Token::Comma) {
            rows.push(made(Token::LParen, next));
        }
    }
    if let (true, Some(last)) = (bare.last() == Some(&depth), tokens.last()) {
        rows.push(made(Token::RParen, last));
    }
    rows
}

fn made(token: Token, beside: &TokenWithSpan) -> TokenWithSpan {
    TokenWithSpan { token, span: beside.span }
}

/// Whether a word is VALUES with a constant behind it.
fn begins_bare_rows(tokens: &[TokenWithSpan], at: usize) -> bool {
    let Token::Word(word) = &tokens[at].token else { return false };
    let is_field = at > 0 && tokens[at - 1].token == Token::Period;
    if word.keyword != Keyword::VALUES || word.quote_style.is_some() || is_field {
        return false;
    }
    let mut after = tokens[at + 1..].iter().map(|next| &next.token);
    match after.find(|next| !matches!(next, Token::Whitespace(_))) {
        Some(Token::Number(..) | Token::SingleQuotedString(_) | Token::Minus) => true,
        Some(Token::Word(word)) => match word.keyword {
            Keyword::NULL
            | Keyword::TRUE
            | Keyword::FALSE
            | Keyword::DATE
            | Keyword::TIME
            | Keyword::TIMESTAMP
            | Keyword::ARRAY => true,
            // What follows the name of a column that is called so.
            Keyword::IN | Keyword::AND | Keyword::OR | Keyword::ON | Keyword::LIKE => false,
            // The parser knows rows that say so.
            Keyword::ROW => false,
            _ => after.next() == Some(&Token::LParen),
        },
        _ => false,
    }
}

/// What ends a row where no bracket is open: the next row, or what follows all rows.
fn ends_row(token: &Token) -> bool {
    match token {
        Token::Comma | Token::RParen | Token::SemiColon => true,
        Token::Word(word) => matches!(
            word.keyword,
            Keyword::ORDER
                | Keyword::LIMIT
                | Keyword::OFFSET
                | Keyword::FETCH
                | Keyword::UNION
                | Keyword::EXCEPT
                | Keyword::INTERSECT
        ),
        _ => false,
    }
}
