//! Split-block Bloom filters, one for each page of keys.
//!
//! A filter answers "certainly not here" from memory, so that a rare value costs one page read in
//! the parts that hold it and none in the others. Beside a page of keys it can be written as soon
//! as the page is full: a merge need not know beforehand how many keys there will be.

/// Blocks of 32 bytes: 10 bits for each of the 1,024 keys of a full page, about 1% false alarms.
const BLOCKS: usize = 40;
/// One filter. 1,280 bytes.
pub(crate) const FILTER_BYTES: usize = BLOCKS * 32;

const SALTS: [u32; 8] = [
    0x47b6_137b,
    0x4497_4d91,
    0x8824_ad5b,
    0xa2b7_289d,
    0x7054_95c7,
    0x2df1_424b,
    0x9efc_4947,
    0x5c6b_fb31,
];

pub(crate) fn insert(filter: &mut [u8], key: u64) {
    let block = block_of(key);
    for (word, bit) in bits(key).enumerate() {
        let at = block + word * 4 + (bit / 8) as usize;
        filter[at] |= 1 << (bit % 8);
    }
}

pub(crate) fn may_hold(filter: &[u8], key: u64) -> bool {
    let block = block_of(key);
    bits(key).enumerate().all(|(word, bit)| {
        let at = block + word * 4 + (bit / 8) as usize;
        filter[at] & (1 << (bit % 8)) != 0
    })
}

/// Where the key's block starts. The keys of one page share their high bits, so the middle ones
/// choose the block and the low ones the bits.
fn block_of(key: u64) -> usize {
    let middle = (key >> 24) & 0xffff_ffff;
    let spread = middle.wrapping_mul(0x9e37_79b1) & 0xffff_ffff;
    ((spread * BLOCKS as u64) >> 32) as usize * 32
}

/// One bit in each of the block's eight words.
fn bits(key: u64) -> impl Iterator<Item = u32> {
    SALTS.into_iter().map(move |salt| (key as u32).wrapping_mul(salt) >> 27)
}

#[cfg(test)]
mod tests {
    use cairn_core::SeededEntropy;

    use super::*;

    #[test]
    fn what_was_inserted_is_found_and_little_else() {
        // As in a page: hashes that share their high bits.
        let entropy = SeededEntropy::new(1);
        let key = || entropy.next_u64() >> 12;
        let mut filter = [0; FILTER_BYTES];
        let keys: Vec<u64> = (0..1024).map(|_| key()).collect();
        for key in &keys {
            insert(&mut filter, *key);
        }
        assert!(keys.iter().all(|key| may_hold(&filter, *key)));
        let false_alarms = (0..100_000).filter(|_| may_hold(&filter, key())).count();
        assert!(false_alarms < 2_500, "{false_alarms} of 100,000");
    }
}
