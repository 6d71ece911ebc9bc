//! One document in the form of a CloudTrail log file, which `cairn ingest` takes again. Records
//! stand in it byte for byte.

use std::io::{self, Write};

use super::{EventRow, EventSink};

#[derive(Default)]
pub(super) struct EventJson {
    begun: bool,
}

impl EventSink for EventJson {
    fn event(&mut self, row: &EventRow, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.begun { b",\n" } else { b"{\"Records\":[\n" })?;
        self.begun = true;
        if row.event.is_some() {
            return out.write_all(&row.raw);
        }
        out.write_all(&row.line())
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.begun { b"\n]}\n" } else { b"{\"Records\":[]}\n" })?;
        out.flush()
    }
}
