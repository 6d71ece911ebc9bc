//! Arrays put together, turned around and cut.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array};
use arrow::compute::concat;
use datafusion::common::Result;

use super::super::bound;
use super::super::call::{Call, known};
use super::super::fault::fault;
use super::super::scalar::{Function, form, function};
use super::Gather;
use crate::render;

pub(super) const FUNCTIONS: &[Function] = &[
    function("slice", &[form("array(E), bigint, bigint -> array(E)", slice)]),
    function("trim_array", &[form("array(E), bigint -> array(E)", trim)]),
    function("flatten", &[form("array(array(E)) -> array(E)", flatten)]),
    function(
        "array_join",
        &[
            form("array(E), varchar -> varchar", join),
            form("array(E), varchar, varchar -> varchar", join),
        ],
    ),
    function("contains_sequence", &[form("array(E), array(E) -> boolean", has_run)]),
    function("array_position", &[form("array(E), E -> bigint", position)]),
    function("array_remove", &[form("array(E), E -> array(E)", remove)]),
];

/// Several arrays' values in one, and where each one's begin.
fn merged(parts: &[&ArrayRef]) -> Result<(ArrayRef, Vec<usize>)> {
    let mut begins = Vec::with_capacity(parts.len());
    let mut count = 0;
    for part in parts {
        begins.push(count);
        count += part.len();
    }
    let parts: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
    Ok((concat(&parts)?, begins))
}

/// concat of arrays.
pub(crate) fn arrays(call: &Call<'_>) -> Result<ArrayRef> {
    let lists: Vec<_> = (0..call.count()).map(|at| call.list(at)).collect();
    let values: Vec<&ArrayRef> = lists.iter().map(|list| list.array.values()).collect();
    let (values, begins) = merged(&values)?;
    let mut gather = Gather::default();
    for row in 0..call.rows {
        let ranges: Option<Vec<_>> = lists.iter().map(|list| list.range(row)).collect();
        let Some(ranges) = ranges else {
            gather.close_null();
            continue;
        };
        for (range, begin) in ranges.into_iter().zip(&begins) {
            gather.extend(range.map(|at| begin + at));
        }
        gather.close()?;
    }
    gather.lists(&values)
}

pub(crate) fn append(call: &Call<'_>) -> Result<ArrayRef> {
    with_one(call, 0, 1)
}

pub(crate) fn prepend(call: &Call<'_>) -> Result<ArrayRef> {
    with_one(call, 1, 0)
}

fn with_one(call: &Call<'_>, list_at: usize, one_at: usize) -> Result<ArrayRef> {
    let list = call.list(list_at);
    let (values, begins) = merged(&[list.array.values(), call.array(one_at)])?;
    let mut gather = Gather::default();
    for row in 0..call.rows {
        let Some(range) = list.range(row) else {
            gather.close_null();
            continue;
        };
        let one = begins[1] + call.place(one_at, row);
        if one_at == 0 {
            gather.push(one);
        }
        gather.extend(range);
        if one_at == 1 {
            gather.push(one);
        }
        gather.close()?;
    }
    gather.lists(&values)
}

pub(crate) fn reversed(call: &Call<'_>) -> Result<ArrayRef> {
    picked(call, |_, range| Ok(Some(range.rev())))
}

/// The items of each row's list that are picked, in their order.
fn picked<I: Iterator<Item = usize>>(
    call: &Call<'_>,
    mut pick: impl FnMut(usize, std::ops::Range<usize>) -> Result<Option<I>>,
) -> Result<ArrayRef> {
    let list = call.list(0);
    let mut gather = Gather::default();
    for row in 0..call.rows {
        let places = match list.range(row) {
            Some(range) => pick(row, range)?,
            None => None,
        };
        match places {
            Some(places) => {
                gather.extend(places);
                gather.close()?;
            }
            None => gather.close_null(),
        }
    }
    gather.lists(list.array.values())
}

