use cairn_store::objects::{Bucket, Upload};

use super::{PARTS, Plan, found, part_checksum};
use crate::access::admit;
use crate::ask::Ask;
use crate::fault::Fault;
use crate::list::{Names, PAGE, rolled_up, successor};
use crate::s3::{Reply, S3, canonical_user, document};
use crate::xml::{Writer, time};

/// ListParts.
pub(crate) async fn parts(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let (upload, plan) = found(s3, ask, &bucket).await?;
    let names = Names::of(ask)?;
    let most = ask.count("max-parts", PAGE)?;
    let marker = ask.count("part-number-marker", PARTS)?;
    let marker = if ask.given("part-number-marker").is_some() { marker } else { 0 };
    let mut parts = s3.index().parts(&upload.id, marker, most + 1).await?;
    let more = parts.len() > most as usize;
    parts.truncate(most as usize);
    Ok(document(Writer::document("ListPartsResult", |w| {
        w.leaf("Bucket", &bucket.name);
        w.leaf("Key", names.write(&upload.key));
        w.leaf("UploadId", &upload.id);
        w.element("Initiator", |w| w.leaf("ID", &plan.initiator));
        w.element("Owner", |w| w.leaf("ID", canonical_user(bucket.owner)));
        w.leaf("StorageClass", plan.detail.storage_class.as_deref().unwrap_or("STANDARD"));
        w.leaf("PartNumberMarker", marker);
        w.leaf("NextPartNumberMarker", parts.last().map_or(0, |part| part.number));
        w.leaf("MaxParts", most);
        names.tell(w);
        w.leaf("IsTruncated", more);
        if let Some(algorithm) = plan.algorithm {
            w.leaf("ChecksumAlgorithm", algorithm.name());
            w.leaf("ChecksumType", if plan.composite { "COMPOSITE" } else { "FULL_OBJECT" });
        }
        for part in &parts {
            w.element("Part", |w| {
                w.leaf("PartNumber", part.number);
                w.leaf("LastModified", time(part.modified));
                w.leaf("ETag", format_args!("\"{}\"", part.etag));
                w.leaf("Size", part.size);
                let checksum = part_checksum(&part.detail);
                if let Some(checksum) = checksum.filter(|_| plan.algorithm.is_some()) {
                    w.leaf(checksum.algorithm.element(), checksum.value);
                }
            });
        }
    })))
}

/// An upload, or the beginning that stands for the keys of several.
enum Entry {
    Upload(Upload),
    Prefix(String),
}

/// ListMultipartUploads.
pub(crate) async fn list(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let names = Names::of(ask)?;
    let most = ask.count("max-uploads", PAGE)?;
    let (prefix, delimiter) = (ask.query("prefix").unwrap_or_default(), ask.given("delimiter"));
    let key_marker = ask.query("key-marker").unwrap_or_default();
    let id_marker = ask.query("upload-id-marker").unwrap_or_default();
    let (entries, more) = page(s3, ask, &bucket, prefix, most as usize).await?;
    Ok(document(Writer::document("ListMultipartUploadsResult", |w| {
        w.leaf("Bucket", &bucket.name);
        w.leaf("KeyMarker", names.write(key_marker));
        w.leaf("UploadIdMarker", id_marker);
        match entries.last().filter(|_| more) {
            Some(Entry::Upload(upload)) => {
                w.leaf("NextKeyMarker", names.write(&upload.key));
                w.leaf("NextUploadIdMarker", &upload.id);
            }
            Some(Entry::Prefix(group)) => {
                w.leaf("NextKeyMarker", names.write(group));
                w.leaf("NextUploadIdMarker", "");
            }
            None => {}
        }
        w.leaf("Prefix", names.write(prefix));
        w.optional("Delimiter", delimiter.map(|text| names.write(text)));
        w.leaf("MaxUploads", most);
        names.tell(w);
        w.leaf("IsTruncated", more);
        write(w, &bucket, &entries, names);
    })))
}

async fn page(
    s3: &S3,
    ask: &Ask,
    bucket: &Bucket,
    prefix: &str,
    most: usize,
) -> Result<(Vec<Entry>, bool), Fault> {
    let delimiter = ask.given("delimiter");
    let (key, id) = (ask.query("key-marker"), ask.query("upload-id-marker"));
    let (key, id) = (key.unwrap_or_default(), id.unwrap_or_default());
    // Without an id all uploads of the marker's key are past; ids are hexadecimal.
    let id = if id.is_empty() && !key.is_empty() { "~" } else { id };
    let (mut after, mut entries) = ((key.to_owned(), id.to_owned()), Vec::new());
    let to = successor(prefix.as_bytes());
    if most == 0 {
        return Ok((entries, false));
    }
    loop {
        let at = (after.0.as_bytes(), after.1.as_str());
        let found =
            s3.index().uploads(bucket.id, prefix.as_bytes(), at, to.as_deref(), PAGE).await?;
        let Some(last) = found.last() else { return Ok((entries, false)) };
        after = (last.key.clone(), last.id.clone());
        for upload in found {
            let entry = match rolled_up(&upload.key, prefix, delimiter) {
                Some(group) if group == key => continue,
                Some(group) => Entry::Prefix(group.to_owned()),
                None => Entry::Upload(upload),
            };
            if let (Some(Entry::Prefix(last)), Entry::Prefix(this)) = (entries.last(), &entry)
                && last == this
            {
                continue;
            }
            if entries.len() == most {
                return Ok((entries, true));
            }
            entries.push(entry);
        }
    }
}

fn write(w: &mut Writer, bucket: &Bucket, entries: &[Entry], names: Names) {
    let owner = canonical_user(bucket.owner);
    for entry in entries {
        let Entry::Upload(upload) = entry else { continue };
        w.element("Upload", |w| {
            w.leaf("Key", names.write(&upload.key));
            w.leaf("UploadId", &upload.id);
            let initiator =
                Plan::read(upload).map_or_else(|_| owner.clone(), |plan| plan.initiator);
            w.element("Initiator", |w| w.leaf("ID", initiator));
            w.element("Owner", |w| w.leaf("ID", &owner));
            w.leaf("StorageClass", "STANDARD");
            w.leaf("Initiated", time(upload.created));
        });
    }
    for entry in entries {
        if let Entry::Prefix(group) = entry {
            w.element("CommonPrefixes", |w| w.leaf("Prefix", names.write(group)));
        }
    }
}
