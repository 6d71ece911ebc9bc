//! S3's own style: bucket, host and key beside the query's parameters under their raw names, the
//! headers that are parameters, and the body's document as its elements spell it.

use cairn_catalog::{Location, Payload, Service, Shape, ShapeId};
use cairn_event::{HIDDEN, Json};
use http::HeaderMap;

use super::form::{Plus, decoded, pairs};
use super::names::{lower_first, starts_with};
use super::xml::Element;
use super::{Answered, Asked, markup, veil};

/// Documents that are longer are left out, so that the record still names bucket and key.
const DOCUMENT_BYTES: usize = 64 * 1024;

/// What signs a query and must not be seen.
const SIGNING: [&str; 5] =
    ["AWSAccessKeyId", "Signature", "X-Amz-Credential", "X-Amz-Security-Token", "X-Amz-Signature"];

/// Headers that no record shows though operations have them as members: they check the body, or
/// they are credentials.
const UNSEEN: [&str; 9] = [
    "x-amz-account-id",
    "x-amz-checksum-",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-meta-",
    "x-amz-mfa",
    "x-amz-sdk-",
    "x-amz-security-token",
    "x-amz-server-side-encryption-context",
];

pub(super) fn request(asked: &Asked<'_>) -> Vec<(String, Json)> {
    let (bucket, key) = bucket_and_key(asked);
    let mut out: Vec<(String, Json)> = Vec::new();
    let mut put = |name: &str, value: Json| {
        if !out.iter().any(|(known, _)| known == name) {
            out.push((name.to_owned(), value));
        }
    };
    if let Some(bucket) = bucket {
        put("bucketName", bucket.into());
    }
    if let Some(host) = asked.host {
        put("Host", host.into());
    }
    if let Some(key) = key {
        put("key", key.into());
    }
    // S3 Control names what it is about in the path as well.
    for label in asked.labels.iter().filter(|label| !matches!(label.name, "Bucket" | "Key")) {
        put(&lower_first(label.name), decoded(label.value, Plus::Itself).into_owned().into());
    }
    if let (Some(service), Some(operation)) = (asked.service, asked.operation) {
        if let Some(input) = operation.input {
            for (name, value) in headers(service, input, asked.parts.headers) {
                put(name, value);
            }
        }
        if let Some((name, value)) = document(asked) {
            put(&name, value);
        }
    }
    // Last, since the first of a name stays: a query cannot pass for any of the above.
    for (name, value) in pairs(asked.parts.query.unwrap_or_default()).take(QUERY_PARAMETERS) {
        if !SIGNING.iter().any(|hidden| hidden.eq_ignore_ascii_case(&name)) {
            put(&name, (&*value).into());
        }
    }
    out
}

/// How many parameters of a query are shown; no operation has as many.
const QUERY_PARAMETERS: usize = 64;

pub(super) fn answer(asked: &Asked<'_>, answered: &Answered<'_>) -> Vec<(String, Json)> {
    let (Some(service), Some(operation)) = (asked.service, asked.operation) else {
        return Vec::new();
    };
    let Some(output) = operation.output else { return Vec::new() };
    let found = headers(service, output, answered.headers);
    found.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// The bucket that a call is about.
pub(super) fn bucket(asked: &Asked<'_>) -> Option<String> {
    bucket_and_key(asked).0
}

fn bucket_and_key(asked: &Asked<'_>) -> (Option<String>, Option<String>) {
    let plain = |text: &str| Some(decoded(text, Plus::Itself).into_owned());
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    if asked.operation.is_some() {
        let label = |name: &str| {
            let label = asked.labels.iter().find(|label| label.name == name)?;
            plain(label.value)
        };
        let bucket = asked.bucket.map(str::to_owned).or_else(|| label("Bucket"));
        return (filled(bucket), filled(label("Key")));
    }
    let path = asked.parts.path.strip_prefix('/').unwrap_or(asked.parts.path);
    let (bucket, key) = match (asked.bucket, path.split_once('/')) {
        (Some(bucket), _) => (Some(bucket.to_owned()), plain(path)),
        (None, Some((bucket, key))) => (plain(bucket), plain(key)),
        (None, None) => (plain(path), None),
    };
    (filled(bucket), filled(key))
}

/// The headers that are members of a structure and of S3's own kind.
fn headers<'a>(service: &Service, shape: ShapeId, from: &'a HeaderMap) -> Vec<(&'a str, Json)> {
    let Shape::Structure { members, .. } = service.shape(shape) else { return Vec::new() };
    let mut out = Vec::new();
    for (name, value) in from {
        let name = name.as_str();
        let shown = starts_with(name, "x-amz-")
            && !name.ends_with("-customer-key-md5")
            && !UNSEEN.iter().any(|unseen| starts_with(name, unseen))
            && members.iter().any(|member| {
                member.location == Location::Header && name.eq_ignore_ascii_case(member.wire_name())
            });
        if !shown {
            continue;
        }
        let value =
            if name.ends_with("-customer-key") { Some(HIDDEN) } else { value.to_str().ok() };
        out.extend(value.map(|value| (name, value.into())));
    }
    out
}

/// The body's document under the name of its root.
fn document(asked: &Asked<'_>) -> Option<(String, Json)> {
    let (service, operation) = (asked.service?, asked.operation?);
    if !asked.whole || asked.body.is_empty() || asked.body.len() > DOCUMENT_BYTES {
        return None;
    }
    if operation.name == "PutBucketPolicy" {
        return Some(("bucketPolicy".to_owned(), Json::parse(asked.body).ok()?));
    }
    // The parts of an upload say nothing that their own records do not.
    let has_document = matches!(operation.input_payload, Payload::Members | Payload::Document)
        && operation.name != "CompleteMultipartUpload";
    if !has_document {
        return None;
    }
    let root = Element::parse(asked.body).ok()?;
    let mut value = markup::undescribed(&root);
    if let Some(member) = super::rest::payload(service, operation.input?) {
        veil::veil(service, member.shape, &mut value);
    }
    Some((root.name.to_owned(), value))
}
