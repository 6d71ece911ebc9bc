//! What lies in a trail's bucket: log files, digests and proofs. Their keys, their bytes, their
//! signatures, and what can be said about them afterwards. And the sign files of query results.
//!
//! A log file holds records. A digest names the log files of one hour in AWS's own format. A proof
//! stands beside a digest and says what AWS's format cannot: which bytes were stored, which part of
//! the journal they cover, which proof came before, and which key signed. A verifier that pins one
//! root key needs nothing else from anyone.
//!
//! No IO, no clock; the only randomness is inside the making of an RSA key.

mod calendar;
mod digest;
mod gzip;
mod hash;
mod key;
mod layout;
mod logfile;
mod note;
mod proof;
pub mod result_sign;
mod scan;
pub mod verify;

pub use calendar::{Calendar, Period, SteadyClock};
pub use digest::{Digest, DigestError, DigestFile, Previous, SealedDigest};
pub use gzip::{Deflater, GzipError, GzipForm, gunzip};
pub use hash::Sha256;
pub use key::{DigestKeyPair, KeyError, KeyWindow, fingerprint, verify_signature};
pub use layout::{DigestKey, Key, LogKey, LogKind, Place, ProofKey, unique};
pub use logfile::{LogFileWriter, SealedLogFile};
pub use note::{NoteError, ProofSigner, VerifierKey};
pub use proof::{Coverage, Ended, Ending, Head, Proof, ProofError, ProofFile, Started};
