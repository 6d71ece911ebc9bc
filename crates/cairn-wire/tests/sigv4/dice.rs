//! Seeded chance, and the small edits that mutations are made of.

use cairn_core::SeededEntropy;

pub(crate) struct Dice(SeededEntropy);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededEntropy::new(seed))
    }

    pub(crate) fn below(&self, bound: usize) -> usize {
        self.0.below(bound as u64) as usize
    }

    pub(crate) fn pick<T: Clone>(&self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// Replaces, inserts, removes or doubles one character.
    pub(crate) fn scratch(&self, text: &mut String) {
        let mut letters: Vec<char> = text.chars().collect();
        let at = self.below(letters.len() + 1);
        let letter = char::from(0x20 + self.below(0x5f) as u8);
        match self.below(4) {
            0 if at < letters.len() => letters[at] = letter,
            1 if at < letters.len() => drop(letters.remove(at)),
            2 if at < letters.len() => letters.insert(at, letters[at]),
            _ => letters.insert(at, letter),
        }
        *text = letters.into_iter().collect();
    }

    /// Replaces one of the places where `from` stands; whether there was one.
    pub(crate) fn replace(&self, text: &mut String, from: &str, to: &str) -> bool {
        let places: Vec<usize> = text.match_indices(from).map(|(at, _)| at).collect();
        if places.is_empty() {
            return false;
        }
        let at = self.pick(&places);
        text.replace_range(at..at + from.len(), to);
        true
    }

    /// Percent-encodes one of the ASCII letters, digits and such that need no encoding.
    pub(crate) fn encode_one(&self, text: &mut String) {
        let plain: Vec<usize> = text
            .char_indices()
            .filter(|(at, letter)| letter.is_ascii_alphanumeric() && !in_escape(text, *at))
            .map(|(at, _)| at)
            .collect();
        if plain.is_empty() {
            return;
        }
        let at = self.pick(&plain);
        let escaped = format!("%{:02x}", text.as_bytes()[at]);
        text.replace_range(at..=at, &escaped);
    }
}

fn in_escape(text: &str, at: usize) -> bool {
    let before = &text.as_bytes()[at.saturating_sub(2)..at];
    before.contains(&b'%')
}
