//! Cuts a body into its records, each scanned once.

use bytes::Bytes;
use cairn_core::limits;

use crate::head::{self, Scanned, Stop};
use crate::scan;
use crate::text::decode;
use crate::{Event, Flaw, Reason};

/// Bytes that may be read a second time in a body of any size, so that broken lines of a small one
/// do no harm to others.
const RESCANNED: usize = 64 * 1024;

/// A part of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Event(Event),
    /// What is not a valid record. `flaw.at` counts from the first of `bytes`.
    ///
    /// `bytes` is empty only where a body ends, between two records, before its envelope is closed.
    Flawed {
        bytes: Bytes,
        flaw: Flaw,
    },
}

/// Cuts a body into at most `limit` records.
///
/// The body is one record, records one after another with any white space between them (JSON lines
/// among others), an array of records, or an envelope, that is, an object with a `Records` array;
/// arrays and envelopes may follow one another too. A byte order mark in front is ignored, as are
/// an envelope's other members.
///
/// Every byte that is neither white space nor part of an envelope is in exactly one piece, in the
/// body's order. After a record whose grammar is broken the next is looked for at the next line
/// that begins with `{` or `[`; inside an array or envelope, the rest of the body is one piece.
/// What follows the first `limit` pieces is one piece with [`Reason::TooManyRecords`].
pub fn split(body: &Bytes, limit: usize) -> Split {
    let mark = "\u{feff}".as_bytes();
    Split {
        body: body.clone(),
        at: if body.starts_with(mark) { mark.len() } else { 0 },
        place: Place::Between,
        left: limit,
        rescans: body.len().max(RESCANNED),
    }
}

/// The pieces of a body; made by [`split`].
#[derive(Debug)]
pub struct Split {
    body: Bytes,
    at: usize,
    place: Place,
    left: usize,
    /// How many bytes may still be scanned a second time, so that hostile bodies cost linear time.
    rescans: usize,
}

impl Iterator for Split {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let (start, piece) = self.advance()?;
        if self.left > 0 {
            self.left -= 1;
            return Some(piece);
        }
        let flaw = Flaw::new(Reason::TooManyRecords, 0);
        Some(self.rest(start, flaw))
    }
}

/// Where the scan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Outside of every array and envelope.
    Between,
    /// Behind the `[` of an array.
    First(List),
    /// Behind an element of an array.
    Behind(List),
    /// Behind the `Records` array of an envelope.
    Tail,
}

/// What an array of records belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum List {
    Bare,
    Envelope,
}

impl Split {
    /// The next piece and where it starts.
    fn advance(&mut self) -> Option<(usize, Piece)> {
        loop {
            self.at = scan::skip_space(&self.body, self.at);
            let start = self.at;
            let piece = match self.place {
                Place::Between if start == self.body.len() => return None,
                Place::Between => self.record_or_list(),
                Place::First(list) => self.first(list),
                Place::Behind(list) => self.behind(list),
                Place::Tail => self.tail(),
            };
            if let Some(piece) = piece {
                return Some((start, piece));
            }
        }
    }

    fn record_or_list(&mut self) -> Option<Piece> {
        match scan::peek(&self.body, self.at) {
            b'[' => {
                self.at += 1;
                self.place = Place::First(List::Bare);
                None
            }
            b'{' => match head::scan(&self.body[self.at..], 0, true) {
                Ok(scanned) => Some(self.piece(scanned)),
                Err(Stop::Envelope(array)) => {
                    self.at += array + 1;
                    self.place = Place::First(List::Envelope);
                    None
                }
                Err(Stop::Broken(flaw)) => Some(self.resume(flaw)),
            },
            _ => {
                let flaw = scan::skip_value(&self.body[self.at..], 0, 0)
                    .map_or_else(|flaw| flaw, |_| Flaw::new(Reason::NotAnObject, 0));
                Some(self.resume(flaw))
            }
        }
    }

    fn first(&mut self, list: List) -> Option<Piece> {
        if scan::peek(&self.body, self.at) == b']' {
            self.close(list);
            return None;
        }
        Some(self.element(list))
    }

    fn behind(&mut self, list: List) -> Option<Piece> {
        match scan::peek(&self.body, self.at) {
            b']' => {
                self.close(list);
                None
            }
            b',' => {
                let element = scan::skip_space(&self.body, self.at + 1);
                if element == self.body.len() {
                    return Some(self.broken(scan::unexpected(&self.body, element)));
                }
                self.at = element;
                Some(self.element(list))
            }
            _ => Some(self.broken(scan::unexpected(&self.body, self.at))),
        }
    }

    fn close(&mut self, list: List) {
        self.at += 1;
        self.place = if list == List::Envelope { Place::Tail } else { Place::Between };
    }

