//! Functions over JSON text.
//!
//! The type json is text whose field says so. A function that reads JSON takes any text; what is
//! no JSON answers null, except where Trino says what is wrong.

mod cast;
mod path;
mod scan;
mod value;

pub(super) use cast::{cast, to_json};

use std::borrow::Cow;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array};
use datafusion::common::Result;

use super::call::{Call, known};
use super::fault::fault;
use super::scalar::{Function, form, form_as, function};
use path::Path;
use scan::{Broken, Scan, Token, unescaped};

pub(super) const FUNCTIONS: &[Function] = &[
    function("json_extract", &[form("json, varchar -> json", extract)]),
    function("json_extract_scalar", &[form("json, varchar -> varchar", extract_scalar)]),
    function("json_size", &[form("json, varchar -> bigint", size)]),
    function("json_parse", &[form("varchar -> json", parse)]),
    function("json_format", &[form("json -> varchar", |call| Ok(Arc::clone(call.array(0))))]),
    function("json_array_get", &[form("json, bigint -> json", array_get)]),
    function("json_array_length", &[form("json -> bigint", array_length)]),
    function(
        "json_array_contains",
        &[
            form("json, boolean -> boolean", |call| array_has(call, is_flag)),
            form("json, bigint -> boolean", |call| array_has(call, is_long)),
            form("json, double -> boolean", |call| array_has(call, is_double)),
            form("json, varchar -> boolean", |call| array_has(call, is_text)),
        ],
    ),
    function("is_json_scalar", &[form("json -> boolean", is_scalar)]),
    function("cast_json", &[form_as("json, varchar -> json", cast::field, cast)]),
    function("to_json", &[form("T -> json", to_json)]),
];

/// The answer to each row, from its text and its path.
fn by_path<'a, T>(
    call: &'a Call<'_>,
    answer: impl Fn(&mut Scan<'a>, Token<'a>) -> std::result::Result<Option<T>, Broken>,
) -> Result<Vec<Option<T>>> {
    let (text, path) = (call.text(0), call.text(1));
    let invalid = |path: &str| fault(format!("Invalid JSON path: '{path}'"));
    let parsed = match path.constant() {
        Some(path) => Some(Path::parse(path).ok_or_else(|| invalid(path))?),
        None => None,
    };
    let of = |row| {
        let (text, path) = (known!(text.get(row)), known!(path.get(row)));
        let path = match &parsed {
            Some(parsed) => Cow::Borrowed(parsed),
            None => Cow::Owned(Path::parse(path).ok_or_else(|| invalid(path))?),
        };
        let mut scan = Scan::new(text);
        let found = path.find(&mut scan).ok().flatten();
        Ok(found.and_then(|token| answer(&mut scan, token).ok().flatten()))
    };
    (0..call.rows).map(of).collect()
}

fn extract(call: &Call<'_>) -> Result<ArrayRef> {
    let found = by_path(call, |scan, token| value::compact(scan, &token).map(Some))?;
    call.texts(|row| Ok(found[row].as_deref()))
}

fn extract_scalar(call: &Call<'_>) -> Result<ArrayRef> {
    let found = by_path(call, |_, token| scalar_text(&token))?;
    call.texts(|row| Ok(found[row].as_deref()))
}

/// The text of what is no object, no array and no null.
fn scalar_text<'a>(token: &Token<'a>) -> std::result::Result<Option<Cow<'a, str>>, Broken> {
    Ok(match token {
        Token::Text(raw) => Some(unescaped(raw)?),
        Token::Number(number) => Some(Cow::Borrowed(*number)),
        Token::Flag(true) => Some(Cow::Borrowed("true")),
        Token::Flag(false) => Some(Cow::Borrowed("false")),
        Token::Object | Token::Array | Token::Null => None,
    })
}

fn size(call: &Call<'_>) -> Result<ArrayRef> {
    let sizes = by_path(call, |scan, token| count(scan, &token).map(Some))?;
    Ok(Arc::new(Int64Array::from_iter(sizes)))
}

/// How many members or items a value has.
fn count<'a>(scan: &mut Scan<'a>, token: &Token<'a>) -> std::result::Result<i64, Broken> {
    let mut count = 0;
    loop {
        let more = match token {
            Token::Object => scan.member(count == 0)?.is_some(),
            Token::Array => scan.item(count == 0)?,
            _ => false,
        };
        if !more {
            return Ok(count);
        }
        count += 1;
        let inner = scan.token()?;
        scan.skip(&inner)?;
    }
}

fn parse(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| {
        let text = known!(text.get(row));
        let broken = || fault(format!("Cannot convert value to JSON: '{text}'"));
        value::canonical(text).map(Some).map_err(|_| broken())
    };
    call.texts(of)
}

