//! Strings of a record, decoded when asked for.

use std::borrow::Cow;

/// Decodes what stands between the quotes of a validated string.
///
/// A lone surrogate, which no Unicode text can hold, becomes U+FFFD.
pub fn decode(written: &[u8]) -> Cow<'_, str> {
    match memchr::memchr(b'\\', written) {
        None => match std::str::from_utf8(written) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(written),
        },
        Some(first) => Cow::Owned(unescape(written, first).0),
    }
}

/// Decodes, or `None` where that would lose something.
pub fn decode_exactly(written: &[u8]) -> Option<Cow<'_, str>> {
    match memchr::memchr(b'\\', written) {
        None => std::str::from_utf8(written).ok().map(Cow::Borrowed),
        Some(first) => {
            let (text, exact) = unescape(written, first);
            exact.then_some(Cow::Owned(text))
        }
    }
}

/// The text, and whether every escape had a character.
#[cold]
fn unescape(written: &[u8], first: usize) -> (String, bool) {
    let mut text = String::with_capacity(written.len());
    let mut exact = true;
    let mut rest = written;
    let mut next = Some(first);
    while let Some(backslash) = next {
        text.push_str(&String::from_utf8_lossy(&rest[..backslash]));
        let (character, length) = escape(&rest[backslash..]);
        exact &= character.is_some();
        text.push(character.unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = rest.get(backslash + length..).unwrap_or_default();
        next = memchr::memchr(b'\\', rest);
    }
    text.push_str(&String::from_utf8_lossy(rest));
    (text, exact)
}

/// The character of the escape that `rest` begins with, and the escape's length.
fn escape(rest: &[u8]) -> (Option<char>, usize) {
    match rest.get(1) {
        Some(b'b') => (Some('\u{8}'), 2),
        Some(b'f') => (Some('\u{c}'), 2),
        Some(b'n') => (Some('\n'), 2),
        Some(b'r') => (Some('\r'), 2),
        Some(b't') => (Some('\t'), 2),
        Some(b'u') => unicode_escape(rest),
        Some(plain) => (Some(char::from(*plain)), 2),
        None => (None, 1),
    }
}

fn unicode_escape(rest: &[u8]) -> (Option<char>, usize) {
    let Some(high) = code_unit(rest) else { return (None, 2) };
    if !(0xd800..0xdc00).contains(&high) {
        return (char::from_u32(high), 6);
    }
    match rest.get(6..).and_then(code_unit) {
        Some(low) if (0xdc00..0xe000).contains(&low) => {
            (char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00)), 12)
        }
        _ => (None, 6),
    }
}

/// The UTF-16 code unit that `\uXXXX` at the start of `rest` writes.
fn code_unit(rest: &[u8]) -> Option<u32> {
    let digits = rest.strip_prefix(b"\\u")?.first_chunk::<4>()?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded() {
        assert!(matches!(decode(b"plain"), Cow::Borrowed("plain")));
        assert_eq!(decode(br#"a\"\\\/\b\f\n\r\t\u0041\u00e9z"#), "a\"\\/\u{8}\u{c}\n\r\tAéz");
        assert_eq!(decode(br"\ud83d\ude00\u0000"), "😀\0");
    }

    #[test]
    fn lone_surrogates_are_replaced_and_noticed() {
        for written in [&br"a\ud800b"[..], br"a\udc00b", br"a\ud800\ud800b", br"a\ud800\nb"] {
            assert!(decode(written).contains('\u{fffd}'), "{written:?}");
            assert!(decode(written).ends_with('b'), "{written:?}");
            assert_eq!(decode_exactly(written), None, "{written:?}");
        }
        assert_eq!(decode_exactly(br"\u003d").unwrap(), "=");
    }
}
