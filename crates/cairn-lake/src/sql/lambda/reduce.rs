//! `reduce(array, start, (state, item) -> state, state -> result)`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::{cast, concat, is_null, nullif, take};
use arrow::datatypes::{Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::{HigherOrderFunctionArgs, LambdaParametersProgress};

use super::evaluate::{call, lambda, value};
use super::nullable;
use crate::function::pause;

/// The state has the type that the first lambda gives; at first that of the start is tried.
pub(super) fn parameters(
    items: Vec<FieldRef>,
    start: &FieldRef,
    state: Option<&FieldRef>,
) -> LambdaParametersProgress {
    let known = nullable(state.unwrap_or(start));
    let known = Arc::new(Field::new("state", known.data_type().clone(), true));
    let mut merge = vec![Arc::clone(&known)];
    merge.extend(items);
    match state {
        Some(_) => LambdaParametersProgress::Complete(vec![merge, vec![known]]),
        None => LambdaParametersProgress::Partial(vec![Some(merge), None]),
    }
}

pub(super) fn run(args: &HigherOrderFunctionArgs) -> Result<ArrayRef> {
    let list = value(args, 0)?;
    let list = list.as_list::<i32>();
    let (merge, finish) = (lambda(args, 2)?, lambda(args, 3)?);
    let mut state = value(args, 1)?;
    let lengths: Vec<usize> = (0..args.number_rows)
        .map(|row| if list.is_null(row) { 0 } else { list.value_length(row) as usize })
        .collect();
    for item in 0..lengths.iter().copied().max().unwrap_or(0) {
        pause()?;
        let rows: Vec<usize> = (0..lengths.len()).filter(|row| lengths[*row] > item).collect();
        let places = rows.iter().map(|row| list.value_offsets()[*row] as u32 + item as u32);
        let items = take(list.values(), &places.collect::<UInt32Array>(), None)?;
        let places: UInt32Array = rows.iter().map(|row| *row as u32).collect();
        let before = take(&state, &places, None)?;
        let after = call(merge, &[before, items], &places)?;
        state = replaced(&state, &rows, &cast(&after, state.data_type())?)?;
    }
    let rows: UInt32Array = (0..args.number_rows as u32).collect();
    let result = call(finish, &[state], &rows)?;
    // What comes of an array that is null is null.
    Ok(nullif(&result, &is_null(list)?)?)
}

/// The state with new values in some rows.
fn replaced(state: &ArrayRef, rows: &[usize], new: &ArrayRef) -> Result<ArrayRef> {
    let both = concat(&[state, new])?;
    let mut places: Vec<u32> = (0..state.len() as u32).collect();
    for (at, row) in rows.iter().enumerate() {
        places[*row] = (state.len() + at) as u32;
    }
    Ok(take(&both, &UInt32Array::from(places), None)?)
}
