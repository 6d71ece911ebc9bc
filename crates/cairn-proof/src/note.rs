//! Signed notes, as C2SP defines them: a text, an empty line, and lines of signatures.
//!
//! ```text
//! text
//!
//! — name base64(key hash, signature)
//! ```
//!
//! Signatures of unknown keys are passed over. That leaves room for other signers of the same text,
//! such as witnesses and the checkpoints of a log.

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Ed25519, in C2SP's list of algorithms.
const ALGORITHM: u8 = 1;
const DASH: &str = "\u{2014} ";
/// Signatures that are looked at; a note with more is refused.
const MOST_SIGNATURES: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    #[error("it is not a signed note")]
    Shape,
    #[error("none of the trusted keys has signed it")]
    Unsigned,
    #[error("the signature of the trusted key does not match")]
    Signature,
    #[error("a verifier key is NAME+HASH+KEY with a known algorithm")]
    VerifierKey,
    #[error("a key's name is not empty and has neither white space nor '+'")]
    Name,
    #[error("the seed is not that of an Ed25519 key")]
    Seed,
}

/// What users pin: `NAME+HASH+KEY`, the name, key hash and public key of a signer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    hash: [u8; 4],
    public: [u8; 32],
}

impl VerifierKey {
    pub fn name(&self) -> &str {
        &self.name
    }

    fn new(name: &str, public: [u8; 32]) -> Result<Self, NoteError> {
        if name.is_empty() || name.contains(|c: char| c == '+' || c.is_whitespace()) {
            return Err(NoteError::Name);
        }
        let named = [name.as_bytes(), b"\n", &[ALGORITHM], &public].concat();
        let hashed = digest::digest(&digest::SHA256, &named);
        let hash = *hashed.as_ref().first_chunk().expect("a SHA-256 has 32 bytes");
        Ok(Self { name: name.to_owned(), hash, public })
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        // Names have no plus, but base64 may.
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(hash), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::VerifierKey);
        };
        let key = STANDARD.decode(key).map_err(|_| NoteError::VerifierKey)?;
        let Some((&ALGORITHM, public)) = key.split_first() else {
            return Err(NoteError::VerifierKey);
        };
        let public = public.try_into().map_err(|_| NoteError::VerifierKey)?;
        let found = Self::new(name, public)?;
        if hash != hex::encode(found.hash) {
            return Err(NoteError::VerifierKey);
        }
        Ok(found)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = STANDARD.encode([&[ALGORITHM][..], &self.public].concat());
        write!(f, "{}+{}+{key}", self.name, hex::encode(self.hash))
    }
}

/// The root key of an instance, with which it signs proofs.
pub struct ProofSigner {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl ProofSigner {
    /// `name` says whose key it is, for instance the host's name; the seed is the secret.
    pub fn new(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoteError::Seed)?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| NoteError::Seed)?;
        Ok(Self { pair, verifier: VerifierKey::new(name, public)? })
    }

    pub fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The whole note; `text` ends with a line feed and has no empty line.
    pub(crate) fn sign(&self, text: &str) -> String {
        let signature = self.pair.sign(text.as_bytes());
        let line = STANDARD.encode([&self.verifier.hash, signature.as_ref()].concat());
        format!("{text}\n{DASH}{} {line}\n", self.verifier.name)
    }
}

/// The text of a note that at least one of the keys has signed.
pub(crate) fn open<'a>(bytes: &'a [u8], keys: &[VerifierKey]) -> Result<&'a str, NoteError> {
    let (text, block) = cut(bytes)?;
    let mut known = Err(NoteError::Unsigned);
    for line in block.lines() {
        let (name, hash, signature) = signature(line)?;
        let Some(key) = keys.iter().find(|key| key.name == name && key.hash == hash) else {
            continue;
        };
        let public = UnparsedPublicKey::new(&ED25519, key.public);
        public.verify(text.as_bytes(), &signature).map_err(|_| NoteError::Signature)?;
        known = Ok(text);
    }
    known
}

/// The text of a note, whoever signed it.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, NoteError> {
    cut(bytes).map(|(text, _)| text)
}

/// The text with its last line feed, and the lines of signatures.
fn cut(bytes: &[u8]) -> Result<(&str, &str), NoteError> {
    let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Shape)?;
    let at = whole.rfind("\n\n").ok_or(NoteError::Shape)?;
    let (text, block) = (&whole[..=at], &whole[at + 2..]);
    let controls = |c: char| c.is_control() && c != '\n';
    if !block.ends_with('\n') || block.contains('\r') || text.contains(controls) {
        return Err(NoteError::Shape);
    }
    if block.lines().count() > MOST_SIGNATURES {
        return Err(NoteError::Shape);
    }
    Ok((text, block))
}

fn signature(line: &str) -> Result<(&str, [u8; 4], Vec<u8>), NoteError> {
    let rest = line.strip_prefix(DASH).ok_or(NoteError::Shape)?;
    let (name, encoded) = rest.split_once(' ').ok_or(NoteError::Shape)?;
    let bytes = STANDARD.decode(encoded).map_err(|_| NoteError::Shape)?;
    let (hash, signature) = bytes.split_first_chunk().ok_or(NoteError::Shape)?;
    if name.is_empty() || signature.is_empty() {
        return Err(NoteError::Shape);
    }
    Ok((name, *hash, signature.to_vec()))
}
