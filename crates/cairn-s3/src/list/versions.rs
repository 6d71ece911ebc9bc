use cairn_store::objects::{Bucket, Version};

use super::page::{beyond, rolled_up, start};
use super::{Names, PAGE, successor, write_object};
use crate::access::admit;
use crate::ask::Ask;
use crate::fault::Fault;
use crate::s3::{Reply, S3, canonical_user, document};
use crate::xml::{Writer, time};

/// Rows that are asked for at once where keys are rolled up.
const ROWS: u32 = 256;

enum Entry {
    Version(Version),
    Prefix(String),
}

/// ListObjectVersions: the newest version of a key first.
pub(crate) async fn versions(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let names = Names::of(ask)?;
    let most = ask.count("max-keys", PAGE)?;
    let (prefix, delimiter) = (ask.query("prefix").unwrap_or_default(), ask.given("delimiter"));
    let first = first(s3, ask, &bucket, prefix, delimiter).await?;
    let (entries, more) = page(s3, &bucket, prefix, delimiter, first, most).await?;
    Ok(document(Writer::document("ListVersionsResult", |w| {
        w.leaf("Name", &bucket.name);
        w.leaf("Prefix", names.write(prefix));
        w.leaf("KeyMarker", names.write(ask.query("key-marker").unwrap_or_default()));
        w.leaf("VersionIdMarker", ask.query("version-id-marker").unwrap_or_default());
        match entries.last().filter(|_| more) {
            Some(Entry::Version(version)) => {
                w.leaf("NextKeyMarker", names.write(&version.key));
                // With the version's place, which is there even when the version is deleted.
                w.leaf("NextVersionIdMarker", format_args!("{}.{}", version.version, version.id));
            }
            Some(Entry::Prefix(prefix)) => w.leaf("NextKeyMarker", names.write(prefix)),
            None => {}
        }
        w.leaf("MaxKeys", most);
        w.optional("Delimiter", delimiter.map(|text| names.write(text)));
        names.tell(w);
        w.leaf("IsTruncated", more);
        write(w, &bucket, &entries, names);
    })))
}

/// The key that a page begins with, and the version of it that the page before ended with.
async fn first(
    s3: &S3,
    ask: &Ask,
    bucket: &Bucket,
    prefix: &str,
    delimiter: Option<&str>,
) -> Result<(Vec<u8>, i64), Fault> {
    let first = (prefix.as_bytes().to_vec(), i64::MAX);
    let Some(key) = ask.given("key-marker") else {
        return match ask.given("version-id-marker") {
            None => Ok(first),
            Some(marker) => {
                let text = "A version-id marker cannot be specified without a key marker.";
                Err(Fault::invalid_argument(text, "version-id-marker", marker))
            }
        };
    };
    let Some(marker) = ask.given("version-id-marker") else {
        return Ok((start(key, prefix, delimiter), i64::MAX).max(first));
    };
    let place = match marker.split_once('.') {
        Some((_, place)) => place.parse().ok(),
        None => s3.index().version(bucket.id, key, marker).await?.map(|version| version.id),
    };
    match place {
        Some(place) => Ok((key.as_bytes().to_vec(), place)),
        None => Ok((start(key, prefix, delimiter), i64::MAX).max(first)),
    }
}

async fn page(
    s3: &S3,
    bucket: &Bucket,
    prefix: &str,
    delimiter: Option<&str>,
    first: (Vec<u8>, i64),
    most: u32,
) -> Result<(Vec<Entry>, bool), Fault> {
    let mut entries: Vec<Entry> = Vec::new();
    let (mut key, mut before) = first;
    let to = successor(prefix.as_bytes());
    loop {
        let rows = if delimiter.is_some() { ROWS } else { most - entries.len() as u32 + 1 };
        if most == 0 {
            return Ok((entries, false));
        }
        let from = (key.as_slice(), before);
        let found = s3.index().list_versions(bucket.id, from, to.as_deref(), rows).await?;
        let end = found.len() < rows as usize;
        for version in found {
            let entry = match rolled_up(&version.key, prefix, delimiter) {
                Some(group) => {
                    (key, before) = (beyond(&version.key, prefix, delimiter), i64::MAX);
                    Entry::Prefix(group.to_owned())
                }
                None => {
                    (key, before) = (version.key.clone().into_bytes(), version.id);
                    Entry::Version(version)
                }
            };
            if let (Some(Entry::Prefix(last)), Entry::Prefix(this)) = (entries.last(), &entry)
                && last == this
            {
                continue;
            }
            if entries.len() == most as usize {
                return Ok((entries, true));
            }
            entries.push(entry);
        }
        if end {
            return Ok((entries, false));
        }
    }
}

fn write(w: &mut Writer, bucket: &Bucket, entries: &[Entry], names: Names) {
    for entry in entries {
        let Entry::Version(version) = entry else { continue };
        let name = if version.marker { "DeleteMarker" } else { "Version" };
        w.element(name, |w| {
            w.leaf("Key", names.write(&version.key));
            w.leaf("VersionId", &version.version);
            w.leaf("IsLatest", version.noncurrent.is_none());
            if version.marker {
                w.leaf("LastModified", time(version.modified));
            } else {
                write_object(w, version);
            }
            w.element("Owner", |w| w.leaf("ID", canonical_user(bucket.owner)));
        });
    }
    for entry in entries {
        if let Entry::Prefix(prefix) = entry {
            w.element("CommonPrefixes", |w| w.leaf("Prefix", names.write(prefix)));
        }
    }
}
