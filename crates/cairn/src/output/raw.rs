//! The exact bytes of each record, a line break after each.

use std::io::{self, Write};

use super::{EventRow, EventSink};

pub(super) struct Raw;

impl EventSink for Raw {
    fn event(&mut self, row: &EventRow, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&row.raw)?;
        out.write_all(b"\n")
    }
}
