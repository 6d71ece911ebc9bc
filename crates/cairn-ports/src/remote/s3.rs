//! Buckets of somebody else's S3. Path style throughout: a name before the host needs a wildcard
//! certificate and DNS that most S3 stores do not have.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use cairn_core::{AccountId, Timestamp};
use cairn_wire::escape;
use http::header::{
    CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH,
};
use http::{Method, Response};

use super::client::{Ask, Client};
use super::xml::{self, ListBucketResult, RequestPaymentConfiguration, VersioningConfiguration};
use crate::{
    Abilities, Actor, Answer, BucketInfo, Buckets, Condition, Encryption, Listed, Meta, Object,
    Page, PortError, PortErrorKind, Put, Stored,
};

const META: &str = "x-amz-meta-";
/// Where the condition of a put is tried out: an empty object that stays, like the placeholders
/// that CloudTrail writes.
const PROBE_KEY: &str = "AWSLogs/";

/// Somebody else's S3.
#[derive(Clone)]
pub struct RemoteBuckets {
    client: Client,
}

impl RemoteBuckets {
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    async fn ask(
        &self,
        method: Method,
        bucket: &str,
        key: &str,
        query: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Response<Bytes>, PortError> {
        let mut path = format!("/{}", escape(bucket, false));
        if !key.is_empty() {
            path.push('/');
            path.push_str(&escape(key, true));
        }
        let answer = self.client.send(Ask { method, path: &path, query, headers, body }).await?;
        match answer.status().as_u16() {
            200..300 => Ok(answer),
            status => Err(xml::error(status, answer.body())),
        }
    }

    async fn read(&self, bucket: &str, query: &str) -> Result<Response<Bytes>, PortError> {
        self.ask(Method::GET, bucket, "", query, HeaderMap::new(), Bytes::new()).await
    }

    async fn store(&self, put: Put<'_>) -> Result<Stored, PortError> {
        let mut headers = HeaderMap::new();
        let mut set = |name: &str, value: &str| -> Result<(), PortError> {
            let bad = || PortError::invalid("InvalidArgument", format!("the header {name}"));
            let name = HeaderName::try_from(name).map_err(|_| bad())?;
            headers.insert(name, HeaderValue::from_str(value).map_err(|_| bad())?);
            Ok(())
        };
        set(CONTENT_TYPE.as_str(), put.content_type)?;
        if let Some(encoding) = put.content_encoding {
            set(CONTENT_ENCODING.as_str(), encoding)?;
        }
        for (name, value) in put.metadata {
            set(&format!("{META}{name}"), value)?;
        }
        if let Some(acl) = put.acl {
            set("x-amz-acl", acl)?;
        }
        if put.condition == Condition::Absent {
            set(IF_NONE_MATCH.as_str(), "*")?;
        }
        set("x-amz-checksum-sha256", &BASE64.encode(put.sha256))?;
        if let Encryption::Kms { key_arn, context } = put.encryption {
            set("x-amz-server-side-encryption", "aws:kms")?;
            set("x-amz-server-side-encryption-aws-kms-key-id", key_arn)?;
            if !context.is_empty() {
                let context = serde_json::to_string(context).unwrap_or_default();
                set("x-amz-server-side-encryption-context", &BASE64.encode(context))?;
            }
        }
        let answer =
            self.ask(Method::PUT, put.bucket, put.key, "", headers, put.bytes.clone()).await?;
        // A proxy in between may say 200 to what the store refused.
        if xml::is_error(answer.body()) {
            return Err(xml::error(500, answer.body()));
        }
        let etag = text(&answer, ETAG.as_str()).map(|etag| etag.trim_matches('"').to_owned());
        let etag = etag.ok_or_else(|| {
            PortError::unavailable("the store answered without an ETag: nothing says it stored")
        })?;
        Ok(Stored { etag, version: version(&answer) })
    }
}

impl Buckets for RemoteBuckets {
    fn bucket<'a>(&'a self, bucket: &'a str) -> Answer<'a, BucketInfo> {
        Box::pin(async move {
            let empty = (HeaderMap::new(), Bytes::new());
            let head = self.ask(Method::HEAD, bucket, "", "", empty.0, empty.1).await;
            let head = head.map_err(|error| match error.kind {
                PortErrorKind::Missing => {
                    PortError::missing("NoSuchBucket", "The specified bucket does not exist")
                }
                _ => error,
            })?;
            let region = text(&head, "x-amz-bucket-region");
            let payer = match self.read(bucket, "requestPayment=").await {
                Ok(answer) => xml::read::<RequestPaymentConfiguration>(answer.body())?.payer,
                // Most stores do not know the question.
                Err(_) => None,
            };
            Ok(BucketInfo {
                name: bucket.to_owned(),
                region: region.unwrap_or(&self.client.endpoint.region).to_owned(),
                owner: text(&head, "x-amz-expected-bucket-owner")
                    .and_then(|id| id.parse::<AccountId>().ok()),
                requester_pays: payer.as_deref() == Some("Requester"),
            })
        })
    }

