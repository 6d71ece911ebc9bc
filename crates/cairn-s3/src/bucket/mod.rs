//! Buckets themselves: made, found, listed, deleted.

mod create;
mod name;

pub(crate) use create::create;

use crate::access::{self, admit};
use crate::ask::Ask;
use crate::fault::Fault;
use crate::s3::{Reply, S3, canonical_user, document, no_content, ok, put_header};
use crate::xml::{Writer, time};

/// The most buckets of one page.
const PAGE: u32 = 10_000;

pub(crate) async fn list(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let account = access::account(ask)?;
    let most = ask.count("max-buckets", PAGE)?;
    let prefix = ask.query("prefix").unwrap_or_default();
    let after = ask.query("continuation-token").unwrap_or_default();
    let mut buckets = s3.index().buckets(account, prefix, after, most + 1).await?;
    let more = buckets.len() > most as usize;
    buckets.truncate(most as usize);
    let text = Writer::document("ListAllMyBucketsResult", |w| {
        w.element("Owner", |w| w.leaf("ID", canonical_user(account)));
        w.element("Buckets", |w| {
            for bucket in &buckets {
                w.element("Bucket", |w| {
                    w.leaf("Name", &bucket.name);
                    w.leaf("CreationDate", time(bucket.created));
                    w.leaf("BucketRegion", &bucket.region);
                });
            }
        });
        if let Some(last) = buckets.last().filter(|_| more) {
            w.leaf("ContinuationToken", &last.name);
        }
        w.optional("Prefix", ask.query("prefix"));
    });
    Ok(document(text))
}

pub(crate) async fn delete(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let mut change = s3.index().begin().await?;
    if !change.delete_bucket(&bucket).await? {
        let text = "The bucket you tried to delete is not empty";
        return Err(Fault::new(409, "BucketNotEmpty", text).fact("BucketName", &bucket.name));
    }
    let files = change.commit().await?;
    s3.unlink(files).await;
    Ok(no_content())
}

pub(crate) async fn head(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    let region = |fault: Fault| fault.header("x-amz-bucket-region", &bucket.region);
    admit(ask, &bucket).map_err(region)?;
    let mut answer = ok();
    put_header(answer.headers_mut(), "x-amz-bucket-region", &bucket.region);
    put_header(answer.headers_mut(), "x-amz-access-point-alias", "false");
    put_header(answer.headers_mut(), "content-type", "application/xml");
    Ok(answer)
}

pub(crate) async fn location(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let region = if bucket.region == "us-east-1" { "" } else { &bucket.region };
    Ok(document(Writer::document("LocationConstraint", |w| w.text(region))))
}
