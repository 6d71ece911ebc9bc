use super::{PARTS, found, part_checksum};
use crate::access::admit;
use crate::ask::Ask;
use crate::fault::Fault;
use crate::list::{Names, PAGE, successor};
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

/// ListMultipartUploads.
pub(crate) async fn list(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let names = Names::of(ask)?;
    let most = ask.count("max-uploads", PAGE)?;
    let (prefix, delimiter) = (ask.query("prefix").unwrap_or_default(), ask.given("delimiter"));
    let key_marker = ask.query("key-marker").unwrap_or_default();
    let id_marker = ask.query("upload-id-marker").unwrap_or_default();
    // Without an id all uploads of the marker's key are past.
    let past = if id_marker.is_empty() && !key_marker.is_empty() { "~" } else { id_marker };
    let (mut entries, mut after) = (Vec::new(), (key_marker.to_owned(), past.to_owned()));
    let mut more = false;
    let to = successor(prefix.as_bytes());
    'pages: while most > 0 {
        let at = (after.0.as_bytes(), after.1.as_str());
        let found =
            s3.index().uploads(bucket.id, prefix.as_bytes(), at, to.as_deref(), PAGE).await?;
        let Some(last) = found.last() else { break };
        after = (last.key.clone(), last.id.clone());
        for upload in found {
            let common = delimiter.and_then(|delimiter| {
                let at = upload.key[prefix.len()..].find(delimiter)?;
                Some(upload.key[..prefix.len() + at + delimiter.len()].to_owned())
            });
            let past = common.as_deref().is_some_and(|common| common == key_marker);
            if past || (common.is_some() && entries.last().is_some_and(|(last, _)| *last == common))
            {
                continue;
            }
            if entries.len() == most as usize {
                more = true;
                break 'pages;
            }
            entries.push((common, upload));
        }
    }
    Ok(document(Writer::document("ListMultipartUploadsResult", |w| {
        w.leaf("Bucket", &bucket.name);
        w.leaf("KeyMarker", names.write(key_marker));
        w.leaf("UploadIdMarker", id_marker);
        if let Some((common, upload)) = entries.last().filter(|_| more) {
            w.leaf("NextKeyMarker", names.write(common.as_deref().unwrap_or(&upload.key)));
            w.leaf("NextUploadIdMarker", if common.is_some() { "" } else { &upload.id });
        }
        w.leaf("Prefix", names.write(prefix));
        w.optional("Delimiter", delimiter.map(|text| names.write(text)));
        w.leaf("MaxUploads", most);
        names.tell(w);
        w.leaf("IsTruncated", more);
        let owner = canonical_user(bucket.owner);
        for (_, upload) in entries.iter().filter(|(common, _)| common.is_none()) {
            w.element("Upload", |w| {
                w.leaf("Key", names.write(&upload.key));
                w.leaf("UploadId", &upload.id);
                w.element("Initiator", |w| w.leaf("ID", &owner));
                w.element("Owner", |w| w.leaf("ID", &owner));
                w.leaf("StorageClass", "STANDARD");
                w.leaf("Initiated", time(upload.created));
            });
        }
        for (common, _) in &entries {
            if let Some(common) = common {
                w.element("CommonPrefixes", |w| w.leaf("Prefix", names.write(common)));
            }
        }
    })))
}
