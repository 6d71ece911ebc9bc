//! The lines of the framing, each as it came, its end included.

use http::{HeaderName, HeaderValue};

use super::Signature;
use crate::sigv4::unhex;

const EXTENSION: &str = ";chunk-signature=";
/// As many hexadecimal digits as 64 bits have.
const SIZE_DIGITS: usize = 16;

/// A chunk's line: how many bytes follow, and their signature.
pub(super) fn chunk(line: &[u8]) -> Option<(u64, Option<Signature>)> {
    let text = std::str::from_utf8(line).ok()?.strip_suffix("\r\n")?;
    let (digits, signature) = match text.split_once(EXTENSION) {
        Some((digits, signature)) => {
            let at = digits.len() + EXTENSION.len();
            (digits, Some(Signature { bytes: unhex(signature)?, at }))
        }
        None => (text, None),
    };
    // A sign is no digit, which the parser of numbers would let pass.
    let legal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !legal || digits.len() > SIZE_DIGITS {
        return None;
    }
    Some((u64::from_str_radix(digits, 16).ok()?, signature))
}

/// A line behind the last chunk.
pub(super) enum Tail {
    Empty,
    Trailer(HeaderName, HeaderValue),
    Signature(Signature),
}

/// Clients have been seen to end a trailer with LF alone.
pub(super) fn tail(line: &[u8]) -> Option<Tail> {
    let line = line.strip_suffix(b"\n")?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        return Some(Tail::Empty);
    }
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = HeaderName::from_bytes(&line[..colon]).ok()?;
    let value = trim(&line[colon + 1..]);
    if name != "x-amz-trailer-signature" {
        return Some(Tail::Trailer(name, HeaderValue::from_bytes(value).ok()?));
    }
    let bytes = unhex(std::str::from_utf8(value).ok()?)?;
    let blanks = line[colon + 1..].iter().take_while(|byte| is_blank(byte)).count();
    Some(Tail::Signature(Signature { bytes, at: colon + 1 + blanks }))
}

fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trim(value: &[u8]) -> &[u8] {
    let Some(start) = value.iter().position(|byte| !is_blank(byte)) else {
        return &[];
    };
    let end = value.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    &value[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_plain_hexadecimal() {
        let size = |text: &str| chunk(format!("{text}\r\n").as_bytes()).map(|(size, _)| size);
        assert_eq!(size("0"), Some(0));
        assert_eq!(size("00400"), Some(1024));
        assert_eq!(size("fFfFfFfFfFfFfFfF"), Some(u64::MAX));
        for bad in ["", "+1", "-1", " 1", "1 ", "0x1", "1;a=b", "g", "00000000000000001", "1\r"] {
            assert_eq!(size(bad), None, "{bad}");
        }
        assert!(chunk(b"1\n").is_none());
        assert!(chunk(b"\xff\r\n").is_none());
    }

    #[test]
    fn a_signature_has_one_spelling() {
        let digits = "ab".repeat(32);
        let line = format!("10;chunk-signature={digits}\r\n");
        let (size, signature) = chunk(line.as_bytes()).unwrap();
        let signature = signature.unwrap();
        assert_eq!((size, signature.bytes), (16, [0xab; 32]));
        assert_eq!(&line[signature.at..][..64], digits);
        for bad in [line.to_ascii_uppercase(), line.replace("ab\r", "a\r"), line.replace(';', "")] {
            assert!(chunk(bad.as_bytes()).is_none(), "{bad}");
        }
    }

    #[test]
    fn tails() {
        let digits = "0a".repeat(32);
        let line = format!("X-Amz-Trailer-Signature: {digits}\r\n");
        let Some(Tail::Signature(found)) = tail(line.as_bytes()) else { panic!("{line}") };
        assert_eq!(&line[found.at..][..64], digits);
        for line in ["x-A: b \t\n", "X-a:b\r\n"] {
            let Some(Tail::Trailer(name, value)) = tail(line.as_bytes()) else { panic!("{line}") };
            assert_eq!((name.as_str(), value.as_bytes()), ("x-a", &b"b"[..]));
        }
        assert!(matches!(tail(b"\r\n"), Some(Tail::Empty)));
        for bad in ["a:b", "a\r\n", ":b\r\n", "a :b\r\n", "a:\0\r\n", "a:b\x0c\r\n", "a:b\rc\r\n"] {
            assert!(tail(bad.as_bytes()).is_none(), "{bad}");
        }
    }
}
