//! Percent-encoding as SigV4 and the query protocol use it.

use std::borrow::Cow;

/// A `%` that two hexadecimal digits do not follow, or escapes that are not UTF-8 together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("escapes are '%' and two hexadecimal digits, and spell UTF-8")]
pub(crate) struct BadEscape;

/// What a literal `+` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plus {
    /// Queries and forms.
    Space,
    /// Paths.
    Itself,
}

/// Undoes the encoding; borrows where there is nothing to undo.
pub(crate) fn decode(text: &str, plus: Plus) -> Result<Cow<'_, str>, BadEscape> {
    let special = |byte: &u8| *byte == b'%' || (*byte == b'+' && plus == Plus::Space);
    if !text.as_bytes().iter().any(special) {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, next)) = take(rest, plus)? {
        out.push(byte);
        rest = next;
    }
    String::from_utf8(out).map(Cow::Owned).map_err(|_| BadEscape)
}

/// Appends `bytes` with all but the unreserved characters (and `/`, if `keep_slash`) encoded.
pub(crate) fn encode(out: &mut Vec<u8>, bytes: &[u8], keep_slash: bool) {
    for &byte in bytes {
        push(out, byte, keep_slash);
    }
}

/// `text` with all but the unreserved characters encoded, and `/` kept where that is asked for:
/// how keys stand in paths, and values in queries and forms.
pub fn escape(text: &str, keep_slash: bool) -> String {
    let mut out = Vec::with_capacity(text.len());
    encode(&mut out, text.as_bytes(), keep_slash);
    out.into_iter().map(char::from).collect()
}

/// Appends `text`, which is encoded somehow, in the one form that SigV4 signs.
///
/// An escaped `/` stays escaped: a path with `%2F` is not the path with `/`.
pub(crate) fn recode(
    out: &mut Vec<u8>,
    text: &str,
    plus: Plus,
    keep_slash: bool,
) -> Result<(), BadEscape> {
    let mut rest = text.as_bytes();
    while let Some((byte, next)) = take(rest, plus)? {
        push(out, byte, keep_slash && rest[0] == b'/');
        rest = next;
    }
    Ok(())
}

/// The first byte that `rest` stands for, and what follows it.
fn take(rest: &[u8], plus: Plus) -> Result<Option<(u8, &[u8])>, BadEscape> {
    match rest {
        [] => Ok(None),
        [b'%', high, low, next @ ..] => Ok(Some((nibble(*high)? << 4 | nibble(*low)?, next))),
        [b'%', ..] => Err(BadEscape),
        [b'+', next @ ..] if plus == Plus::Space => Ok(Some((b' ', next))),
        [byte, next @ ..] => Ok(Some((*byte, next))),
    }
}

fn push(out: &mut Vec<u8>, byte: u8, keep_slash: bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let plain = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    if plain || (byte == b'/' && keep_slash) {
        out.push(byte);
    } else {
        out.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
    }
}

fn nibble(digit: u8) -> Result<u8, BadEscape> {
    match digit {
        b'0'..=b'9' => Ok(digit - b'0'),
        b'a'..=b'f' => Ok(digit - b'a' + 10),
        b'A'..=b'F' => Ok(digit - b'A' + 10),
        _ => Err(BadEscape),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn recoded(text: &str, plus: Plus, keep_slash: bool) -> Result<String, BadEscape> {
        let mut out = Vec::new();
        recode(&mut out, text, plus, keep_slash)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn escapes_are_strict() {
        for bad in ["%", "%4", "%zz", "a%4", "%+1", "%ff", "%ed%a0%80"] {
            assert_eq!(decode(bad, Plus::Space), Err(BadEscape), "{bad}");
        }
        assert_eq!(decode("a+b%2b", Plus::Space).unwrap(), "a b+");
        assert_eq!(decode("a+b%2b", Plus::Itself).unwrap(), "a+b+");
    }

    #[test]
    fn recoding_has_one_form() {
        assert_eq!(recoded("%7e+a/%2f", Plus::Space, false).unwrap(), "~%20a%2F%2F");
        assert_eq!(recoded("%7e+a/%2f", Plus::Itself, true).unwrap(), "~%2Ba/%2F");
    }

    proptest! {
        #[test]
        fn encoding_and_decoding_agree(text in ".{0,40}") {
            let mut out = Vec::new();
            encode(&mut out, text.as_bytes(), false);
            let encoded = String::from_utf8(out).unwrap();
            prop_assert_eq!(decode(&encoded, Plus::Space).unwrap(), text);
            prop_assert_eq!(recoded(&encoded, Plus::Space, false).unwrap(), encoded);
        }
    }
}
