//! Arrays as sets: what is in one, in both, in either.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray};
use arrow::compute::concat;
use datafusion::common::Result;

use super::super::bound;
use super::super::call::{Call, ROWS};
use super::super::scalar::{Function, form, function};
use super::{Gather, rows_of};

pub(super) const FUNCTIONS: &[Function] = &[
    function("array_distinct", &[form("array(E) -> array(E)", distinct)]),
    function(
        "array_union",
        &[form("array(E), array(E) -> array(E)", |call| of_two(call, |_| true, true))],
    ),
    function(
        "array_intersect",
        &[form("array(E), array(E) -> array(E)", |call| of_two(call, |both| both, false))],
    ),
    function(
        "array_except",
        &[form("array(E), array(E) -> array(E)", |call| of_two(call, |both| !both, false))],
    ),
    // What `x IN (SELECT ...)` stands for where it is no condition.
    function("in_list", &[form("array(E), E -> boolean", in_list)]),
    function("arrays_overlap", &[form("array(E), array(E) -> boolean", overlap)]),
];

fn distinct(call: &Call<'_>) -> Result<ArrayRef> {
    let list = call.list(0);
    let rows = rows_of(list.array.values())?;
    let mut gather = Gather::default();
    for row in 0..call.rows {
        let Some(range) = list.range(row) else {
            gather.close_null();
            continue;
        };
        let mut seen = HashSet::new();
        gather.extend(range.filter(|at| seen.insert(rows.row(*at))));
        gather.close()?;
    }
    gather.lists(list.array.values())
}

/// Distinct items of two arrays. `keep` says which of the first are kept, by whether the second
/// has them too; behind them come those of the second, if they are wanted.
fn of_two(call: &Call<'_>, keep: fn(bool) -> bool, seconds: bool) -> Result<ArrayRef> {
    let (left, right) = (call.list(0), call.list(1));
    let values = concat(&[left.array.values().as_ref(), right.array.values().as_ref()])?;
    let rows = rows_of(&values)?;
    let begin = left.array.values().len();
    let mut gather = Gather::default();
    for row in 0..call.rows {
        let (Some(first), Some(second)) = (left.range(row), right.range(row)) else {
            gather.close_null();
            continue;
        };
        let second = second.start + begin..second.end + begin;
        let others: HashSet<_> = second.clone().map(|at| rows.row(at)).collect();
        let mut seen = HashSet::new();
        for at in first {
            let both = others.contains(&rows.row(at));
            if keep(both) && seen.insert(rows.row(at)) {
                gather.push(at);
            }
        }
        if seconds {
            gather.extend(second.filter(|at| seen.insert(rows.row(*at))));
        }
        gather.close()?;
    }
    gather.lists(&values)
}

/// Whether two arrays have an item in common. If none but nulls, nobody knows.
fn overlap(call: &Call<'_>) -> Result<ArrayRef> {
    let (left, right) = (call.list(0), call.list(1));
    let values = concat(&[left.array.values().as_ref(), right.array.values().as_ref()])?;
    let rows = rows_of(&values)?;
    let begin = left.array.values().len();
    let of = |row| {
        let (first, second) = (left.range(row)?, right.range(row)?);
        if first.is_empty() || second.is_empty() {
            return Some(false);
        }
        let second = second.start + begin..second.end + begin;
        let unknown = first.clone().chain(second.clone()).any(|at| values.is_null(at));
        let others: HashSet<_> =
            second.filter(|at| values.is_valid(*at)).map(|at| rows.row(at)).collect();
        let mut known = first.filter(|at| values.is_valid(*at));
        if known.any(|at| others.contains(&rows.row(at))) {
            return Some(true);
        }
        (!unknown).then_some(false)
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<BooleanArray>()))
}

/// Whether a value is in an array, which is empty where it is null. If not, but it has a null,
/// nobody knows.
fn in_list(call: &Call<'_>) -> Result<ArrayRef> {
    let list = call.list(0);
    let values = concat(&[list.array.values().as_ref(), call.array(1).as_ref()])?;
    let rows = rows_of(&values)?;
    let begin = list.array.values().len();
    let known = |range: Range<usize>| range.filter(|at| values.is_valid(*at));
    let has_null = |mut range: Range<usize>| range.any(|at| values.is_null(at));
    // The same list for all rows is looked through once.
    let whole = list.range(0).filter(|_| call.is_constant(0)).map(|range| {
        let items: HashSet<_> = known(range.clone()).map(|at| rows.row(at)).collect();
        (items, has_null(range))
    });
    let of = |row| {
        if row % ROWS == 0 {
            bound::pause()?;
        }
        let range = match list.range(row) {
            Some(range) if !range.is_empty() => range,
            _ => return Ok(Some(false)),
        };
        let at = begin + call.place(1, row);
        if values.is_null(at) {
            return Ok(None);
        }
        let (found, unknown) = match &whole {
            Some((items, unknown)) => (items.contains(&rows.row(at)), *unknown),
            None => {
                let found = known(range.clone()).any(|item| rows.row(item) == rows.row(at));
                (found, has_null(range))
            }
        };
        Ok((found || !unknown).then_some(found))
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Result<BooleanArray>>()?))
}
