//! `array_sort(array, (x, y) -> order)`.
//!
//! Every run of the lambda costs a walk through its expression, so it compares many pairs at once:
//! the pairs of Batcher's network that do not touch each other, of all rows of a batch.

use arrow::array::{Array, ArrayRef, AsArray, UInt32Array};
use arrow::compute::{cast, take};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::{HigherOrderFunctionArgs, LambdaArgument};

use super::evaluate::{Items, call, lambda, rebuilt, value};
use crate::function::pause;

pub(super) fn run(args: &HigherOrderFunctionArgs) -> Result<ArrayRef> {
    let list = value(args, 0)?;
    let list = list.as_list::<i32>();
    let items = Items::new(list.value_offsets(), list.nulls())?;
    let mut sort = Sort {
        by: lambda(args, 1)?,
        values: list.values(),
        order: items.places.values().to_vec(),
        rows: &items.rows,
    };
    let most = items.lengths.iter().copied().max().unwrap_or(0);
    let mut merged = 1;
    while merged < most {
        let mut apart = merged;
        while apart > 0 {
            let mut pairs = Vec::new();
            let mut begin = 0;
            for length in &items.lengths {
                pairs_of(*length, merged, apart, begin, &mut pairs);
                begin += length;
            }
            pause()?;
            sort.round(&pairs)?;
            apart /= 2;
        }
        merged *= 2;
    }
    let sorted = take(list.values(), &UInt32Array::from(sort.order), None)?;
    rebuilt(args, &items.lengths, sorted, items.nulls)
}

/// The pairs of one round of the network over `length` items that begin at a place.
fn pairs_of(
    length: usize,
    merged: usize,
    apart: usize,
    begin: usize,
    pairs: &mut Vec<(usize, usize)>,
) {
    let mut from = apart % merged;
    while from + apart < length {
        for low in from..from + apart.min(length - from - apart) {
            if low / (merged * 2) == (low + apart) / (merged * 2) {
                pairs.push((begin + low, begin + low + apart));
            }
        }
        from += apart * 2;
    }
}

struct Sort<'a> {
    by: &'a LambdaArgument,
    values: &'a ArrayRef,
    /// The items of all rows as they stand now, by their places among the values.
    order: Vec<u32>,
    rows: &'a UInt32Array,
}

impl Sort<'_> {
    /// Exchanges the items of each pair that are in the wrong order.
    fn round(&mut self, pairs: &[(usize, usize)]) -> Result<()> {
        if pairs.is_empty() {
            return Ok(());
        }
        let side = |at: fn(&(usize, usize)) -> usize| {
            let places = pairs.iter().map(|pair| self.order[at(pair)]);
            take(self.values, &places.collect::<UInt32Array>(), None)
        };
        let parameters = [side(|pair| pair.0)?, side(|pair| pair.1)?];
        let rows = pairs.iter().map(|pair| self.rows.value(pair.0)).collect();
        let given = cast(&call(self.by, &parameters, &rows)?, &DataType::Int64)?;
        let given = given.as_primitive::<Int64Type>();
        for (at, (low, high)) in pairs.iter().enumerate() {
            if given.is_null(at) || !(-1..=1).contains(&given.value(at)) {
                return exec_err!("Lambda comparator must return either -1, 0, or 1");
            }
            // Items that are equal stay as they were.
            let moved = self.order[*low] > self.order[*high];
            if given.value(at) > 0 || (given.value(at) == 0 && moved) {
                self.order.swap(*low, *high);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::pairs_of;

    #[test]
    fn the_network_sorts() {
        for length in 0..40 {
            for seed in 0..20_u64 {
                let mut items: Vec<u64> =
                    (0..length as u64).map(|at| (at * 7919 + seed * 104_729) % 41).collect();
                let mut merged = 1;
                while merged < length {
                    let mut apart = merged;
                    while apart > 0 {
                        let mut pairs = Vec::new();
                        pairs_of(length, merged, apart, 0, &mut pairs);
                        for (low, high) in pairs {
                            if items[low] > items[high] {
                                items.swap(low, high);
                            }
                        }
                        apart /= 2;
                    }
                    merged *= 2;
                }
                assert!(items.is_sorted(), "{items:?}");
            }
        }
    }
}
