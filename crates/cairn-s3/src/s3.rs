//! The service: what it is made of, and the way of a request.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use bytes::Bytes;
use cairn_core::{AccountId, Clock, Entropy, Timestamp};
use cairn_ports::{Actor, Keys, Queues, Topics};
use cairn_store::StoreError;
use cairn_store::objects::{Bucket, Index};
use cairn_task::blocking;
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;

use crate::ask::Ask;
use crate::data::{Disk, Secret, derive, empty, full};
use crate::fault::Fault;
use crate::{dispatch, well_known};

/// What requests and answers carry.
pub type Body = UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>;

/// What the service is built with.
#[derive(Clone)]
pub struct Parts {
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub keys: Arc<dyn Keys>,
    pub topics: Arc<dyn Topics>,
    pub queues: Arc<dyn Queues>,
    /// Where buckets are that name no Region.
    pub region: String,
    /// Hosts under which a label names a bucket: `s3.localhost` for `name.s3.localhost`.
    pub domains: Vec<String>,
    /// What objects are encrypted under that name no key of KMS.
    pub master: Secret,
    /// Keys and texts of the bucket `awscloudtrail-policy-<region>`.
    pub templates: Vec<(String, String)>,
}

/// Why the service cannot start.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the directory of objects cannot be used: {0}")]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The embedded S3. A clone is the same service.
#[derive(Clone)]
pub struct S3 {
    inner: Arc<Inner>,
}

struct Inner {
    index: Index,
    disk: Disk,
    parts: Parts,
    sending: tokio::sync::Mutex<()>,
    sequence: AtomicU64,
}

pub(crate) type Reply = Response<Body>;

impl S3 {
    /// Opens the directory, or makes it, and takes away what a crash left.
    ///
    /// # Errors
    /// The directory or the index cannot be read. A file that the index names and that is not
    /// there is no error: it is logged, and its object cannot be read.
    pub async fn open(dir: &Path, index: Index, parts: Parts) -> Result<Self, OpenError> {
        let dir = dir.to_owned();
        let disk = blocking("s3-open", move || {
            let disk = Disk::open(&dir)?;
            disk.sweep_unfinished().map(|removed| (disk, removed))
        });
        let (disk, unfinished) = disk.await?;
        let mut orphans = 0;
        let door = disk.clone();
        let there = blocking("s3-open", move || door.shards()).await?;
        // Those that should be there, and those that are.
        let shards = (0..=u8::MAX).map(|byte| format!("{byte:02x}")).chain(there);
        for shard in shards.collect::<BTreeSet<_>>() {
            let known = index.files(&shard).await?;
            let door = disk.clone();
            let swept = blocking("s3-open", move || door.sweep(&shard, &known));
            let (removed, missing) = swept.await?;
            orphans += removed;
            for file in missing {
                tracing::error!(file, "an object's file is not there");
            }
        }
        if unfinished + orphans > 0 {
            tracing::info!(unfinished, orphans, "removed what a crash left of objects");
        }
        let sending = tokio::sync::Mutex::default();
        let sequence = AtomicU64::new(0);
        Ok(Self { inner: Arc::new(Inner { index, disk, parts, sending, sequence }) })
    }

