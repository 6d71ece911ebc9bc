//! What was sent and is no record, kept whole.
//!
//! The body in the journal:
//!
//! ```text
//! u32 little endian   length of the header
//! header              JSON: reason, at, sha256, length, submitter
//! bytes               what was sent, `length` bytes
//! ```

use aws_lc_rs::digest::{SHA256, digest};
use bytes::{BufMut, Bytes, BytesMut};
use cairn_core::limits;
use serde::{Deserialize, Serialize};

use crate::{Flaw, Reason};

/// Bytes that are not a record, with why and whose. When they came is not among it: the journal
/// knows, and the same bytes sent again have to make the same body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantine {
    /// Why it is no record, and at which byte.
    pub flaw: Flaw,
    /// SHA-256 of `bytes`.
    pub sha256: [u8; 32],
    /// Who sent it: the ARN of the caller.
    pub submitter: String,
    /// Exactly what was sent.
    pub bytes: Bytes,
}

const MAX: usize = limits::QUARANTINE_BYTES;

/// Why something cannot be quarantined, or a stored body is no quarantine record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuarantineError {
    #[error("{0} bytes are too many to keep of one thing: send at most {max}", max = MAX)]
    TooLarge(usize),
    #[error("the quarantine record is damaged: its header cannot be read")]
    Header,
    #[error("the quarantine record is damaged: its bytes do not have the length of the header")]
    Length,
    #[error("the quarantine record is damaged: its bytes do not have the SHA-256 of the header")]
    Hash,
    #[error("the quarantine record has a reason that this version does not know: use a newer one")]
    Reason,
}

impl Quarantine {
    /// Takes the bytes over and hashes them; more than `limits::QUARANTINE_BYTES` are refused.
    pub fn new(
        bytes: Bytes,
        flaw: Flaw,
        submitter: impl Into<String>,
    ) -> Result<Self, QuarantineError> {
        if bytes.len() > MAX {
            return Err(QuarantineError::TooLarge(bytes.len()));
        }
        Ok(Self { flaw, sha256: hash(&bytes), submitter: submitter.into(), bytes })
    }

    /// The body for the journal.
    pub fn encode(&self) -> Bytes {
        let header = Header {
            reason: self.flaw.reason.code().to_owned(),
            at: self.flaw.at,
            sha256: hex::encode(self.sha256),
            length: self.bytes.len(),
            submitter: self.submitter.clone(),
        };
        let header = serde_json::to_vec(&header).expect("texts and numbers are always JSON");
        let mut body = BytesMut::with_capacity(4 + header.len() + self.bytes.len());
        body.put_u32_le(header.len() as u32);
        body.put_slice(&header);
        body.put_slice(&self.bytes);
        body.freeze()
    }

    /// Reads a body back and verifies it.
    pub fn decode(body: &Bytes) -> Result<Self, QuarantineError> {
        let (length, rest) = body.split_first_chunk::<4>().ok_or(QuarantineError::Header)?;
        let length = u32::from_le_bytes(*length) as usize;
        let header = rest.get(..length).ok_or(QuarantineError::Header)?;
        let header: Header = serde_json::from_slice(header).map_err(|_| QuarantineError::Header)?;
        let bytes = body.slice(4 + length..);
        if bytes.len() != header.length {
            return Err(QuarantineError::Length);
        }
        let sha256 = hash(&bytes);
        if hex::encode(sha256) != header.sha256 {
            return Err(QuarantineError::Hash);
        }
        let reason = Reason::from_code(&header.reason).ok_or(QuarantineError::Reason)?;
        Ok(Self {
            flaw: Flaw { reason, at: header.at },
            sha256,
            submitter: header.submitter,
            bytes,
        })
    }
}

#[derive(Serialize, Deserialize)]
struct Header {
    reason: String,
    at: usize,
    sha256: String,
    length: usize,
    submitter: String,
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Quarantine {
        let flaw = Flaw { reason: Reason::BadNumber, at: 5 };
        let submitter = "arn:aws:iam::111122223333:user/\"a\"\n";
        Quarantine::new(Bytes::from_static(b"{\"a\":01}\0\xff"), flaw, submitter).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let written = sample();
        assert_eq!(Quarantine::decode(&written.encode()), Ok(written));
    }

    #[test]
    fn every_damaged_byte_of_the_content_is_noticed() {
        let body = sample().encode();
        for at in body.len() - 10..body.len() {
            let mut damaged = body.to_vec();
            damaged[at] ^= 1;
            assert_eq!(Quarantine::decode(&damaged.into()), Err(QuarantineError::Hash));
        }
        assert_eq!(Quarantine::decode(&body.slice(..body.len() - 1)), Err(QuarantineError::Length));
        for cut in [0, 3, 4, 20] {
            assert_eq!(Quarantine::decode(&body.slice(..cut)), Err(QuarantineError::Header));
        }
    }

    #[test]
    fn more_than_the_limit_is_refused() {
        let keep = |length| {
            let flaw = Flaw { reason: Reason::TooLarge, at: 0 };
            Quarantine::new(Bytes::from(vec![0; length]), flaw, "")
        };
        assert!(keep(MAX).is_ok());
        let over = MAX + 1;
        assert_eq!(keep(over), Err(QuarantineError::TooLarge(over)));
    }
}
