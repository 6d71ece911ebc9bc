use super::{Checksum, Detail, find};
use crate::access::admit;
use crate::ask::{Ask, http_date};
use crate::fault::Fault;
use crate::s3::{Reply, S3, document, put_header};
use crate::setting::{Versioning, versioning};
use crate::xml::Writer;

const KNOWN: &[&str] = &["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"];

/// The most parts of one page.
const PARTS: u32 = 1000;

/// GetObjectAttributes.
pub(crate) async fn attributes(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let values = ask.headers.get_all("x-amz-object-attributes").iter();
    let wanted: Vec<&str> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    if wanted.is_empty() || wanted.iter().any(|name| !KNOWN.contains(name)) {
        let text = "Invalid attribute name specified.";
        let given = wanted.join(",");
        return Err(Fault::invalid_argument(text, "x-amz-object-attributes", &given));
    }
    let object = find(s3, ask, &bucket).await?;
    let detail = Detail::of(&object)?;
    let wants = |name: &str| wanted.contains(&name);
    let text = Writer::document("GetObjectAttributesResponse", |w| {
        if wants("ETag") {
            w.leaf("ETag", &object.etag);
        }
        if let Some(checksum) = detail.checksum.as_ref().filter(|_| wants("Checksum")) {
            w.element("Checksum", |w| {
                w.leaf(checksum.algorithm.element(), &checksum.value);
                w.leaf("ChecksumType", checksum.kind());
            });
        }
        if wants("ObjectParts") && !detail.parts.is_empty() {
            w.element("ObjectParts", |w| write_parts(w, ask, &detail));
        }
        if wants("StorageClass") {
            w.leaf("StorageClass", detail.storage_class.as_deref().unwrap_or("STANDARD"));
        }
        if wants("ObjectSize") {
            w.leaf("ObjectSize", object.size);
        }
    });
    let mut answer = document(text);
    put_header(answer.headers_mut(), "last-modified", &http_date(object.modified));
    if versioning(&bucket) != Versioning::Never {
        put_header(answer.headers_mut(), "x-amz-version-id", &object.version);
    }
    Ok(answer)
}

fn write_parts(w: &mut Writer, ask: &Ask, detail: &Detail) {
    let number = |name: &str| ask.header(name).and_then(|text| text.parse::<u32>().ok());
    let marker = number("x-amz-part-number-marker").unwrap_or(0);
    let most = number("x-amz-max-parts").unwrap_or(PARTS).min(PARTS);
    let after = detail.parts.iter().filter(|part| part.number > marker);
    let shown: Vec<_> = after.clone().take(most as usize).collect();
    w.leaf("PartsCount", detail.parts.len());
    w.leaf("PartNumberMarker", marker);
    w.optional("NextPartNumberMarker", shown.last().map(|part| part.number));
    w.leaf("MaxParts", most);
    w.leaf("IsTruncated", after.count() > shown.len());
    // Parts whose checksums do not make the whole's are not told one by one.
    for part in shown {
        let Some(checksum) = &part.checksum else { continue };
        w.element("Part", |w| {
            w.leaf("PartNumber", part.number);
            w.leaf("Size", part.size);
            write_checksum(w, checksum);
        });
    }
}

fn write_checksum(w: &mut Writer, checksum: &Checksum) {
    w.leaf(checksum.algorithm.element(), &checksum.value);
}