    /// Answers one request. Its signature, chunks and digest were verified, and the actor is who
    /// made it; a [`crate::Peer`] among its extensions says from where.
    pub async fn serve(
        &self,
        request: Request<Body>,
        actor: Actor,
        request_id: &str,
    ) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let head = parts.method == Method::HEAD;
        let path = parts.uri.path().to_owned();
        let asked = Ask::read(parts, &self.inner.parts.domains, actor, request_id);
        let (resource, answer) = match asked {
            Ok(ask) => (ask.resource(), self.answer(&ask, body).await),
            Err(fault) => (path, Err(fault)),
        };
        let host_id = host_id(request_id);
        let mut response = match answer {
            Ok(response) => response,
            Err(fault) => refusal(&fault, head, &resource, request_id, &host_id),
        };
        let headers = response.headers_mut();
        put_header(headers, "x-amz-request-id", request_id);
        put_header(headers, "x-amz-id-2", &host_id);
        headers.insert("server", HeaderValue::from_static("AmazonS3"));
        response
    }

    async fn answer(&self, ask: &Ask, body: Body) -> Result<Reply, Fault> {
        if let Some(answer) = well_known::answer(self, ask) {
            return answer;
        }
        if let Some(owner) = ask.header("x-amz-expected-bucket-owner")
            && !ask.bucket.is_empty()
            && ask.operation != "CreateBucket"
            && owner != self.bucket(&ask.bucket).await?.owner.to_string()
        {
            return Err(Fault::access_denied());
        }
        dispatch::answer(self, ask, body).await
    }

    pub(crate) fn index(&self) -> &Index {
        &self.inner.index
    }

    pub(crate) fn disk(&self) -> &Disk {
        &self.inner.disk
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.inner.parts
    }

    pub(crate) fn sending(&self) -> &tokio::sync::Mutex<()> {
        &self.inner.sending
    }

    /// Whole seconds, as S3 tells times.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_seconds(self.inner.parts.clock.now().seconds())
    }

    /// A name that nobody else has: of a file, a version or an upload.
    pub(crate) fn unique(&self) -> String {
        let mut bytes = [0; 16];
        self.inner.parts.entropy.fill(&mut bytes);
        hex::encode(bytes)
    }

    /// A text that is greater for what happens later.
    pub(crate) fn sequencer(&self) -> String {
        let time = (self.inner.parts.clock.now().millis() as u64) << 16;
        let next = |last: u64| (last + 1).max(time);
        let last = self.inner.sequence.fetch_update(Relaxed, Relaxed, |last| Some(next(last)));
        format!("{:016X}", last.map_or(time, next))
    }

    pub(crate) async fn bucket(&self, name: &str) -> Result<Bucket, Fault> {
        let found = self.index().bucket(name).await?;
        found.ok_or_else(|| Fault::no_such_bucket(name))
    }

    /// The secret of an object under the service's own key.
    pub(crate) fn own_secret(&self, salt: &str) -> Secret {
        derive(&self.inner.parts.master, salt.as_bytes(), "cairn-s3 object")
    }

    /// Takes files away that the index no longer names.
    pub(crate) async fn unlink(&self, files: Vec<String>) {
        if !files.is_empty() {
            let disk = self.disk().clone();
            blocking("s3-unlink", move || disk.remove(&files)).await;
        }
    }
}

impl fmt::Debug for S3 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3").finish_non_exhaustive()
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("region", &self.region).finish_non_exhaustive()
    }
}

/// The canonical user of an account: what S3 calls owners.
pub(crate) fn canonical_user(account: AccountId) -> String {
    let name = format!("canonical user {account}");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, name.as_bytes());
    hex::encode(digest.as_ref())
}

pub(crate) fn host_id(request_id: &str) -> String {
    use base64::Engine;
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, request_id.as_bytes());
    base64::engine::general_purpose::STANDARD.encode(digest.as_ref())
}

fn refusal(fault: &Fault, head: bool, resource: &str, request_id: &str, host_id: &str) -> Reply {
    // Neither has a body, and a document would be taken for the object.
    let mut response = if head || fault.status == StatusCode::NOT_MODIFIED {
        reply(fault.status)
    } else {
        document(fault.document(resource, request_id, host_id))
    };
    *response.status_mut() = fault.status;
    for (name, value) in &fault.headers {
        put_header(response.headers_mut(), name, value);
    }
    response
}

/// An answer without a body.
pub(crate) fn reply(status: StatusCode) -> Reply {
    let mut response = Response::new(empty());
    *response.status_mut() = status;
    response
}

pub(crate) fn ok() -> Reply {
    reply(StatusCode::OK)
}

pub(crate) fn no_content() -> Reply {
    reply(StatusCode::NO_CONTENT)
}

/// An answer with a document of XML.
pub(crate) fn document(text: String) -> Reply {
    let mut response = Response::new(full(text));
    let kind = HeaderValue::from_static("application/xml");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

/// Leaves out what cannot stand in a header.
pub(crate) fn put_header(headers: &mut http::HeaderMap, name: &str, value: &str) {
    let name = HeaderName::from_bytes(name.as_bytes());
    if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
        headers.insert(name, value);
    }
}
