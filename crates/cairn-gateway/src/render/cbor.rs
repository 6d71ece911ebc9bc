//! CBOR as JSON: what Smithy RPC v2 uses of it, within bounds.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_event::Json;

use super::leaf;

/// How deep lists and maps may nest.
const DEPTH: usize = 48;
/// Seconds since 1970 have this tag.
const EPOCH_TAG: u64 = 1;

/// Reads one value that is the whole of `bytes`: blobs become Base64, instants epoch seconds.
/// `None` for what is no CBOR, is cut or nests too deeply.
pub(super) fn parse(bytes: &[u8]) -> Option<Json> {
    let mut reader = Reader { rest: bytes };
    let value = reader.value(0)?;
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a [u8],
}

/// The first bytes of a value.
struct Head {
    major: u8,
    /// The low bits, which say how the number is written.
    form: u8,
    number: u64,
}

/// The form of what has no length up front.
const INDEFINITE: u8 = 31;
const BREAK: u8 = 0xff;

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > DEPTH {
            return None;
        }
        let head = self.head()?;
        Some(match head.major {
            0 => head.number.into(),
            1 => leaf::number(&(-1 - i128::from(head.number)).to_string())?,
            2 => STANDARD.encode(self.string(&head)?).into(),
            3 => String::from_utf8(self.string(&head)?).ok()?.into(),
            4 => self.list(&head, depth)?,
            5 => self.map(&head, depth)?,
            6 if head.form == INDEFINITE => return None,
            6 => self.tagged(head.number, depth)?,
            _ => simple(&head)?,
        })
    }

    fn head(&mut self) -> Option<Head> {
        let first = *self.take(1)?.first()?;
        let form = first & 31;
        let number = match form {
            0..=23 => u64::from(form),
            24..=27 => {
                let bytes = self.take(1 << (form - 24))?;
                bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
            }
            INDEFINITE => 0,
            _ => return None,
        };
        Some(Head { major: first >> 5, form, number })
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn string(&mut self, head: &Head) -> Option<Vec<u8>> {
        if head.form != INDEFINITE {
            return Some(self.take(usize::try_from(head.number).ok()?)?.to_vec());
        }
        let mut whole = Vec::new();
        while !self.ends()? {
            let part = self.head()?;
            if part.major != head.major || part.form == INDEFINITE {
                return None;
            }
            whole.extend_from_slice(self.take(usize::try_from(part.number).ok()?)?);
        }
        Some(whole)
    }

    /// Takes the mark that ends what has no length; an error at the end of the bytes.
    fn ends(&mut self) -> Option<bool> {
        let ended = *self.rest.first()? == BREAK;
        if ended {
            self.take(1)?;
        }
        Some(ended)
    }

    /// Whether another element follows, when `read` were read. An element is at least a byte, so a
    /// length that lies runs out of bytes and reserves no memory.
    fn more(&mut self, head: &Head, read: u64) -> Option<bool> {
        if head.form == INDEFINITE { Some(!self.ends()?) } else { Some(read < head.number) }
    }

    fn list(&mut self, head: &Head, depth: usize) -> Option<Json> {
        let mut elements = Vec::new();
        while self.more(head, elements.len() as u64)? {
            elements.push(self.value(depth + 1)?);
        }
        Some(Json::List(elements))
    }

    fn map(&mut self, head: &Head, depth: usize) -> Option<Json> {
        let mut members = Vec::new();
        while self.more(head, members.len() as u64)? {
            let Json::Text(name) = self.value(depth + 1)? else { return None };
            members.push((name, self.value(depth + 1)?));
        }
        Some(Json::Map(members))
    }

    fn tagged(&mut self, tag: u64, depth: usize) -> Option<Json> {
        let value = self.value(depth + 1)?;
        match (&value, tag) {
            (Json::Number(_), EPOCH_TAG) => Some(value),
            (_, EPOCH_TAG) => None,
            _ => Some(value),
        }
    }
}

fn simple(head: &Head) -> Option<Json> {
    Some(match head.form {
        20 | 21 => (head.form == 21).into(),
        22 | 23 => Json::Null,
        25 => leaf::float(half(head.number as u16)),
        26 => leaf::float(f64::from(f32::from_bits(head.number as u32))),
        27 => leaf::float(f64::from_bits(head.number)),
        _ => return None,
    })
}

/// A number of sixteen bits: one of sign, five of exponent, ten of fraction.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3ff);
    let exponent = i32::from(bits >> 10 & 31);
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (fraction + 1024.0) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Option<String> {
        parse(bytes).map(|json| serde_json::to_string(&json).unwrap())
    }

    #[test]
    fn values_of_every_kind_are_read() {
        for (bytes, expected) in [
            (&b"\x18\xff"[..], "255"),
            (b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff", "-18446744073709551616"),
            (b"\x43\x01\x02\x03", "\"AQID\""),
            (b"\x7f\x61a\x61b\xff", "\"ab\""),
            (b"\x83\x01\xf5\xf6", "[1,true,null]"),
            (b"\xbf\x61a\x9f\x01\xff\xff", "{\"a\":[1]}"),
            (b"\xc1\xfb\x41\xd9\x54\xd1\x80\x40\x00\x00", "1699956225.0"),
            (b"\xf9\x3c\x00", "1.0"),
            (b"\xf9\x7e\x00", "\"NaN\""),
            (b"\xfa\x42\x48\x00\x00", "50.0"),
        ] {
            assert_eq!(read(bytes).as_deref(), Some(expected), "{bytes:02x?}");
        }
    }

    #[test]
    fn what_is_cut_lies_or_nests_too_deeply_is_refused() {
        let deep = [&[0x81u8; DEPTH + 1][..], &[1]].concat();
        for bad in [
            &b""[..],
            b"\x18",
            b"\x61",
            b"\x9f\x01",
            b"\xbb\xff\xff\xff\xff\xff\xff\xff\xff",
            b"\xa1\x01\x01",
            b"\x61\xff",
            b"\x01\x01",
            b"\xff",
            b"\xdf\x01",
            b"\x1c",
            &deep,
        ] {
            assert_eq!(read(bad), None, "{bad:02x?}");
        }
    }
}
