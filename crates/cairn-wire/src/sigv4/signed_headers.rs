//! Which headers a signature covers, and which it must cover.

use http::header::{HOST, HeaderName};

use super::{AuthError, Dialect};
use crate::Parts;

/// The longest `SignedHeaders`, in bytes.
const MAX_LIST: usize = 4096;

/// `Host` and every `x-amz-…` header must be signed; the list is sorted and names nothing twice.
pub(super) fn check(parts: &Parts<'_>, list: &str, dialect: Dialect) -> Result<(), AuthError> {
    if !is_well_formed(list) {
        return Err(AuthError::SignedHeaders);
    }
    single(parts, HOST.as_str())?;
    require(list, "host")?;
    for name in parts.headers.keys().map(HeaderName::as_str) {
        let added_after = dialect.token_after_signing && name == "x-amz-security-token";
        if name.starts_with("x-amz-") && !added_after {
            require(list, name)?;
        }
    }
    // Read as one value by whoever routes the request, so it must be one.
    single(parts, "x-amz-target").map(drop)
}

pub(super) fn require(list: &str, name: &str) -> Result<(), AuthError> {
    if list.split(';').any(|signed| signed == name) {
        return Ok(());
    }
    Err(AuthError::Unsigned(name.to_owned()))
}

/// The value of a header that must not be repeated; `None` where there is none.
pub(super) fn single<'a>(
    parts: &Parts<'a>,
    name: &'static str,
) -> Result<Option<&'a str>, AuthError> {
    let mut values = parts.headers.get_all(name).iter();
    let Some(first) = values.next() else {
        return Ok(None);
    };
    match (values.next(), first.to_str()) {
        (None, Ok(text)) => Ok(Some(text)),
        _ => Err(AuthError::Repeated(name)),
    }
}

fn is_well_formed(list: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_graphic() && !byte.is_ascii_uppercase();
    let sorted = || {
        let names = list.split(';');
        names.clone().zip(names.skip(1)).all(|(before, after)| before < after)
    };
    list.len() <= MAX_LIST
        && list.split(';').all(|name| !name.is_empty() && name.bytes().all(legal))
        && sorted()
}
