//! The reserved bucket: files of tables, as S3 gives them.

use bytes::Bytes;
use cairn_lake::Location;
use cairn_task::blocking;
use cairn_wire::sigv4::{Claim, Payload, Presented};
use cairn_wire::{Family, Fault, Parts, fault_response};
use http::header::{
    ACCEPT_RANGES, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderValue, LAST_MODIFIED,
    RANGE,
};
use http::request::Parts as Head;
use http::{HeaderMap, Method, Response, StatusCode};

use super::Tables;
use super::stream::{PIECE, Stream};
use crate::http::Seen;
use crate::proxy::Answer;

/// Files never change, and the disk's times say nothing of the table.
const MODIFIED: &str = "Thu, 01 Jan 1970 00:00:00 GMT";

/// The bytes that are asked for: from, up to and exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Span {
    Whole,
    Part(u64, u64),
    Nowhere,
}

impl Tables {
    pub(super) async fn file(&self, key: &str, head: &Head, seen: &mut Seen) -> Response<Answer> {
        seen.service = "s3";
        "ReadTableFile".clone_into(&mut seen.operation);
        match self.open(key, head).await {
            Ok(mut response) => {
                let headers = response.headers_mut();
                if let Ok(id) = HeaderValue::from_str(&seen.request_id) {
                    headers.insert("x-amz-request-id", id);
                }
                headers.insert("server", HeaderValue::from_static("AmazonS3"));
                response
            }
            Err(fault) => {
                if let Some(error) = &fault.internal {
                    tracing::error!(key, error, "failed to read a table's file");
                }
                let response = fault_response(Family::S3, &head.method, &seen.request_id, &fault);
                response.map(Answer::from)
            }
        }
    }

    async fn open(&self, key: &str, head: &Head) -> Result<Response<Answer>, Fault> {
        let presented = Presented::parse(&Parts::of(head))?;
        let payload = match presented.claim() {
            Claim::Absent | Claim::Sha256(_) => Payload::of(&[]),
            Claim::Unsigned => Payload::Claimed,
            Claim::Streaming(_) => return Err(denied()),
        };
        let reader = self.authenticator.admit_reader(&presented, payload)?;
        if head.method != Method::GET && head.method != Method::HEAD {
            return Err(denied());
        }
        let location = Location::parse_key(key).ok_or_else(denied)?;
        let published = self.is_published(reader.caller.account, location.store()).await;
        if !published.map_err(broken)? {
            return Err(denied());
        }
        let home = self.home.clone();
        let (wanted, shown) = (range(&head.headers), head.method == Method::GET);
        let name = location.name().to_owned();
        let opened = blocking("table-open", move || {
            let Some(file) = home.open(&location).map_err(broken)? else {
                return Err(Fault::client("NoSuchKey", "The specified key does not exist.")
                    .with_status(404));
            };
            let size = file.len().map_err(broken)?;
            let span = wanted.as_deref().map_or(Span::Whole, |text| parse_range(text, size));
            let (from, to) = match span {
                Span::Whole => (0, size),
                Span::Part(from, to) => (from, to),
                Span::Nowhere => return Err(unsatisfiable()),
            };
            let stream = Stream::new(file, from, to);
            // Most reads are of a few bytes: one turn of the pool is enough for them.
            let body = match () {
                () if !shown => Answer::from(Bytes::new()),
                () if to - from <= PIECE => Answer::from(stream.rest().map_err(broken)?),
                () => Answer::Table(Box::new(stream)),
            };
            Ok((body, span, from, to, size))
        });
        let (body, span, from, to, size) = opened.await?;
        let mut response = Response::new(body);
        tell(response.headers_mut(), &name, to - from);
        if span != Span::Whole {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {from}-{}/{size}", to - 1);
            if let Ok(range) = HeaderValue::from_str(&range) {
                response.headers_mut().insert(CONTENT_RANGE, range);
            }
        }
        Ok(response)
    }
}

fn tell(headers: &mut HeaderMap, name: &str, length: u64) {
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(LAST_MODIFIED, HeaderValue::from_static(MODIFIED));
    // A name is given once, so it says as much as a digest.
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{name}\"")) {
        headers.insert(ETAG, tag);
    }
}

fn range(headers: &HeaderMap) -> Option<String> {
    headers.get(RANGE).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// A header that is no range, or is several, counts as absent.
fn parse_range(text: &str, size: u64) -> Span {
    let Some((from, to)) = text.trim().strip_prefix("bytes=").and_then(|text| text.split_once('-'))
    else {
        return Span::Whole;
    };
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let found = match (from.trim(), to.trim()) {
        ("", "") => None,
        ("", last) => number(last).map(|last| (size.saturating_sub(last), size)),
        (from, "") => number(from).map(|from| (from, size)),
        (from, to) => number(from)
            .zip(number(to))
            .filter(|(from, to)| from <= to)
            .map(|(from, to)| (from, size.min(to.saturating_add(1)))),
    };
    match found {
        None => Span::Whole,
        Some((from, to)) if from < to => Span::Part(from, to),
        Some(_) => Span::Nowhere,
    }
}

fn denied() -> Fault {
    Fault::access_denied("Access Denied")
}

fn unsatisfiable() -> Fault {
    Fault::client("InvalidRange", "The requested range is not satisfiable").with_status(416)
}

fn broken(error: impl ToString) -> Fault {
    Fault::client("InternalError", "We encountered an internal error. Please try again.")
        .with_status(500)
        .with_internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        for (text, expected) in [
            ("bytes=0-0", Span::Part(0, 1)),
            ("bytes=2-4", Span::Part(2, 5)),
            ("bytes=2-", Span::Part(2, 10)),
            ("bytes=-3", Span::Part(7, 10)),
            ("bytes=-30", Span::Part(0, 10)),
            ("bytes=5-100", Span::Part(5, 10)),
            ("bytes=5-4", Span::Whole),
            ("bytes=0-1,3-4", Span::Whole),
            ("lines=0-1", Span::Whole),
            ("bytes=-", Span::Whole),
            ("bytes=10-", Span::Nowhere),
            ("bytes=-0", Span::Nowhere),
        ] {
            assert_eq!(parse_range(text, 10), expected, "{text}");
        }
    }
}
