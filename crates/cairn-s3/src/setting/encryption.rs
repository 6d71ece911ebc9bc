use cairn_store::objects::Bucket;

use super::{ENCRYPTION, tree};
use crate::fault::Fault;
use crate::xml::Element;

/// The algorithm of keys of KMS.
pub(crate) const KMS: &str = "aws:kms";

/// What objects are encrypted with that say nothing themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DefaultEncryption {
    pub(crate) algorithm: String,
    pub(crate) key: Option<String>,
    pub(crate) bucket_key: bool,
}

pub(crate) fn default_encryption(bucket: &Bucket) -> DefaultEncryption {
    let root = tree(bucket, ENCRYPTION);
    let rule = root.as_ref().and_then(|root| root.child("Rule"));
    let default = rule.and_then(|rule| rule.child("ApplyServerSideEncryptionByDefault"));
    let text = |name: &str| default.and_then(|found| found.text_of(name));
    DefaultEncryption {
        algorithm: text("SSEAlgorithm").unwrap_or("AES256").to_owned(),
        key: text("KMSMasterKeyID").map(str::to_owned),
        bucket_key: rule.and_then(|rule| rule.text_of("BucketKeyEnabled")) == Some("true"),
    }
}

pub(super) fn check(root: &Element) -> Result<(), Fault> {
    let mut rules = root.all("Rule");
    let (Some(rule), None) = (rules.next(), rules.next()) else {
        return Err(Fault::malformed_xml());
    };
    let Some(default) = rule.child("ApplyServerSideEncryptionByDefault") else {
        return if rule.child("BucketKeyEnabled").is_some() { Ok(()) } else { malformed() };
    };
    match (default.text_of("SSEAlgorithm"), default.text_of("KMSMasterKeyID")) {
        (Some("AES256"), Some(key)) => {
            let text = "a KMSMasterKeyID is not applicable if the default sse algorithm is not \
                        aws:kms or aws:kms:dsse";
            Err(Fault::invalid_argument(text, "KMSMasterKeyID", key))
        }
        (Some("AES256" | "aws:kms"), _) => Ok(()),
        _ => malformed(),
    }
}

fn malformed() -> Result<(), Fault> {
    Err(Fault::malformed_xml())
}
