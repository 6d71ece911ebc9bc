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
        let mut token = Vec::with_capacity(POSITION_BYTES + TAG_BYTES);
        token.extend_from_slice(&position.time.millis().to_le_bytes());
        token.extend_from_slice(&position.seq.0.to_le_bytes());
        let tag = self.tag(&token, binding);
        token.extend_from_slice(&tag[..TAG_BYTES]);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// `None` for anything but a token that this server made for the same question.
    pub(crate) fn open(&self, token: &str, binding: &Binding) -> Option<Position> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (position, tag) = bytes.split_at_checked(POSITION_BYTES)?;
        let expected = self.tag(position, binding);
        constant_time::verify_slices_are_equal(tag, &expected[..TAG_BYTES]).ok()?;
        let (time, seq) = position.split_at_checked(8)?;
        Some(Position {
            time: Timestamp::from_millis(i64::from_le_bytes(time.try_into().ok()?)),
            seq: Seq(u64::from_le_bytes(seq.try_into().ok()?)),
        })
    }

    /// For lists that go on behind a name.
    pub(crate) fn seal_name(&self, name: &str, binding: &Binding) -> String {
        let mut token = self.tag(name.as_bytes(), binding)[..TAG_BYTES].to_vec();
        token.extend_from_slice(name.as_bytes());
        URL_SAFE_NO_PAD.encode(token)
    }

    /// `None` for anything but a token of [`Tokens::seal_name`] for the same question.
    pub(crate) fn open_name(&self, token: &str, binding: &Binding) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (tag, name) = bytes.split_at_checked(TAG_BYTES)?;
        let expected = self.tag(name, binding);
        constant_time::verify_slices_are_equal(tag, &expected[..TAG_BYTES]).ok()?;
        String::from_utf8(name.to_vec()).ok()
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
