//! Which keys are believed.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_core::{Region, Timestamp};
use cairn_proof::{KeyWindow, VerifierKey};
use serde_json::Value;

use super::VerifyError;

/// Verifier keys, each written out or in a file of one a line.
pub(crate) fn pinned(texts: &[String]) -> Result<Vec<VerifierKey>, VerifyError> {
    let mut keys = Vec::new();
    for text in texts {
        if let Ok(key) = text.parse() {
            keys.push(key);
            continue;
        }
        let path = PathBuf::from(text);
        let Ok(lines) = std::fs::read_to_string(&path) else {
            return Err(VerifyError::Key { text: text.clone() });
        };
        let lines = lines.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let wrong = |error: cairn_proof::NoteError| VerifyError::KeyFile {
                path: path.clone(),
                why: error.to_string(),
            };
            keys.push(line.parse().map_err(wrong)?);
        }
    }
    Ok(keys)
}

/// The keys in a file that holds what `aws cloudtrail list-public-keys` prints.
pub(crate) fn public_keys(path: &Path, region: &Region) -> Result<Vec<KeyWindow>, VerifyError> {
    let bytes = std::fs::read(path)
        .map_err(|error| VerifyError::Unreadable { path: path.to_owned(), error })?;
    let wrong = |why: String| VerifyError::KeyFile { path: path.to_owned(), why };
    let value: Value = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    public_keys_of(&value, region).map_err(|error| wrong(error.to_string()))
}

/// The keys of an answer to ListPublicKeys.
pub(crate) fn public_keys_of(
    value: &Value,
    region: &Region,
) -> Result<Vec<KeyWindow>, VerifyError> {
    let list = value["PublicKeyList"].as_array();
    let list = list.ok_or(VerifyError::Answer { member: "PublicKeyList" })?;
    let key = |key: &Value| {
        let public = key["Value"].as_str().and_then(|text| STANDARD.decode(text).ok());
        Ok(KeyWindow {
            region: region.clone(),
            public: public.ok_or(VerifyError::Answer { member: "Value" })?,
            not_before: time(&key["ValidityStartTime"])
                .ok_or(VerifyError::Answer { member: "ValidityStartTime" })?,
            not_after: time(&key["ValidityEndTime"])
                .ok_or(VerifyError::Answer { member: "ValidityEndTime" })?,
        })
    };
    list.iter().map(key).collect()
}

/// Seconds, as the API writes times, or text, as the second version of the command line does.
fn time(value: &Value) -> Option<Timestamp> {
    match value {
        Value::Number(number) => {
            Some(Timestamp::from_millis((number.as_f64()? * 1000.0).round() as i64))
        }
        Value::String(text) => Timestamp::parse(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::write;
    use super::*;

    #[test]
    fn keys_are_read_in_both_forms_of_time() {
        let region: Region = "us-east-1".parse().unwrap();
        let key = |start: Value| {
            let value = STANDARD.encode(b"der");
            let end = "2016-02-17T00:25:02+00:00";
            let entry = json!({"Value": value, "ValidityStartTime": start, "ValidityEndTime": end});
            public_keys_of(&json!({"PublicKeyList": [entry]}), &region)
        };
        let keys = key(json!(1_453_076_702.5)).unwrap();
        assert_eq!(keys[0].public, b"der");
        assert_eq!(keys[0].not_before.millis(), 1_453_076_702_500);
        assert_eq!(keys[0].not_after.to_string(), "2016-02-17T00:25:02Z");
        assert!(key(json!("2016-01-18T00:25:02+00:00")).is_ok());
        assert!(key(json!(null)).is_err());
        assert!(public_keys_of(&json!({}), &region).is_err());
    }

    #[test]
    fn a_key_is_written_out_or_lies_in_a_file() {
        let text = cairn_proof::ProofSigner::new("cairn", &[1; 32]).unwrap().verifier().to_string();
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("keys");
        write(&path, format!("# ours\n\n{text}\n"));
        let both = pinned(&[text.clone(), path.display().to_string()]).unwrap();
        assert_eq!(both.len(), 2);
        assert_eq!(both[0], both[1]);
        write(&path, "cairn+00000000+AAAA\n");
        assert!(pinned(&[path.display().to_string()]).is_err());
        assert!(pinned(&["neither".to_owned()]).is_err());
    }
}
