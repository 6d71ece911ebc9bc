//! Functions over values of any type: the greatest and the least, and what a type is called.

use std::sync::Arc;

use arrow::array::{ArrayRef, StringArray, make_comparator};
use arrow::compute::{SortOptions, concat};
use datafusion::common::Result;

use super::call::Call;
use super::scalar::{Function, form, function, picked};
use super::types;

pub(super) const FUNCTIONS: &[Function] = &[
    function("greatest", &[form("E, E... -> E", |call| extreme(call, true))]),
    function("least", &[form("E, E... -> E", |call| extreme(call, false))]),
    function("typeof", &[form("E -> varchar", type_of)]),
];

/// The greatest of a row's values, or the least. With a null among them nobody knows.
fn extreme(call: &Call<'_>, greatest: bool) -> Result<ArrayRef> {
    use arrow::array::Array;
    let arrays: Vec<&dyn Array> = (0..call.count()).map(|at| call.array(at).as_ref()).collect();
    let begins: Vec<usize> = arrays
        .iter()
        .scan(0, |next, array| {
            let begin = *next;
            *next += array.len();
            Some(begin)
        })
        .collect();
    let values = concat(&arrays)?;
    let compare = make_comparator(values.as_ref(), values.as_ref(), SortOptions::default())?;
    let of = |row| {
        let mut best: Option<usize> = None;
        for (at, begin) in begins.iter().enumerate() {
            let place = begin + call.place(at, row);
            if values.is_null(place) {
                return None;
            }
            let better = best.is_none_or(|best| {
                let order = compare(place, best);
                if greatest { order.is_gt() } else { order.is_lt() }
            });
            if better {
                best = Some(place);
            }
        }
        best.map(|place| place as u32)
    };
    picked(values.as_ref(), (0..call.rows).map(of).collect())
}

fn type_of(call: &Call<'_>) -> Result<ArrayRef> {
    let name = call.fields.first().map(|field| types::name(field)).unwrap_or_default();
    Ok(Arc::new(StringArray::from(vec![name; call.rows])))
}
