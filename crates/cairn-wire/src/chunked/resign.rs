//! The same body under another key.

use bytes::{Bytes, BytesMut};

use super::{Event, Flaw, Verifier};
use crate::sigv4::{Chain, Link, Seed, SigningKey};

/// Reads a body, checks it, and writes it with signatures of another key in the place of those that
/// it had: the same chunks, the same trailers, the same length to the byte.
///
/// Nothing leaves before it is verified. A chunk is held until it is whole, because its signature
/// stands before its data: at most [`super::CHUNK_BYTES`] and its line, in a buffer of up to twice
/// that. A body whose form has no signatures is not held: its bytes pass once they are read.
#[derive(Debug)]
pub struct Resigner {
    verifier: Verifier,
    chain: Chain,
    /// The body since the last signature, as it came.
    held: BytesMut,
    /// Where in there the digits of the next signature go.
    digits: usize,
}

impl Resigner {
    /// `seed` is that of the head as `key` signed it, from [`crate::sigv4::Signer::sign_with`].
    pub fn new(verifier: Verifier, key: &SigningKey, seed: Seed) -> Self {
        Self { verifier, chain: Chain::new(key, seed), held: BytesMut::new(), digits: 0 }
    }

    /// Takes from the front of `input` and hands out the next bytes to send; `None` once all of
    /// `input` is taken and nothing is ready.
    pub fn next(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, Flaw> {
        if !self.verifier.is_signed() {
            return self.pass(input);
        }
        while let Some(verified) = self.verifier.verified(input)? {
            let frame = verified.frame;
            if let Some(signed) = frame.signed {
                self.digits = self.held.len() + signed.at;
            }
            self.held.extend_from_slice(&frame.raw);
            let link = match frame.event {
                Some(Event::ChunkEnd) => Link::Chunk,
                Some(Event::TrailersEnd) => Link::Trailers,
                Some(Event::End) => return Ok(Some(self.held.split().freeze())),
                Some(Event::Chunk { .. } | Event::Data(_) | Event::Trailer(..)) | None => continue,
            };
            if let Some(hash) = verified.hash {
                let signature = self.chain.sign(link, &hash);
                self.held[self.digits..][..signature.len()].copy_from_slice(&signature);
            }
            return Ok(Some(self.held.split().freeze()));
        }
        Ok(None)
    }

    /// To be asked when there are no more bytes: whether the body was whole.
    pub fn finish(&self) -> Result<(), Flaw> {
        self.verifier.finish()
    }

    fn pass(&mut self, input: &mut Bytes) -> Result<Option<Bytes>, Flaw> {
        let whole = input.clone();
        while self.verifier.verified(input)?.is_some() {}
        Ok((!whole.is_empty()).then_some(whole))
    }
}
