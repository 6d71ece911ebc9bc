//! As much of CBOR (RFC 8949) as a fault takes: a map of texts.

const TEXT: u8 = 3 << 5;
const MAP: u8 = 5 << 5;

/// A map of definite length, its members in the order given.
pub(super) fn map(members: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    head(&mut out, MAP, members.len() as u64);
    for text in members.iter().flat_map(|(name, value)| [name, value]) {
        head(&mut out, TEXT, text.len() as u64);
        out.extend_from_slice(text.as_bytes());
    }
    out
}

/// The major type and the count, in the shortest form.
fn head(out: &mut Vec<u8>, major: u8, count: u64) {
    let bytes = count.to_be_bytes();
    let (short, width) = match count {
        0..=23 => (count as u8, 0),
        24..=0xff => (24, 1),
        0x100..=0xffff => (25, 2),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 8),
    };
    out.push(major | short);
    out.extend_from_slice(&bytes[8 - width..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_their_shortest_form() {
        assert_eq!(map(&[]), [0xa0]);
        assert_eq!(map(&[("a", "bc")]), [0xa1, 0x61, b'a', 0x62, b'b', b'c']);
        let lead = |length: usize| map(&[("", &"x".repeat(length))])[2..][..5].to_vec();
        assert_eq!(lead(23)[..2], [0x77, b'x']);
        assert_eq!(lead(24)[..3], [0x78, 24, b'x']);
        assert_eq!(lead(255)[..3], [0x78, 255, b'x']);
        assert_eq!(lead(256)[..4], [0x79, 1, 0, b'x']);
        assert_eq!(lead(65_535)[..4], [0x79, 255, 255, b'x']);
        assert_eq!(lead(65_536), [0x7a, 0, 1, 0, 0]);
    }
}
