use cairn_store::objects::{Bucket, File, Part};
use http::HeaderMap;

use super::{PARTS, Plan, found};
use crate::Body;
use crate::access::admit;
use crate::ask::Ask;
use crate::data::{Arrived, Claims, receive};
use crate::fault::Fault;
use crate::object::{Checksum, CopySource, MOST_AT_ONCE, open_secret, settle, tell_seal};
use crate::s3::{Reply, S3, document, ok, put_header};
use crate::xml::{Writer, time};

/// UploadPart.
pub(crate) async fn part(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let (upload, plan) = found(s3, ask, &bucket).await?;
    let number = number(ask)?;
    let claims = claims(&ask.headers, &plan)?;
    let arrived = fill(s3, ask, &plan, body, claims).await?;
    let etag = hex::encode(arrived.sums.md5);
    let checksum = Checksum::of(&arrived.sums);
    keep(s3, &bucket, &upload.id, number, arrived).await?;
    let mut answer = ok();
    let headers = answer.headers_mut();
    tell_seal(headers, &plan.detail.seal, false);
    put_header(headers, "etag", &format!("\"{etag}\""));
    put_header(headers, checksum.algorithm.header(), &checksum.value);
    Ok(answer)
}

/// UploadPartCopy.
pub(crate) async fn part_copy(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let (upload, plan) = found(s3, ask, &bucket).await?;
    let number = number(ask)?;
    let source = CopySource::find(s3, ask).await?;
    let span = copied(ask, source.object.size)?;
    let body = source.body(s3, ask, span).await?;
    let claims = claims(&HeaderMap::new(), &plan)?;
    let arrived = fill(s3, ask, &plan, body, claims).await?;
    let etag = hex::encode(arrived.sums.md5);
    let checksum = Checksum::of(&arrived.sums);
    keep(s3, &bucket, &upload.id, number, arrived).await?;
    let mut answer = document(Writer::document("CopyPartResult", |w| {
        w.leaf("LastModified", time(s3.now()));
        w.leaf("ETag", format_args!("\"{etag}\""));
        w.leaf(checksum.algorithm.element(), &checksum.value);
    }));
    let headers = answer.headers_mut();
    tell_seal(headers, &plan.detail.seal, false);
    if let Some(version) = source.version() {
        put_header(headers, "x-amz-copy-source-version-id", version);
    }
    Ok(answer)
}

fn number(ask: &Ask) -> Result<u32, Fault> {
    let text = ask.query("partNumber").unwrap_or_default();
    let number = text.parse().ok().filter(|number| (1..=PARTS).contains(number));
    number.ok_or_else(|| {
        let message = "Part number must be an integer between 1 and 10000, inclusive";
        Fault::invalid_argument(message, "partNumber", text)
    })
}

/// A part has the checksum that the upload was begun with.
fn claims(headers: &HeaderMap, plan: &Plan) -> Result<Claims, Fault> {
    let mut claims = Claims::of(headers)?;
    match (plan.algorithm, claims.algorithm) {
        (Some(wanted), Some(given)) if wanted != given => {
            let text = format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum \
                 Type: {}",
                wanted.name().to_lowercase(),
                given.name().to_lowercase()
            );
            Err(Fault::invalid_request(text))
        }
        (wanted, given) => {
            claims.algorithm = wanted.or(given);
            Ok(claims)
        }
    }
}

async fn fill(
    s3: &S3,
    ask: &Ask,
    plan: &Plan,
    body: Body,
    claims: Claims,
) -> Result<Arrived, Fault> {
    let secret = open_secret(s3, &ask.actor, &plan.detail.seal).await?;
    receive(s3.disk(), s3.unique(), &secret, body, claims, MOST_AT_ONCE).await
}

async fn keep(
    s3: &S3,
    bucket: &Bucket,
    upload: &str,
    number: u32,
    arrived: Arrived,
) -> Result<(), Fault> {
    let checksum = Checksum::of(&arrived.sums);
    let (file, news) = arrived.file.unzip();
    let part = Part {
        number,
        size: arrived.size,
        etag: hex::encode(arrived.sums.md5),
        modified: s3.now(),
        detail: serde_json::to_string(&checksum).map_err(|_| Fault::internal())?,
        // An empty part has no file, and a name that no file has.
        file: file.unwrap_or_else(|| File { id: s3.unique(), size: 0 }),
    };
    let mut change = s3.index().begin().await?;
    if change.upload(bucket.id, upload).await?.is_none() {
        return Err(Fault::no_such_upload(upload));
    }
    change.add_part(upload, &part).await?;
    settle(s3, change, news, false).await
}

/// The range to copy; a source of a copied range is never cut silently.
fn copied(ask: &Ask, size: u64) -> Result<(u64, u64), Fault> {
    let Some(text) = ask.header("x-amz-copy-source-range") else { return Ok((0, size)) };
    let invalid = || {
        let message = "The x-amz-copy-source-range value must be of the form bytes=first-last \
                       where first and last are the zero-based offsets of the first and last \
                       bytes to copy";
        Fault::invalid_argument(message, "x-amz-copy-source-range", text)
    };
    let range = text.strip_prefix("bytes=").and_then(|range| range.split_once('-'));
    let (from, last) = range.ok_or_else(invalid)?;
    let from: u64 = from.parse().map_err(|_| invalid())?;
    let last: u64 = last.parse().map_err(|_| invalid())?;
    if from > last {
        return Err(invalid());
    }
    if last >= size {
        let message = format!("Range specified is not valid for source object of size: {size}");
        return Err(Fault::invalid_argument(message, "x-amz-copy-source-range", text));
    }
    Ok((from, last + 1))
}
