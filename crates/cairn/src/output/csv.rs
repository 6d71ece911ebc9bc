//! Comma-separated values with a header line.

use std::io::{self, Write};

use cairn_event::Event;

use super::safe::for_csv;
use super::{EventRow, EventSink};

const HEADER: [&str; 14] = [
    "eventTime",
    "eventName",
    "eventSource",
    "awsRegion",
    "userName",
    "userArn",
    "accessKeyId",
    "sourceIPAddress",
    "errorCode",
    "readOnly",
    "resources",
    "eventID",
    "ingestTime",
    "seq",
];

#[derive(Default)]
pub(super) struct EventCsv {
    begun: bool,
}

impl EventSink for EventCsv {
    fn event(&mut self, row: &EventRow, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        let (ingested, seq) = (row.ingested.to_string(), row.seq.to_string());
        let Some(event) = &row.event else {
            let mut fields = vec![String::new(); HEADER.len() - 2];
            fields.extend([ingested, seq]);
            return line(&fields, out);
        };
        let mut fields = fields(event);
        fields.extend([row.resources(), event.id().into_owned(), ingested, seq]);
        line(&fields, out)
    }

    fn finish(&mut self, out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        out.flush()
    }
}

impl EventCsv {
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.begun {
            return Ok(());
        }
        self.begun = true;
        line(&HEADER, out)
    }
}

/// One line, each field made safe.
pub(crate) fn line(fields: &[impl AsRef<str>], out: &mut dyn Write) -> io::Result<()> {
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        out.write_all(for_csv(field.as_ref()).as_bytes())?;
    }
    out.write_all(b"\n")
}

fn fields(event: &Event) -> Vec<String> {
    let owned = |text: Option<std::borrow::Cow<'_, str>>| text.unwrap_or_default().into_owned();
    vec![
        event.time().to_string(),
        event.name().into_owned(),
        event.source().into_owned(),
        event.region().into_owned(),
        owned(event.username()),
        owned(event.user_arn()),
        owned(event.access_key_id()),
        owned(event.source_ip()),
        owned(event.error_code()),
        event.read_only().map(|value| value.to_string()).unwrap_or_default(),
    ]
}
