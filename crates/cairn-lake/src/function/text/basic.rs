//! Text put together, cut and searched.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int32Array, Int64Array, StringBuilder};
use datafusion::common::Result;

use super::super::array::join;
use super::super::bound;
use super::super::call::{Call, known};
use super::super::fault::fault;
use super::super::scalar::{Form, Function, form, function};
use super::binary;

pub(super) const FUNCTIONS: &[Function] = &[
    function("chr", &[form("bigint -> varchar", chr)]),
    function("codepoint", &[form("varchar -> integer", codepoint)]),
    function(
        "concat",
        &[
            form("varchar, varchar... -> varchar", concat),
            form("varbinary, varbinary... -> varbinary", binary::concat),
            form("array(E), array(E)... -> array(E)", join::arrays),
            form("array(E), E -> array(E)", join::append),
            form("E, array(E) -> array(E)", join::prepend),
        ],
    ),
    function(
        "concat_ws",
        &[
            form("varchar, array(varchar) -> varchar", concat_ws_list),
            form("varchar, varchar... -> varchar", concat_ws),
        ],
    ),
    function(
        "length",
        &[form("varchar -> bigint", length), form("varbinary -> bigint", byte_length)],
    ),
    function("lower", &[form("varchar -> varchar", |call| each(call, lower))]),
    function("upper", &[form("varchar -> varchar", |call| each(call, upper))]),
    function("lpad", &[form("varchar, bigint, varchar -> varchar", |call| pad(call, Side::Left))]),
    function("rpad", &[form("varchar, bigint, varchar -> varchar", |call| pad(call, Side::Right))]),
    function(
        "trim",
        &[
            form("varchar -> varchar", |call| each(call, |text| text.trim().into())),
            form("varchar, varchar -> varchar", |call| {
                trimmed(call, |text, set| text.trim_matches(set))
            }),
        ],
    ),
    function(
        "ltrim",
        &[
            form("varchar -> varchar", |call| each(call, |text| text.trim_start().into())),
            form("varchar, varchar -> varchar", |call| {
                trimmed(call, |text, set| text.trim_start_matches(set))
            }),
        ],
    ),
    function(
        "rtrim",
        &[
            form("varchar -> varchar", |call| each(call, |text| text.trim_end().into())),
            form("varchar, varchar -> varchar", |call| {
                trimmed(call, |text, set| text.trim_end_matches(set))
            }),
        ],
    ),
    function(
        "replace",
        &[
            form("varchar, varchar -> varchar", replace),
            form("varchar, varchar, varchar -> varchar", replace),
        ],
    ),
    function(
        "reverse",
        &[
            form("varchar -> varchar", |call| {
                each(call, |text| text.chars().rev().collect::<String>().into())
            }),
            form("varbinary -> varbinary", binary::reversed),
            form("array(E) -> array(E)", join::reversed),
        ],
    ),
    function(
        "strpos",
        &[
            form("varchar, varchar -> bigint", |call| position(call, 0, 1)),
            form("varchar, varchar, bigint -> bigint", |call| position(call, 0, 1)),
        ],
    ),
    function("position", &[form("varchar, varchar -> bigint", |call| position(call, 1, 0))]),
    function("starts_with", &[form("varchar, varchar -> boolean", starts_with)]),
    function("substr", SUBSTRING),
    function("substring", SUBSTRING),
    function("translate", &[form("varchar, varchar, varchar -> varchar", translate)]),
];

const SUBSTRING: &[Form] = &[
    form("varchar, bigint -> varchar", substring),
    form("varchar, bigint, bigint -> varchar", substring),
    form("varbinary, bigint -> varbinary", binary::part),
    form("varbinary, bigint, bigint -> varbinary", binary::part),
];

/// The longest text that is made out of a number.
const LONGEST: i64 = 1 << 20;

fn each(call: &Call<'_>, change: impl Fn(&str) -> Cow<'_, str>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| text.get(row).map(&change);
    call.texts(|row| Ok(of(row)))
}

fn chr(call: &Call<'_>) -> Result<ArrayRef> {
    let code = call.long(0);
    let of = |row| {
        let code = known!(code.get(row));
        let character = u32::try_from(code).ok().and_then(char::from_u32);
        let invalid = || fault(format!("Not a valid Unicode code point: {code}"));
        character.map(|character| Some(character.to_string())).ok_or_else(invalid)
    };
    call.texts(of)
}

