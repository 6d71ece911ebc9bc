//! A text that must not be shown.

use std::fmt;

use aws_lc_rs::constant_time;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_core::Entropy;
use zeroize::Zeroizing;

/// A secret access key. Wiped when dropped; `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Forty characters of `A-Z a-z 0-9 + /`: 240 random bits.
    pub(crate) fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = Zeroizing::new([0u8; 30]);
        entropy.fill(&mut *bytes);
        Self::new(STANDARD.encode(*bytes))
    }

    /// Whether a text is the secret, in a time that tells nothing of where they differ.
    pub fn is(&self, text: &str) -> bool {
        constant_time::verify_slices_are_equal(self.0.as_bytes(), text.as_bytes()).is_ok()
    }

    /// The secret itself: to derive a signing key, or to show it once to its owner.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use cairn_core::SeededEntropy;

    use super::*;

    #[test]
    fn secrets_have_forty_characters_and_hide() {
        let secret = Secret::random(&SeededEntropy::new(1));
        assert_eq!(secret.reveal().len(), 40);
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        assert!(secret.reveal().bytes().all(legal), "{}", secret.reveal());
        assert!(secret.is(secret.reveal()));
        assert!(!secret.is("") && !secret.is(&secret.reveal()[1..]));
        assert_ne!(secret, Secret::random(&SeededEntropy::new(2)));
        assert_eq!(format!("{secret:?}"), "Secret(hidden)");
    }
}
