//! Conditions of requests: what must hold of the current object.

use cairn_store::objects::Version;

use crate::ask::{Ask, parse_http_date};
use crate::fault::Fault;

/// What must hold for a write.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Condition {
    /// `If-None-Match: *`.
    pub(crate) absent: bool,
    /// `If-Match`.
    matches: Option<String>,
}

impl Condition {
    pub(crate) fn of(ask: &Ask) -> Result<Self, Fault> {
        let absent = match ask.header("if-none-match") {
            None => false,
            Some("*") => true,
            Some(_) => return Err(Fault::not_implemented("If-None-Match")),
        };
        Ok(Self { absent, matches: ask.header("if-match").map(str::to_owned) })
    }

    /// `current` may be a delete marker, which counts as nothing.
    pub(crate) fn check(&self, key: &str, current: Option<&Version>) -> Result<(), Fault> {
        let current = current.filter(|version| !version.marker);
        if self.absent && current.is_some() {
            return Err(Fault::precondition_failed("If-None-Match"));
        }
        match (&self.matches, current) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(Fault::no_such_key(key)),
            (Some(wanted), Some(current)) if is_among(wanted, &current.etag) => Ok(()),
            (Some(_), Some(_)) => Err(Fault::precondition_failed("If-Match")),
        }
    }
}

/// Whether an object may be read under the request's conditions; `prefix` is that of a copy's.
pub(crate) fn check_read(ask: &Ask, prefix: &str, object: &Version) -> Result<(), Fault> {
    let header = |name: &str| ask.header(&format!("{prefix}{name}"));
    let date = |name: &str| header(name).and_then(parse_http_date);
    let not_modified = |condition: &str| {
        if prefix.is_empty() {
            Err(Fault::new(304, "NotModified", "Not Modified")
                .header("etag", format!("\"{}\"", object.etag))
                .header("last-modified", crate::ask::http_date(object.modified)))
        } else {
            Err(Fault::precondition_failed(condition))
        }
    };
    match header("if-match") {
        Some(wanted) if !is_among(wanted, &object.etag) => {
            return Err(Fault::precondition_failed(&format!("{prefix}If-Match")));
        }
        Some(_) => {}
        None if date("if-unmodified-since").is_some_and(|at| object.modified > at) => {
            return Err(Fault::precondition_failed(&format!("{prefix}If-Unmodified-Since")));
        }
        None => {}
    }
    match header("if-none-match") {
        Some(wanted) if is_among(wanted, &object.etag) => {
            not_modified(&format!("{prefix}If-None-Match"))
        }
        Some(_) => Ok(()),
        None if date("if-modified-since").is_some_and(|at| object.modified <= at) => {
            not_modified(&format!("{prefix}If-Modified-Since"))
        }
        None => Ok(()),
    }
}

fn is_among(wanted: &str, etag: &str) -> bool {
    wanted.split(',').any(|one| {
        let one = one.trim();
        one == "*" || one.strip_prefix("W/").unwrap_or(one).trim_matches('"') == etag
    })
}