    fn policy<'a>(&'a self, bucket: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(async move {
            match self.read(bucket, "policy=").await {
                Ok(answer) => Ok(Some(String::from_utf8_lossy(answer.body()).into_owned())),
                Err(error) if error.code == "NoSuchBucketPolicy" => Ok(None),
                Err(error) => Err(error),
            }
        })
    }

    fn put<'a>(&'a self, put: Put<'a>) -> Answer<'a, Stored> {
        Box::pin(self.store(put))
    }

    fn get<'a>(
        &'a self,
        _: &'a Actor,
        bucket: &'a str,
        key: &'a str,
        version: Option<&'a str>,
    ) -> Answer<'a, Object> {
        Box::pin(async move {
            let query =
                version.map(|id| format!("versionId={}", escape(id, false))).unwrap_or_default();
            let empty = (HeaderMap::new(), Bytes::new());
            let answer = self.ask(Method::GET, bucket, key, &query, empty.0, empty.1).await?;
            let mut meta = meta(&answer);
            meta.size = answer.body().len() as u64;
            Ok(Object { meta, bytes: answer.into_body() })
        })
    }

    fn head<'a>(&'a self, _: &'a Actor, bucket: &'a str, key: &'a str) -> Answer<'a, Meta> {
        Box::pin(async move {
            let mut headers = HeaderMap::new();
            headers.insert("x-amz-checksum-mode", HeaderValue::from_static("ENABLED"));
            let answer = self.ask(Method::HEAD, bucket, key, "", headers, Bytes::new()).await?;
            Ok(meta(&answer))
        })
    }

    fn list<'a>(
        &'a self,
        _: &'a Actor,
        bucket: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Page> {
        Box::pin(async move {
            let mut query =
                format!("list-type=2&max-keys={limit}&prefix={}", escape(prefix, false));
            if let Some(after) = after {
                query.push_str(&format!("&start-after={}", escape(after, false)));
            }
            let answer = self.read(bucket, &query).await?;
            let page: ListBucketResult = xml::read(answer.body())?;
            let listed = |one: xml::Contents| Listed {
                size: one.size,
                etag: one.etag.trim_matches('"').to_owned(),
                modified: Timestamp::parse(&one.last_modified).unwrap_or(Timestamp::EPOCH),
                key: one.key,
            };
            let objects: Vec<Listed> = page.contents.into_iter().map(listed).collect();
            Ok(Page { more: page.is_truncated && !objects.is_empty(), objects })
        })
    }

    /// The condition is tried by putting one empty object twice.
    fn abilities<'a>(&'a self, bucket: &'a str) -> Answer<'a, Abilities> {
        Box::pin(async move {
            let versioning = match self.read(bucket, "versioning=").await {
                Ok(answer) => xml::read::<VersioningConfiguration>(answer.body())
                    .is_ok_and(|found| found.status.as_deref() == Some("Enabled")),
                Err(_) => false,
            };
            let object_lock = self.read(bucket, "object-lock=").await.is_ok();
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
            headers.insert("x-amz-acl", HeaderValue::from_static("bucket-owner-full-control"));
            let mut conditional = Vec::with_capacity(2);
            for _ in 0..2 {
                let put = (headers.clone(), Bytes::new());
                let put = self.ask(Method::PUT, bucket, PROBE_KEY, "", put.0, put.1).await;
                conditional.push(put.map(drop).map_err(|error| error.kind));
            }
            // The second of two conditional puts of one key must be refused.
            let conditional_put = conditional[1] == Err(PortErrorKind::Exists);
            Ok(Abilities { conditional_put, versioning, object_lock })
        })
    }
}

fn meta(answer: &Response<Bytes>) -> Meta {
    let headers = answer.headers();
    let pairs = headers.iter().filter_map(|(name, value)| {
        let name = name.as_str().strip_prefix(META)?;
        Some((name.to_owned(), value.to_str().ok()?.to_owned()))
    });
    let modified = text(answer, "last-modified").and_then(http_date);
    Meta {
        size: text(answer, "content-length").and_then(|text| text.parse().ok()).unwrap_or(0),
        etag: text(answer, ETAG.as_str()).unwrap_or_default().trim_matches('"').to_owned(),
        version: version(answer),
        modified: modified.unwrap_or(Timestamp::EPOCH),
        metadata: pairs.collect(),
        checksum_sha256: text(answer, "x-amz-checksum-sha256").map(str::to_owned),
    }
}

fn text<'a>(answer: &'a Response<Bytes>, name: &str) -> Option<&'a str> {
    answer.headers().get(name)?.to_str().ok()
}

fn version(answer: &Response<Bytes>) -> Option<String> {
    text(answer, "x-amz-version-id").filter(|id| *id != "null").map(str::to_owned)
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut words = text.split_once(", ")?.1.split(' ');
    let (day, month, year, time) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http_are_read() {
        let at = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(at.to_string(), "1994-11-06T08:49:37Z");
        for bad in ["", "Sunday", "Sun, 06 Foo 1994 08:49:37 GMT"] {
            assert_eq!(http_date(bad), None, "{bad}");
        }
    }
}
