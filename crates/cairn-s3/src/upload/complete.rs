use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_store::objects::{File, Part, Upload};
use md5::{Digest, Md5};

use super::{Plan, PlannedLock, found, part_checksum};
use crate::Body;
use crate::access::admit;
use crate::ask::{self, Ask};
use crate::data::{Algorithm, combined};
use crate::fault::Fault;
use crate::object::{Checksum, Condition, Draft, PartDetail, commit, told};
use crate::s3::{Reply, S3, document};
use crate::xml::{Element, Writer};

/// The fewest bytes of a part that is not the last.
const LEAST: u64 = 5 << 20;
/// The most bytes of an object.
const MOST: u64 = 5 << 40;

/// CompleteMultipartUpload.
pub(crate) async fn complete(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let text = body_without_claims(ask, body).await?;
    let (upload, plan) = found(s3, ask, &bucket).await?;
    let condition = Condition::of(ask)?;
    let parts = chosen(s3, &text, &upload, &plan).await?;
    let size = parts.iter().map(|part| part.size).sum();
    check_size(ask, size)?;
    let etag = etag_of(&parts)?;
    let checksum = checksum_of(&plan, &parts);
    check_claim(ask, checksum.as_ref())?;
    let mut detail = plan.detail.clone();
    detail.checksum.clone_from(&checksum);
    detail.parts = parts.iter().map(described).collect();
    let files: Vec<File> =
        parts.into_iter().map(|part| part.file).filter(|file| file.size > 0).collect();
    let draft = Draft {
        size,
        etag: etag.clone(),
        detail,
        files,
        tags: plan.tags,
        lock: plan.lock.map(PlannedLock::lock),
        condition,
        event: "ObjectCreated:CompleteMultipartUpload",
        upload: Some(upload.id),
    };
    let seal = draft.detail.seal.clone();
    let version = commit(s3, ask, draft, None).await?;
    let mut answer = document(Writer::document("CompleteMultipartUploadResult", |w| {
        w.leaf("Location", format_args!("/{}/{}", ask.bucket, ask.key));
        w.leaf("Bucket", &ask.bucket);
        w.leaf("Key", &ask.key);
        w.leaf("ETag", format_args!("\"{etag}\""));
        if let Some(checksum) = &checksum {
            w.leaf(checksum.algorithm.element(), &checksum.value);
            w.leaf("ChecksumType", checksum.kind());
        }
    }));
    told(answer.headers_mut(), &seal, version.as_deref());
    Ok(answer)
}

/// The checksum headers of this request are about the object, not about the document.
async fn body_without_claims(ask: &Ask, body: Body) -> Result<bytes::Bytes, Fault> {
    let plain = Ask::inner(ask.operation, ask.actor.clone(), &ask.bucket, &ask.key);
    ask::document(&plain, body).await
}

fn described(part: &Part) -> PartDetail {
    PartDetail { number: part.number, size: part.size, checksum: part_checksum(&part.detail) }
}

/// The parts that the document names, which are there as it says.
async fn chosen(s3: &S3, text: &[u8], upload: &Upload, plan: &Plan) -> Result<Vec<Part>, Fault> {
    let root = Element::parse(text).filter(|root| root.name == "CompleteMultipartUpload");
    let root = root.ok_or_else(Fault::malformed_xml)?;
    let there = s3.index().parts(&upload.id, 0, u32::MAX).await?;
    let mut chosen: Vec<Part> = Vec::new();
    for named in root.all("Part") {
        let number = named.text_of("PartNumber").and_then(|text| text.parse::<u32>().ok());
        let number = number.ok_or_else(Fault::malformed_xml)?;
        let etag = named.text_of("ETag").ok_or_else(Fault::malformed_xml)?.trim_matches('"');
        if chosen.last().is_some_and(|last| last.number >= number) {
            let text = "The list of parts was not in ascending order. The parts list must be \
                        specified in order by part number.";
            return Err(Fault::new(400, "InvalidPartOrder", text).fact("UploadId", &upload.id));
        }
        let at = there.binary_search_by_key(&number, |part| part.number).ok();
        let part = at.map(|at| &there[at]).filter(|part| part.etag == etag);
        let part = part.filter(|part| has_claimed_checksum(named, part, plan));
        let Some(part) = part else {
            let text = "One or more of the specified parts could not be found.  The part may not \
                        have been uploaded, or the specified entity tag may not match the part's \
                        entity tag.";
            return Err(Fault::new(400, "InvalidPart", text)
                .fact("UploadId", &upload.id)
                .fact("PartNumber", number.to_string())
                .fact("ETag", etag));
        };
        if let Some(small) = chosen.last().filter(|last| last.size < LEAST) {
            let text = "Your proposed upload is smaller than the minimum allowed size";
            return Err(Fault::new(400, "EntityTooSmall", text)
                .fact("ProposedSize", small.size.to_string())
                .fact("MinSizeAllowed", LEAST.to_string())
                .fact("PartNumber", small.number.to_string())
                .fact("ETag", &small.etag));
        }
        chosen.push(part.clone());
    }
    if chosen.is_empty() {
        return Err(Fault::malformed_xml());
    }
    Ok(chosen)
}

