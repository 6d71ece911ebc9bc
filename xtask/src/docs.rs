//! Reference pages that are written from the code, so that they cannot drift from it.

mod operations;

use crate::output::{Failure, Mode, settle};

/// Writes or checks the pages below `docs/reference`.
pub(crate) fn run(mode: Mode) -> Result<String, Failure> {
    settle(&[operations::page()?], mode, "docs")
}
