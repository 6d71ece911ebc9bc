//! The grammar of RFC 8259, walked over bytes: one pass, nothing built, nothing recursive.
//!
//! Every function takes the place of the first byte it has not seen and gives back the place behind
//! what it read. Strings are validated except for their encoding: UTF-8 is checked over the whole
//! record at once, which is several times cheaper. Numbers stay text, so none is too large.

use cairn_core::limits;

use crate::{Flaw, Reason};

/// What stands between the quotes of a string, as written.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    pub start: usize,
    pub end: usize,
    /// Whether a backslash is in it.
    pub escaped: bool,
}

/// The next byte, or NUL at the end: JSON allows a NUL nowhere, so the two need no telling apart
/// until a flaw is reported.
#[inline(always)]
pub fn peek(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// The place of the next byte that is not white space.
#[inline(always)]
pub fn skip_space(bytes: &[u8], at: usize) -> usize {
    if peek(bytes, at) > b' ' { at } else { skip_more_space(bytes, at) }
}

fn skip_more_space(bytes: &[u8], mut at: usize) -> usize {
    while matches!(peek(bytes, at), b' ' | b'\n' | b'\r' | b'\t') {
        at += 1;
    }
    at
}

/// The flaw of a byte that cannot stand at `at`.
#[cold]
pub(crate) fn unexpected(bytes: &[u8], at: usize) -> Flaw {
    let reason = if at < bytes.len() { Reason::UnexpectedByte } else { Reason::Truncated };
    Flaw::new(reason, at)
}

/// Checks the encoding of a whole text. Records are nearly always ASCII, which is faster to see.
pub fn check_utf8(bytes: &[u8]) -> Result<(), Flaw> {
    if bytes.is_ascii() {
        return Ok(());
    }
    match std::str::from_utf8(bytes) {
        Ok(_) => Ok(()),
        Err(error) => Err(Flaw::new(Reason::InvalidUtf8, error.valid_up_to())),
    }
}

/// Walks over the object whose `{` is at `open`.
///
/// `member` is given each name and the place of its value, and gives the place behind the value.
#[inline(always)]
pub fn object<E: From<Flaw>>(
    bytes: &[u8],
    open: usize,
    mut member: impl FnMut(Text, usize) -> Result<usize, E>,
) -> Result<usize, E> {
    let mut at = skip_space(bytes, open + 1);
    if peek(bytes, at) == b'}' {
        return Ok(at + 1);
    }
    loop {
        let (name, value) = key(bytes, at)?;
        at = skip_space(bytes, member(name, value)?);
        match peek(bytes, at) {
            b',' => at = skip_space(bytes, at + 1),
            b'}' => return Ok(at + 1),
            _ => return Err(unexpected(bytes, at).into()),
        }
    }
}

/// Walks over the array whose `[` is at `open`; `element` is given the place of each value.
#[inline(always)]
pub fn array(
    bytes: &[u8],
    open: usize,
    mut element: impl FnMut(usize) -> Result<usize, Flaw>,
) -> Result<usize, Flaw> {
    let mut at = skip_space(bytes, open + 1);
    if peek(bytes, at) == b']' {
        return Ok(at + 1);
    }
    loop {
        at = skip_space(bytes, element(at)?);
        match peek(bytes, at) {
            b',' => at = skip_space(bytes, at + 1),
            b']' => return Ok(at + 1),
            _ => return Err(unexpected(bytes, at)),
        }
    }
}

/// Reads a member's name and colon; gives the name and the place of the value.
#[inline(always)]
pub fn key(bytes: &[u8], at: usize) -> Result<(Text, usize), Flaw> {
    if peek(bytes, at) != b'"' {
        return Err(unexpected(bytes, at));
    }
    let name = text(bytes, at + 1)?;
    let colon = skip_space(bytes, name.end + 1);
    if peek(bytes, colon) != b':' {
        return Err(unexpected(bytes, colon));
    }
    Ok((name, skip_space(bytes, colon + 1)))
}

/// Walks over any value. `depth` is how many containers enclose it.
pub fn skip_value(bytes: &[u8], mut at: usize, depth: usize) -> Result<usize, Flaw> {
    // One bit for each open container, the innermost lowest: 1 for an object.
    let mut kinds: u128 = 0;
    let mut open = 0;
    loop {
        let first = peek(bytes, at);
        match first {
            b'"' => at = text(bytes, at + 1)?.end + 1,
            b'{' | b'[' => {
                if depth + open >= limits::JSON_DEPTH {
                    return Err(Flaw::new(Reason::TooDeep, at));
                }
                let inside = skip_space(bytes, at + 1);
                // In ASCII a closing bracket is the opening one plus two.
                if peek(bytes, inside) == first + 2 {
                    at = inside + 1;
                } else {
                    let is_object = first == b'{';
                    kinds = (kinds << 1) | u128::from(is_object);
                    open += 1;
                    at = if is_object { key(bytes, inside)?.1 } else { inside };
                    continue;
                }
            }
            _ => at = bare(bytes, at)?,
        }
        loop {
            if open == 0 {
                return Ok(at);
            }
            at = skip_space(bytes, at);
            let in_object = kinds & 1 == 1;
            match peek(bytes, at) {
                b',' => {
                    at = skip_space(bytes, at + 1);
                    if in_object {
                        at = key(bytes, at)?.1;
                    }
                    break;
                }
                b'}' if in_object => {}
                b']' if !in_object => {}
                _ => return Err(unexpected(bytes, at)),
            }
            at += 1;
            kinds >>= 1;
            open -= 1;
        }
    }
}

/// Reads a string whose opening quote is just before `start`.
#[inline(always)]
pub fn text(bytes: &[u8], start: usize) -> Result<Text, Flaw> {
    let mut at = start;
    let mut escaped = false;
    loop {
        at = skip_plain(bytes, at);
        match peek(bytes, at) {
            b'"' => return Ok(Text { start, end: at, escaped }),
            b'\\' => {
                at = escape(bytes, at)?;
                escaped = true;
            }
            _ if at >= bytes.len() => return Err(Flaw::new(Reason::Truncated, at)),
            _ => return Err(Flaw::new(Reason::ControlCharacter, at)),
        }
    }
}

/// The place of the next quote, backslash or control character, or the end.
#[inline(always)]
fn skip_plain(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let found = specials(u64::from_le_bytes(*chunk));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    skip_plain_tail(bytes, at)
}

/// The last few bytes of the input, where no whole word is left.
#[cold]
fn skip_plain_tail(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && !matches!(bytes[at], b'"' | b'\\' | ..b' ') {
        at += 1;
    }
    at
}

/// One in each byte.
const EACH: u64 = 0x0101_0101_0101_0101;

/// Sets the highest bit of each byte that is a quote, a backslash or a control character. Bytes
/// above such a one may be marked wrongly, so only the lowest mark counts.
#[inline(always)]
fn specials(word: u64) -> u64 {
    // Flipping one bit makes the quote the lower neighbour of the control characters, so that one
    // comparison finds both.
    let low = word ^ (EACH * 0x02);
    let below = low.wrapping_sub(EACH * 0x21) & !low;
    let slash = word ^ (EACH * 0x5c);
    let equal = slash.wrapping_sub(EACH) & !slash;
    (below | equal) & (EACH * 0x80)
}

/// Reads the escape whose backslash is at `at`.
#[inline]
fn escape(bytes: &[u8], at: usize) -> Result<usize, Flaw> {
    match peek(bytes, at + 1) {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(at + 2),
        b'u' => {
            for place in at + 2..at + 6 {
                if !peek(bytes, place).is_ascii_hexdigit() {
                    return Err(bad_escape(bytes, place));
                }
            }
            Ok(at + 6)
        }
        _ => Err(bad_escape(bytes, at + 1)),
    }
}

#[cold]
fn bad_escape(bytes: &[u8], at: usize) -> Flaw {
    let reason = if at < bytes.len() { Reason::BadEscape } else { Reason::Truncated };
    Flaw::new(reason, at)
}

/// Reads `true`, `false`, `null` or a number.
#[inline]
fn bare(bytes: &[u8], at: usize) -> Result<usize, Flaw> {
    let word: &[u8] = match peek(bytes, at) {
        b't' => b"true",
        b'f' => b"false",
        b'n' => b"null",
        b'-' | b'0'..=b'9' => return number(bytes, at),
        _ => return Err(unexpected(bytes, at)),
    };
    if bytes[at..].starts_with(word) {
        return Ok(at + word.len());
    }
    let wrong = word.iter().zip(&bytes[at..]).take_while(|(expected, found)| expected == found);
    Err(unexpected(bytes, at + wrong.count()))
}

fn number(bytes: &[u8], start: usize) -> Result<usize, Flaw> {
    let mut at = start + usize::from(bytes[start] == b'-');
    if peek(bytes, at) == b'0' {
        at += 1;
        if peek(bytes, at).is_ascii_digit() {
            return Err(Flaw::new(Reason::BadNumber, at));
        }
    } else {
        at = digits(bytes, at)?;
    }
    if peek(bytes, at) == b'.' {
        at = digits(bytes, at + 1)?;
    }
    if matches!(peek(bytes, at), b'e' | b'E') {
        let sign = usize::from(matches!(peek(bytes, at + 1), b'+' | b'-'));
        at = digits(bytes, at + 1 + sign)?;
    }
    Ok(at)
}

/// At least one digit.
fn digits(bytes: &[u8], start: usize) -> Result<usize, Flaw> {
    let mut at = start;
    while peek(bytes, at).is_ascii_digit() {
        at += 1;
    }
    if at > start {
        return Ok(at);
    }
    let reason = if at < bytes.len() { Reason::BadNumber } else { Reason::Truncated };
    Err(Flaw::new(reason, at))
}

#[cfg(test)]
mod tests;
