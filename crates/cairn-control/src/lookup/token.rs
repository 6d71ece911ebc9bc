//! Page tokens: a position, bound to the question that it answers.

use aws_lc_rs::{constant_time, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cairn_core::{Seq, Timestamp};
use cairn_history::Position;

/// Makes and reads page tokens. The key never leaves the server, so a token cannot be made up.
#[derive(Debug)]
pub struct Tokens(hmac::Key);

/// What a token is bound to: it is refused with any other.
#[derive(Debug, Default)]
pub(crate) struct Binding(Vec<u8>);

const POSITION_BYTES: usize = 16;
const TAG_BYTES: usize = 16;

impl Tokens {
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    pub(crate) fn seal(&self, position: Position, binding: &Binding) -> String {
        let mut place = [0; POSITION_BYTES];
        place[..8].copy_from_slice(&position.time.millis().to_le_bytes());
        place[8..].copy_from_slice(&position.seq.0.to_le_bytes());
        self.seal_place(&place, binding)
    }

    /// `None` for anything but a token that this server made for the same question.
    pub(crate) fn open(&self, token: &str, binding: &Binding) -> Option<Position> {
        let position = self.open_place(token, binding)?;
        let (time, seq) = position.split_at_checked(8)?;
        Some(Position {
            time: Timestamp::from_millis(i64::from_le_bytes(time.try_into().ok()?)),
            seq: Seq(u64::from_le_bytes(seq.try_into().ok()?)),
        })
    }

    /// A token for a place of any form.
    pub(crate) fn seal_place(&self, place: &[u8], binding: &Binding) -> String {
        let mut token = Vec::with_capacity(place.len() + TAG_BYTES);
        token.extend_from_slice(place);
        let tag = self.tag(place, binding);
        token.extend_from_slice(&tag[..TAG_BYTES]);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The place of [`Tokens::seal_place`], under the rules of [`Tokens::open`].
    pub(crate) fn open_place(&self, token: &str, binding: &Binding) -> Option<Vec<u8>> {
        let mut bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let tag = bytes.split_off(bytes.len().checked_sub(TAG_BYTES)?);
        let expected = self.tag(&bytes, binding);
        constant_time::verify_slices_are_equal(&tag, &expected[..TAG_BYTES]).ok()?;
        Some(bytes)
    }

    /// For lists that go on behind a name.
    pub(crate) fn seal_name(&self, name: &str, binding: &Binding) -> String {
        self.seal_place(name.as_bytes(), binding)
    }

    /// `None` for anything but a token of [`Tokens::seal_name`] for the same question.
    pub(crate) fn open_name(&self, token: &str, binding: &Binding) -> Option<String> {
        String::from_utf8(self.open_place(token, binding)?).ok()
    }

    fn tag(&self, position: &[u8], binding: &Binding) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(position);
        context.update(&binding.0);
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }
}

impl Binding {
    /// Adds one part of the question. Parts are framed, so that no two questions look the same.
    pub(crate) fn with(mut self, part: Option<&str>) -> Self {
        let length = part.map_or(u64::MAX, |text| text.len() as u64);
        self.0.extend_from_slice(&length.to_le_bytes());
        self.0.extend_from_slice(part.unwrap_or_default().as_bytes());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_only_its_own_question() {
        let tokens = Tokens::new(&[7; 32]);
        let position = Position { time: Timestamp::from_seconds(9), seq: Seq(3) };
        let question = |a, b| Binding::default().with(a).with(b);
        let token = tokens.seal(position, &question(Some("ab"), None));
        assert_eq!(tokens.open(&token, &question(Some("ab"), None)), Some(position));
        assert_eq!(tokens.open(&token, &question(Some("a"), Some("b"))), None);
        assert_eq!(tokens.open(&token, &question(Some("ab"), Some(""))), None);
        assert_eq!(Tokens::new(&[8; 32]).open(&token, &question(Some("ab"), None)), None);
        for index in 0..token.len() {
            let mut bent = token.clone().into_bytes();
            bent[index] = if bent[index] == b'A' { b'B' } else { b'A' };
            let bent = String::from_utf8(bent).unwrap();
            if bent != token {
                assert_eq!(tokens.open(&bent, &question(Some("ab"), None)), None, "{index}");
            }
        }
        assert_eq!(tokens.open("", &question(Some("ab"), None)), None);
    }
}
