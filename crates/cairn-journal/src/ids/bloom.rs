use super::Key;

/// Bits per key: about one question in 150 for a key that is not there costs a page.
const BITS: u64 = 12;
/// Bits set per key; each takes 9 bits of the key's low half.
const PROBES: usize = 7;
/// 512 bits: one cache line per question.
type Line = [u64; 8];

/// A blocked Bloom filter over keys that are hashes already.
pub(super) struct Bloom {
    lines: Vec<Line>,
}

impl Bloom {
    pub(super) fn new(keys: u64) -> Self {
        Self { lines: vec![Line::default(); Self::lines(keys)] }
    }

    /// Bytes of a filter for so many keys.
    pub(super) fn size(keys: u64) -> usize {
        Self::lines(keys) * size_of::<Line>()
    }

    pub(super) fn insert(&mut self, key: Key) {
        let line = self.line(key);
        if let Some(line) = self.lines.get_mut(line) {
            probes(key).for_each(|(word, bit)| {
                if let Some(word) = line.get_mut(word) {
                    *word |= bit;
                }
            });
        }
    }

    pub(super) fn may_hold(&self, key: Key) -> bool {
        let line = self.lines.get(self.line(key)).copied().unwrap_or_default();
        probes(key).all(|(word, bit)| line.get(word).is_some_and(|word| word & bit != 0))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        self.lines.iter().flatten().flat_map(|word| word.to_le_bytes()).collect()
    }

    pub(super) fn decode(bytes: &[u8]) -> Self {
        let line = |bytes: &[u8]| {
            let mut line = Line::default();
            for (word, bytes) in line.iter_mut().zip(bytes.as_chunks::<8>().0) {
                *word = u64::from_le_bytes(*bytes);
            }
            line
        };
        Self { lines: bytes.chunks_exact(size_of::<Line>()).map(line).collect() }
    }

    fn lines(keys: u64) -> usize {
        (keys * BITS).div_ceil(512).max(1) as usize
    }

    fn line(&self, key: Key) -> usize {
        let high = key >> 64;
        ((high * self.lines.len() as u128) >> 64) as usize
    }
}

fn probes(key: Key) -> impl Iterator<Item = (usize, u64)> {
    (0..PROBES).map(move |probe| {
        let bit = (key >> (probe * 9)) as usize & 511;
        (bit / 64, 1 << (bit % 64))
    })
}
