use cairn_store::objects::Upload;

use super::{Plan, PlannedLock};
use crate::access::admit;
use crate::ask::Ask;
use crate::data::Algorithm;
use crate::fault::Fault;
use crate::object::{Wish, choose, described, tell_seal};
use crate::s3::{Reply, S3, canonical_user, document, put_header};
use crate::xml::Writer;

/// CreateMultipartUpload.
pub(crate) async fn create(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let (mut detail, tags, lock) = described(s3, ask, &bucket)?;
    let (algorithm, composite) = checksums(ask)?;
    let (seal, _) = choose(s3, &ask.actor, &bucket, &ask.key, Wish::of(ask)?).await?;
    detail.seal = seal.clone();
    let plan = Plan {
        detail,
        tags,
        lock: lock.map(PlannedLock::of),
        algorithm,
        composite,
        initiator: canonical_user(ask.actor.account().unwrap_or(bucket.owner)),
    };
    let upload = Upload {
        id: s3.unique() + &s3.unique(),
        key: ask.key.clone(),
        created: s3.now(),
        detail: plan.write(),
    };
    let mut change = s3.index().begin().await?;
    let bucket = crate::object::bucket_in(&mut change, &ask.bucket).await?;
    change.create_upload(&bucket, &upload).await?;
    change.commit().await?;
    let mut answer = document(Writer::document("InitiateMultipartUploadResult", |w| {
        w.leaf("Bucket", &bucket.name);
        w.leaf("Key", &ask.key);
        w.leaf("UploadId", &upload.id);
    }));
    let headers = answer.headers_mut();
    tell_seal(headers, &seal, true);
    if let Some(algorithm) = algorithm {
        put_header(headers, "x-amz-checksum-algorithm", algorithm.name());
        let kind = if composite { "COMPOSITE" } else { "FULL_OBJECT" };
        put_header(headers, "x-amz-checksum-type", kind);
    }
    Ok(answer)
}

/// Which checksum the parts and the whole will have.
fn checksums(ask: &Ask) -> Result<(Option<Algorithm>, bool), Fault> {
    let Some(name) = ask.header("x-amz-checksum-algorithm") else { return Ok((None, false)) };
    let algorithm = Algorithm::parse(name).ok_or_else(|| {
        let text = "Checksum algorithm provided is unsupported. Please try again with any of the \
                    valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]";
        Fault::invalid_request(text)
    })?;
    let whole = algorithm.polynomial().is_some();
    let composite = match ask.header("x-amz-checksum-type") {
        None => algorithm != Algorithm::Crc64,
        Some("COMPOSITE") if algorithm != Algorithm::Crc64 => true,
        Some("FULL_OBJECT") if whole => false,
        Some(kind) => {
            let text = format!(
                "The {kind} checksum type cannot be used with the {} checksum algorithm.",
                algorithm.name().to_lowercase()
            );
            return Err(Fault::invalid_request(text));
        }
    };
    Ok((Some(algorithm), composite))
}
