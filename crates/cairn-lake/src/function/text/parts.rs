//! Arrays of texts, made part by part.

use std::sync::Arc;

use arrow::array::{ArrayRef, ListBuilder, StringBuilder};
use datafusion::common::Result;

use super::super::bound;

/// Within what the call that makes them may make.
#[derive(Default)]
pub(super) struct Parts(ListBuilder<StringBuilder>);

impl Parts {
    /// One more text of the row at hand.
    ///
    /// # Errors
    /// More than a call may make.
    pub(super) fn push(&mut self, part: Option<&str>) -> Result<()> {
        let texts = self.0.values();
        texts.append_option(part);
        bound::check(texts.values_slice().len() + size_of_val(texts.offsets_slice()))
    }

    /// The row is whole.
    pub(super) fn close(&mut self) {
        self.0.append(true);
    }

    /// The row has no array.
    pub(super) fn close_null(&mut self) {
        self.0.append(false);
    }

    pub(super) fn finish(mut self) -> ArrayRef {
        Arc::new(self.0.finish())
    }
}
