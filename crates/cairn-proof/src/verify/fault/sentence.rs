//! Each fault as a plain sentence, and its short name for programs.

use std::fmt;

use super::{Fault, Finding, What};

impl Fault {
    /// A name that stays, for programs that read reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Unreferenced { .. } => "unreferenced",
            Self::Stray => "stray",
            Self::DeleteMarker => "delete-marker",
            Self::OtherVersion { .. } => "other-version",
            Self::Gzip(_) => "gzip",
            Self::Fetch(_) => "fetch",
            Self::DigestShape(_) => "digest-shape",
            Self::DigestMoved { .. } => "digest-moved",
            Self::DigestSignature { .. } => "digest-signature",
            Self::DigestBytes => "digest-bytes",
            Self::DigestDiffers { .. } => "digest-differs",
            Self::Metadata { .. } => "metadata",
            Self::NoSignature => "no-signature",
            Self::KeyUnknown { .. } => "key-unknown",
            Self::KeyWindow { .. } => "key-window",
            Self::KeyRegion { .. } => "key-region",
            Self::Proof(_) => "proof",
            Self::ProofMoved { .. } => "proof-moved",
            Self::PreviousHash { .. } => "previous-hash",
            Self::PreviousSignature { .. } => "previous-signature",
            Self::PreviousProof { .. } => "previous-proof",
            Self::PreviousOther { .. } => "previous-other",
            Self::Index { .. } => "index",
            Self::Cut { .. } => "cut",
            Self::Beginning { .. } | Self::BeginningBefore { .. } => "beginning",
            Self::Unlinked => "unlinked",
            Self::Unexplained => "unexplained",
            Self::Unsigned => "unsigned-gap",
            Self::AfterEnd { .. } => "after-end",
            Self::Start { .. } => "start",
            Self::Coverage { .. } => "coverage",
            Self::LateFile { .. } => "late-file",
            Self::Overlap { .. } => "overlap",
            Self::ListedTwice { .. } => "listed-twice",
            Self::Head { .. } => "head",
            Self::NoDigests { .. } => "no-digests",
            Self::NoTrail { .. } => "no-trail",
            Self::Nothing => "nothing",
            Self::NoKeys => "no-keys",
            Self::Stale { .. } => "stale",
            Self::FileText => "file-text",
            Self::FileBytes => "file-bytes",
            Self::FileSize { .. } => "file-size",
            Self::NotRecords => "not-records",
            Self::Records { .. } => "records",
            Self::EventTime { .. } => "event-time",
            Self::Range { .. } => "range",
            Self::Duplicate { .. } => "duplicate",
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.object.is_empty() {
            return write!(f, "{}", self.fault);
        }
        write!(f, "s3://{}/{}", self.bucket, self.object)?;
        if let Some(offset) = self.offset {
            write!(f, " at byte {offset}")?;
        }
        write!(f, ": {}", self.fault)
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Log => "log file",
            Self::Digest => "digest",
            Self::Proof => "proof",
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { what } => write!(f, "this {what} is not there"),
            Self::Unreferenced { what } => write!(f, "nothing that is signed names this {what}"),
            Self::Stray => f.write_str("this is in a folder of CloudTrail's and none of its files"),
            Self::DeleteMarker => f.write_str("a delete marker was put over this object"),
            Self::OtherVersion { version } => {
                write!(f, "version {version} has other bytes than what was delivered")
            }
            Self::Gzip(error) => write!(f, "{error}"),
            Self::Fetch(error) => write!(f, "it could not be read: {error}"),
            Self::DigestShape(error) => write!(f, "{error}"),
            Self::DigestMoved { bucket, object } => {
                write!(f, "this digest was written as s3://{bucket}/{object}")
            }
            Self::DigestSignature { fingerprint } => {
                write!(f, "its signature is not one of the key {fingerprint}")
            }
            Self::DigestBytes => f.write_str("its text is right, but not its stored bytes"),
            Self::DigestDiffers { member } => {
                write!(f, "the digest and its proof disagree about {member}")
            }
            Self::Metadata { name } => write!(f, "its metadata '{name}' is not what was stored"),
            Self::NoSignature => {
                f.write_str("there is neither metadata nor a proof to take its signature from")
            }
            Self::KeyUnknown { fingerprint } => {
                write!(f, "it is signed with the key {fingerprint}, which is not among those given")
            }
            Self::KeyWindow { fingerprint, at } => {
                write!(f, "the key {fingerprint} was not in use at {at}")
            }
            Self::KeyRegion { region } => write!(f, "its key belongs to the Region {region}"),
            Self::Proof(error) => write!(f, "{error}"),
            Self::ProofMoved { bucket, object } => {
                write!(f, "this proof was written for s3://{bucket}/{object}")
            }
            Self::PreviousHash { .. }
            | Self::PreviousSignature { .. }
            | Self::PreviousProof { .. }
            | Self::PreviousOther { .. }
            | Self::Index { .. }
            | Self::Cut { .. }
            | Self::Beginning { .. }
            | Self::BeginningBefore { .. }
            | Self::Unlinked
            | Self::Unexplained
            | Self::Unsigned
            | Self::AfterEnd { .. }
            | Self::Start { .. }
            | Self::Coverage { .. } => self.chain(f),
            Self::LateFile { .. }
            | Self::Overlap { .. }
            | Self::ListedTwice { .. }
            | Self::Head { .. }
            | Self::NoDigests { .. }
            | Self::NoTrail { .. }
            | Self::Nothing
            | Self::NoKeys
            | Self::Stale { .. } => self.whole(f),
            Self::FileText
            | Self::FileBytes
            | Self::FileSize { .. }
            | Self::NotRecords
            | Self::Records { .. }
            | Self::EventTime { .. }
            | Self::Range { .. }
            | Self::Duplicate { .. } => self.file(f),
        }
    }
}

