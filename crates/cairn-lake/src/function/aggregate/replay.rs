//! An aggregate over a frame of rows that moves: values leave it that no aggregate can take back.

use std::collections::VecDeque;

use arrow::array::{Array, ArrayRef};
use datafusion::common::{Result, ScalarValue, not_impl_err};
use datafusion::logical_expr::Accumulator;

use super::super::fault::fault;
use super::udaf::Given;

/// Rows that are gone through again for all answers of a partition. Nobody can end a query in the
/// middle of one: these take seconds at the most.
const ROWS: usize = 20_000_000;

/// Keeps the rows of the frame, and goes through all of them for each answer.
#[derive(Debug)]
pub(super) struct Replay {
    begin: fn(&Given) -> Box<dyn Accumulator>,
    given: Given,
    /// The inputs of some rows each, the oldest first.
    kept: VecDeque<Vec<ArrayRef>>,
    /// Rows that were gone through.
    seen: usize,
}

impl Replay {
    pub(super) fn new(begin: fn(&Given) -> Box<dyn Accumulator>, given: Given) -> Self {
        Self { begin, given, kept: VecDeque::new(), seen: 0 }
    }
}

impl Accumulator for Replay {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        if values.first().is_some_and(|array| !array.is_empty()) {
            self.kept.push_back(values.to_vec());
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mut left = values.first().map_or(0, |array| array.len());
        while left > 0
            && let Some(first) = self.kept.front_mut()
        {
            let rows = first.first().map_or(0, |array| array.len());
            if rows <= left {
                self.kept.pop_front();
            } else {
                for array in first {
                    *array = array.slice(left, rows - left);
                }
            }
            left = left.saturating_sub(rows);
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let mut all = (self.begin)(&self.given);
        for values in &self.kept {
            self.seen += values.first().map_or(0, |array| array.len());
            all.update_batch(values)?;
        }
        if self.seen > ROWS {
            return Err(fault("Query exhausted resources at this scale factor"));
        }
        all.evaluate()
    }

    fn size(&self) -> usize {
        // The values are parts of what the window holds anyway.
        size_of_val(self) + self.kept.iter().map(|values| size_of_val(&**values)).sum::<usize>()
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        not_impl_err!("a frame of rows is not put together from parts")
    }

    fn merge_batch(&mut self, _: &[ArrayRef]) -> Result<()> {
        not_impl_err!("a frame of rows is not put together from parts")
    }
}
