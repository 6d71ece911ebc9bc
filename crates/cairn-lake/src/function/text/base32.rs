//! Base32 of RFC 4648, with its padding.

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Bytes that are whole letters together, and these letters.
const BYTES: usize = 5;
const LETTERS: usize = 8;

pub(super) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(BYTES) * LETTERS);
    for part in bytes.chunks(BYTES) {
        let mut whole = [0; BYTES];
        whole[..part.len()].copy_from_slice(part);
        let bits = whole.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        let letters = (part.len() * 8).div_ceil(5);
        for at in 0..LETTERS {
            let letter = ALPHABET[(bits >> (35 - 5 * at)) as usize & 31];
            text.push(if at < letters { char::from(letter) } else { '=' });
        }
    }
    text
}

/// `None` for what is no base32. Padding may be missing.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.iter().rposition(|byte| *byte != b'=').map_or(0, |last| last + 1);
    let padded = text.len() > end;
    if padded && !text.len().is_multiple_of(LETTERS) || text.len() - end > 6 {
        return None;
    }
    let mut bytes = Vec::with_capacity(end * BYTES / LETTERS);
    for part in text[..end].chunks(LETTERS) {
        let mut bits = 0_u64;
        for letter in part {
            let value = ALPHABET.iter().position(|known| known == letter)?;
            bits = bits << 5 | value as u64;
        }
        let count = part.len() * 5 / 8;
        let unused = part.len() * 5 - count * 8;
        if unused >= 5 {
            return None;
        }
        bits >>= unused;
        bytes.extend_from_slice(&bits.to_be_bytes()[8 - count..]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rfc_4648_shows_is_encoded_and_decoded() {
        let cases = [
            ("", ""),
            ("f", "MY======"),
            ("fo", "MZXQ===="),
            ("foo", "MZXW6==="),
            ("foob", "MZXW6YQ="),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI======"),
        ];
        for (plain, encoded) in cases {
            assert_eq!(encode(plain.as_bytes()), encoded);
            assert_eq!(decode(encoded.as_bytes()).as_deref(), Some(plain.as_bytes()));
        }
        for wrong in ["M", "MY=", "my======", "M1======", "MZX=====", "========"] {
            assert_eq!(decode(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