fn has_claimed_checksum(named: &Element, part: &Part, plan: &Plan) -> bool {
    let stored = part_checksum(&part.detail);
    Algorithm::ALL.into_iter().all(|algorithm| {
        let Some(claimed) = named.text_of(algorithm.element()) else { return true };
        match &stored {
            Some(stored) if stored.algorithm == algorithm => stored.value == claimed,
            _ => plan.algorithm != Some(algorithm),
        }
    })
}

fn check_size(ask: &Ask, size: u64) -> Result<(), Fault> {
    if size > MOST {
        let text = "Your proposed upload exceeds the maximum allowed size";
        return Err(Fault::new(400, "EntityTooLarge", text));
    }
    match ask.header("x-amz-mp-object-size").map(str::parse::<u64>) {
        None => Ok(()),
        Some(Ok(claimed)) if claimed == size => Ok(()),
        Some(_) => {
            let text = "The provided 'x-amz-mp-object-size' header does not match what was \
                        computed.";
            Err(Fault::invalid_request(text))
        }
    }
}

/// The MD5 of the parts' MD5s and their number.
fn etag_of(parts: &[Part]) -> Result<String, Fault> {
    let mut all = Vec::with_capacity(parts.len() * 16);
    for part in parts {
        all.extend(hex::decode(&part.etag).map_err(|_| Fault::internal())?);
    }
    Ok(format!("{}-{}", hex::encode(Md5::digest(all)), parts.len()))
}

/// The checksum of the whole; `None` where the parts have different ones.
fn checksum_of(plan: &Plan, parts: &[Part]) -> Option<Checksum> {
    let checksums: Option<Vec<Checksum>> =
        parts.iter().map(|part| part_checksum(&part.detail)).collect();
    let checksums = checksums?;
    let algorithm = plan.algorithm.or(checksums.first().map(|first| first.algorithm))?;
    if checksums.iter().any(|checksum| checksum.algorithm != algorithm) {
        return None;
    }
    if !plan.composite {
        let values = checksums.iter().map(|checksum| checksum.value.as_str());
        let sizes = parts.iter().map(|part| part.size);
        let value = combined(algorithm, values.zip(sizes))?;
        return Some(Checksum { algorithm, value, composite: false });
    }
    let mut all = Vec::new();
    for checksum in &checksums {
        all.extend(STANDARD.decode(&checksum.value).ok()?);
    }
    let value = format!("{}-{}", STANDARD.encode(algorithm.of(&all)), parts.len());
    Some(Checksum { algorithm, value, composite: true })
}

fn check_claim(ask: &Ask, checksum: Option<&Checksum>) -> Result<(), Fault> {
    for algorithm in Algorithm::ALL {
        let Some(claimed) = ask.header(algorithm.header()) else { continue };
        let computed = checksum.filter(|checksum| checksum.algorithm == algorithm);
        let whole =
            |value: &str| value.rsplit_once('-').map_or(value, |(value, _)| value).to_owned();
        if computed.is_none_or(|computed| whole(&computed.value) != whole(claimed)) {
            let text = format!(
                "The {} you specified did not match the calculated checksum.",
                algorithm.name()
            );
            return Err(Fault::new(400, "BadDigest", text));
        }
    }
    Ok(())
}
