//! What can be wrong, in words.

mod sentence;

use cairn_core::{AccountId, Region, Timestamp};

use crate::digest::DigestError;
use crate::gzip::GzipError;
use crate::proof::ProofError;

/// How a verification ends. The worst finding decides; the order from worst to best is tampered,
/// incomplete, unverifiable, stale, ok.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Everything that was looked at is as it was written.
    Ok,
    /// Something is not what was written, or was never written by the trail.
    Tampered,
    /// Something that was written is not there.
    Incomplete,
    /// All that is there is well, but the newest is too old and nothing explains why.
    Stale,
    /// It could not be looked at.
    Unverifiable,
}

impl Verdict {
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Tampered => 1,
            Self::Incomplete => 2,
            Self::Stale => 3,
            Self::Unverifiable => 4,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Tampered => "tampered",
            Self::Incomplete => "incomplete",
            Self::Stale => "stale",
            Self::Unverifiable => "unverifiable",
        }
    }

    /// The worse of two.
    pub fn or(self, other: Self) -> Self {
        if self.rank() >= other.rank() { self } else { other }
    }

    fn rank(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Stale => 1,
            Self::Unverifiable => 2,
            Self::Incomplete => 3,
            Self::Tampered => 4,
        }
    }
}

/// Something that is not as it should be, and where. Its text is a sentence without the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub bucket: String,
    /// Empty where it concerns no one object.
    pub object: String,
    /// In the object's text, if a place in it is known.
    pub offset: Option<u64>,
    pub fault: Fault,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    // Objects.
    Missing { what: What },
    Unreferenced { what: What },
    Stray,
    DeleteMarker,
    OtherVersion { version: String },
    Gzip(GzipError),
    Fetch(String),

    // Digests.
    DigestShape(DigestError),
    DigestMoved { bucket: String, object: String },
    DigestSignature { fingerprint: String },
    DigestBytes,
    DigestDiffers { member: &'static str },
    Metadata { name: &'static str },
    NoSignature,
    KeyUnknown { fingerprint: String },
    KeyWindow { fingerprint: String, at: Timestamp },
    KeyRegion { region: Region },

    // Proofs.
    Proof(ProofError),
    ProofMoved { bucket: String, object: String },

    // Chains.
    PreviousHash { object: String },
    PreviousSignature { object: String },
    PreviousProof { index: u64 },
    PreviousOther { named: String, found: String },
    Index { expected: u64, found: u64 },
    Cut { first: u64, last: u64 },
    Beginning { index: u64 },
    BeginningBefore { named: String },
    Unlinked,
    Unexplained,
    Unsigned,
    AfterEnd { by: &'static str, at: Timestamp },
    Start { expected: Timestamp, found: Timestamp },
    Coverage { expected: u64, found: u64 },
    LateFile { first: u64, after: u64 },
    Overlap { other: String },
    ListedTwice { other: String },
    Head { account: AccountId, region: Region, index: u64 },
    NoDigests { account: AccountId, region: Region },
    NoTrail { trail: String },
    Nothing,
    NoKeys,
    Stale { end: Timestamp },

    // Log files.
    FileText,
    FileBytes,
    FileSize { stated: u64, found: u64 },
    NotRecords,
    Records { stated: u64, found: u64 },
    EventTime { found: String, oldest: Timestamp, newest: Timestamp },
    Range { oldest: Timestamp, newest: Timestamp },
    Duplicate { records: u64, other: String },
}

/// Kinds of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    Log,
    Digest,
    Proof,
}

impl Fault {
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Missing { .. }
            | Self::Cut { .. }
            | Self::Beginning { .. }
            | Self::BeginningBefore { .. }
            | Self::Coverage { .. }
            | Self::Head { .. }
            | Self::NoDigests { .. }
            | Self::NoTrail { .. }
            | Self::Nothing => Verdict::Incomplete,
            Self::Fetch(_)
            | Self::NoSignature
            | Self::KeyUnknown { .. }
            | Self::Unsigned
            | Self::NoKeys => Verdict::Unverifiable,
            Self::Stale { .. } => Verdict::Stale,
            Self::Unreferenced { .. }
            | Self::Stray
            | Self::DeleteMarker
            | Self::OtherVersion { .. }
            | Self::Gzip(_)
            | Self::DigestShape(_)
            | Self::DigestMoved { .. }
            | Self::DigestSignature { .. }
            | Self::DigestBytes
            | Self::DigestDiffers { .. }
            | Self::Metadata { .. }
            | Self::KeyWindow { .. }
            | Self::KeyRegion { .. }
            | Self::Proof(_)
            | Self::ProofMoved { .. }
            | Self::PreviousHash { .. }
            | Self::PreviousSignature { .. }
            | Self::PreviousProof { .. }
            | Self::PreviousOther { .. }
            | Self::Index { .. }
            | Self::Unlinked
            | Self::Unexplained
            | Self::AfterEnd { .. }
            | Self::Start { .. }
            | Self::LateFile { .. }
            | Self::Overlap { .. }
            | Self::ListedTwice { .. }
            | Self::FileText
            | Self::FileBytes
            | Self::FileSize { .. }
            | Self::NotRecords
            | Self::Records { .. }
            | Self::EventTime { .. }
            | Self::Range { .. }
            | Self::Duplicate { .. } => Verdict::Tampered,
        }
    }
}

impl Finding {
    pub(super) fn of(name: &(String, String), fault: Fault) -> Self {
        Self { bucket: name.0.clone(), object: name.1.clone(), offset: None, fault }
    }

    /// Concerns no one object.
    pub(super) fn general(fault: Fault) -> Self {
        Self { bucket: String::new(), object: String::new(), offset: None, fault }
    }
}
