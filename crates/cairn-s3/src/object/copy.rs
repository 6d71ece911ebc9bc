use cairn_store::objects::{Bucket, Version};

use super::get::check_version_id;
use super::{
    Checksum, Condition, Detail, Draft, MOST_AT_ONCE, Seal, Wish, check_read, choose, commit,
    described, open_secret, told,
};
use crate::access::{admit, admit_action};
use crate::ask::{Ask, unescape};
use crate::data::{Claims, Outflow, Source, empty, receive, stream};
use crate::fault::Fault;
use crate::s3::{Reply, S3, document, put_header};
use crate::setting::{Versioning, versioning};
use crate::xml::{Writer, time};

/// The object that a request copies from, if the actor may read it.
#[derive(Debug)]
pub(crate) struct CopySource {
    pub(crate) bucket: Bucket,
    pub(crate) object: Version,
    pub(crate) detail: Detail,
}

impl CopySource {
    pub(crate) async fn find(s3: &S3, ask: &Ask) -> Result<Self, Fault> {
        let invalid = || {
            let text = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey";
            let given = ask.header("x-amz-copy-source").unwrap_or_default();
            Fault::invalid_argument(text, "x-amz-copy-source", given)
        };
        let text = ask.header("x-amz-copy-source").unwrap_or_default();
        let (path, version) = match text.rsplit_once("?versionId=") {
            Some((path, version)) => (path, Some(version)),
            None => (text, None),
        };
        let path = unescape(path, false).ok_or_else(invalid)?;
        let path = path.strip_prefix('/').unwrap_or(&path);
        let (bucket, key) = path.split_once('/').ok_or_else(invalid)?;
        if key.is_empty() {
            return Err(invalid());
        }
        let bucket = s3.bucket(bucket).await?;
        let action = if version.is_some() { "s3:GetObjectVersion" } else { "s3:GetObject" };
        admit_action(ask, &bucket, action, key)?;
        let found = match version {
            Some(version) => {
                check_version_id(version)?;
                let found = s3.index().version(bucket.id, key, version).await?;
                found.ok_or_else(|| Fault::no_such_version(key, version))?
            }
            None => {
                let found = s3.index().current(bucket.id, key).await?;
                found.filter(|found| !found.marker).ok_or_else(|| Fault::no_such_key(key))?
            }
        };
        if found.marker {
            let text = "The source of a copy request may not specifically refer to a delete marker \
                        by version id.";
            return Err(Fault::invalid_request(text));
        }
        check_read(ask, "x-amz-copy-source-", &found)?;
        let detail = Detail::of(&found)?;
        Ok(Self { bucket, object: found, detail })
    }

    /// A range of the source, decrypted.
    pub(crate) async fn body(
        &self,
        s3: &S3,
        ask: &Ask,
        (from, to): (u64, u64),
    ) -> Result<crate::Body, Fault> {
        if from == to {
            return Ok(empty());
        }
        let secret = open_secret(s3, &ask.actor, &self.detail.seal).await?;
        let source = Source { disk: s3.disk().clone(), secret, files: self.object.files.clone() };
        Ok(stream(Outflow::new(source, from, to), to - from).await?)
    }

    /// `x-amz-copy-source-version-id`.
    pub(crate) fn version(&self) -> Option<&str> {
        let versioned = versioning(&self.bucket) != Versioning::Never;
        versioned.then_some(self.object.version.as_str())
    }
}

/// CopyObject.
pub(crate) async fn copy(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let source = CopySource::find(s3, ask).await?;
    check_self(ask, &source)?;
    if source.object.size > MOST_AT_ONCE {
        let text = "The specified copy source is larger than the maximum allowable size for a copy \
                    source: 5368709120";
        return Err(Fault::invalid_request(text));
    }
    let condition = Condition::of(ask)?;
    let (mut detail, tags, lock) = described(s3, ask, &bucket)?;
    if directive(ask, "x-amz-metadata-directive")? {
        detail.headers.clone_from(&source.detail.headers);
        detail.metadata.clone_from(&source.detail.metadata);
    }
    let copies = directive(ask, "x-amz-tagging-directive")?;
    let tags = if copies { source.object.tags.clone() } else { tags };
    let claims = claims(ask, &source)?;
    let (seal, secret) = choose(s3, &ask.actor, &bucket, &ask.key, Wish::of(ask)?).await?;
    let body = source.body(s3, ask, (0, source.object.size)).await?;
    let disk = s3.disk();
    let arrived = receive(disk, s3.unique(), &secret, body, claims, MOST_AT_ONCE).await?;
    let checksum = Checksum::of(&arrived.sums);
    (detail.seal, detail.checksum) = (seal.clone(), Some(checksum.clone()));
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
        event: "ObjectCreated:Copy",
        upload: None,
    };
    let version = commit(s3, ask, draft, news).await?;
    Ok(answer(s3, &source, &seal, version.as_deref(), &etag, &checksum))
}

fn answer(
    s3: &S3,
    source: &CopySource,
    seal: &Seal,
    version: Option<&str>,
    etag: &str,
    checksum: &Checksum,
) -> Reply {
    let mut answer = document(Writer::document("CopyObjectResult", |w| {
        w.leaf("LastModified", time(s3.now()));
        w.leaf("ETag", format_args!("\"{etag}\""));
        w.leaf("ChecksumType", checksum.kind());
        w.leaf(checksum.algorithm.element(), &checksum.value);
    }));
    let headers = answer.headers_mut();
    told(headers, seal, version);
    if let Some(version) = source.version() {
        put_header(headers, "x-amz-copy-source-version-id", version);
    }
    answer
}

/// Whether a directive says to copy, as it does where it is absent.
fn directive(ask: &Ask, name: &str) -> Result<bool, Fault> {
    match ask.header(name) {
        None | Some("COPY") => Ok(true),
        Some("REPLACE") => Ok(false),
        Some(other) => Err(Fault::invalid_argument(format!("Unknown {name}."), name, other)),
    }
}

/// The algorithm asked for, or that of the source.
fn claims(ask: &Ask, source: &CopySource) -> Result<Claims, Fault> {
    // What the headers claim is about the request's body, which is empty.
    let mut headers = http::HeaderMap::new();
    if let Some(value) = ask.headers.get("x-amz-checksum-algorithm") {
        headers.insert("x-amz-checksum-algorithm", value.clone());
    }
    let mut claims = Claims::of(&headers)?;
    if claims.algorithm.is_none() {
        claims.algorithm = source.detail.checksum.as_ref().map(|checksum| checksum.algorithm);
    }
    Ok(claims)
}

fn check_self(ask: &Ask, source: &CopySource) -> Result<(), Fault> {
    const CHANGES: &[&str] = &[
        "x-amz-storage-class",
        "x-amz-server-side-encryption",
        "x-amz-website-redirect-location",
        "x-amz-checksum-algorithm",
    ];
    let same = source.bucket.name == ask.bucket && source.object.key == ask.key;
    let changes = CHANGES.iter().any(|name| ask.header(name).is_some())
        || ask.header("x-amz-metadata-directive") == Some("REPLACE")
        || source.object.noncurrent.is_some();
    if same && !changes {
        let text = "This copy request is illegal because it is trying to copy an object to itself \
                    without changing the object's metadata, storage class, website redirect \
                    location or encryption attributes.";
        return Err(Fault::invalid_request(text));
    }
    Ok(())
}
