//! Whether a result is as its sign file says, and its sign file as it was written.

use cairn_core::{Region, Timestamp};

use super::{
    Document, HASH_ALGORITHM, SIGN_FILE, SIGNATURE_ALGORITHM, VERSION, file_name, string_to_sign,
};
use crate::hash::Sha256;
use crate::key::{KeyWindow, verify_signature};
use crate::verify::Verdict;

/// A file that lies where the result is, the sign file apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Below the result's folder.
    pub name: String,
    /// Of its bytes as stored; `None` where they could not be read.
    pub sha256: Option<Sha256>,
}

/// What was looked at, and what is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub region: Option<Region>,
    pub completed: Option<Timestamp>,
    pub fingerprint: Option<String>,
    /// Files that are as they were written.
    pub intact: usize,
    pub faults: Vec<ResultFault>,
}

/// What is wrong with a result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResultFault {
    #[error("there is no {SIGN_FILE}")]
    NoSignFile,
    #[error("{SIGN_FILE} is no sign file: {0}")]
    Shape(String),
    #[error("the {member} of {SIGN_FILE} is '{found}'")]
    Value { member: &'static str, found: String },
    #[error("file {number} of {SIGN_FILE} is called '{found}', not '{expected}'")]
    Name { number: usize, expected: String, found: String },
    #[error("no key has the fingerprint '{fingerprint}' that {SIGN_FILE} names")]
    NoKey { fingerprint: String },
    #[error("the key '{fingerprint}' is one of {of}, and the result is of {region}")]
    KeyRegion { fingerprint: String, of: Region, region: Region },
    #[error("the key '{fingerprint}' was not valid at {at}, when the query completed")]
    KeyWindow { fingerprint: String, at: Timestamp },
    #[error("the signature is not that of the files' hashes in their order")]
    Signature,
    #[error("{name} is missing")]
    Missing { name: String },
    #[error("{name} was altered: its hash is {found}, and {expected} is signed")]
    Altered { name: String, expected: Sha256, found: Sha256 },
    #[error("{name} could not be read")]
    Unreadable { name: String },
    #[error("{name} is no file of the result")]
    Extra { name: String },
}

impl ResultFault {
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::NoSignFile | Self::Missing { .. } => Verdict::Incomplete,
            Self::NoKey { .. } | Self::Unreadable { .. } => Verdict::Unverifiable,
            Self::Shape(_)
            | Self::Value { .. }
            | Self::Name { .. }
            | Self::KeyRegion { .. }
            | Self::KeyWindow { .. }
            | Self::Signature
            | Self::Altered { .. }
            | Self::Extra { .. } => Verdict::Tampered,
        }
    }

    /// A word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSignFile => "no-sign-file",
            Self::Shape(_) => "shape",
            Self::Value { .. } => "value",
            Self::Name { .. } => "name",
            Self::NoKey { .. } => "no-key",
            Self::KeyRegion { .. } => "key-region",
            Self::KeyWindow { .. } => "key-window",
            Self::Signature => "signature",
            Self::Missing { .. } => "missing",
            Self::Altered { .. } => "altered",
            Self::Unreadable { .. } => "unreadable",
            Self::Extra { .. } => "extra",
        }
    }
}

impl Checked {
    /// The worst of what was found.
    pub fn verdict(&self) -> Verdict {
        self.faults.iter().fold(Verdict::Ok, |worst, fault| worst.or(fault.verdict()))
    }
}

/// Compares a result's files with its sign file, and that with the keys that are believed. `sign`
/// is `None` where there is no sign file.
pub fn check(sign: Option<&[u8]>, found: &[Found], keys: &[KeyWindow]) -> Checked {
    let nothing = |fault| Checked {
        region: None,
        completed: None,
        fingerprint: None,
        intact: 0,
        faults: vec![fault],
    };
    let Some(sign) = sign else { return nothing(ResultFault::NoSignFile) };
    let document: Document = match serde_json::from_slice(sign) {
        Ok(document) => document,
        Err(error) => return nothing(ResultFault::Shape(error.to_string())),
    };
    let mut faults = Vec::new();
    let (region, completed) = head(&document, &mut faults);
    signature(&document, (region.as_ref(), completed), keys, &mut faults);
    let intact = files(&document, found, &mut faults);
    let fingerprint = Some(document.public_key_fingerprint);
    Checked { region, completed, fingerprint, intact, faults }
}

