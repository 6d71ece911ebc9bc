//! Text taken apart at a delimiter.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, MapBuilder, MapFieldNames, StringBuilder};
use datafusion::common::Result;

use super::super::bound;
use super::super::call::{Call, known};
use super::super::fault::fault;
use super::super::scalar::{Function, form, function};
use super::parts::Parts;

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "split",
        &[
            form("varchar, varchar -> array(varchar)", split),
            form("varchar, varchar, bigint -> array(varchar)", split),
        ],
    ),
    function("split_part", &[form("varchar, varchar, bigint -> varchar", split_part)]),
    function(
        "split_to_map",
        &[form("varchar, varchar, varchar -> map(varchar, varchar)", split_to_map)],
    ),
    function(
        "split_to_multimap",
        &[form("varchar, varchar, varchar -> map(varchar, array(varchar))", split_to_multimap)],
    ),
];

fn split(call: &Call<'_>) -> Result<ArrayRef> {
    let (text, delimiter) = (call.text(0), call.text(1));
    let limit = (call.count() > 2).then(|| call.long(2));
    let mut lists = Parts::default();
    for row in 0..call.rows {
        let limit = limit.as_ref().map_or(Some(i64::MAX), |limit| limit.get(row));
        let (Some(text), Some(delimiter), Some(limit)) = (text.get(row), delimiter.get(row), limit)
        else {
            lists.close_null();
            continue;
        };
        if limit <= 0 {
            return Err(fault("Limit must be positive"));
        }
        if delimiter.is_empty() {
            return Err(fault("The delimiter may not be the empty string"));
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        for part in text.splitn(limit, delimiter) {
            lists.push(Some(part))?;
        }
        lists.close();
    }
    Ok(lists.finish())
}

fn split_part(call: &Call<'_>) -> Result<ArrayRef> {
    let (text, delimiter, place) = (call.text(0), call.text(1), call.long(2));
    let of = |row| {
        let (text, delimiter) = (known!(text.get(row)), known!(delimiter.get(row)));
        let place = known!(place.get(row));
        if place <= 0 {
            return Err(fault("Index must be greater than zero"));
        }
        let at = place as usize - 1;
        if delimiter.is_empty() {
            let found = text.char_indices().nth(at);
            return Ok(found.map(|(at, found)| &text[at..at + found.len_utf8()]));
        }
        Ok(text.split(delimiter).nth(at))
    };
    call.texts(of)
}

/// The keys and values of a text, in their order.
fn pairs<'a>(text: &'a str, between: &str, inside: &str) -> Result<Vec<(&'a str, &'a str)>> {
    if between.is_empty() {
        return Err(fault("entryDelimiter is empty"));
    }
    if inside.is_empty() {
        return Err(fault("keyValueDelimiter is empty"));
    }
    if between == inside {
        return Err(fault("entryDelimiter and keyValueDelimiter must not be the same"));
    }
    let entries = text.strip_suffix(between).unwrap_or(text);
    let mut found = Vec::new();
    if text.is_empty() {
        return Ok(found);
    }
    for entry in entries.split(between) {
        let parts: Vec<&str> = entry.split(inside).collect();
        let [key, value] = parts.as_slice() else {
            return Err(fault(format!(
                "Key-value delimiter must appear exactly once in each entry. Bad input: '{entry}'"
            )));
        };
        found.push((*key, *value));
    }
    Ok(found)
}

fn names() -> Option<MapFieldNames> {
    Some(MapFieldNames { entry: "entries".into(), key: "key".into(), value: "value".into() })
}

/// The three texts of a row, if none is null.
fn row_of<'a>(call: &'a Call<'_>, row: usize) -> Option<(&'a str, &'a str, &'a str)> {
    Some((call.text(0).get(row)?, call.text(1).get(row)?, call.text(2).get(row)?))
}

fn split_to_map(call: &Call<'_>) -> Result<ArrayRef> {
    let mut maps = MapBuilder::new(names(), StringBuilder::new(), StringBuilder::new());
    for row in 0..call.rows {
        let Some((text, between, inside)) = row_of(call, row) else {
            maps.append(false)?;
            continue;
        };
        let pairs = pairs(text, between, inside)?;
        let mut seen = std::collections::HashSet::new();
        for (key, value) in pairs {
            if !seen.insert(key) {
                return Err(fault(format!("Duplicate keys ({key}) are not allowed")));
            }
            maps.keys().append_value(key);
            maps.values().append_value(value);
        }
        let (keys, values) = maps.entries();
        let ends = size_of_val(keys.offsets_slice()) + size_of_val(values.offsets_slice());
        bound::check(keys.values_slice().len() + values.values_slice().len() + ends)?;
        maps.append(true)?;
    }
    Ok(Arc::new(maps.finish()))
}

fn split_to_multimap(call: &Call<'_>) -> Result<ArrayRef> {
    let lists = ListBuilder::new(StringBuilder::new());
    let mut maps = MapBuilder::new(names(), StringBuilder::new(), lists);
    for row in 0..call.rows {
        let Some((text, between, inside)) = row_of(call, row) else {
            maps.append(false)?;
            continue;
        };
        let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for (key, value) in pairs(text, between, inside)? {
            let place = *places.entry(key).or_insert(groups.len());
            if place == groups.len() {
                groups.push((key, Vec::new()));
            }
            groups[place].1.push(value);
        }
        for (key, values) in groups {
            maps.keys().append_value(key);
            for value in values {
                maps.values().values().append_value(value);
            }
            maps.values().append(true);
        }
        let (keys, values) = maps.entries();
        let values = values.values();
        let ends = size_of_val(keys.offsets_slice()) + size_of_val(values.offsets_slice());
        bound::check(keys.values_slice().len() + values.values_slice().len() + ends)?;
        maps.append(true)?;
    }
    Ok(Arc::new(maps.finish()))
}
