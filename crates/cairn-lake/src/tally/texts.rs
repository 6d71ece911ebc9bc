//! The texts of one column, each once.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, StringBuilder};
use hashbrown::HashMap;

/// Bytes of a text beside its characters, roughly.
const TEXT_BYTES: usize = 64;
/// A number of a dictionary whose text was not looked up.
const UNKNOWN: u64 = u64::MAX;

/// Texts by their places, and the other way round.
#[derive(Default)]
pub(super) struct Texts {
    places: HashMap<Arc<str>, u64>,
    all: Vec<Arc<str>>,
    bytes: usize,
    /// The dictionary that came last, and the places of its texts.
    dictionary: Option<ArrayRef>,
    known: Vec<u64>,
}

impl Texts {
    /// Bytes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.bytes + self.all.len() * TEXT_BYTES
    }

    /// From here on numbers are of this dictionary.
    pub(super) fn turn_to(&mut self, dictionary: &ArrayRef) {
        let same = |last: &ArrayRef| last.to_data().ptr_eq(&dictionary.to_data());
        if !self.dictionary.as_ref().is_some_and(same) {
            self.known = vec![UNKNOWN; dictionary.len()];
            self.dictionary = Some(dictionary.clone());
        }
    }

    /// The place of a text by its number in the dictionary; `None` where that says it is null.
    pub(super) fn place(&mut self, key: usize) -> Option<u64> {
        let known = self.known.get(key).copied().unwrap_or(UNKNOWN);
        if known != UNKNOWN {
            return Some(known);
        }
        let dictionary = self.dictionary.clone()?;
        let dictionary = dictionary.as_string::<i32>();
        if dictionary.is_null(key) {
            return None;
        }
        let text = dictionary.value(key);
        let place = match self.places.get(text) {
            Some(place) => *place,
            None => self.put(text),
        };
        if let Some(known) = self.known.get_mut(key) {
            *known = place;
        }
        Some(place)
    }

    fn put(&mut self, text: &str) -> u64 {
        let (text, place): (Arc<str>, u64) = (text.into(), self.all.len() as u64);
        self.bytes += text.len();
        self.all.push(text.clone());
        self.places.insert(text, place);
        place
    }

    pub(super) fn array(self, places: impl Iterator<Item = Option<u64>>) -> ArrayRef {
        let mut texts = StringBuilder::new();
        for place in places {
            texts.append_option(place.and_then(|place| self.all.get(place as usize)));
        }
        Arc::new(texts.finish())
    }
}
