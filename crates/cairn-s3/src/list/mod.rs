//! Listings: keys in the order of their bytes, rolled up at a delimiter.

mod page;
mod versions;

pub(crate) use page::{Entry, page, rolled_up, successor};
pub(crate) use versions::versions;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cairn_store::objects::{Bucket, Version};

use crate::access::admit;
use crate::ask::{Ask, escape};
use crate::fault::Fault;
use crate::object::Detail;
use crate::s3::{Reply, S3, canonical_user, document};
use crate::xml::{Writer, time};

/// The most entries of a page.
pub(crate) const PAGE: u32 = 1000;

/// How names are written: plain, or percent-encoded because a client asked for it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    escaped: bool,
}

impl Names {
    pub(crate) fn of(ask: &Ask) -> Result<Self, Fault> {
        match ask.given("encoding-type") {
            None => Ok(Self { escaped: false }),
            Some("url") => Ok(Self { escaped: true }),
            Some(other) => {
                let text = "Invalid Encoding Method specified in Request";
                Err(Fault::invalid_argument(text, "encoding-type", other))
            }
        }
    }

    pub(crate) fn write(self, name: &str) -> String {
        if self.escaped { escape(name) } else { name.to_owned() }
    }

    pub(crate) fn tell(self, w: &mut Writer) {
        w.optional("EncodingType", self.escaped.then_some("url"));
    }
}

/// ListObjects, where a page begins after a key.
pub(crate) async fn objects(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let names = Names::of(ask)?;
    let most = ask.count("max-keys", PAGE)?;
    let (prefix, delimiter) = (ask.query("prefix").unwrap_or_default(), ask.given("delimiter"));
    let marker = ask.given("marker");
    let page = page(s3, &bucket, prefix, delimiter, marker, most).await?;
    Ok(document(Writer::document("ListBucketResult", |w| {
        w.leaf("Name", &bucket.name);
        w.leaf("Prefix", names.write(prefix));
        w.leaf("Marker", names.write(marker.unwrap_or_default()));
        // Without a delimiter clients go on after the last key they were given.
        if let Some(last) = page.entries.last().filter(|_| page.more && delimiter.is_some()) {
            w.leaf("NextMarker", names.write(last.name()));
        }
        w.leaf("MaxKeys", most);
        w.optional("Delimiter", delimiter.map(|text| names.write(text)));
        names.tell(w);
        w.leaf("IsTruncated", page.more);
        write_entries(w, &bucket, &page.entries, names, true);
    })))
}

/// ListObjectsV2, where a page begins after a token.
pub(crate) async fn pages(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let names = Names::of(ask)?;
    let most = ask.count("max-keys", PAGE)?;
    let (prefix, delimiter) = (ask.query("prefix").unwrap_or_default(), ask.given("delimiter"));
    let token = ask.query("continuation-token");
    let resumed = token.map(read_token).transpose()?;
    let start = ask.given("start-after");
    let after = resumed.as_deref().or(start);
    let page = page(s3, &bucket, prefix, delimiter, after, most).await?;
    let owner = ask.query("fetch-owner") == Some("true");
    Ok(document(Writer::document("ListBucketResult", |w| {
        w.leaf("Name", &bucket.name);
        w.leaf("Prefix", names.write(prefix));
        w.optional("StartAfter", start.map(|text| names.write(text)));
        w.optional("ContinuationToken", token);
        if let Some(last) = page.entries.last().filter(|_| page.more) {
            w.leaf("NextContinuationToken", URL_SAFE_NO_PAD.encode(last.name()));
        }
        w.leaf("KeyCount", page.entries.len());
        w.leaf("MaxKeys", most);
        w.optional("Delimiter", delimiter.map(|text| names.write(text)));
        names.tell(w);
        w.leaf("IsTruncated", page.more);
        write_entries(w, &bucket, &page.entries, names, owner);
    })))
}

fn read_token(token: &str) -> Result<String, Fault> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).filter(|key| !key.is_empty()).ok_or_else(
        || {
            let text = "The continuation token provided is incorrect";
            Fault::invalid_argument(text, "continuation-token", token)
        },
    )
}

fn write_entries(w: &mut Writer, bucket: &Bucket, entries: &[Entry], names: Names, owner: bool) {
    for entry in entries {
        let Entry::Object(object) = entry else { continue };
        w.element("Contents", |w| {
            w.leaf("Key", names.write(&object.key));
            write_object(w, object);
            if owner {
                w.element("Owner", |w| w.leaf("ID", canonical_user(bucket.owner)));
            }
        });
    }
    for entry in entries {
        if let Entry::Prefix(prefix) = entry {
            w.element("CommonPrefixes", |w| w.leaf("Prefix", names.write(prefix)));
        }
    }
}

/// What every listing says of an object.
fn write_object(w: &mut Writer, object: &Version) {
    let detail = Detail::read(&object.detail);
    w.leaf("LastModified", time(object.modified));
    w.leaf("ETag", format_args!("\"{}\"", object.etag));
    if let Some(checksum) = detail.as_ref().and_then(|detail| detail.checksum.as_ref()) {
        w.leaf("ChecksumAlgorithm", checksum.algorithm.name());
        w.leaf("ChecksumType", checksum.kind());
    }
    w.leaf("Size", object.size);
    let class = detail.as_ref().and_then(|detail| detail.storage_class.as_deref());
    w.leaf("StorageClass", class.unwrap_or("STANDARD"));
}
