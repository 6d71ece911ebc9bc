//! The key that a secret becomes for one day, Region and service.

use std::sync::LazyLock;

use aws_lc_rs::hmac::{self, HMAC_SHA256};

use super::TERMINATOR;

/// A derived signing key. Deriving costs four HMACs: callers keep it per (access key id, date,
/// Region, service), which is all that it depends on beside the secret.
#[derive(Clone)]
pub struct SigningKey(hmac::Key);

impl SigningKey {
    /// `date` is `YYYYMMDD`.
    pub fn derive(secret: &str, date: &str, region: &str, service: &str) -> Self {
        let start = [b"AWS4", secret.as_bytes()].concat();
        let mut key = hmac::Key::new(HMAC_SHA256, &start);
        for part in [date, region, service, TERMINATOR] {
            key = hmac::Key::new(HMAC_SHA256, hmac::sign(&key, part.as_bytes()).as_ref());
        }
        Self(key)
    }

    /// A key that nobody holds, for the work done on behalf of unknown key ids.
    pub(super) fn decoy() -> &'static Self {
        static DECOY: LazyLock<SigningKey> =
            LazyLock::new(|| SigningKey::derive("", "00000000", "nowhere", "nothing"));
        &DECOY
    }

    /// The signature over the string to sign, which is given in pieces.
    pub(super) fn sign(&self, pieces: &[&[u8]]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        for piece in pieces {
            context.update(piece);
        }
        context.sign().as_ref().try_into().expect("HMAC-SHA-256 gives 32 bytes")
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}
