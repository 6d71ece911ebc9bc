use cairn_core::SeededEntropy;

/// Choices drawn from a seed.
pub(crate) struct Dice(SeededEntropy);

impl Dice {
    /// `stream` keeps the draws of one purpose apart from those of another under the same seed.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let first = SeededEntropy::new(seed ^ stream.wrapping_mul(0xa076_1d64_78bd_642f));
        Self(SeededEntropy::new(first.next_u64()))
    }

    pub(crate) fn next(&self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `bound`; zero for a bound of zero.
    pub(crate) fn below(&self, bound: u64) -> u64 {
        self.0.below(bound)
    }

    /// A number of `first..=last`.
    pub(crate) fn between(&self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    pub(crate) fn percent(&self, chance: u64) -> bool {
        self.below(100) < chance
    }

    pub(crate) fn pick<T: Copy>(&self, choices: &[T]) -> T {
        choices[self.below(choices.len() as u64) as usize]
    }
}