fn codepoint(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| {
        let text = known!(text.get(row));
        let mut characters = text.chars();
        match (characters.next(), characters.next()) {
            (Some(only), None) => Ok(Some(only as i32)),
            _ => Err(fault("Input string must be a single character string")),
        }
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int32Array>>()?))
}

/// How long all texts will be is known before any is made: a statement can put hundreds of long
/// ones together.
fn concat(call: &Call<'_>) -> Result<ArrayRef> {
    let parts: Vec<_> = (0..call.count()).map(|at| call.text(at)).collect();
    let length = |row| parts.iter().map(|part| part.get(row).map(str::len)).sum::<Option<usize>>();
    let bytes = (0..call.rows).filter_map(length).sum();
    bound::check(bytes)?;
    let mut texts = StringBuilder::with_capacity(call.rows, bytes);
    for row in 0..call.rows {
        if length(row).is_none() {
            texts.append_null();
            continue;
        }
        for part in parts.iter().filter_map(|part| part.get(row)) {
            texts.write_str(part).map_err(|_| fault("a text is too long"))?;
        }
        texts.append_value("");
    }
    Ok(Arc::new(texts.finish()))
}

fn concat_ws(call: &Call<'_>) -> Result<ArrayRef> {
    let between = call.text(0);
    let parts: Vec<_> = (1..call.count()).map(|at| call.text(at)).collect();
    let of = |row| {
        let known: Vec<&str> = parts.iter().filter_map(|part| part.get(row)).collect();
        Some(known.join(between.get(row)?))
    };
    call.texts(|row| Ok(of(row)))
}

fn concat_ws_list(call: &Call<'_>) -> Result<ArrayRef> {
    use arrow::array::{Array, AsArray};
    let (between, list) = (call.text(0), call.list(1));
    let items = list.array.values().as_string::<i32>();
    let of = |row| {
        let range = list.range(row)?;
        let known: Vec<&str> =
            range.filter(|at| items.is_valid(*at)).map(|at| items.value(at)).collect();
        Some(known.join(between.get(row)?))
    };
    call.texts(|row| Ok(of(row)))
}

fn length(call: &Call<'_>) -> Result<ArrayRef> {
    let text = call.text(0);
    let of = |row| text.get(row).map(count);
    Ok(Arc::new((0..call.rows).map(of).collect::<Int64Array>()))
}

fn count(text: &str) -> i64 {
    if text.is_ascii() { text.len() as i64 } else { text.chars().count() as i64 }
}

fn byte_length(call: &Call<'_>) -> Result<ArrayRef> {
    let bytes = call.bytes(0);
    let of = |row| bytes.get(row).map(|bytes| bytes.len() as i64);
    Ok(Arc::new((0..call.rows).map(of).collect::<Int64Array>()))
}

/// Character by character: one that has no single counterpart stays.
fn lower(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.to_ascii_lowercase().into();
    }
    let one = |character: char| {
        let mut changed = character.to_lowercase();
        if changed.len() == 1 { changed.next().unwrap_or(character) } else { character }
    };
    text.chars().map(one).collect::<String>().into()
}

fn upper(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.to_ascii_uppercase().into();
    }
    let one = |character: char| {
        let mut changed = character.to_uppercase();
        if changed.len() == 1 { changed.next().unwrap_or(character) } else { character }
    };
    text.chars().map(one).collect::<String>().into()
}

#[derive(Clone, Copy)]
enum Side {
    Left,
    Right,
}

fn pad(call: &Call<'_>, side: Side) -> Result<ArrayRef> {
    let (text, size, filling) = (call.text(0), call.long(1), call.text(2));
    let of = |row| {
        let (text, size) = (known!(text.get(row)), known!(size.get(row)));
        let filling = known!(filling.get(row));
        if !(0..=LONGEST).contains(&size) {
            return Err(fault("Target length must be in the range [0..2147483647]"));
        }
        if filling.is_empty() {
            return Err(fault("Padding string must not be empty"));
        }
        bound::check(size as usize)?;
        let missing = size - count(text);
        if missing <= 0 {
            return Ok(Some(text.chars().take(size as usize).collect::<String>()));
        }
        let filled: String = filling.chars().cycle().take(missing as usize).collect();
        Ok(Some(match side {
            Side::Left => filled + text,
            Side::Right => text.to_owned() + &filled,
        }))
    };
    call.texts(of)
}