/// Walks over the items of a row's array; `None` if it is none.
fn items<'a, T>(
    text: &'a str,
    mut visit: impl FnMut(&mut Scan<'a>, Token<'a>) -> std::result::Result<Option<T>, Broken>,
) -> std::result::Result<Option<T>, Broken> {
    let mut scan = Scan::new(text);
    if scan.token()? != Token::Array {
        return Ok(None);
    }
    let mut first = true;
    while scan.item(first)? {
        first = false;
        let token = scan.token()?;
        if let Some(found) = visit(&mut scan, token)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn array_get(call: &Call<'_>) -> Result<ArrayRef> {
    let (text, place) = (call.text(0), call.long(1));
    let of = |row| {
        let (text, place) = (text.get(row)?, place.get(row)?);
        let from_start =
            if place >= 0 { place } else { array_size(text).ok().flatten()?.checked_add(place)? };
        let mut left = usize::try_from(from_start).ok()?;
        let found = items(text, |scan, token| {
            if left > 0 {
                left -= 1;
                scan.skip(&token)?;
                return Ok(None);
            }
            // Text comes out without its quotes: so it is documented, and so it is relied on.
            let item = match &token {
                Token::Null => None,
                Token::Text(raw) => Some(unescaped(raw)?.into_owned()),
                _ => Some(value::compact(scan, &token)?),
            };
            Ok(Some(item))
        });
        found.ok().flatten().flatten()
    };
    call.texts(|row| Ok(of(row)))
}

fn array_size(text: &str) -> std::result::Result<Option<i64>, Broken> {
    let mut scan = Scan::new(text);
    match scan.token()? {
        Token::Array => count(&mut scan, &Token::Array).map(Some),
        _ => Ok(None),
    }
}

fn array_length(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| array_size(text.get(row)?).ok().flatten();
    Ok(Arc::new((0..call.rows).map(of).collect::<Int64Array>()))
}

fn array_has(
    call: &Call<'_>,
    is: fn(&Call<'_>, usize, &Token<'_>) -> Option<bool>,
) -> Result<ArrayRef> {
    use arrow::array::Array;
    let text = call.text(0);
    let of = |row| {
        let text = text.get(row)?;
        if call.array(1).is_null(call.place(1, row)) {
            return None;
        }
        let found = items(text, |scan, token| {
            if is(call, row, &token) == Some(true) {
                return Ok(Some(true));
            }
            scan.skip(&token)?;
            Ok(None)
        });
        match found {
            Ok(Some(found)) => Some(found),
            Ok(None) if Scan::new(text).token() == Ok(Token::Array) => Some(false),
            _ => None,
        }
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<BooleanArray>()))
}

fn is_flag(call: &Call<'_>, row: usize, token: &Token<'_>) -> Option<bool> {
    let wanted = call.flag(1).get(row)?;
    Some(*token == Token::Flag(wanted))
}

fn is_long(call: &Call<'_>, row: usize, token: &Token<'_>) -> Option<bool> {
    match token {
        Token::Number(number) => Some(number.parse::<i64>().ok()? == call.long(1).get(row)?),
        _ => None,
    }
}

#[expect(clippy::float_cmp, reason = "Trino compares them so")]
fn is_double(call: &Call<'_>, row: usize, token: &Token<'_>) -> Option<bool> {
    match token {
        // A whole number is of another type there.
        Token::Number(number) if number.contains(['.', 'e', 'E']) => {
            Some(number.parse::<f64>().ok()? == call.double(1).get(row)?)
        }
        _ => None,
    }
}

fn is_text(call: &Call<'_>, row: usize, token: &Token<'_>) -> Option<bool> {
    match token {
        Token::Text(raw) => Some(unescaped(raw).ok()? == call.text(1).get(row)?),
        _ => None,
    }
}

fn is_scalar(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| {
        let text = known!(text.get(row));
        let mut scan = Scan::new(text);
        match scan.token() {
            Ok(token) if !matches!(token, Token::Object | Token::Array) => match scan.end() {
                Ok(()) => Ok(Some(true)),
                Err(Broken) => Err(fault(format!("Invalid JSON value: {text}"))),
            },
            Ok(_) => Ok(Some(false)),
            Err(Broken) => Err(fault(format!("Invalid JSON value: {text}"))),
        }
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<BooleanArray>>()?))
}

/// What a path finds in a text, as JSON; `None` if either is none, or nothing is there.
#[cfg(test)]
pub(super) fn extracted(text: &str, path: &str) -> Option<String> {
    let path = Path::parse(path)?;
    let mut scan = Scan::new(text);
    let token = path.find(&mut scan).ok()??;
    value::compact(&mut scan, &token).ok()
}