fn slice(call: &Call<'_>) -> Result<ArrayRef> {
    let (start, length) = (call.long(1), call.long(2));
    picked(call, |row, range| {
        let (start, length) = (known!(start.get(row)), known!(length.get(row)));
        if length < 0 {
            return Err(fault("length must be greater than or equal to 0"));
        }
        if start == 0 {
            return Err(fault("SQL array indices start at 1"));
        }
        let size = range.len() as i64;
        let first = if start > 0 { start - 1 } else { size.saturating_add(start) };
        if !(0..size).contains(&first) {
            return Ok(Some(range.start..range.start));
        }
        let end = first.saturating_add(length).min(size);
        Ok(Some(range.start + first as usize..range.start + end as usize))
    })
}

/// The array without its last items.
fn trim(call: &Call<'_>) -> Result<ArrayRef> {
    let count = call.long(1);
    picked(call, |row, range| {
        let count = known!(count.get(row));
        let size = range.len() as i64;
        if count < 0 {
            return Err(fault("size must not be negative: ".to_owned() + &count.to_string()));
        }
        if count > size {
            return Err(fault(format!("size must not exceed array cardinality {size}: {count}")));
        }
        Ok(Some(range.start..range.end - count as usize))
    })
}

fn flatten(call: &Call<'_>) -> Result<ArrayRef> {
    let outer = call.list(0);
    let inner = outer.array.values().as_list::<i32>();
    let offsets = inner.value_offsets();
    let mut gather = Gather::default();
    for row in 0..call.rows {
        let Some(range) = outer.range(row) else {
            gather.close_null();
            continue;
        };
        for list in range.filter(|list| inner.is_valid(*list)) {
            gather.extend(offsets[list] as usize..offsets[list + 1] as usize);
        }
        gather.close()?;
    }
    gather.lists(inner.values())
}

fn join(call: &Call<'_>) -> Result<ArrayRef> {
    let (list, between) = (call.list(0), call.text(1));
    let for_null = (call.count() > 2).then(|| call.text(2));
    let items = render::Texts::new(list.array.values());
    call.texts(|row| {
        let (range, between) = (known!(list.range(row)), known!(between.get(row)));
        let for_null = match &for_null {
            Some(text) => Some(known!(text.get(row))),
            None => None,
        };
        let mut text = String::new();
        let mut first = true;
        for at in range {
            let before = text.len();
            if !first {
                text.push_str(between);
            }
            if items.write(at, &mut text) {
                first = false;
            } else if let Some(instead) = for_null {
                text.push_str(instead);
                first = false;
            } else {
                text.truncate(before);
            }
            bound::check(text.len())?;
        }
        Ok(Some(text))
    })
}

fn position(call: &Call<'_>) -> Result<ArrayRef> {
    let list = call.list(0);
    let is = super::super::element::same(list.array, call.array(1))?;
    let (needles, values) = (call.array(1), list.array.values());
    let of = |row| {
        let needle = call.place(1, row);
        let mut range = list.range(row)?;
        if needles.is_null(needle) {
            return None;
        }
        let found = range.position(|at| values.is_valid(at) && is(at, needle));
        Some(found.map_or(0, |place| place as i64 + 1))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Int64Array>()))
}

fn remove(call: &Call<'_>) -> Result<ArrayRef> {
    let list = call.list(0);
    let is = super::super::element::same(list.array, call.array(1))?;
    let (needles, values) = (call.array(1), list.array.values());
    picked(call, |row, range| {
        let needle = call.place(1, row);
        if needles.is_null(needle) {
            return Ok(None);
        }
        let kept = range.filter(|at| values.is_null(*at) || !is(*at, needle));
        Ok(Some(kept.collect::<Vec<_>>().into_iter()))
    })
}

/// Whether an array has all items of another, one behind the other.
fn has_run(call: &Call<'_>) -> Result<ArrayRef> {
    let (list, run) = (call.list(0), call.list(1));
    let (values, begins) = merged(&[list.array.values(), run.array.values()])?;
    let rows = super::rows_of(&values)?;
    let of = |row| {
        let (range, run) = (list.range(row)?, run.range(row)?);
        let begin = begins[1] + run.start;
        let fits =
            |at: usize| (0..run.len()).all(|step| rows.row(at + step) == rows.row(begin + step));
        let last = (range.len() + 1).saturating_sub(run.len());
        Some((range.start..range.start + last).any(fits))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<BooleanArray>()))
}