impl Fault {
    fn chain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PreviousHash { object } => {
                write!(f, "the digest before it, {object}, has another hash than it says")
            }
            Self::PreviousSignature { object } => {
                write!(f, "the digest before it, {object}, has another signature than it says")
            }
            Self::PreviousProof { index } => {
                write!(f, "the proof before it, number {index}, has other bytes than it says")
            }
            Self::PreviousOther { named, found } => {
                write!(f, "it names {named} as the digest before it, but {found} is")
            }
            Self::Index { expected, found } => {
                write!(f, "it is number {found} of its chain and follows number {expected} - 1")
            }
            Self::Cut { first, last } if first == last => {
                write!(f, "the proof before it, number {first}, is not there")
            }
            Self::Cut { first, last } => {
                write!(f, "the proofs before it, numbers {first} to {last}, are not there")
            }
            Self::Beginning { index } => {
                write!(f, "it is number {index} of its chain, and nothing before it is there")
            }
            Self::BeginningBefore { named } => {
                write!(f, "the digest before it, {named}, is not there")
            }
            Self::Unlinked => f.write_str("it does not say which proof came before it"),
            Self::Unexplained => {
                f.write_str("a new chain starts here, but the one before was never ended")
            }
            Self::Unsigned => {
                f.write_str("a new chain starts here, and nothing that is signed says why")
            }
            Self::AfterEnd { by, at } => {
                write!(f, "it continues a chain that {by} ended at {at}")
            }
            Self::Start { expected, found } => {
                write!(f, "it starts at {found}, but the one before ended at {expected}")
            }
            Self::Coverage { expected, found } => write!(
                f,
                "it covers the account's records from {}, but those from {} are due",
                found + 1,
                expected + 1
            ),
            _ => Ok(()),
        }
    }

    fn whole(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LateFile { first, after } => write!(
                f,
                "it has the account's records from {first}, but those up to {after} were settled"
            ),
            Self::Overlap { other } => write!(f, "it covers records that {other} covers too"),
            Self::ListedTwice { other } => write!(f, "{other} names this log file too"),
            Self::Head { account, region, index } => write!(
                f,
                "it names proof number {index} of account {account} in {region}, which is not there"
            ),
            Self::NoDigests { account, region } => {
                write!(f, "account {account} has log files in {region}, but no digest")
            }
            Self::NoTrail { trail } => write!(f, "there is no digest of the trail {trail}"),
            Self::Nothing => f.write_str("there are no digests in this time range"),
            Self::NoKeys => f.write_str("no key was given to verify with"),
            Self::Stale { end } => write!(
                f,
                "the newest digest ends at {end}, nothing came after it, and nothing says why"
            ),
            _ => Ok(()),
        }
    }

    fn file(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FileText => f.write_str("its text is not what was delivered"),
            Self::FileBytes => f.write_str("its text is right, but not its stored bytes"),
            Self::FileSize { stated, found } => {
                write!(f, "it has {found} bytes of text, but {stated} were delivered")
            }
            Self::NotRecords => f.write_str("from here on it is not a log file"),
            Self::Records { stated, found } => {
                write!(f, "it has {found} records, but {stated} were delivered")
            }
            Self::EventTime { found, oldest, newest } => write!(
                f,
                "a record's eventTime is '{found}', outside of the stated {oldest} to {newest}"
            ),
            Self::Range { oldest, newest } => {
                write!(f, "its records do not span the stated {oldest} to {newest}")
            }
            Self::Duplicate { records, other } => {
                write!(f, "{records} of its eventIDs are in {other} too")
            }
            _ => Ok(()),
        }
    }
}
