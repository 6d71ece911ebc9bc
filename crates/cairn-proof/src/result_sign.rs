//! The sign file of a query's result: which files a result has, signed. Its bytes are AWS's.
//!
//! AWS signs the files' hashes alone, in their order, joined by one space. What that leaves open is
//! demanded here besides: that the files have the names that results have, from one on without a
//! gap, and that nothing else lies beside them.

mod check;
#[cfg(test)]
mod tests;

use cairn_core::{Region, Timestamp};
use serde::{Deserialize, Serialize};

use crate::hash::Sha256;
use crate::key::{DigestKeyPair, KeyError};

pub use check::{Checked, Found, ResultFault, check};

/// What the sign file is called.
pub const SIGN_FILE: &str = "result_sign.json";

const VERSION: &str = "1.0";
const HASH_ALGORITHM: &str = "SHA-256";
const SIGNATURE_ALGORITHM: &str = "SHA256withRSA";

/// The name of a result's file; the first has the number 1.
pub fn file_name(number: usize) -> String {
    format!("result_{number}.csv.gz")
}

/// What a sign file says.
#[derive(Debug, Clone, Copy)]
pub struct ResultSign<'a> {
    pub region: &'a Region,
    pub completed: Timestamp,
    /// Hashes of the files as stored, compressed; the first is that of `result_1.csv.gz`.
    pub files: &'a [Sha256],
}

/// The sign file's bytes: compact JSON, its members in AWS's order.
///
/// # Errors
/// A key that does not sign.
pub fn render(sign: ResultSign<'_>, key: &DigestKeyPair) -> Result<Vec<u8>, KeyError> {
    let file = |(at, sha256): (usize, &Sha256)| DocumentFile {
        file_hash_value: sha256.to_string(),
        file_name: file_name(at + 1),
    };
    let document = Document {
        version: VERSION.to_owned(),
        region: sign.region.to_string(),
        files: sign.files.iter().enumerate().map(file).collect(),
        hash_algorithm: HASH_ALGORITHM.to_owned(),
        signature_algorithm: SIGNATURE_ALGORITHM.to_owned(),
        query_complete_time: Timestamp::from_seconds(sign.completed.seconds()).to_string(),
        hash_signature: key.sign(string_to_sign(sign.files).as_bytes())?,
        public_key_fingerprint: key.fingerprint(),
    };
    Ok(serde_json::to_vec(&document).expect("texts are always JSON"))
}

fn string_to_sign(files: &[Sha256]) -> String {
    let hashes: Vec<String> = files.iter().map(Sha256::to_string).collect();
    hashes.join(" ")
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    version: String,
    region: String,
    files: Vec<DocumentFile>,
    hash_algorithm: String,
    signature_algorithm: String,
    query_complete_time: String,
    hash_signature: String,
    public_key_fingerprint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct DocumentFile {
    file_hash_value: String,
    file_name: String,
}
