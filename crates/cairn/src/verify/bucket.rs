//! A bucket behind an S3 API.

use std::collections::BTreeMap;
use std::sync::Mutex;

use cairn_proof::verify::{FetchError, Fetched, Object, Source};
use hyper::HeaderMap;
use tokio::runtime::Runtime;

use super::VerifyError;
use super::listing::{self, Next, encoded};
use crate::client::{Client, ClientError, Patience};
use crate::failure::Failure;

const METADATA: &str = "x-amz-meta-";

/// Buckets and what is of interest in each.
pub(crate) struct Bucket<'a> {
    pub(crate) client: &'a mut Client,
}

impl Bucket<'_> {
    /// Every version under `prefix`. A store that knows no versions is asked for its objects.
    pub(crate) async fn objects(
        &mut self,
        bucket: &str,
        prefix: &str,
    ) -> Result<Vec<Object>, Failure> {
        match self.pages(bucket, prefix, true).await {
            Err(Failure::Client(ClientError::Refused(refusal)))
                if refusal.status == hyper::StatusCode::NOT_IMPLEMENTED =>
            {
                self.pages(bucket, prefix, false).await
            }
            other => other,
        }
    }

    async fn pages(
        &mut self,
        bucket: &str,
        prefix: &str,
        versions: bool,
    ) -> Result<Vec<Object>, Failure> {
        let mut objects = Vec::new();
        let mut next: Option<Next> = None;
        loop {
            let query = query(prefix, versions, next.as_ref());
            let path = format!("/{}", encoded(bucket, false));
            let (_, body) = self.client.get(path, Some(query)).await?;
            let xml = String::from_utf8_lossy(&body);
            let page = listing::parse(&xml, bucket)
                .map_err(|why| VerifyError::Listing { bucket: bucket.to_owned(), why })?;
            objects.extend(page.objects);
            if page.next.is_none() {
                return Ok(objects);
            }
            // A page that leads to itself would be asked for for ever.
            if page.next == next {
                let why = "its pages do not end".to_owned();
                return Err(VerifyError::Listing { bucket: bucket.to_owned(), why }.into());
            }
            next = page.next;
        }
    }
}

/// In the order in which a signature wants the names.
fn query(prefix: &str, versions: bool, next: Option<&Next>) -> String {
    let prefix = encoded(prefix, false);
    if !versions {
        let token = next.and_then(|next| next.token.as_deref());
        let token = token.map(|token| format!("continuation-token={}&", encoded(token, false)));
        let token = token.unwrap_or_default();
        return format!("{token}encoding-type=url&list-type=2&prefix={prefix}");
    }
    let Some(Next { key, version, .. }) = next else {
        return format!("encoding-type=url&prefix={prefix}&versions=");
    };
    let version = version.as_deref().map(|id| format!("&version-id-marker={}", encoded(id, false)));
    let version = version.unwrap_or_default();
    format!("encoding-type=url&key-marker={key}&prefix={prefix}{version}&versions=")
}

/// One connection to S3, for one thread.
pub(crate) struct BucketSource {
    inner: Mutex<(Runtime, Client)>,
}

impl BucketSource {
    pub(crate) fn new(client: &Client) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(Failure::Runtime)?;
        Ok(Self { inner: Mutex::new((runtime, client.lane(Patience::LONG))) })
    }
}

impl Source for BucketSource {
    fn fetch(
        &self,
        bucket: &str,
        key: &str,
        version: Option<&str>,
    ) -> Result<Option<Fetched>, FetchError> {
        let mut inner = self.inner.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (runtime, client) = &mut *inner;
        let path = format!("/{}/{}", encoded(bucket, false), encoded(key, true));
        let query = version.map(|version| format!("versionId={}", encoded(version, false)));
        match runtime.block_on(client.get(path, query)) {
            Ok((headers, body)) => {
                let metadata = Some(metadata(&headers));
                Ok(Some(Fetched { bytes: body.to_vec(), metadata }))
            }
            Err(ClientError::Refused(refusal))
                if refusal.status == hyper::StatusCode::NOT_FOUND =>
            {
                Ok(None)
            }
            Err(error) => Err(FetchError(error.to_string())),
        }
    }
}

fn metadata(headers: &HeaderMap) -> BTreeMap<String, String> {
    let named = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix(METADATA)?;
        Some((name.to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
    });
    named.collect()
}
