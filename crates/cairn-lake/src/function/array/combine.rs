//! Arrays of arrays and of rows: zip, ngrams, combinations.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, StructArray, UInt32Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::compute::take;
use arrow::datatypes::{Field, Fields};
use datafusion::common::Result;

use super::super::call::Call;
use super::super::fault::fault;
use super::super::scalar::{Function, form, function};
use super::Gather;

pub(super) const FUNCTIONS: &[Function] = &[
    function(
        "zip",
        &[
            form("array(A), array(B) -> array(row(A, B))", zip),
            form("array(A), array(B), array(C) -> array(row(A, B, C))", zip),
            form("array(A), array(B), array(C), array(D) -> array(row(A, B, C, D))", zip),
            form(
                "array(A), array(B), array(C), array(D), array(E) -> array(row(A, B, C, D, E))",
                zip,
            ),
        ],
    ),
    function("ngrams", &[form("array(E), bigint -> array(array(E))", ngrams)]),
    function("combinations", &[form("array(E), bigint -> array(array(E))", combinations)]),
];

/// Rows of the items at the same places; an array that is too short gives nulls.
fn zip(call: &Call<'_>) -> Result<ArrayRef> {
    let lists: Vec<_> = (0..call.count()).map(|at| call.list(at)).collect();
    let mut places: Vec<Vec<Option<u32>>> = vec![Vec::new(); lists.len()];
    let (mut lengths, mut present) = (Vec::new(), Vec::new());
    for row in 0..call.rows {
        let ranges: Option<Vec<_>> = lists.iter().map(|list| list.range(row)).collect();
        let ranges = ranges.unwrap_or_default();
        let longest = ranges.iter().map(ExactSizeIterator::len).max().unwrap_or_default();
        for (range, places) in ranges.iter().zip(&mut places) {
            let of = |at| (at < range.len()).then_some((range.start + at) as u32);
            places.extend((0..longest).map(of));
        }
        lengths.push(longest);
        present.push(!ranges.is_empty());
    }
    let mut columns = Vec::new();
    for (list, places) in lists.iter().zip(places) {
        columns.push(take(list.array.values().as_ref(), &UInt32Array::from(places), None)?);
    }
    let fields: Fields = columns
        .iter()
        .enumerate()
        .map(|(at, column)| Field::new(format!("field{at}"), column.data_type().clone(), true))
        .collect();
    let rows: ArrayRef = Arc::new(StructArray::try_new(fields, columns, None)?);
    nested(rows, lengths, present)
}

/// Lists of so many items each.
fn nested(items: ArrayRef, lengths: Vec<usize>, present: Vec<bool>) -> Result<ArrayRef> {
    let field = Arc::new(Field::new("item", items.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths(lengths);
    Ok(Arc::new(ListArray::try_new(field, offsets, items, Some(NullBuffer::from(present)))?))
}

/// Lists of the lists that `each` adds to the gathering for a row's items.
fn lists_of_lists(
    call: &Call<'_>,
    each: fn(std::ops::Range<usize>, i64, &mut Gather) -> Result<usize>,
) -> Result<ArrayRef> {
    let (list, size) = (call.list(0), call.long(1));
    let mut gather = Gather::default();
    let (mut lengths, mut present) = (Vec::new(), Vec::new());
    for row in 0..call.rows {
        match (list.range(row), size.get(row)) {
            (Some(range), Some(size)) => {
                lengths.push(each(range, size, &mut gather)?);
                present.push(true);
            }
            _ => {
                lengths.push(0);
                present.push(false);
            }
        }
    }
    nested(gather.lists(list.array.values())?, lengths, present)
}

/// All runs of so many neighbours; the whole array if it has no more than that.
fn ngrams(call: &Call<'_>) -> Result<ArrayRef> {
    lists_of_lists(call, |range, size, gather| {
        if size <= 0 {
            return Err(fault("N must be positive"));
        }
        let size = usize::try_from(size).unwrap_or(usize::MAX).min(range.len());
        let count = range.len() - size + 1;
        for begin in range.start..range.start + count {
            gather.extend(begin..begin + size);
            gather.close()?;
        }
        Ok(count)
    })
}

/// The most combinations of one array.
const COMBINATIONS: usize = 100_000;

fn combinations(call: &Call<'_>) -> Result<ArrayRef> {
    lists_of_lists(call, |range, size, gather| {
        if size < 0 {
            return Err(fault(format!("combination size must not be negative: {size}")));
        }
        if size > 5 {
            return Err(fault(format!("combination size must not exceed 5: {size}")));
        }
        let size = size as usize;
        if size > range.len() {
            return Ok(0);
        }
        let mut chosen: Vec<usize> = (0..size).collect();
        let mut count = 0;
        loop {
            if count == COMBINATIONS {
                return Err(fault("combinations exceed max size"));
            }
            gather.extend(chosen.iter().map(|at| range.start + at));
            gather.close()?;
            count += 1;
            if !advanced(&mut chosen, range.len()) {
                return Ok(count);
            }
        }
    })
}

/// The next choice of places, the first of them moving first. `false` behind the last.
fn advanced(chosen: &mut [usize], count: usize) -> bool {
    for at in 0..chosen.len() {
        let bound = chosen.get(at + 1).copied().unwrap_or(count);
        if chosen[at] + 1 < bound {
            chosen[at] += 1;
            (0..at).for_each(|before| chosen[before] = before);
            return true;
        }
    }
    false
}
