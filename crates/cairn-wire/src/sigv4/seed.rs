//! The chain of signatures that starts in a request's head and runs through its chunks.

use aws_lc_rs::constant_time;

use super::payload::{hex, sha256};
use super::{ALGORITHM, Scope, SigningKey, TERMINATOR};

/// Where a chain begins: the signature of the head, and what it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seed {
    signature: [u8; 32],
    /// `stamp\nYYYYMMDD/region/service/aws4_request`, as it stands in every string to sign.
    context: String,
}

impl Seed {
    pub(super) fn new(signature: [u8; 32], stamp: &str, scope: &Scope<'_>) -> Self {
        let Scope { date, region, service } = scope;
        let context = format!("{stamp}\n{date}/{region}/{service}/{TERMINATOR}");
        Self { signature, context }
    }

    pub fn signature(&self) -> &[u8; 32] {
        &self.signature
    }
}

/// A chain under way. Each signature is made over the one before it.
#[derive(Debug)]
pub(crate) struct Chain {
    key: SigningKey,
    context: String,
    last: [u8; 64],
}

/// What a link of the chain signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    Chunk,
    Trailers,
}

impl Chain {
    pub(crate) fn new(key: &SigningKey, seed: Seed) -> Self {
        Self { key: key.clone(), context: seed.context, last: hex(&seed.signature) }
    }

    /// The signature over bytes with that SHA-256, from which the next one starts.
    pub(crate) fn sign(&mut self, link: Link, hash: &[u8; 32]) -> [u8; 64] {
        self.last = hex(&self.make(link, hash));
        self.last
    }

    /// Whether `presented` is that signature. If so, the next one starts from it.
    pub(crate) fn verify(&mut self, link: Link, hash: &[u8; 32], presented: &[u8; 32]) -> bool {
        let made = self.make(link, hash);
        if constant_time::verify_slices_are_equal(&made, presented).is_err() {
            return false;
        }
        self.last = hex(&made);
        true
    }

    fn make(&self, link: Link, hash: &[u8; 32]) -> [u8; 32] {
        let kind: &[u8] = match link {
            Link::Chunk => b"-PAYLOAD\n",
            Link::Trailers => b"-TRAILER\n",
        };
        let (context, hash) = (self.context.as_bytes(), hex(hash));
        let before = [ALGORITHM.as_bytes(), kind, context, b"\n", &self.last, b"\n"];
        let before = before.concat();
        match link {
            // Chunks have no headers of their own, and say so.
            Link::Chunk => self.key.sign(&[&before, &hex(&sha256(b"")), b"\n", &hash]),
            Link::Trailers => self.key.sign(&[&before, &hash]),
        }
    }
}
