//! Which operation a JSON request names.

use http::header::{CONTENT_TYPE, HeaderMap};

/// The two content types. They differ in name only, and an answer repeats the request's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    V1_0,
    V1_1,
}

impl Version {
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::V1_0 => "application/x-amz-json-1.0",
            Self::V1_1 => "application/x-amz-json-1.1",
        }
    }

    /// Parameters such as `charset` do not matter. `None` for any other type.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let text = headers.get(CONTENT_TYPE)?.to_str().ok()?;
        let essence = text.split(';').next()?.trim();
        [Self::V1_0, Self::V1_1]
            .into_iter()
            .find(|version| essence.eq_ignore_ascii_case(version.content_type()))
    }
}

/// `X-Amz-Target` cut in two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target<'a> {
    /// `CloudTrail_20131101`, whichever of the two spellings came.
    pub service_prefix: &'a str,
    pub operation: &'a str,
}

impl<'a> Target<'a> {
    /// Reads `Prefix.Operation` and `com.amazonaws.service.version.Prefix.Operation`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (qualified, operation) = text.rsplit_once('.')?;
        let service_prefix = qualified.rsplit('.').next()?;
        let legal = |part: &str| {
            let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            !part.is_empty() && part.bytes().all(letter)
        };
        (legal(service_prefix) && legal(operation)).then_some(Self { service_prefix, operation })
    }
}

/// The operation that the headers name, where exactly one well-formed target is there.
pub fn target(headers: &HeaderMap) -> Option<Target<'_>> {
    let mut values = headers.get_all("x-amz-target").iter();
    let only = values.next()?;
    if values.next().is_some() {
        return None;
    }
    Target::parse(only.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_name_the_same_operation() {
        let short = Target::parse("CloudTrail_20131101.LookupEvents");
        let long = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
        assert_eq!(short, Target::parse(long));
        assert_eq!(short.unwrap().service_prefix, "CloudTrail_20131101");
        for bad in ["", ".", "LookupEvents", "A.", ".B", "A.B\u{e9}", "A.B C", "A. B"] {
            assert_eq!(Target::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn content_types() {
        let of = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, text.parse().unwrap());
            Version::of(&headers)
        };
        assert_eq!(of("application/x-amz-json-1.0"), Some(Version::V1_0));
        assert_eq!(of("Application/X-Amz-JSON-1.1; charset=utf-8"), Some(Version::V1_1));
        assert_eq!(of("application/json"), None);
    }
}
