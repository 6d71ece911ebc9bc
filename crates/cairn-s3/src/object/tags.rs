//! The tags of an object.

use cairn_store::objects::Bucket;

use super::put::TAGS;
use super::{find, settle};
use crate::Body;
use crate::access::admit;
use crate::ask::{self, Ask};
use crate::fault::Fault;
use crate::s3::{Reply, S3, document, no_content, ok, put_header};
use crate::setting::{Versioning, parse_tags, versioning};
use crate::xml::{Element, Writer};

pub(crate) async fn get(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let object = find(s3, ask, &bucket).await?;
    let answer = document(Writer::document("Tagging", |w| {
        w.element("TagSet", |w| {
            for (key, value) in &object.tags {
                w.element("Tag", |w| {
                    w.leaf("Key", key);
                    w.leaf("Value", value);
                });
            }
        });
    }));
    Ok(of_version(answer, &bucket, &object.version))
}

pub(crate) async fn put(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let text = ask::document(ask, body).await?;
    let root = Element::parse(&text).filter(|root| root.name == "Tagging");
    let tags = parse_tags(&root.ok_or_else(Fault::malformed_xml)?, TAGS)?;
    set(s3, ask, &bucket, &tags, ok()).await
}

pub(crate) async fn delete(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    set(s3, ask, &bucket, &[], no_content()).await
}

async fn set(
    s3: &S3,
    ask: &Ask,
    bucket: &Bucket,
    tags: &[(String, String)],
    answer: Reply,
) -> Result<Reply, Fault> {
    let object = find(s3, ask, bucket).await?;
    let mut change = s3.index().begin().await?;
    change.set_tags(&object, tags).await?;
    settle(s3, change, None, false).await?;
    Ok(of_version(answer, bucket, &object.version))
}

fn of_version(mut answer: Reply, bucket: &Bucket, version: &str) -> Reply {
    if versioning(bucket) != Versioning::Never {
        put_header(answer.headers_mut(), "x-amz-version-id", version);
    }
    answer
}
