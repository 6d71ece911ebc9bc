//! Object keys: the only place where they are made and taken apart.
//!
//! ```text
//! [PREFIX/]AWSLogs/[O-ID/]ACCOUNT/FOLDER/REGION/YYYY/MM/DD/FILE
//! ```

mod name;
#[cfg(test)]
mod tests;

use std::fmt;

use aws_lc_rs::hmac;
use cairn_core::{AccountId, Region, Seq, Timestamp};

use crate::Sha256;

const DIGESTS: &str = "CloudTrail-Digest";
const PROOFS: &str = "CloudTrail-Proof";

/// Where the objects of one account and Region lie in a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Without a slash at its end.
    pub prefix: Option<String>,
    /// The organization's id, for trails of an organization.
    pub organization: Option<String>,
    /// Whose records these are.
    pub account: AccountId,
    /// Where they happened.
    pub region: Region,
}

/// Which folder a log file lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LogKind {
    /// Management and data events.
    Records,
    Insight,
    NetworkActivity,
    Aggregated,
}

impl LogKind {
    pub const ALL: [LogKind; 4] =
        [Self::Records, Self::Insight, Self::NetworkActivity, Self::Aggregated];

    pub fn folder(self) -> &'static str {
        match self {
            Self::Records => "CloudTrail",
            Self::Insight => "CloudTrail-Insight",
            Self::NetworkActivity => "CloudTrail-NetworkActivity",
            Self::Aggregated => "CloudTrail-Aggregated",
        }
    }
}

/// The key of a log file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LogKey {
    pub place: Place,
    pub kind: LogKind,
    /// The end of the collection window; the key shows minutes.
    pub time: Timestamp,
    /// 16 letters and digits, see [`unique`].
    pub unique: String,
}

/// The key of a digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DigestKey {
    pub place: Place,
    pub trail: String,
    /// The trail's home Region.
    pub home: Region,
    /// The end of the period; the key shows seconds.
    pub end: Timestamp,
    pub backfill: bool,
}

/// The key of the proof that stands beside a digest.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProofKey(pub DigestKey);

/// What kind of object a key names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    Log(LogKey),
    Digest(DigestKey),
    Proof(ProofKey),
    /// A key that ends in a slash, as consoles make them; it holds nothing.
    Folder,
    /// In one of CloudTrail's folders, and yet none of its files.
    Stray,
    /// Not CloudTrail's.
    Other,
}

impl Key {
    /// Lenient in that it never fails; a key counts as a file of CloudTrail only if it is exactly
    /// the key that would have been made for what it says.
    pub fn parse(key: &str) -> Self {
        name::parse(key)
    }
}

impl fmt::Display for Place {
    /// `[PREFIX/]AWSLogs/[O-ID/]ACCOUNT`: what comes before the folder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(prefix) = &self.prefix {
            write!(f, "{prefix}/")?;
        }
        f.write_str("AWSLogs/")?;
        if let Some(organization) = &self.organization {
            write!(f, "{organization}/")?;
        }
        write!(f, "{}", self.account)
    }
}

impl fmt::Display for LogKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (account, region) = (self.place.account, &self.place.region);
        let (folder, unique) = (self.kind.folder(), &self.unique);
        let time = self.time.basic();
        let minute = &time[..13];
        write_folder(f, &self.place, folder, &time)?;
        write!(f, "{account}_{folder}_{region}_{minute}Z_{unique}.json.gz")
    }
}

impl fmt::Display for DigestKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_period(f, self, DIGESTS, ".json.gz")
    }
}

impl fmt::Display for ProofKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_period(f, &self.0, PROOFS, ".json")
    }
}

fn write_period(
    f: &mut fmt::Formatter<'_>,
    key: &DigestKey,
    folder: &str,
    ending: &str,
) -> fmt::Result {
    let DigestKey { place, trail, home, end, backfill } = key;
    let (account, region) = (place.account, &place.region);
    let end = end.basic();
    let backfill = if *backfill { "_backfill" } else { "" };
    write_folder(f, place, folder, &end)?;
    write!(f, "{account}_{folder}_{region}_{trail}_{home}_{end}{backfill}{ending}")
}

fn write_folder(
    f: &mut fmt::Formatter<'_>,
    place: &Place,
    folder: &str,
    basic: &str,
) -> fmt::Result {
    let (year, month, day) = (&basic[..4], &basic[4..6], &basic[6..8]);
    write!(f, "{place}/{folder}/{}/{year}/{month}/{day}/", place.region)
}

/// The last part of a log file's name: 16 characters of A-Z and 2-7.
///
/// It depends on nothing but the trail's secret, the places in the journal that the file covers
/// and its bytes: a delivery that is tried again writes the same key.
pub fn unique(secret: &[u8], first: Seq, last: Seq, plain: &Sha256) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let mut context = hmac::Context::with_key(&key);
    context.update(&first.0.to_be_bytes());
    context.update(&last.0.to_be_bytes());
    context.update(plain.as_bytes());
    let tag = context.sign();
    let bits = tag.as_ref()[..10].iter().fold(0u128, |bits, byte| bits << 8 | u128::from(*byte));
    let symbol = |place: u32| char::from(ALPHABET[(bits >> (75 - 5 * place)) as usize & 31]);
    (0..16).map(symbol).collect()
}
