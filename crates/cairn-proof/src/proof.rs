//! The proof: what stands beside a digest and says what AWS's format cannot.
//!
//! It is a signed note. The first line of its text is `cairn.proof/1`, the second one line of
//! compact JSON. `docs/format/proof.md` describes it for others.

mod document;
#[cfg(test)]
mod tests;

use cairn_core::{AccountId, Region, Seq, Timestamp};

use crate::hash::Sha256;
use crate::key::KeyWindow;
use crate::note::{self, NoteError, ProofSigner, VerifierKey};

const FORMAT: &str = "cairn.proof/1";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    #[error(transparent)]
    Note(#[from] NoteError),
    #[error("its format is '{0}', which this version does not know")]
    Format(String),
    #[error("it is no proof: {0}")]
    Shape(String),
    #[error("its member {0} is not what it has to be")]
    Value(&'static str),
}

/// All that is claimed about one period of one trail, account and Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The trail's ARN.
    pub trail: String,
    pub account: AccountId,
    /// Where the records come from.
    pub region: Region,
    /// 0 for the first proof there ever was of this trail, account and Region; then dense, also
    /// over times in which the trail did not log. Backfill proofs are counted on their own.
    pub index: u64,
    /// Of the whole object of the proof before, also over such times. None in the first.
    pub previous: Option<Sha256>,
    /// Why a chain of digests starts here, if it does.
    pub started: Option<Started>,
    /// Why and when it ends here, if it does.
    pub ended: Option<Ended>,
    pub start: Timestamp,
    pub end: Timestamp,
    /// When a backfill digest was made; none for others.
    pub generated: Option<Timestamp>,
    /// Which records of the account are settled by this period. None in backfill proofs.
    pub coverage: Option<Coverage>,
    pub digest_bucket: String,
    pub digest_object: String,
    /// Of the digest's JSON.
    pub digest_sha256: Sha256,
    /// Of the digest as it is stored.
    pub digest_gzip_sha256: Sha256,
    /// The digest's signature, hex.
    pub digest_signature: String,
    /// The key that the digest is signed with: this proof certifies it.
    pub key: KeyWindow,
    pub files: Vec<ProofFile>,
    /// The newest proofs of the trail's other accounts and Regions at the time of signing: none of
    /// these chains can vanish as a whole.
    pub heads: Vec<Head>,
}

/// The newest proof of another chain of the same trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    pub account: AccountId,
    pub region: Region,
    pub index: u64,
    pub end: Timestamp,
    /// Of the whole proof object.
    pub sha256: Sha256,
}

/// A log file as it was stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofFile {
    pub bucket: String,
    pub object: String,
    /// Of the text.
    pub sha256: Sha256,
    /// Of the stored bytes.
    pub gzip_sha256: Sha256,
    pub bytes: u64,
    pub gzip_bytes: u64,
    pub records: u64,
    /// The range of `eventTime`.
    pub oldest: Timestamp,
    pub newest: Timestamp,
    /// The range of the account's own sequence that its records come from.
    pub first: Seq,
    pub last: Seq,
}

/// Records behind `after` up to `through`, in the account's own sequence: whichever of them the
/// trail selects are in the log files of this proof or of one before it. The next proof goes on
/// where this one ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    pub after: Seq,
    pub through: Seq,
}

/// Why a chain of digests starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Started {
    Logging,
    Validation,
}

/// Why a chain of digests ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    StopLogging,
    DeleteTrail,
    ValidationDisabled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    pub by: Ending,
    pub at: Timestamp,
}

impl Proof {
    /// The object's bytes.
    pub fn seal(&self, signer: &ProofSigner) -> Vec<u8> {
        let json = document::write(self);
        signer.sign(&format!("{FORMAT}\n{json}\n")).into_bytes()
    }

    /// Reads a proof that one of the keys has signed.
    pub fn open(bytes: &[u8], keys: &[VerifierKey]) -> Result<Self, ProofError> {
        Self::read(note::open(bytes, keys)?)
    }

    /// Reads a proof without looking at its signature: nothing in it may be believed.
    pub fn open_unverified(bytes: &[u8]) -> Result<Self, ProofError> {
        Self::read(note::text(bytes)?)
    }

    fn read(text: &str) -> Result<Self, ProofError> {
        let (format, json) = text.split_once('\n').ok_or(NoteError::Shape)?;
        if format != FORMAT {
            return Err(ProofError::Format(format.to_owned()));
        }
        document::read(json)
    }
}

impl Started {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Logging => "start-logging",
            Self::Validation => "validation-enabled",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Logging, Self::Validation].into_iter().find(|known| known.as_str() == text)
    }
}

impl Ending {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::StopLogging => "stop-logging",
            Self::DeleteTrail => "delete-trail",
            Self::ValidationDisabled => "validation-disabled",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let all = [Self::StopLogging, Self::DeleteTrail, Self::ValidationDisabled];
        all.into_iter().find(|known| known.as_str() == text)
    }
}
