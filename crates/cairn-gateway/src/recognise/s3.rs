//! S3, whose buckets stand in hosts, whose anonymous clients sign nothing, and which browsers
//! speak to.

use cairn_catalog::{Label, Operation, Service};
use cairn_wire::{Parts, Protocol};
use http::Method;
use http::header::CONTENT_TYPE;

use super::{Asked, Recognised, rest};

/// Where S3 Control keeps its operations; a bucket may have this name.
const CONTROL: &str = "/v20180820/";

/// Headers of which every call of S3 Control has one, and no call of S3.
const OWNERS: [&str; 2] = ["x-amz-account-id", "x-amz-outpost-id"];

/// Whether the request is for S3, as far as signature and host tell. One that tells nothing is.
pub(super) fn may_be(asked: &Asked<'_, '_>) -> bool {
    let s3 = asked.catalog.named("s3");
    if asked.candidates.is_empty() {
        return asked.claimed.is_none();
    }
    // Outposts has operations of its own beside those of S3.
    let among = |service| asked.candidates.iter().any(|id| Some(*id) == service);
    let outposts = among(asked.catalog.named("s3outposts"));
    let other = outposts && asked.parts.path.starts_with("/S3Outposts/");
    !other && among(s3)
}

pub(super) fn recognise<'a>(asked: &Asked<'_, 'a>) -> Recognised<'a> {
    let named = |name: &str| asked.catalog.named(name).map(|id| asked.catalog.service(id));
    if let Some(control) = named("s3control").filter(|_| is_control(asked)) {
        let method = asked.parts.method.as_str();
        let query = asked.parts.query.unwrap_or_default();
        let found = control.route(method, asked.parts.path, query);
        let call = Recognised::speaking(Protocol::RestXml).of(control);
        return match found {
            Some(found) => {
                Recognised { operation: Some(found.operation), labels: found.labels, ..call }
            }
            None => Recognised { named: Some(rest::method(asked).to_owned().into()), ..call },
        };
    }
    let call = Recognised::speaking(Protocol::RestXml);
    let Some(s3) = named("s3") else { return call };
    let bucket = asked.host.bucket.clone();
    let (operation, labels) = match &bucket {
        Some(bucket) => below(asked, s3, bucket),
        None => at(asked, s3, asked.parts.path),
    };
    let operation = operation.filter(|operation| !is_doubtful(asked, operation));
    let operation = operation.filter(|_| reads_one_way(asked.parts));
    let named = operation.is_none().then(|| rest::method(asked).to_owned().into());
    Recognised { operation, labels, bucket, named, ..call.of(s3) }
}

fn is_control(asked: &Asked<'_, '_>) -> bool {
    let control = asked.catalog.named("s3control");
    let hosted = control.is_some() && asked.host.service == control;
    let owned = OWNERS.iter().any(|name| asked.parts.headers.contains_key(*name));
    asked.parts.path.starts_with(CONTROL) && (hosted || owned)
}

type Found<'a> = (Option<&'static Operation>, Vec<Label<'a>>);

/// The operation where the path names the bucket.
fn at<'a>(asked: &Asked<'_, '_>, s3: &'static Service, path: &'a str) -> Found<'a> {
    let parts = asked.parts;
    let has_header = |name: &str| parts.headers.contains_key(name);
    let query = parts.query.unwrap_or_default();
    let found = s3.route_with(parts.method.as_str(), path, query, &has_header);
    if let Some(found) = found {
        let directories = is_directories(asked) && found.operation.name == "ListBuckets";
        let other = if directories { s3.operation("ListDirectoryBuckets") } else { None };
        return (Some(other.unwrap_or(found.operation)), found.labels);
    }
    let bucket = path.trim_matches('/');
    let is_bucket = !bucket.is_empty() && !bucket.contains('/');
    let name = match *parts.method {
        Method::POST if is_bucket && is_upload(asked) => "PostObject",
        Method::OPTIONS => "PreflightRequest",
        _ => return (None, Vec::new()),
    };
    let labels = if is_bucket { vec![Label { name: "Bucket", value: bucket }] } else { Vec::new() };
    (s3.operation(name), labels)
}

/// The operation where the host names the bucket: the path is the key.
fn below<'a>(asked: &Asked<'_, 'a>, s3: &'static Service, bucket: &str) -> Found<'a> {
    let whole = format!("/{bucket}{}", asked.parts.path);
    let (operation, labels) = at(asked, s3, &whole);
    let key = labels.iter().any(|label| label.name == "Key");
    let key = asked.parts.path.strip_prefix('/').filter(|_| key);
    (operation, key.map(|value| Label { name: "Key", value }).into_iter().collect())
}

fn is_directories(asked: &Asked<'_, '_>) -> bool {
    asked.host.directories || asked.claimed == Some("s3express")
}

/// Whether every server reads the line alike: some undo escapes in the names of parameters, and
/// some take dot segments away, so that another operation stands there.
fn reads_one_way(parts: &Parts<'_>) -> bool {
    let query = parts.query.unwrap_or_default().split('&');
    let mut names = query.map(|parameter| parameter.split('=').next().unwrap_or_default());
    let dots = |segment: &str| {
        let plain = segment.replace("%2e", ".").replace("%2E", ".");
        plain == "." || plain == ".."
    };
    !names.any(|name| name.contains('%')) && !parts.path.split('/').any(dots)
}

/// Browsers upload with a form.
fn is_upload(asked: &Asked<'_, '_>) -> bool {
    let essence = asked.parts.header(&CONTENT_TYPE).unwrap_or_default();
    let form = b"multipart/form-data";
    essence.as_bytes().get(..form.len()).is_some_and(|start| start.eq_ignore_ascii_case(form))
}

/// A `POST` that reads, with a parameter by which another server may see a write.
fn is_doubtful(asked: &Asked<'_, '_>, operation: &Operation) -> bool {
    const WRITES: &[&str] = &["delete", "restore", "uploadId", "uploads"];
    let query = asked.parts.query.unwrap_or_default().split('&');
    let mut names = query.map(|parameter| parameter.split('=').next().unwrap_or_default());
    *asked.parts.method == Method::POST
        && operation.read_only
        && names.any(|name| WRITES.contains(&name))
}
