//! Whether the key that signed the head signed the chunks and the trailers.

use bytes::Bytes;

use super::{Decoder, Event, Flaw, Frame, TRAILERS};
use crate::sigv4::{Chain, Hasher, Link, Seed, SigningKey, fold, sha256};

/// Reads a body and checks what is signed in it.
///
/// Data is handed out as it comes, before its signature can be checked: whoever must not act on
/// what nobody signed waits for [`Event::ChunkEnd`], and for [`Event::TrailersEnd`] with trailers.
/// A body whose form has no signatures passes with its framing checked.
#[derive(Debug)]
pub struct Verifier {
    decoder: Decoder,
    chain: Chain,
    hasher: Hasher,
    /// The signature that the chunk under way has to have.
    claimed: Option<[u8; 32]>,
    /// `name:value\n` of each trailer.
    trailers: Vec<Vec<u8>>,
}

/// A frame, and the hash that the signature is over where the frame ends something signed.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) frame: Frame,
    pub(super) hash: Option<[u8; 32]>,
}

impl Verifier {
    /// `seed` is [`crate::sigv4::Presented::seed`] of the verified head, and `key` verified it.
    pub fn new(decoder: Decoder, key: &SigningKey, seed: Seed) -> Self {
        Self {
            decoder,
            chain: Chain::new(key, seed),
            hasher: Hasher::new(),
            claimed: None,
            trailers: Vec::new(),
        }
    }

    /// Takes the next event from the front of `input`; `None` once all of that is taken.
    pub fn next(&mut self, input: &mut Bytes) -> Result<Option<Event>, Flaw> {
        while let Some(verified) = self.verified(input)? {
            if verified.frame.event.is_some() {
                return Ok(verified.frame.event);
            }
        }
        Ok(None)
    }

    /// To be asked when there are no more bytes: whether the body was whole.
    pub fn finish(&self) -> Result<(), Flaw> {
        self.decoder.finish()
    }

    pub(super) fn is_signed(&self) -> bool {
        self.decoder.form().is_signed()
    }

    pub(super) fn verified(&mut self, input: &mut Bytes) -> Result<Option<Verified>, Flaw> {
        let Some(frame) = self.decoder.frame(input)? else {
            return Ok(None);
        };
        let hash = match &frame.event {
            _ if !self.is_signed() => None,
            Some(Event::Chunk { .. }) => {
                self.hasher = Hasher::new();
                self.claimed = frame.signed.map(|signed| signed.bytes);
                None
            }
            Some(Event::Data(data)) => {
                self.hasher.update(data);
                None
            }
            Some(Event::ChunkEnd) => Some(self.chunk()?),
            Some(Event::Trailer(name, value)) => {
                let mut text = name.as_str().as_bytes().to_vec();
                text.push(b':');
                fold(&mut text, value.as_bytes());
                text.push(b'\n');
                debug_assert!(self.trailers.len() < TRAILERS, "the decoder counts them");
                self.trailers.push(text);
                None
            }
            Some(Event::TrailersEnd) => {
                let claimed = frame.signed.map(|signed| signed.bytes);
                Some(self.trailers(claimed)?)
            }
            Some(Event::End) | None => None,
        };
        Ok(Some(Verified { frame, hash }))
    }

    fn chunk(&mut self) -> Result<[u8; 32], Flaw> {
        let hash = std::mem::take(&mut self.hasher).finish();
        let flaw = Flaw::ChunkSignature { number: self.decoder.number() };
        let claimed = self.claimed.take();
        if claimed.is_some_and(|claimed| self.chain.verify(Link::Chunk, &hash, &claimed)) {
            return Ok(hash);
        }
        Err(self.decoder.fail(flaw))
    }

    /// Clients with several trailers sign them in the order of their names or as they send them.
    fn trailers(&mut self, claimed: Option<[u8; 32]>) -> Result<[u8; 32], Flaw> {
        let mut trailers = std::mem::take(&mut self.trailers);
        let as_sent = sha256(&trailers.concat());
        trailers.sort_unstable();
        let sorted = sha256(&trailers.concat());
        for hash in [sorted, as_sent] {
            let is_claimed =
                claimed.is_some_and(|claimed| self.chain.verify(Link::Trailers, &hash, &claimed));
            if is_claimed {
                return Ok(hash);
            }
        }
        Err(self.decoder.fail(Flaw::TrailerSignature))
    }
}
