//! Reflected cyclic redundancy checks of up to 64 bits, and how those of two pieces make that of
//! the whole.

/// Bytes that one step takes.
const SLICE: usize = 8;

pub(crate) struct Polynomial {
    /// Reflected.
    bits: u64,
    mask: u64,
    tables: [[u64; 256]; SLICE],
}

/// CRC-32 of ISO 3309.
pub(crate) static CRC32: Polynomial = Polynomial::new(0xedb8_8320, 32);
/// CRC-32C of Castagnoli.
pub(crate) static CRC32C: Polynomial = Polynomial::new(0x82f6_3b78, 32);
/// CRC-64 of NVM Express.
pub(crate) static CRC64: Polynomial = Polynomial::new(0x9a6c_9329_ac4b_c9b5, 64);

impl Polynomial {
    const fn new(bits: u64, width: u32) -> Self {
        let mask = u64::MAX >> (64 - width);
        let mut tables = [[0; 256]; SLICE];
        let mut byte = 0;
        while byte < 256 {
            let mut value = byte as u64;
            let mut step = 0;
            while step < 8 {
                value = if value & 1 == 1 { (value >> 1) ^ bits } else { value >> 1 };
                step += 1;
            }
            tables[0][byte] = value;
            byte += 1;
        }
        let mut slice = 1;
        while slice < SLICE {
            let mut byte = 0;
            while byte < 256 {
                let before = tables[slice - 1][byte];
                tables[slice][byte] = (before >> 8) ^ tables[0][(before & 0xff) as usize];
                byte += 1;
            }
            slice += 1;
        }
        Self { bits, mask, tables }
    }

    /// Goes on from the check of what came before; that of nothing is 0.
    pub(crate) fn update(&self, check: u64, bytes: &[u8]) -> u64 {
        let mut state = check ^ self.mask;
        let [t0, t1, t2, t3, t4, t5, t6, t7] = &self.tables;
        let (words, rest) = bytes.as_chunks::<SLICE>();
        for word in words {
            // Spelled out: this is the one loop that sees every byte of every object.
            let [a, b, c, d, e, f, g, h] = (u64::from_le_bytes(*word) ^ state).to_le_bytes();
            state = t7[a as usize]
                ^ t6[b as usize]
                ^ t5[c as usize]
                ^ t4[d as usize]
                ^ t3[e as usize]
                ^ t2[f as usize]
                ^ t1[g as usize]
                ^ t0[h as usize];
        }
        for byte in rest {
            state = (state >> 8) ^ t0[usize::from((state as u8) ^ byte)];
        }
        state ^ self.mask
    }

    /// The check of two pieces in a row, where the second has `second_bytes`.
    pub(crate) fn combine(&self, first: u64, second: u64, second_bytes: u64) -> u64 {
        // Following the first piece by that many zeros multiplies it by a power of x, which is
        // made by squaring the one of a single zero bit.
        let mut shift = std::array::from_fn(|bit| match bit {
            0 => self.bits,
            _ => 1 << (bit - 1),
        });
        for _ in 0..3 {
            shift = squared(&shift);
        }
        let (mut check, mut left) = (first, second_bytes);
        while left > 0 {
            if left & 1 == 1 {
                check = times(&shift, check);
            }
            shift = squared(&shift);
            left >>= 1;
        }
        check ^ second
    }
}

/// A linear map of the bits of a check: column by column.
type Map = [u64; 64];

fn times(map: &Map, vector: u64) -> u64 {
    let set = (0..64).filter(|bit| vector >> bit & 1 == 1);
    set.fold(0, |sum, bit| sum ^ map[bit])
}

fn squared(map: &Map) -> Map {
    std::array::from_fn(|bit| times(map, map[bit]))
}

#[cfg(test)]
mod tests {
    use super::{CRC32, CRC32C, CRC64};

    #[test]
    fn the_checks_are_the_published_ones() {
        let digits = b"123456789";
        assert_eq!(CRC32.update(0, digits), 0xcbf4_3926);
        assert_eq!(CRC32C.update(0, digits), 0xe306_9283);
        assert_eq!(CRC64.update(0, digits), 0xae8b_1486_0a79_9888);
        let text = b"the quick brown fox jumps over the lazy dog";
        assert_eq!(CRC32C.update(0, text), u64::from(crc32c::crc32c(text)));
    }

    #[test]
    fn the_whole_is_made_of_its_pieces() {
        let bytes: Vec<u8> = (0..1000u32).map(|value| (value * 7 % 251) as u8).collect();
        for polynomial in [&CRC32, &CRC32C, &CRC64] {
            let whole = polynomial.update(0, &bytes);
            for cut in [0, 1, 8, 333, 999, 1000] {
                let (first, second) = bytes.split_at(cut);
                let check = polynomial.update(0, first);
                assert_eq!(polynomial.update(check, second), whole);
                let second_check = polynomial.update(0, second);
                assert_eq!(polynomial.combine(check, second_check, second.len() as u64), whole);
            }
        }
    }
}
