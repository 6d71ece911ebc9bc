//! One record a line.

use std::io::{self, Write};

use super::{EventRow, EventSink};

pub(super) struct EventJsonl;

impl EventSink for EventJsonl {
    fn event(&mut self, row: &EventRow, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(&row.line())?;
        out.write_all(b"\n")
    }
}
