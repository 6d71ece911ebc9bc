//! Statements: what parses, and is one SELECT.

use std::collections::HashSet;
use std::ops::ControlFlow;

use cairn_ports::lake::Refused;
use datafusion::sql::sqlparser::ast::{
    ObjectName, Query, Spanned, Statement as Parsed, Visit, Visitor,
};
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::sqlparser::tokenizer::{Location, Token, TokenWithSpan};

use super::dialect::LakeDialect;
use super::labels::Label;
use super::{MAX_DEPTH, MAX_RELATIONS, flatten, labels, refuse, text};

/// A statement that parsed.
#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(super) query: Box<Query>,
    pub(super) labels: Vec<Label>,
    /// For the places of what is refused later.
    pub(super) tokens: Vec<TokenWithSpan>,
}

/// The ids of the event data stores that a statement reads, each once, in the order of their first
/// mention.
///
/// # Errors
/// What is no single SELECT statement.
pub(crate) fn stores(statement: &str) -> Result<Vec<String>, Refused> {
    Ok(ids(&parse(statement)?.query))
}

/// The ids of a query, each once, in the order of their first mention.
pub(super) fn ids(query: &Query) -> Vec<String> {
    let mut tables = Relations::default();
    let _ = query.visit(&mut tables);
    let mut seen = HashSet::new();
    let ids = tables.names.into_iter().map(|(name, _)| name).filter(|name| is_id(name));
    ids.filter(|id| seen.insert(id.clone())).collect()
}

/// Parses a statement.
///
/// # Errors
/// What is no single SELECT statement, what is too long or nested too deeply, tables that are
/// neither ids nor defined by WITH.
pub(crate) fn parse(statement: &str) -> Result<Statement, Refused> {
    let tokens = text::tokens(statement)?;
    refuse_other(&tokens)?;
    let mut parser = Parser::new(&LakeDialect)
        .with_recursion_limit(MAX_DEPTH)
        .with_tokens_with_locations(tokens.clone());
    let parsed = parser.parse_statement().map_err(refuse::parser)?;
    while parser.consume_token(&Token::SemiColon) {}
    let after = parser.peek_token();
    if after.token != Token::EOF {
        let what = format!("mismatched input '{}'. Expecting: <EOF>", after.token);
        return Err(refuse::at(after.span.start, what));
    }
    let Parsed::Query(mut query) = parsed else {
        return Err(refuse::at(Location::new(1, 1), "only SELECT statements are supported"));
    };
    flatten::flatten(&mut query)?;
    refuse_tables(&query)?;
    let labels = labels::labels(&query);
    Ok(Statement { query, labels, tokens })
}

/// Refuses everything that does not begin as a query does; the parser would go on to say what it
/// misses in a statement that is not for here at all.
fn refuse_other(tokens: &[TokenWithSpan]) -> Result<(), Refused> {
    let first = tokens.iter().find(|next| !matches!(next.token, Token::Whitespace(_)));
    let Some(first) = first else {
        let what = "mismatched input '<EOF>'. Expecting: '(', 'SELECT', 'VALUES', 'WITH'";
        return Err(refuse::at(Location::new(1, 1), what));
    };
    let begins = match &first.token {
        Token::LParen => true,
        Token::Word(word) => {
            word.quote_style.is_none()
                && ["SELECT", "WITH", "VALUES"].iter().any(|w| word.value.eq_ignore_ascii_case(w))
        }
        _ => false,
    };
    if begins {
        return Ok(());
    }
    let what = format!(
        "mismatched input '{}'. Expecting: '(', 'SELECT', 'VALUES', 'WITH'. Only SELECT statements \
         are supported",
        first.token
    );
    Err(refuse::at(first.span.start, what))
}

/// Relations that a query names, and names that it defines itself.
#[derive(Default)]
struct Relations {
    names: Vec<(String, Location)>,
    defined: HashSet<String>,
    qualified: Option<ObjectName>,
}

impl Visitor for Relations {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.defined.insert(cte.alias.name.value.to_ascii_lowercase());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &ObjectName) -> ControlFlow<()> {
        match name.0.as_slice() {
            [only] => {
                let name = only.as_ident().map(|ident| ident.value.to_ascii_lowercase());
                self.names.push((name.unwrap_or_default(), only.span().start));
            }
            _ => self.qualified = Some(name.clone()),
        }
        ControlFlow::Continue(())
    }
}

fn refuse_tables(query: &Query) -> Result<(), Refused> {
    let mut tables = Relations::default();
    let _ = query.visit(&mut tables);
    if let Some(name) = tables.qualified {
        return Err(refuse::at(name.span().start, unknown(&name)));
    }
    if tables.names.len() > MAX_RELATIONS {
        let what = format!("the statement reads more than {MAX_RELATIONS} tables");
        return Err(refuse::at(Location::new(1, 1), what));
    }
    for (name, place) in tables.names {
        if !is_id(&name) && !tables.defined.contains(&name) {
            return Err(refuse::at(place, unknown(&name)));
        }
    }
    Ok(())
}

fn unknown(table: &impl std::fmt::Display) -> String {
    format!(
        "Table '{table}' does not exist; FROM takes the ID of an event data store (in cairn query: \
         $EDS_ID)"
    )
}

/// A UUID in lower case.
pub(super) fn is_id(name: &str) -> bool {
    name.len() == 36
        && name.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}
