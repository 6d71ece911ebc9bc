//! Regular expressions. A pattern is matched anywhere in the text.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, StringArray};
use datafusion::common::Result;
use regex::Regex;

use super::super::bound;
use super::super::call::{Call, Column, known};
use super::super::fault::fault;
use super::super::scalar::{Function, form, function};
use super::parts::Parts;
use super::pattern::{Pattern, Patterns};

pub(super) const FUNCTIONS: &[Function] = &[
    function("regexp_like", &[form("varchar, varchar -> boolean", like)]),
    function(
        "regexp_extract",
        &[
            form("varchar, varchar -> varchar", extract),
            form("varchar, varchar, bigint -> varchar", extract),
        ],
    ),
    function(
        "regexp_extract_all",
        &[
            form("varchar, varchar -> array(varchar)", extract_all),
            form("varchar, varchar, bigint -> array(varchar)", extract_all),
        ],
    ),
    function(
        "regexp_replace",
        &[
            form("varchar, varchar -> varchar", replace),
            form("varchar, varchar, varchar -> varchar", replace),
        ],
    ),
    function("regexp_count", &[form("varchar, varchar -> bigint", count)]),
    function(
        "regexp_position",
        &[
            form("varchar, varchar -> bigint", position),
            form("varchar, varchar, bigint -> bigint", position),
            form("varchar, varchar, bigint, bigint -> bigint", position),
        ],
    ),
    function("regexp_split", &[form("varchar, varchar -> array(varchar)", split)]),
];

/// The texts of a call, and what is looked for in them.
struct Sought<'a> {
    text: Column<'a, StringArray>,
    pattern: Column<'a, StringArray>,
    patterns: Patterns,
    /// The pattern of all rows, if there is one.
    same: Option<Arc<Pattern>>,
}

impl<'a> Sought<'a> {
    fn of(call: &'a Call<'_>) -> Result<Self> {
        let (text, pattern) = (call.text(0), call.text(1));
        let patterns = Patterns::default();
        let same = pattern.constant().map(|pattern| patterns.get(pattern)).transpose()?;
        Ok(Self { text, pattern, patterns, same })
    }

    /// `None` where the text or the pattern is null.
    fn row(&self, row: usize) -> Result<Option<(&'a str, Arc<Pattern>)>> {
        let (text, pattern) = (known!(self.text.get(row)), known!(self.pattern.get(row)));
        let pattern = match &self.same {
            Some(pattern) => Arc::clone(pattern),
            None => self.patterns.get(pattern)?,
        };
        Ok(Some((text, pattern)))
    }
}

/// The answer of each row to its text and its pattern.
fn each<'a, T>(
    call: &'a Call<'_>,
    answer: impl Fn(usize, &'a str, &Regex) -> Result<Option<T>>,
) -> Result<Vec<Option<T>>> {
    let sought = Sought::of(call)?;
    let of = |row| {
        let (text, pattern) = known!(sought.row(row)?);
        answer(row, text, pattern.of(text))
    };
    (0..call.rows).map(of).collect()
}

fn like(call: &Call<'_>) -> Result<ArrayRef> {
    let found = each(call, |_, text, regex| Ok(Some(regex.is_match(text))))?;
    Ok(Arc::new(BooleanArray::from(found)))
}

/// The group that a row asks for, among those that the pattern has. `None` for a null.
fn group(call: &Call<'_>, row: usize, regex: &Regex) -> Result<Option<usize>> {
    if call.count() < 3 {
        return Ok(Some(0));
    }
    let group = known!(call.long(2).get(row));
    let groups = regex.captures_len() - 1;
    if group < 0 {
        return Err(fault("Group cannot be negative"));
    }
    if group > groups as i64 {
        return Err(fault(format!("Pattern has {groups} groups. Cannot access group {group}")));
    }
    Ok(Some(group as usize))
}

fn extract(call: &Call<'_>) -> Result<ArrayRef> {
    let found = each(call, |row, text, regex| {
        let group = known!(group(call, row, regex)?);
        if group == 0 {
            return Ok(regex.find(text).map(|found| found.as_str()));
        }
        let captures = known!(regex.captures(text));
        Ok(captures.get(group).map(|found| found.as_str()))
    })?;
    call.texts(|row| Ok(found[row]))
}

/// An array of each row's text and pattern, into which the given puts the parts.
fn lists<'a>(
    call: &'a Call<'_>,
    put: impl Fn(usize, &'a str, &Regex, &mut Parts) -> Result<Option<()>>,
) -> Result<ArrayRef> {
    let sought = Sought::of(call)?;
    let mut lists = Parts::default();
    for row in 0..call.rows {
        let made = match sought.row(row)? {
            Some((text, pattern)) => put(row, text, pattern.of(text), &mut lists)?,
            None => None,
        };
        match made {
            Some(()) => lists.close(),
            None => lists.close_null(),
        }
    }
    Ok(lists.finish())
}

fn extract_all(call: &Call<'_>) -> Result<ArrayRef> {
    lists(call, |row, text, regex, parts| {
        let group = known!(group(call, row, regex)?);
        for captures in regex.captures_iter(text) {
            parts.push(captures.get(group).map(|found| found.as_str()))?;
        }
        Ok(Some(()))
    })
}

