//! The bucket policy.

use http::header::{CONTENT_TYPE, HeaderValue};

use super::{POLICY, store};
use crate::Body;
use crate::access::{Block, admit, check_policy, has_public_policy, is_public};
use crate::ask::{self, Ask};
use crate::data::full;
use crate::fault::Fault;
use crate::s3::{Reply, S3, document, no_content};
use crate::xml::Writer;

/// The most bytes of a policy.
const BYTES: usize = 20 * 1024;

pub(crate) async fn put(s3: &S3, ask: &Ask, body: Body) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let text = ask::document(ask, body).await?;
    let text = String::from_utf8(text.to_vec()).map_err(|_| Fault::malformed_xml())?;
    if text.len() > BYTES {
        let message = "Policy exceeds the maximum allowed document size.";
        return Err(Fault::new(400, "MalformedPolicy", message));
    }
    check_policy(&text, &bucket.name)?;
    if Block::of(&bucket).policy_refused && is_public(&text) {
        let message = "User is not authorized to perform: s3:PutBucketPolicy because public \
                       policies are prevented by the BlockPublicPolicy setting in S3 Block Public \
                       Access.";
        return Err(Fault::new(403, "AccessDenied", message));
    }
    store(s3, &bucket.name, POLICY, Some(text)).await?;
    Ok(no_content())
}

pub(crate) async fn get(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    let policy = bucket.settings.get(POLICY).ok_or_else(|| missing(&bucket.name))?;
    let mut answer = Reply::new(full(policy.clone()));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(answer)
}

pub(crate) async fn delete(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    store(s3, &bucket.name, POLICY, None).await?;
    Ok(no_content())
}

pub(crate) async fn status(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    let bucket = s3.bucket(&ask.bucket).await?;
    admit(ask, &bucket)?;
    if !bucket.settings.contains_key(POLICY) {
        return Err(missing(&bucket.name));
    }
    let public = has_public_policy(&bucket);
    Ok(document(Writer::document("PolicyStatus", |w| w.leaf("IsPublic", public))))
}

fn missing(bucket: &str) -> Fault {
    Fault::new(404, "NoSuchBucketPolicy", "The bucket policy does not exist")
        .fact("BucketName", bucket)
}
