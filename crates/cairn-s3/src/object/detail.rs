use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Seal;
use crate::data::Algorithm;
use crate::fault::Fault;

/// What the index keeps of an object without understanding it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Detail {
    /// Headers that every answer repeats: `content-type`, `cache-control` and the like.
    pub(crate) headers: BTreeMap<String, String>,
    /// Without `x-amz-meta-`.
    pub(crate) metadata: Vec<(String, String)>,
    /// `None` for `STANDARD`.
    pub(crate) storage_class: Option<String>,
    pub(crate) seal: Seal,
    pub(crate) checksum: Option<Checksum>,
    /// Of an object that came in parts.
    pub(crate) parts: Vec<PartDetail>,
    /// The name of a canned ACL or a document; `None` where the owner has everything.
    pub(crate) acl: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checksum {
    pub(crate) algorithm: Algorithm,
    /// Base64; that of checksums of parts ends in `-` and their number.
    pub(crate) value: String,
    pub(crate) composite: bool,
}

impl Checksum {
    pub(crate) fn kind(&self) -> &'static str {
        if self.composite { "COMPOSITE" } else { "FULL_OBJECT" }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PartDetail {
    pub(crate) number: u32,
    pub(crate) size: u64,
    pub(crate) checksum: Option<Checksum>,
}

impl Detail {
    /// `None` for a delete marker, which has none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// Of an object that has to have one.
    pub(crate) fn of(version: &cairn_store::objects::Version) -> Result<Self, Fault> {
        serde_json::from_str(&version.detail).map_err(|error| {
            tracing::error!(%error, key = version.key, "the index has a row that cannot be read");
            Fault::internal()
        })
    }

    pub(crate) fn write(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers always have a JSON form")
    }
}
