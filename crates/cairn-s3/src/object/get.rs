use cairn_store::objects::{Bucket, Version};
use http::header::{ACCEPT_RANGES, CONTENT_LENGTH, HeaderValue};
use http::{HeaderMap, Method, StatusCode};

use super::{Detail, check_read, open_secret, parse_range, tell_seal};
use crate::access::{admit, admit_action};
use crate::ask::{Ask, http_date};
use crate::data::{Outflow, Source, stream};
use crate::fault::Fault;
use crate::s3::{Reply, S3, ok, put_header};
use crate::setting::{Versioning, versioning};
use crate::xml::time;

/// Headers of the answer that a signed request may set.
const OVERRIDES: &[(&str, &str)] = &[
    ("response-cache-control", "cache-control"),
    ("response-content-disposition", "content-disposition"),
    ("response-content-encoding", "content-encoding"),
    ("response-content-language", "content-language"),
    ("response-content-type", "content-type"),
    ("response-expires", "expires"),
];

/// How often an object is looked up again whose files went away before they were opened.
const LOOKS: usize = 5;

/// GetObject and HeadObject.
pub(crate) async fn get(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    for _ in 1..LOOKS {
        let object = find(s3, ask, &bucket).await?;
        match answer(s3, ask, &bucket, object).await {
            Err(Failure::Gone) => {}
            Err(Failure::Fault(fault)) => return Err(fault),
            Ok(answer) => return Ok(answer),
        }
    }
    Err(Fault::internal())
}

enum Failure {
    /// The object was replaced between the look into the index and the look at its file.
    Gone,
    Fault(Fault),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

async fn answer(s3: &S3, ask: &Ask, bucket: &Bucket, object: Version) -> Result<Reply, Failure> {
    check_read(ask, "", &object)?;
    let detail = Detail::of(&object)?;
    let span = span(ask, &object, &detail)?;
    let (from, to) = span.unwrap_or((0, object.size));
    let checksum = span.is_none() && ask.header("x-amz-checksum-mode") == Some("ENABLED");
    let mut answer = ok();
    // A head tells what is no secret, and the checksum is one.
    if ask.method != Method::HEAD || checksum {
        let secret = open_secret(s3, &ask.actor, &detail.seal).await?;
        if ask.method != Method::HEAD && from < to {
            let disk = s3.disk().clone();
            let source = Source { disk, secret, files: object.files.clone() };
            let body = stream(Outflow::new(source, from, to), to - from).await;
            *answer.body_mut() = body.map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => Failure::Gone,
                _ => Failure::Fault(error.into()),
            })?;
        }
    }
    let headers = answer.headers_mut();
    tell(headers, bucket, &object, &detail);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(to - from));
    if ask.given("partNumber").is_some() && !detail.parts.is_empty() {
        put_header(headers, "x-amz-mp-parts-count", &detail.parts.len().to_string());
    }
    if checksum {
        tell_checksum(headers, &detail);
    }
    for (parameter, header) in OVERRIDES {
        if let Some(value) = ask.given(parameter) {
            put_header(headers, header, value);
        }
    }
    if span.is_some() {
        let range = format!("bytes {from}-{}/{}", to - 1, object.size);
        put_header(headers, "content-range", &range);
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(answer)
}

/// The object that a request names, with or without a version.
pub(crate) async fn find(s3: &S3, ask: &Ask, bucket: &Bucket) -> Result<Version, Fault> {
    let found = match ask.given("versionId") {
        Some(version) => {
            check_version_id(version)?;
            let found = s3.index().version(bucket.id, &ask.key, version).await?;
            found.ok_or_else(|| Fault::no_such_version(&ask.key, version))?
        }
        None => match s3.index().current(bucket.id, &ask.key).await? {
            Some(found) => found,
            None => return Err(missing(ask, bucket)),
        },
    };
    if !found.marker {
        return Ok(found);
    }
    let fault = match ask.given("versionId") {
        Some(_) => Fault::method_not_allowed(ask.method.as_str(), "DeleteMarker")
            .header("allow", "DELETE")
            .header("last-modified", http_date(found.modified)),
        None => missing(ask, bucket),
    };
    Err(fault.header("x-amz-delete-marker", "true").header("x-amz-version-id", found.version))
}

/// Who may not list may not learn what is not there.
fn missing(ask: &Ask, bucket: &Bucket) -> Fault {
    match admit_action(ask, bucket, "s3:ListBucket", "") {
        Ok(()) => Fault::no_such_key(&ask.key),
        Err(denied) => denied,
    }
}

pub(super) fn check_version_id(version: &str) -> Result<(), Fault> {
    let fine = version == "null"
        || (version.len() == 32 && version.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if fine {
        return Ok(());
    }
    Err(Fault::invalid_argument("Invalid version id specified", "versionId", version))
}

/// The bytes asked for, if not all: by a range or by the number of a part.
fn span(ask: &Ask, object: &Version, detail: &Detail) -> Result<Option<(u64, u64)>, Fault> {
    let Some(part) = ask.given("partNumber") else {
        return match ask.header("range") {
            Some(range) => parse_range(range, object.size),
            None => Ok(None),
        };
    };
    let number: u32 = part.parse().unwrap_or_default();
    let mut start = 0;
    for part in &detail.parts {
        if part.number == number {
            return Ok(Some((start, start + part.size)).filter(|(from, to)| from < to));
        }
        start += part.size;
    }
    if number == 1 && detail.parts.is_empty() {
        return Ok(None);
    }
    let text = "The requested partnumber is not satisfiable";
    let fault = Fault::new(416, "InvalidPartNumber", text);
    Err(fault.fact("PartNumberRequested", part))
}

fn tell(headers: &mut HeaderMap, bucket: &Bucket, object: &Version, detail: &Detail) {
    for (name, value) in &detail.headers {
        put_header(headers, name, value);
    }
    for (name, value) in &detail.metadata {
        put_header(headers, &format!("x-amz-meta-{name}"), value);
    }
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    put_header(headers, "etag", &format!("\"{}\"", object.etag));
    put_header(headers, "last-modified", &http_date(object.modified));
    if versioning(bucket) != Versioning::Never {
        put_header(headers, "x-amz-version-id", &object.version);
    }
    if let Some(class) = &detail.storage_class {
        put_header(headers, "x-amz-storage-class", class);
    }
    if !object.tags.is_empty() {
        put_header(headers, "x-amz-tagging-count", &object.tags.len().to_string());
    }
    if let Some((mode, until)) = object.lock.retention {
        put_header(headers, "x-amz-object-lock-mode", mode.as_str());
        put_header(headers, "x-amz-object-lock-retain-until-date", &time(until));
    }
    if object.lock.hold {
        put_header(headers, "x-amz-object-lock-legal-hold", "ON");
    }
    tell_seal(headers, &detail.seal, false);
}

fn tell_checksum(headers: &mut HeaderMap, detail: &Detail) {
    if let Some(checksum) = &detail.checksum {
        put_header(headers, checksum.algorithm.header(), &checksum.value);
        put_header(headers, "x-amz-checksum-type", checksum.kind());
    }
}
