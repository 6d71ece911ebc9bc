use std::collections::BTreeMap;

use cairn_store::objects::Lock;
use http::HeaderMap;

use super::{Checksum, Condition, Detail, Draft, Seal, Wish, choose, commit, tell_seal};
use crate::access::{admit, admit_action};
use crate::ask::Ask;
use crate::data::{Claims, Sums, receive};
use crate::fault::Fault;
use crate::s3::{Reply, S3, ok, put_header};
use crate::{Body, lock, setting};

/// The most bytes that come in one piece.
pub(crate) const MOST_AT_ONCE: u64 = 5 << 30;
/// The most bytes of user metadata.
const METADATA_BYTES: usize = 2048;
/// The most tags of an object.
pub(super) const TAGS: usize = 10;

/// Headers that are kept and given back.
const KEPT: &[&str] = &[
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-type",
    "expires",
    "x-amz-website-redirect-location",
];

const STORAGE_CLASSES: &[&str] = &[
    "STANDARD",
    "REDUCED_REDUNDANCY",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER_IR",
];

pub(crate) async fn put(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let condition = Condition::of(ask)?;
    let current = s3.index().current(bucket.id, &ask.key).await?;
    condition.check(&ask.key, current.as_ref())?;
    let (mut detail, tags, lock) = described(s3, ask, &bucket)?;
    let claims = Claims::of(&ask.headers)?;
    let (seal, secret) = choose(s3, &ask.actor, &bucket, &ask.key, Wish::of(ask)?).await?;
    let disk = s3.disk();
    let arrived = receive(disk, s3.unique(), &secret, body, claims, MOST_AT_ONCE).await?;
    detail.seal = seal.clone();
    detail.checksum = Some(Checksum::of(&arrived.sums));
    let etag = hex::encode(arrived.sums.md5);
    let (file, news) = arrived.file.unzip();
    let draft = Draft {
        size: arrived.size,
        etag: etag.clone(),
        detail,
        files: file.into_iter().collect(),
        tags,
        lock,
        condition,
        event: "ObjectCreated:Put",
        upload: None,
    };
    let version = commit(s3, ask, draft, news).await?;
    let mut answer = ok();
    let headers = answer.headers_mut();
    told(headers, &seal, version.as_deref());
    put_header(headers, "etag", &format!("\"{etag}\""));
    put_header(headers, arrived.sums.algorithm.header(), &arrived.sums.encoded());
    put_header(headers, "x-amz-checksum-type", "FULL_OBJECT");
    Ok(answer)
}

impl Checksum {
    pub(crate) fn of(sums: &Sums) -> Self {
        Self { algorithm: sums.algorithm, value: sums.encoded(), composite: false }
    }
}

/// What answers to writes say of the version.
pub(crate) fn told(headers: &mut HeaderMap, seal: &Seal, version: Option<&str>) {
    tell_seal(headers, seal, true);
    if let Some(version) = version {
        put_header(headers, "x-amz-version-id", version);
    }
}

type Described = (Detail, Vec<(String, String)>, Option<Lock>);

/// What the headers of a request say of a new object. How it is sealed comes later.
pub(crate) fn described(
    s3: &S3,
    ask: &Ask,
    bucket: &cairn_store::objects::Bucket,
) -> Result<Described, Fault> {
    let tags = match ask.header("x-amz-tagging") {
        Some(text) => {
            admit_action(ask, bucket, "s3:PutObjectTagging", &ask.key)?;
            header_tags(text)?
        }
        None => Vec::new(),
    };
    let lock = lock::of_request(ask, bucket, s3.parts().clock.now())?;
    let class = ask.header("x-amz-storage-class").unwrap_or("STANDARD");
    if !STORAGE_CLASSES.contains(&class) {
        let text = "The storage class you specified is not valid";
        let fault = Fault::new(400, "InvalidStorageClass", text);
        return Err(fault.fact("StorageClassRequested", class));
    }
    let detail = Detail {
        headers: kept_headers(ask),
        metadata: metadata(&ask.headers)?,
        storage_class: Some(class.to_owned()).filter(|class| class != "STANDARD"),
        seal: Seal::Own { salt: String::new() },
        checksum: None,
        parts: Vec::new(),
        acl: setting::acl::of_object(ask, bucket)?,
    };
    Ok((detail, tags, lock))
}

fn kept_headers(ask: &Ask) -> BTreeMap<String, String> {
    let mut kept = BTreeMap::new();
    for name in KEPT {
        let Some(value) = ask.header(name) else { continue };
        let value = if *name == "content-encoding" { without_chunks(value) } else { value.into() };
        if !value.is_empty() {
            kept.insert((*name).to_owned(), value);
        }
    }
    kept.entry("content-type".to_owned()).or_insert_with(|| "binary/octet-stream".to_owned());
    kept
}

/// The signed chunks of a body are of its way, not of the object.
fn without_chunks(encoding: &str) -> String {
    let codings = encoding.split(',').map(str::trim);
    let kept: Vec<&str> =
        codings.filter(|coding| !coding.is_empty() && *coding != "aws-chunked").collect();
    kept.join(",")
}

fn metadata(headers: &HeaderMap) -> Result<Vec<(String, String)>, Fault> {
    let mut metadata: Vec<(String, String)> = Vec::new();
    for (name, value) in headers {
        let Some(name) = name.as_str().strip_prefix("x-amz-meta-") else { continue };
        let value = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
        match metadata.iter_mut().find(|(found, _)| found == name) {
            Some((_, found)) => *found = format!("{found},{value}"),
            None => metadata.push((name.to_owned(), value)),
        }
    }
    let bytes: usize = metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > METADATA_BYTES {
        let text = "Your metadata headers exceed the maximum allowed metadata size";
        return Err(Fault::new(400, "MetadataTooLarge", text)
            .fact("Size", bytes.to_string())
            .fact("MaxSizeAllowed", METADATA_BYTES.to_string()));
    }
    metadata.sort();
    Ok(metadata)
}

/// Tags of a header, written like a query.
pub(super) fn header_tags(text: &str) -> Result<Vec<(String, String)>, Fault> {
    let malformed = || {
        let message = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL \
                       query parameters without tag name duplicates.";
        Fault::invalid_argument(message, "x-amz-tagging", text)
    };
    let mut tags = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let part = |text| crate::ask::unescape(text, true).ok_or_else(malformed);
        tags.push((part(key)?, part(value)?));
    }
    setting::check_pairs(&tags, TAGS)?;
    Ok(tags)
}
