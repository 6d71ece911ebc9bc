//! Buckets that nobody can have: `awscloudtrail-policy-<region>`, from which the AWS CLI takes
//! templates of policies, and `cairn-lake`, whose files are read elsewhere.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use http::{Method, Response};

use crate::ask::Ask;
use crate::data::{empty, full};
use crate::fault::Fault;
use crate::s3::{Reply, S3};

const PREFIX: &str = "awscloudtrail-policy-";
const LAKE: &str = "cairn-lake";

/// `None` where the request is for another bucket.
pub(crate) fn answer(s3: &S3, ask: &Ask) -> Option<Result<Reply, Fault>> {
    is_reserved(&ask.bucket).then(|| read(s3, ask))
}

/// Whether nobody may have a bucket of this name.
pub(crate) fn is_reserved(bucket: &str) -> bool {
    bucket.starts_with(PREFIX) || bucket == LAKE
}

fn read(s3: &S3, ask: &Ask) -> Result<Reply, Fault> {
    if !matches!(ask.operation, "GetObject" | "HeadObject") || ask.bucket == LAKE {
        return Err(Fault::access_denied());
    }
    let found = s3.parts().templates.iter().find(|(key, _)| *key == ask.key);
    let (_, text) = found.ok_or_else(|| Fault::no_such_key(&ask.key))?;
    let body = if ask.method == Method::HEAD { empty() } else { full(text.clone()) };
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    Ok(response)
}
