//! What lies in a bucket, and how its bytes are had.

use std::collections::BTreeMap;

use cairn_core::Timestamp;

use crate::layout::Key;

/// One version of one object, as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    pub bucket: String,
    pub key: String,
    /// None where there are no versions.
    pub version: Option<String>,
    /// Whether this version is what a reader without a version gets.
    pub latest: bool,
    /// Whether it is a delete marker, which has no bytes.
    pub marker: bool,
    pub bytes: u64,
    /// When it was stored, if the store says so and can be believed.
    pub modified: Option<Timestamp>,
}

/// The bytes of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    pub bytes: Vec<u8>,
    /// Without `x-amz-meta-`; none where metadata was lost on the way, as in a local copy.
    pub metadata: Option<BTreeMap<String, String>>,
}

/// Why bytes could not be had, although they may be there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FetchError(pub String);

/// Where bytes come from. Asked from many threads at once.
pub trait Source: Sync {
    /// `None` if there is no such object.
    fn fetch(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Option<Fetched>, FetchError>;
}

/// A bucket's name and a key.
pub(super) type Name = (String, String);

/// Which version is looked at; behind a delete marker it is the newest with bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Current {
    /// There are only delete markers.
    None,
    Unversioned,
    Version(String),
}

impl Current {
    fn of(version: Option<String>) -> Self {
        version.map_or(Self::Unversioned, Self::Version)
    }

    /// Which version to ask a source for.
    pub(super) fn version(&self) -> Option<&str> {
        match self {
            Self::None | Self::Unversioned => None,
            Self::Version(version) => Some(version),
        }
    }
}

/// All versions of one object.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub(super) key: Key,
    pub(super) current: Current,
    pub(super) others: Vec<String>,
    pub(super) marker: bool,
    pub(super) bytes: u64,
    pub(super) modified: Option<Timestamp>,
}

/// Brings the versions of each object together. The first of several that are not marked as the
/// latest counts as the newest: stores list versions so.
pub(super) fn gather(objects: Vec<Object>) -> BTreeMap<Name, Stored> {
    let mut all: BTreeMap<Name, Stored> = BTreeMap::new();
    for object in objects {
        let key = Key::parse(&object.key);
        let stored = all.entry((object.bucket, object.key)).or_insert(Stored {
            key,
            current: Current::None,
            others: Vec::new(),
            marker: false,
            bytes: 0,
            modified: None,
        });
        if object.marker {
            stored.marker = true;
            continue;
        }
        stored.bytes = stored.bytes.max(object.bytes);
        if stored.current == Current::None || object.latest {
            let older = std::mem::replace(&mut stored.current, Current::of(object.version));
            stored.modified = object.modified;
            if let Current::Version(version) = older {
                stored.others.push(version);
            }
        } else {
            stored.others.extend(object.version);
        }
    }
    all
}