fn head(document: &Document, faults: &mut Vec<ResultFault>) -> (Option<Region>, Option<Timestamp>) {
    let expected = [
        ("version", &document.version, VERSION),
        ("hashAlgorithm", &document.hash_algorithm, HASH_ALGORITHM),
        ("signatureAlgorithm", &document.signature_algorithm, SIGNATURE_ALGORITHM),
    ];
    let mut wrong = |member, found: &str| {
        faults.push(ResultFault::Value { member, found: found.to_owned() });
    };
    for (member, found, expected) in expected {
        if found != expected {
            wrong(member, found);
        }
    }
    let region = document.region.parse().ok();
    if region.is_none() {
        wrong("region", &document.region);
    }
    let completed = Timestamp::parse(&document.query_complete_time);
    if completed.is_none() {
        wrong("queryCompleteTime", &document.query_complete_time);
    }
    (region, completed)
}

fn signature(
    document: &Document,
    (region, completed): (Option<&Region>, Option<Timestamp>),
    keys: &[KeyWindow],
    faults: &mut Vec<ResultFault>,
) {
    let fingerprint = document.public_key_fingerprint.clone();
    let named: Vec<&KeyWindow> =
        keys.iter().filter(|key| key.fingerprint() == fingerprint).collect();
    let Some(key) = named.iter().find(|key| Some(&key.region) == region).or(named.first()) else {
        faults.push(ResultFault::NoKey { fingerprint });
        return;
    };
    if let Some(region) = region.filter(|region| key.region != **region) {
        let (of, region) = (key.region.clone(), region.clone());
        faults.push(ResultFault::KeyRegion { fingerprint: fingerprint.clone(), of, region });
    }
    if let Some(at) = completed.filter(|at| !key.covers(*at)) {
        faults.push(ResultFault::KeyWindow { fingerprint, at });
    }
    let hashes: Option<Vec<Sha256>> =
        document.files.iter().map(|file| Sha256::parse(&file.file_hash_value)).collect();
    let holds = hashes.is_some_and(|hashes| {
        let text = string_to_sign(&hashes);
        verify_signature(&key.public, text.as_bytes(), &document.hash_signature)
    });
    if !holds {
        faults.push(ResultFault::Signature);
    }
}

/// How many files are as the document says.
fn files(document: &Document, found: &[Found], faults: &mut Vec<ResultFault>) -> usize {
    let mut intact = 0;
    for (at, file) in document.files.iter().enumerate() {
        let name = file_name(at + 1);
        if file.file_name != name {
            let found = file.file_name.clone();
            faults.push(ResultFault::Name { number: at + 1, expected: name.clone(), found });
        }
        let Some(expected) = Sha256::parse(&file.file_hash_value) else {
            let found = file.file_hash_value.clone();
            faults.push(ResultFault::Value { member: "fileHashValue", found });
            continue;
        };
        match found.iter().find(|found| found.name == name).map(|found| found.sha256) {
            None => faults.push(ResultFault::Missing { name }),
            Some(None) => faults.push(ResultFault::Unreadable { name }),
            Some(Some(found)) if found != expected => {
                faults.push(ResultFault::Altered { name, expected, found });
            }
            Some(Some(_)) => intact += 1,
        }
    }
    for extra in found {
        let is_named = (1..=document.files.len()).any(|number| file_name(number) == extra.name);
        if !is_named {
            faults.push(ResultFault::Extra { name: extra.name.clone() });
        }
    }
    intact
}
