//! The service as a port: what trails deliver goes the way of every request.

use std::io::ErrorKind;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use cairn_ports::{
    Abilities, Actor, Answer, BucketInfo, Buckets, Condition, Encryption, Listed, Meta, Object,
    Page, Put, Stored,
};
use cairn_store::objects::Version;
use cairn_task::blocking;

use crate::access::admit;
use crate::ask::Ask;
use crate::data::{Algorithm, Outflow, Source, full};
use crate::fault::Fault;
use crate::list::{Entry, page};
use crate::object::{self, Detail, find, open_secret};
use crate::s3::{S3, put_header};
use crate::setting::{self, Versioning, versioning};

/// How often an object is looked up again whose files went away before they were opened.
const LOOKS: usize = 5;

impl Buckets for S3 {
    fn bucket<'a>(&'a self, bucket: &'a str) -> Answer<'a, BucketInfo> {
        Box::pin(async move {
            let found = S3::bucket(self, bucket).await.map_err(Fault::into_port)?;
            let payment = found.settings.get(setting::REQUEST_PAYMENT);
            Ok(BucketInfo {
                requester_pays: payment.is_some_and(|text| text.contains("Requester<")),
                name: found.name,
                region: found.region,
                owner: Some(found.owner),
            })
        })
    }

    fn policy<'a>(&'a self, bucket: &'a str) -> Answer<'a, Option<String>> {
        Box::pin(async move {
            let mut found = S3::bucket(self, bucket).await.map_err(Fault::into_port)?;
            Ok(found.settings.remove(setting::POLICY))
        })
    }

    fn put<'a>(&'a self, put: Put<'a>) -> Answer<'a, Stored> {
        Box::pin(async move { store(self, put).await.map_err(Fault::into_port) })
    }

    fn get<'a>(
        &'a self,
        actor: &'a Actor,
        bucket: &'a str,
        key: &'a str,
        version: Option<&'a str>,
    ) -> Answer<'a, Object> {
        Box::pin(async move {
            let mut ask = Ask::inner("GetObject", actor.clone(), bucket, key);
            ask.name_version(version);
            read(self, &ask).await.map_err(Fault::into_port)
        })
    }

    fn head<'a>(&'a self, actor: &'a Actor, bucket: &'a str, key: &'a str) -> Answer<'a, Meta> {
        Box::pin(async move {
            let ask = Ask::inner("HeadObject", actor.clone(), bucket, key);
            let found = look(self, &ask).await.map_err(Fault::into_port)?;
            Ok(found.2)
        })
    }

    fn list<'a>(
        &'a self,
        actor: &'a Actor,
        bucket: &'a str,
        prefix: &'a str,
        after: Option<&'a str>,
        limit: u32,
    ) -> Answer<'a, Page> {
        Box::pin(async move {
            let ask = Ask::inner("ListObjectsV2", actor.clone(), bucket, "");
            let listed = async {
                let bucket = S3::bucket(self, bucket).await?;
                admit(&ask, &bucket)?;
                page(self, &bucket, prefix, None, after, limit).await
            };
            let listed = listed.await.map_err(Fault::into_port)?;
            let objects = listed.entries.into_iter().filter_map(|entry| match entry {
                Entry::Object(object) => Some(Listed {
                    size: object.size,
                    modified: object.modified,
                    etag: object.etag,
                    key: object.key,
                }),
                Entry::Prefix(_) => None,
            });
            Ok(Page { objects: objects.collect(), more: listed.more })
        })
    }

    fn abilities<'a>(&'a self, bucket: &'a str) -> Answer<'a, Abilities> {
        Box::pin(async move {
            let found = S3::bucket(self, bucket).await.map_err(Fault::into_port)?;
            Ok(Abilities {
                conditional_put: true,
                versioning: versioning(&found) == Versioning::Enabled,
                object_lock: found.settings.contains_key(setting::LOCK),
            })
        })
    }
}

async fn store(s3: &S3, put: Put<'_>) -> Result<Stored, Fault> {
    let mut ask = Ask::inner("PutObject", put.actor.clone(), put.bucket, put.key);
    let headers = &mut ask.headers;
    put_header(headers, "content-type", put.content_type);
    if let Some(encoding) = put.content_encoding {
        put_header(headers, "content-encoding", encoding);
    }
    for (name, value) in put.metadata {
        put_header(headers, &format!("x-amz-meta-{name}"), value);
    }
    if let Some(acl) = put.acl {
        put_header(headers, "x-amz-acl", acl);
    }
    if let Encryption::Kms { key_arn, context } = put.encryption {
        put_header(headers, "x-amz-server-side-encryption", setting::KMS);
        put_header(headers, "x-amz-server-side-encryption-aws-kms-key-id", key_arn);
        let context = serde_json::to_vec(context).map_err(|_| Fault::internal())?;
        let context = STANDARD.encode(context);
        put_header(headers, "x-amz-server-side-encryption-context", &context);
    }
    if put.condition == Condition::Absent {
        put_header(headers, "if-none-match", "*");
    }
    put_header(headers, "x-amz-content-sha256", &hex::encode(put.sha256));
    put_header(headers, Algorithm::Sha256.header(), &STANDARD.encode(put.sha256));
    let answer = object::put(s3, &ask, full(put.bytes)).await?;
    let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok());
    Ok(Stored {
        etag: header("etag").unwrap_or_default().trim_matches('"').to_owned(),
        version: header("x-amz-version-id").map(str::to_owned),
    })
}

async fn look(s3: &S3, ask: &Ask) -> Result<(Version, Detail, Meta), Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let object = find(s3, ask, &bucket).await?;
    let detail = Detail::of(&object)?;
    let versioned = versioning(&bucket) != Versioning::Never;
    let sha256 = |checksum: &object::Checksum| {
        checksum.algorithm == Algorithm::Sha256 && !checksum.composite
    };
    let meta = Meta {
        size: object.size,
        etag: object.etag.clone(),
        version: versioned.then(|| object.version.clone()),
        modified: object.modified,
        metadata: detail.metadata.clone(),
        checksum_sha256: detail.checksum.clone().filter(sha256).map(|checksum| checksum.value),
    };
    Ok((object, detail, meta))
}

async fn read(s3: &S3, ask: &Ask) -> Result<Object, Fault> {
    for _ in 1..LOOKS {
        if let Some(object) = read_once(s3, ask).await? {
            return Ok(object);
        }
    }
    Err(Fault::internal())
}

/// `None` where the object was replaced meanwhile.
async fn read_once(s3: &S3, ask: &Ask) -> Result<Option<Object>, Fault> {
    let (object, detail, meta) = look(s3, ask).await?;
    let secret = open_secret(s3, &ask.actor, &detail.seal).await?;
    let size = object.size;
    let source = Source { disk: s3.disk().clone(), secret, files: object.files };
    let read = blocking("s3-read", move || {
        let mut outflow = Outflow::new(source, 0, size);
        let mut bytes = Vec::with_capacity(size as usize);
        while let Some(piece) = outflow.next()? {
            bytes.extend_from_slice(&piece);
        }
        Ok::<_, std::io::Error>(bytes)
    });
    match read.await {
        Ok(bytes) => Ok(Some(Object { meta, bytes: Bytes::from(bytes) })),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}
