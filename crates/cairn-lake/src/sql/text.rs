//! The text of a statement as tokens: ids of stores stand unquoted, which no lexer of SQL takes.

use cairn_ports::lake::Refused;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Word};

use super::dialect::LakeDialect;
use super::{MAX_CHAIN, MAX_CHARACTERS, refuse, values, words};

/// Bytes of a UUID as text.
const UUID_BYTES: usize = 36;

/// Splits a statement into tokens. An id of a store becomes a quoted word at its place.
pub(super) fn tokens(statement: &str) -> Result<Vec<TokenWithSpan>, Refused> {
    if statement.chars().count() > MAX_CHARACTERS {
        let what = format!("the statement is longer than {MAX_CHARACTERS} characters");
        return Err(refuse::at(Location::new(1, 1), what));
    }
    let (masked, ids) = mask_ids(statement)?;
    let mut tokens = Tokenizer::new(&LakeDialect, &masked)
        .tokenize_with_location()
        .map_err(|error| refuse::at(error.location, error.message))?;
    let mut ids = ids.into_iter().peekable();
    for token in &mut tokens {
        if let Some((_, value)) = ids.next_if(|(place, _)| *place == token.span.start) {
            let word = Word { value, quote_style: Some('"'), keyword: Keyword::NoKeyword };
            token.token = Token::Word(word);
        }
    }
    words::free(&mut tokens);
    let tokens = values::bracketed(tokens);
    refuse_chains(&tokens)?;
    Ok(tokens)
}

/// The statement with every id of a store replaced by a word of the same length, and the ids with
/// their places.
fn mask_ids(statement: &str) -> Result<(String, Vec<(Location, String)>), Refused> {
    let mut masked = String::with_capacity(statement.len());
    let mut ids = Vec::new();
    let mut place = Location::new(1, 1);
    let mut rest = statement;
    let mut in_word = false;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' | '"' => quoted_length(rest, first),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '$' => return Err(refuse_placeholder(place, rest)),
            _ if !in_word && starts_with_id(rest) => UUID_BYTES,
            _ => first.len_utf8(),
        };
        let (piece, after) = rest.split_at(length);
        if !in_word && starts_with_id(piece) {
            ids.push((place, piece.to_ascii_lowercase()));
            masked.push_str(&"u".repeat(UUID_BYTES));
        } else {
            masked.push_str(piece);
        }
        for passed in piece.chars() {
            if passed == '\n' {
                place = Location::new(place.line + 1, 1);
            } else {
                place.column += 1;
            }
        }
        in_word = length == 1 && is_word(first);
        rest = after;
    }
    Ok((masked, ids))
}

/// Bytes of a string or of a quoted name, with its quotes; a doubled quote ends one and begins the
/// next, which is the same.
fn quoted_length(rest: &str, quote: char) -> usize {
    rest[1..].find(quote).map_or(rest.len(), |end| end + 2)
}

fn starts_with_id(rest: &str) -> bool {
    let bytes = rest.as_bytes();
    bytes.len() >= UUID_BYTES
        && bytes[..UUID_BYTES].iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
        && !bytes.get(UUID_BYTES).is_some_and(|next| is_word(*next as char))
}

fn is_word(ch: char) -> bool {
    ch.is_ascii_alphanumeric() || ch == '_'
}

fn refuse_placeholder(place: Location, rest: &str) -> Refused {
    let name: String =
        rest.chars().take(1).chain(rest.chars().skip(1).take_while(|ch| is_word(*ch))).collect();
    let what = format!("'{name}' must be replaced by the ID of an event data store");
    refuse::at(place, format!("mismatched input '{name}'. {what}"))
}

/// Operators without brackets between them nest as deep as they are many, and what takes a tree
/// apart recurses. AND, OR and `||` do not count: they are laid out flat.
fn refuse_chains(tokens: &[TokenWithSpan]) -> Result<(), Refused> {
    let mut chains = vec![0_usize];
    for next in tokens {
        match &next.token {
            Token::Whitespace(_) => continue,
            Token::LParen | Token::LBracket => chains.push(0),
            Token::RParen | Token::RBracket if chains.len() > 1 => drop(chains.pop()),
            Token::Comma => restart(&mut chains),
            Token::Word(word) if restarts(word.keyword) => restart(&mut chains),
            Token::Word(word) if !is_operator(word.keyword) => {}
            Token::Word(_)
            | Token::Plus
            | Token::Minus
            | Token::Mul
            | Token::Div
            | Token::Mod
            | Token::Eq
            | Token::Neq
            | Token::Lt
            | Token::Gt
            | Token::LtEq
            | Token::GtEq
            | Token::Period
            | Token::DoubleColon
            | Token::Arrow => {
                if let Some(chain) = chains.last_mut() {
                    *chain += 1;
                }
            }
            _ => {}
        }
        if chains.last().is_some_and(|chain| *chain > MAX_CHAIN) {
            return Err(refuse::at(next.span.start, "the expression is nested too deeply"));
        }
    }
    Ok(())
}

fn restart(chains: &mut [usize]) {
    if let Some(chain) = chains.last_mut() {
        *chain = 0;
    }
}

fn restarts(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::AND
            | Keyword::OR
            | Keyword::SELECT
            | Keyword::FROM
            | Keyword::WHERE
            | Keyword::GROUP
            | Keyword::HAVING
            | Keyword::ORDER
            | Keyword::LIMIT
            | Keyword::JOIN
            | Keyword::ON
            | Keyword::WHEN
            | Keyword::THEN
            | Keyword::ELSE
    )
}

fn is_operator(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::IS | Keyword::NOT | Keyword::LIKE | Keyword::BETWEEN | Keyword::IN | Keyword::AT
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "5e2676f8-9fce-46ef-8142-3e36a94e6691";

    fn words(statement: &str) -> Vec<String> {
        let words = tokens(statement).unwrap().into_iter().filter_map(|next| match next.token {
            Token::Word(word) => Some(word.value),
            _ => None,
        });
        words.collect()
    }

    #[test]
    fn ids_of_stores_are_words_where_they_are_code() {
        assert_eq!(words(&format!("SELECT a FROM {ID}")), ["SELECT", "a", "FROM", ID]);
        assert_eq!(words(&format!("SELECT 1 FROM {}", ID.to_uppercase()))[2], ID);
        assert_eq!(words(&format!("SELECT '{ID}' -- {ID}\n/* {ID} */")), ["SELECT"]);
    }

    #[test]
    fn places_are_those_of_the_text() {
        let tokens = tokens(&format!("SELECT a\nFROM {ID} x")).unwrap();
        assert_eq!(refuse::place_of("x", &tokens), Location::new(2, 43));
    }
}