fn split(call: &Call<'_>) -> Result<ArrayRef> {
    lists(call, |_, text, regex, parts| {
        regex.split(text).try_for_each(|part| parts.push(Some(part)))?;
        Ok(Some(()))
    })
}

fn count(call: &Call<'_>) -> Result<ArrayRef> {
    let found = each(call, |_, text, regex| Ok(Some(regex.find_iter(text).count() as i64)))?;
    Ok(Arc::new(Int64Array::from(found)))
}

fn position(call: &Call<'_>) -> Result<ArrayRef> {
    let at_least_one = |at: usize, row: usize, what: &str| {
        if call.count() <= at {
            return Ok(Some(1));
        }
        match call.long(at).get(row) {
            Some(number) if number < 1 => Err(fault(format!("{what} cannot be smaller than 1"))),
            number => Ok(number),
        }
    };
    let found = each(call, |row, text, regex| {
        let start = known!(at_least_one(2, row, "start position")?);
        let occurrence = known!(at_least_one(3, row, "occurrence")?);
        let mut places = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        let Some(from) = places.nth(start as usize - 1) else { return Ok(Some(-1)) };
        let mut at = from;
        for _ in 1..occurrence {
            let Some(found) = regex.find_at(text, at) else { return Ok(Some(-1)) };
            at = found.end().max(next(text, found.start()));
            if at > text.len() {
                return Ok(Some(-1));
            }
        }
        let found = regex.find_at(text, at);
        Ok(Some(found.map_or(-1, |found| text[..found.start()].chars().count() as i64 + 1)))
    })?;
    Ok(Arc::new(Int64Array::from(found)))
}

/// Where the character behind that at a place begins; beyond the end at the end.
fn next(text: &str, at: usize) -> usize {
    at + text[at..].chars().next().map_or(1, char::len_utf8)
}

/// A piece of what is put in place of a match.
enum Piece {
    Text(String),
    Group(usize),
}

fn replace(call: &Call<'_>) -> Result<ArrayRef> {
    let by = (call.count() > 2).then(|| call.text(2));
    let sought = Sought::of(call)?;
    call.texts(|row| {
        let (text, pattern) = known!(sought.row(row)?);
        let by = match &by {
            Some(by) => known!(by.get(row)),
            None => "",
        };
        let regex = pattern.of(text);
        if by.is_empty() {
            return Ok(Some(regex.replace_all(text, regex::NoExpand(""))));
        }
        replaced(text, regex, &pieces(by, regex)?).map(|text| Some(text.into()))
    })
}

/// The text with the pieces in place of each match.
fn replaced(text: &str, regex: &Regex, pieces: &[Piece]) -> Result<String> {
    let (mut whole, mut from) = (String::with_capacity(text.len()), 0);
    for captures in regex.captures_iter(text) {
        let found = captures.get_match().range();
        whole.push_str(&text[from..found.start]);
        from = found.end;
        for piece in pieces {
            match piece {
                Piece::Text(text) => whole.push_str(text),
                Piece::Group(group) => {
                    whole.push_str(captures.get(*group).map_or("", |found| found.as_str()));
                }
            }
        }
        bound::check(whole.len())?;
    }
    whole.push_str(&text[from..]);
    Ok(whole)
}

/// `$1` and `${name}` stand for groups; what follows a backslash stands for itself.
fn pieces(by: &str, regex: &Regex) -> Result<Vec<Piece>> {
    let mut pieces = vec![Piece::Text(String::new())];
    let push = |pieces: &mut Vec<Piece>, character: char| match pieces.last_mut() {
        Some(Piece::Text(text)) => text.push(character),
        _ => pieces.push(Piece::Text(character.to_string())),
    };
    let mut characters = by.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(escaped) => push(&mut pieces, escaped),
                None => return Err(fault("Illegal replacement sequence: \\")),
            },
            '$' if characters.peek() == Some(&'{') => {
                characters.next();
                let name: String = characters.by_ref().take_while(|next| *next != '}').collect();
                let group = regex.capture_names().position(|known| known == Some(name.as_str()));
                let unknown =
                    || fault(format!("Illegal replacement sequence: unknown group {{ {name} }}"));
                pieces.push(Piece::Group(group.ok_or_else(unknown)?));
            }
            '$' => {
                let Some(first) = characters.next().and_then(|next| next.to_digit(10)) else {
                    return Err(fault("Illegal replacement sequence: $"));
                };
                let mut group = first as usize;
                if group >= regex.captures_len() {
                    return Err(fault(format!(
                        "Illegal replacement sequence: unknown group {group}"
                    )));
                }
                // More digits belong to the number as long as there is such a group.
                while let Some(digit) = characters.peek().and_then(|next| next.to_digit(10)) {
                    let longer = group * 10 + digit as usize;
                    if longer >= regex.captures_len() {
                        break;
                    }
                    group = longer;
                    characters.next();
                }
                pieces.push(Piece::Group(group));
            }
            other => push(&mut pieces, other),
        }
    }
    Ok(pieces)
}
