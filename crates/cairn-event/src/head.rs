//! The head of a record: where the members that every reader needs are, found in the same pass that
//! validates the bytes.

use cairn_core::Timestamp;

use crate::field::Field;
use crate::scan;
use crate::{Category, Flaw, Reason};

mod reader;

use reader::Reader;

/// The places of the members that readers ask for, and the few values that are decoded.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    places: [Place; Field::PLACED],
    pub(crate) time: Timestamp,
    pub(crate) category: Category,
    pub(crate) read_only: Option<bool>,
}

impl Head {
    /// The bytes of the member as written: between the quotes of a text, all of another value.
    #[inline]
    pub(crate) fn written<'a>(&self, raw: &'a [u8], field: Field) -> Option<&'a [u8]> {
        self.places[field as usize].of(raw)
    }
}

/// What the bytes turned out to be, up to the byte `end`.
pub(crate) struct Scanned {
    pub(crate) end: usize,
    pub(crate) head: Result<Head, Flaw>,
}

/// Why the scan of an object stopped before its end.
pub(crate) enum Stop {
    /// The grammar is broken; where the object would end is not known.
    Broken(Flaw),
    /// The object is an envelope: its `Records` array opens here.
    Envelope(usize),
}

impl Stop {
    /// The flaw, where envelopes are not looked for and so an array of records is none.
    pub(crate) fn into_flaw(self) -> Flaw {
        match self {
            Self::Broken(flaw) => flaw,
            Self::Envelope(at) => Flaw::new(Reason::NotAnObject, at),
        }
    }
}

impl From<Flaw> for Stop {
    fn from(flaw: Flaw) -> Self {
        Self::Broken(flaw)
    }
}

/// Scans the object whose `{` is at `open`, to its end even where it is no valid record.
///
/// With `envelopes`, an object that has a `Records` array, and nothing of a record before it, stops
/// the scan where the array opens.
pub(crate) fn scan(bytes: &[u8], open: usize, envelopes: bool) -> Result<Scanned, Stop> {
    let mut reader = Reader::new(bytes, envelopes);
    let end = scan::object(bytes, open, |name, at| reader.record_member(name, at))?;
    Ok(Scanned { end, head: reader.finish(open, end) })
}

/// Whether a member of this name belongs to a record, not to an envelope.
pub(crate) fn belongs_to_record(name: &[u8]) -> bool {
    Field::of_record(name).is_some_and(|field| field.bit() & REQUIRED != 0)
}

/// Whether the member is the `Records` array of an envelope.
pub(crate) fn is_envelope(bytes: &[u8], name: &[u8], value: usize) -> bool {
    name == b"Records" && scan::peek(bytes, value) == b'['
}

const REQUIRED: u64 = Field::EventId.bit()
    | Field::EventTime.bit()
    | Field::EventName.bit()
    | Field::EventSource.bit()
    | Field::AwsRegion.bit();

/// A range of the record. No member starts at byte 0, so that is the mark of absence.
#[derive(Debug, Clone, Copy, Default)]
struct Place {
    start: u32,
    end: u32,
}

impl Place {
    fn new(start: usize, end: usize) -> Self {
        // Nothing takes a body in which places would wrap.
        Self { start: start as u32, end: end as u32 }
    }

    fn of(self, raw: &[u8]) -> Option<&[u8]> {
        (self.start != 0).then(|| &raw[self.start as usize..self.end as usize])
    }
}

#[cfg(test)]
mod tests;
