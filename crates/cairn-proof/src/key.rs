//! The RSA keys that sign digests, and for when they are good.

#[cfg(test)]
mod tests;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey,
};
use cairn_core::{Region, Timestamp};
use md5::{Digest, Md5};
use zeroize::Zeroizing;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("failed to make an RSA key")]
    Generate,
    #[error("the private key is not a 2048-bit RSA key in PKCS #8")]
    Pkcs8,
    #[error("failed to sign")]
    Sign,
}

/// A private key for digests.
pub struct DigestKeyPair {
    pair: RsaKeyPair,
    public: Vec<u8>,
}

impl DigestKeyPair {
    /// Takes a tenth of a second or more.
    pub fn generate() -> Result<Self, KeyError> {
        RsaKeyPair::generate(KeySize::Rsa2048).map(Self::of).map_err(|_| KeyError::Generate)
    }

    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let pair = RsaKeyPair::from_pkcs8(der).map_err(|_| KeyError::Pkcs8)?;
        if pair.public_modulus_len() != 256 {
            return Err(KeyError::Pkcs8);
        }
        Ok(Self::of(pair))
    }

    /// The secret, to be sealed before it is stored.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let der = self.pair.as_der().map_err(|_| KeyError::Pkcs8)?;
        Ok(Zeroizing::new(der.as_ref().to_vec()))
    }

    /// PKCS #1 DER, as ListPublicKeys gives it.
    pub fn public(&self) -> &[u8] {
        &self.public
    }

    pub fn fingerprint(&self) -> String {
        fingerprint(&self.public)
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256, as lower-case hex.
    pub fn sign(&self, text: &[u8]) -> Result<String, KeyError> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
            .map_err(|_| KeyError::Sign)?;
        Ok(hex::encode(signature))
    }

    fn of(pair: RsaKeyPair) -> Self {
        let public = pair.public_key().as_ref().to_vec();
        Self { pair, public }
    }
}

/// A public key and when what it signs is acceptable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyWindow {
    pub region: Region,
    /// PKCS #1 DER.
    pub public: Vec<u8>,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

impl KeyWindow {
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.public)
    }

    pub fn covers(&self, at: Timestamp) -> bool {
        self.not_before <= at && at <= self.not_after
    }
}

/// The hex MD5 of a public key's DER: its name, not a protection.
pub fn fingerprint(public: &[u8]) -> String {
    hex::encode(Md5::digest(public))
}

/// Whether `signature`, in lower-case hex, is that key's over `text`.
pub fn verify_signature(public: &[u8], text: &[u8], signature: &str) -> bool {
    let Some(signature) = crate::hash::decode_hex(signature) else { return false };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public).verify(text, &signature).is_ok()
}
