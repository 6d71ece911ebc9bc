//! Which error an answer is.

use cairn_catalog::Service;
use cairn_event::Json;
use cairn_wire::Protocol;
use http::{HeaderMap, Method, StatusCode};

use super::xml::Element;
use super::{Answered, Asked, cbor, is_s3};

/// `errorCode` and `errorMessage`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub code: String,
    /// `None` where the answer has none.
    pub message: Option<String>,
}

/// Reads the error of a failed call from its answer; `None` for an answer that is none.
pub fn failure(asked: &Asked<'_>, answered: &Answered<'_>) -> Option<Failure> {
    let answered = &answered.bounded();
    let failed = answered.status >= 400;
    let found = match asked.protocol {
        // Long-running calls of S3 fail after their status went out.
        Protocol::RestXml if failed || may_fail_late(answered) => in_xml(answered),
        _ if !failed => None,
        Protocol::Json(_) | Protocol::RestJson | Protocol::Cbor => {
            in_document(asked.protocol, answered)
        }
        _ => in_xml(answered),
    };
    let found = found.or_else(|| failed.then(|| by_status(asked, answered.status)))?;
    Some(Failure { code: recorded(asked, answered.status, found.code), ..found })
}

fn may_fail_late(answered: &Answered<'_>) -> bool {
    /// The error is the root: it begins within this many bytes.
    const HEAD: usize = 256;
    let head = &answered.body[..answered.body.len().min(HEAD)];
    head.windows(6).any(|window| window == b"<Error")
}

fn in_document(protocol: Protocol, answered: &Answered<'_>) -> Option<Failure> {
    let body = match protocol {
        _ if !answered.whole => None,
        Protocol::Cbor => cbor::parse(answered.body),
        _ => Json::parse(answered.body).ok(),
    };
    let text = |names: &[&str]| {
        let body = body.as_ref()?;
        names.iter().find_map(|name| Some(body.get(name)?.as_str()?.to_owned()))
    };
    let typed = header(answered.headers, "x-amzn-errortype").map(str::to_owned);
    let code = typed.or_else(|| text(&["__type", "code", "Code"]))?;
    Some(Failure {
        code: bare(&code).to_owned(),
        message: text(&["message", "Message", "errorMessage"]),
    })
}

/// A code without its namespace before and its address behind it.
fn bare(code: &str) -> &str {
    let code = code.split_once(':').map_or(code, |(code, _)| code);
    code.rsplit_once('#').map_or(code, |(_, code)| code).trim()
}

fn in_xml(answered: &Answered<'_>) -> Option<Failure> {
    let root = Element::parse(answered.body).ok()?;
    let error = match root.local() {
        "Error" => &root,
        // EC2 has a list of one.
        _ => match root.child("Errors") {
            Some(errors) => errors.child("Error")?,
            None => root.child("Error")?,
        },
    };
    let text = |name: &str| error.text_of(name).filter(|text| !text.is_empty());
    Some(Failure {
        code: text("Code")?.trim().to_owned(),
        message: text("Message").or_else(|| text("message")).map(str::to_owned),
    })
}

/// The error that a status stands for where the answer has no document.
fn by_status(asked: &Asked<'_>, status: u16) -> Failure {
    let is_s3 = asked.service.is_some_and(is_s3);
    let has_key = asked.labels.iter().any(|label| label.name == "Key");
    let (code, message) = match status {
        404 if is_s3 && has_key => ("NoSuchKey", "The specified key does not exist."),
        404 if is_s3 => ("NoSuchBucket", "The specified bucket does not exist"),
        412 if is_s3 => {
            ("PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
        }
        416 if is_s3 => ("InvalidRange", "The requested range is not satisfiable"),
        503 if is_s3 => ("SlowDown", "Please reduce your request rate."),
        403 if is_s3 || *asked.parts.method == Method::HEAD => ("AccessDenied", "Access Denied"),
        _ => {
            let reason = StatusCode::from_u16(status).ok().and_then(|s| s.canonical_reason());
            let code = reason.unwrap_or("Unknown").replace(' ', "");
            return Failure { code, message: None };
        }
    };
    Failure { code: code.to_owned(), message: Some(message.to_owned()) }
}

/// The code as records have it.
fn recorded(asked: &Asked<'_>, status: u16, code: String) -> String {
    if code == "AccessDeniedException" {
        return "AccessDenied".to_owned();
    }
    if asked.protocol == Protocol::Ec2 || asked.service.is_some_and(|s| s.name == "ec2") {
        let side = if status >= 500 { "Server" } else { "Client" };
        return match code.split_once('.') {
            Some(("Client" | "Server", _)) => code,
            _ => format!("{side}.{code}"),
        };
    }
    match asked.service.and_then(ending) {
        Some(ending) if asked.protocol == Protocol::Query && is_modelled(&code) => code + ending,
        _ => code,
    }
}

/// What records add to the codes of a query service: they name the model's exception, the wire
/// does not.
fn ending(service: &Service) -> Option<&'static str> {
    match service.name {
        "elb" | "elbv2" | "iam" => Some("Exception"),
        "docdb" | "neptune" | "rds" => Some("Fault"),
        _ => None,
    }
}

/// Whether a code is an exception of the service's own that lacks its ending. The others are those
/// that all query services share.
fn is_modelled(code: &str) -> bool {
    const SHARED: [&str; 19] = [
        "AccessDenied",
        "ExpiredToken",
        "IncompleteSignature",
        "InternalFailure",
        "InvalidAction",
        "InvalidClientTokenId",
        "InvalidParameterCombination",
        "InvalidParameterValue",
        "InvalidQueryParameter",
        "MalformedQueryString",
        "MissingAction",
        "MissingAuthenticationToken",
        "MissingParameter",
        "OptInRequired",
        "RequestExpired",
        "ServiceUnavailable",
        "SignatureDoesNotMatch",
        "Throttling",
        "ValidationError",
    ];
    !SHARED.contains(&code) && !code.ends_with("Exception") && !code.ends_with("Fault")
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok().filter(|value| !value.is_empty())
}
