//! Arrays in order, and their least and greatest items.

use arrow::array::{Array, ArrayRef, make_comparator};
use arrow::compute::SortOptions;
use datafusion::common::Result;

use super::super::call::Call;
use super::super::scalar::{Function, form, function, picked};
use super::Gather;

pub(super) const FUNCTIONS: &[Function] = &[
    function("array_sort", &[form("array(E) -> array(E)", sort)]),
    function("array_max", &[form("array(E) -> E", |call| extreme(call, true))]),
    function("array_min", &[form("array(E) -> E", |call| extreme(call, false))]),
];

/// Nulls come last.
const ORDER: SortOptions = SortOptions { descending: false, nulls_first: false };

fn sort(call: &Call<'_>) -> Result<ArrayRef> {
    let list = call.list(0);
    let values = list.array.values();
    let compare = make_comparator(values.as_ref(), values.as_ref(), ORDER)?;
    let mut gather = Gather::default();
    for row in 0..call.rows {
        let Some(range) = list.range(row) else {
            gather.close_null();
            continue;
        };
        let mut places: Vec<usize> = range.collect();
        places.sort_by(|a, b| compare(*a, *b));
        gather.extend(places);
        gather.close()?;
    }
    gather.lists(values)
}

/// The greatest item, or the least. With a null among them nobody knows.
fn extreme(call: &Call<'_>, greatest: bool) -> Result<ArrayRef> {
    let list = call.list(0);
    let values = list.array.values();
    let compare = make_comparator(values.as_ref(), values.as_ref(), ORDER)?;
    let of = |row| {
        let range = list.range(row)?;
        if range.clone().any(|at| values.is_null(at)) {
            return None;
        }
        let found = if greatest {
            range.reduce(|best, at| if compare(at, best).is_gt() { at } else { best })
        } else {
            range.reduce(|best, at| if compare(at, best).is_lt() { at } else { best })
        };
        found.map(|at| at as u32)
    };
    picked(values, (0..call.rows).map(of).collect())
}