fn trimmed(call: &Call<'_>, trim: for<'a> fn(&'a str, &[char]) -> &'a str) -> Result<ArrayRef> {
    let (text, set) = (call.text(0), call.text(1));
    let of = |row| {
        let set: Vec<char> = set.get(row)?.chars().collect();
        Some(trim(text.get(row)?, &set))
    };
    call.texts(|row| Ok(of(row)))
}

fn replace(call: &Call<'_>) -> Result<ArrayRef> {
    let (text, search) = (call.text(0), call.text(1));
    let by = (call.count() > 2).then(|| call.text(2));
    let of = |row| {
        let (text, search) = (known!(text.get(row)), known!(search.get(row)));
        let by = match &by {
            Some(by) => known!(by.get(row)),
            None => "",
        };
        if !search.is_empty() && !text.contains(search) {
            return Ok(Some(Cow::Borrowed(text)));
        }
        bound::check(text.matches(search).count().saturating_mul(by.len()))?;
        Ok(Some(Cow::Owned(text.replace(search, by))))
    };
    call.texts(of)
}

fn position(call: &Call<'_>, text_at: usize, search_at: usize) -> Result<ArrayRef> {
    let (text, search) = (call.text(text_at), call.text(search_at));
    let instance = (call.count() > 2).then(|| call.long(2));
    let of = |row| {
        let (text, search) = (known!(text.get(row)), known!(search.get(row)));
        let instance = match &instance {
            Some(instance) => known!(instance.get(row)),
            None => 1,
        };
        if instance == 0 {
            return Err(fault("'instance' must be a positive or negative number."));
        }
        if search.is_empty() {
            return Ok(Some(1));
        }
        let found = nth(text, search, instance);
        Ok(Some(found.map_or(0, |at| count(&text[..at]) + 1)))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<Int64Array>>()?))
}

/// Where the nth occurrence begins, counted from the end if negative. Occurrences may overlap.
fn nth(text: &str, search: &str, instance: i64) -> Option<usize> {
    let mut left = instance.unsigned_abs();
    let mut bound = if instance > 0 { 0 } else { text.len() };
    loop {
        let found = if instance > 0 {
            bound + text.get(bound..)?.find(search)?
        } else {
            text.get(..bound)?.rfind(search)?
        };
        left -= 1;
        if left == 0 {
            return Some(found);
        }
        bound = if instance > 0 {
            found + text[found..].chars().next()?.len_utf8()
        } else {
            let inside = found + search.len();
            inside - text[..inside].chars().next_back()?.len_utf8()
        };
    }
}

fn starts_with(call: &Call<'_>) -> Result<ArrayRef> {
    let (text, beginning) = (call.text(0), call.text(1));
    let of = |row| Some(text.get(row)?.starts_with(beginning.get(row)?));
    Ok(Arc::new((0..call.rows).map(of).collect::<BooleanArray>()))
}

fn substring(call: &Call<'_>) -> Result<ArrayRef> {
    let (text, start) = (call.text(0), call.long(1));
    let length = (call.count() > 2).then(|| call.long(2));
    let of = |row| {
        let (text, start) = (text.get(row)?, start.get(row)?);
        let length = match &length {
            Some(length) => length.get(row)?,
            None => i64::MAX,
        };
        Some(part(text, start, length))
    };
    call.texts(|row| Ok(of(row)))
}

/// Characters from a place that counts from 1, or from the end if negative.
fn part(text: &str, start: i64, length: i64) -> &str {
    if start == 0 || length <= 0 {
        return "";
    }
    let size = count(text);
    let first = if start > 0 { start - 1 } else { size.saturating_add(start) };
    if !(0..size).contains(&first) {
        return "";
    }
    let end = first.saturating_add(length).min(size);
    let at = |place: i64| {
        if text.is_ascii() {
            return place as usize;
        }
        text.char_indices().nth(place as usize).map_or(text.len(), |(at, _)| at)
    };
    &text[at(first)..at(end)]
}

fn translate(call: &Call<'_>) -> Result<ArrayRef> {
    let (text, from, to) = (call.text(0), call.text(1), call.text(2));
    let of = |row| {
        let (text, from, to) = (text.get(row)?, from.get(row)?, to.get(row)?);
        let mut to = to.chars();
        let mut changes: HashMap<char, Option<char>> = HashMap::new();
        for character in from.chars() {
            let becomes = to.next();
            changes.entry(character).or_insert(becomes);
        }
        let one = |character: char| changes.get(&character).copied().unwrap_or(Some(character));
        Some(text.chars().filter_map(one).collect::<String>())
    };
    call.texts(|row| Ok(of(row)))
}
