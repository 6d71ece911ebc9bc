//! What a log file's text says, without reading it as JSON: how many records, their ids and times.

#[cfg(test)]
mod tests;

use memchr::{memchr3_iter, memmem};

/// The members of a record that are looked at, as they stand in the text.
pub(crate) struct Seen<'a> {
    /// From the first brace to the last.
    pub(crate) bytes: &'a [u8],
    /// Without its quotes; none if the record has none.
    pub(crate) id: Option<&'a [u8]>,
    pub(crate) time: Option<&'a [u8]>,
}

/// Where text stops being a log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable {
    pub(crate) at: usize,
}

/// Depth of braces inside a record: the document itself is one.
const RECORD: u32 = 2;

/// Calls `each` for every record. Only braces and quotes are looked at, so what passes is not
/// necessarily JSON; but whatever is JSON is cut correctly.
pub(crate) fn records<'a>(
    text: &'a [u8],
    mut each: impl FnMut(Seen<'a>),
) -> Result<u64, Unreadable> {
    let mut scan = Scan { text, depth: 0, count: 0, start: 0, id: None, time: None };
    // Where the string that is open began, just behind its quote.
    let mut string: Option<usize> = None;
    for at in memchr3_iter(b'"', b'{', b'}', text) {
        match (text[at], string) {
            (b'"', None) => string = Some(at + 1),
            (b'"', Some(start)) => {
                if !escaped(text, start, at) {
                    string = None;
                    scan.string(start, at);
                }
            }
            (_, Some(_)) => {}
            (b'{', None) => scan.open(at),
            (_, None) => scan.close(at, &mut each)?,
        }
    }
    if string.is_some() || scan.depth != 0 {
        return Err(Unreadable { at: text.len() });
    }
    Ok(scan.count)
}

/// The ids and times of a file that is known to have `count` records, found by their names alone.
/// None where names and records do not come out even, as when one stands deeper in a record.
///
/// It is a guess that may be wrong about a file that was made to mislead it: whoever would complain
/// of what it says has to ask [`records`] first.
pub(crate) fn guess<'a>(
    text: &'a [u8],
    count: u64,
    mut each: impl FnMut(Guessed<'a>),
) -> Option<()> {
    for (name, of) in [
        (b"\"eventID\":\"".as_slice(), Guessed::Id as fn(&'a [u8]) -> Guessed<'a>),
        (b"\"eventTime\":\"", Guessed::Time),
    ] {
        let mut found = 0;
        for at in memmem::find_iter(text, name) {
            let rest = &text[at + name.len()..];
            let value = &rest[..memchr::memchr(b'"', rest)?];
            if value.contains(&b'\\') {
                return None;
            }
            found += 1;
            each(of(value));
        }
        if found != count {
            return None;
        }
    }
    Some(())
}

/// What [`guess`] finds.
pub(crate) enum Guessed<'a> {
    Id(&'a [u8]),
    Time(&'a [u8]),
}

/// Whether the quote at `at` belongs to the string that began at `start`.
#[inline]
fn escaped(text: &[u8], start: usize, at: usize) -> bool {
    if at == start || text[at - 1] != b'\\' {
        return false;
    }
    let slashes = text[start..at].iter().rev().take_while(|byte| **byte == b'\\').count();
    slashes % 2 == 1
}

struct Scan<'a> {
    text: &'a [u8],
    depth: u32,
    count: u64,
    start: usize,
    id: Option<&'a [u8]>,
    time: Option<&'a [u8]>,
}

impl<'a> Scan<'a> {
    #[inline]
    fn open(&mut self, at: usize) {
        self.depth += 1;
        if self.depth == RECORD {
            (self.start, self.id, self.time) = (at, None, None);
        }
    }

    #[inline]
    fn close(&mut self, at: usize, each: &mut impl FnMut(Seen<'a>)) -> Result<(), Unreadable> {
        if self.depth == RECORD {
            self.count += 1;
            each(Seen { bytes: &self.text[self.start..=at], id: self.id, time: self.time });
        }
        self.depth = self.depth.checked_sub(1).ok_or(Unreadable { at })?;
        Ok(())
    }

    /// A string between `start` and `end`. If it is one of the names, its value is taken at once.
    #[inline]
    fn string(&mut self, start: usize, end: usize) {
        if self.depth != RECORD {
            return;
        }
        match &self.text[start..end] {
            b"eventID" => self.id = self.id.or_else(|| value(self.text, end + 1)),
            b"eventTime" => self.time = self.time.or_else(|| value(self.text, end + 1)),
            _ => {}
        }
    }
}

/// The string behind a colon at or after `at`.
fn value(text: &[u8], at: usize) -> Option<&[u8]> {
    let rest = text.get(at..)?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let rest = rest.strip_prefix(b"\"")?;
    let mut quotes = memchr::memchr_iter(b'"', rest);
    let end = quotes.find(|end| !escaped(rest, 0, *end))?;
    Some(&rest[..end])
}