    fn element(&mut self, list: List) -> Piece {
        self.place = Place::Behind(list);
        let bytes = &self.body[self.at..];
        let scanned = if scan::peek(bytes, 0) == b'{' {
            head::scan(bytes, 0, false).map_err(Stop::into_flaw)
        } else {
            scan::skip_value(bytes, 0, 0).map(|end| {
                let head = Err(Flaw::new(Reason::NotAnObject, 0));
                Scanned { end, head }
            })
        };
        match scanned {
            Ok(scanned) => self.piece(scanned),
            Err(flaw) => self.rest(self.at, flaw),
        }
    }

    /// Reads a member of an envelope behind its records. Another `Records` opens the next array; a
    /// member of a record is a piece, or it would be lost.
    fn tail(&mut self) -> Option<Piece> {
        if scan::peek(&self.body, self.at) == b'}' {
            self.at += 1;
            self.place = Place::Between;
            return None;
        }
        match tail_member(&self.body, self.at) {
            Ok(Tail::Records(array)) => {
                self.at = array + 1;
                self.place = Place::First(List::Envelope);
                None
            }
            Ok(Tail::Ignored(end)) => {
                self.at = end;
                None
            }
            Ok(Tail::Stray { start, end }) => {
                self.at = end;
                Some(self.flawed(start, end, Flaw::new(Reason::StrayMember, 0)))
            }
            Err(flaw) => Some(self.broken(flaw)),
        }
    }

    /// Cuts out what was scanned.
    fn piece(&mut self, scanned: Scanned) -> Piece {
        let bytes = self.body.slice(self.at..self.at + scanned.end);
        self.at += scanned.end;
        match scanned.head {
            _ if bytes.len() > limits::RECORD_BYTES => {
                Piece::Flawed { bytes, flaw: Flaw::new(Reason::TooLarge, limits::RECORD_BYTES) }
            }
            Ok(head) => Piece::Event(Event::from_parts(bytes, head)),
            Err(flaw) => Piece::Flawed { bytes, flaw },
        }
    }

    /// Cuts out what is broken, up to the line where the next record may begin.
    fn resume(&mut self, flaw: Flaw) -> Piece {
        let start = self.at;
        let mut next = self.next_opening_line(start);
        let again = (start + flaw.at).saturating_sub(next);
        if again > self.rescans {
            next = self.next_opening_line(start + flaw.at);
        } else {
            self.rescans -= again;
        }
        self.at = next;
        self.flawed(start, next, flaw)
    }

    /// The array or envelope is broken; `flaw.at` counts from the body's first byte.
    fn broken(&mut self, flaw: Flaw) -> Piece {
        self.rest(self.at, Flaw::new(flaw.reason, flaw.at - self.at))
    }

    /// Cuts out everything from `start` on.
    fn rest(&mut self, start: usize, flaw: Flaw) -> Piece {
        self.at = self.body.len();
        self.place = Place::Between;
        self.flawed(start, self.at, flaw)
    }

    fn flawed(&self, start: usize, end: usize, flaw: Flaw) -> Piece {
        let part = &self.body[start..end];
        let last = part.iter().rposition(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t'));
        let bytes = self.body.slice(start..last.map_or(start, |last| start + last + 1));
        let Flaw { reason, at } = flaw.in_encoding_of(&bytes);
        let flaw = Flaw::new(reason, at.min(bytes.len()));
        Piece::Flawed { bytes, flaw }
    }

    /// The first place behind `from` where a line begins with a bracket, or the end.
    fn next_opening_line(&self, from: usize) -> usize {
        memchr::memchr_iter(b'\n', &self.body[from..])
            .map(|line_end| from + line_end + 1)
            .find(|line| matches!(scan::peek(&self.body, *line), b'{' | b'['))
            .unwrap_or(self.body.len())
    }
}

/// A member of an envelope behind its first `Records`.
enum Tail {
    /// Another array of records opens here.
    Records(usize),
    /// The member ends here and says nothing.
    Ignored(usize),
    /// The member belongs to a record.
    Stray { start: usize, end: usize },
}

/// Reads the comma at `at` and the member behind it.
fn tail_member(body: &[u8], at: usize) -> Result<Tail, Flaw> {
    if scan::peek(body, at) != b',' {
        return Err(scan::unexpected(body, at));
    }
    let start = scan::skip_space(body, at + 1);
    let (name, value) = scan::key(body, start)?;
    let name = decode(&body[name.start..name.end]);
    if head::is_envelope(body, name.as_bytes(), value) {
        return Ok(Tail::Records(value));
    }
    let end = scan::skip_value(body, value, 1)?;
    Ok(if head::belongs_to_record(name.as_bytes()) {
        Tail::Stray { start, end }
    } else {
        Tail::Ignored(end)
    })
}

#[cfg(test)]
mod tests;
