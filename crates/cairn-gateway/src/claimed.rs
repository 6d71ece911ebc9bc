//! Who a request says it is from, before and without any verification.

use std::borrow::Cow;

use cairn_wire::Parts;
use http::header::AUTHORIZATION;

/// The longest access key id that is looked at.
const KEY_BYTES: usize = 128;

/// What a signature claims, in whatever form it came. Nothing of it is proven.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed<'a> {
    pub access_key_id: Cow<'a, str>,
    /// Region and service of the credential scope; absent in the signatures of before 2012.
    pub scope: Option<(Cow<'a, str>, Cow<'a, str>)>,
}

impl<'a> Claimed<'a> {
    /// `None` for a request without a signature.
    pub fn of(parts: &Parts<'a>) -> Option<Self> {
        if let Some(text) = parts.header(&AUTHORIZATION) {
            return Self::of_header(text);
        }
        let query = parts.query?;
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|piece| piece.split_once('='));
            pairs.find(|(found, _)| unescaped(found).eq_ignore_ascii_case(name)).map(|(_, v)| v)
        };
        if let Some(credential) = value("X-Amz-Credential") {
            let credential = unescaped(credential);
            return Self::of_credential(&credential).map(Claimed::into_owned);
        }
        let key = value("AWSAccessKeyId").filter(is_key)?;
        Some(Self { access_key_id: key.into(), scope: None })
    }

    /// The service of the credential scope.
    pub fn service(&self) -> Option<&str> {
        self.scope.as_ref().map(|(_, service)| &**service)
    }

    /// The Region of the credential scope.
    pub fn region(&self) -> Option<&str> {
        self.scope.as_ref().map(|(region, _)| &**region)
    }

    fn of_header(text: &'a str) -> Option<Self> {
        if let Some(rest) = text.strip_prefix("AWS ") {
            let key = rest.split(':').next().filter(is_key)?;
            return Some(Self { access_key_id: key.into(), scope: None });
        }
        let (_, rest) = text.strip_prefix("AWS4-")?.split_once("Credential=")?;
        let credential = rest.split([',', ' ']).next()?;
        Self::of_credential(credential)
    }

    fn of_credential(text: &str) -> Option<Claimed<'_>> {
        let mut elements = text.split('/');
        let key = elements.next().filter(is_key)?;
        let _date = elements.next()?;
        // The form that is good for several Regions names none.
        let rest: Vec<&str> = elements.take(3).collect();
        let scope = match rest.as_slice() {
            [region, service, "aws4_request"] => Some(((*region).into(), (*service).into())),
            [service, "aws4_request"] => Some(("".into(), (*service).into())),
            _ => None,
        };
        Some(Claimed { access_key_id: key.into(), scope })
    }

    fn into_owned<'b>(self) -> Claimed<'b> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        Claimed {
            access_key_id: own(self.access_key_id),
            scope: self.scope.map(|(region, service)| (own(region), own(service))),
        }
    }
}

/// Undoes escapes of ASCII, as whoever verifies the signature will.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let digits = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = match digits.filter(u8::is_ascii) {
            Some(byte) => {
                out.push(char::from(byte));
                &after[2..]
            }
            None => {
                out.push('%');
                after
            }
        };
    }
    out.push_str(rest);
    out.into()
}

fn is_key(text: &&str) -> bool {
    // What separates the parts of a signature is in no key.
    let legal = |byte: u8| byte.is_ascii_graphic() && !b"/,;=:\"'\\".contains(&byte);
    (1..=KEY_BYTES).contains(&text.len()) && text.bytes().all(legal)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, Method};

    use super::*;

    fn claimed(authorization: Option<&str>, query: Option<&str>) -> Option<(String, String)> {
        let mut headers = HeaderMap::new();
        if let Some(text) = authorization {
            headers.insert(AUTHORIZATION, text.parse().unwrap());
        }
        let parts = Parts { method: &Method::GET, path: "/", query, headers: &headers };
        let found = Claimed::of(&parts)?;
        let service = found.service().unwrap_or("none").to_owned();
        Some((found.access_key_id.into_owned(), service))
    }

    #[test]
    fn every_form_of_a_signature_names_its_key() {
        let named = |key: &str, service: &str| Some((key.to_owned(), service.to_owned()));
        let header = "AWS4-HMAC-SHA256 Credential=AKIA1/20261126/us-east-1/s3/aws4_request, \
                      SignedHeaders=host, Signature=00";
        assert_eq!(claimed(Some(header), None), named("AKIA1", "s3"));
        let many = "AWS4-ECDSA-P256-SHA256 Credential=AKIA1/20261126/s3/aws4_request,Signature=0";
        assert_eq!(claimed(Some(many), None), named("AKIA1", "s3"));
        assert_eq!(claimed(Some("AWS AKIA2:c2ln="), None), named("AKIA2", "none"));
        let query = "a=1&X-Amz-Credential=AKIA3%2F20261126%2Feu-west-1%2Fs3%2Faws4_request";
        assert_eq!(claimed(None, Some(query)), named("AKIA3", "s3"));
        assert_eq!(claimed(None, Some("AWSAccessKeyId=AKIA4&Signature=x")), named("AKIA4", "none"));
    }

    #[test]
    fn what_names_no_key_claims_nothing() {
        let long = format!("AWS {}:x", "A".repeat(KEY_BYTES + 1));
        for text in ["Bearer abc", "AWS4-HMAC-SHA256 ", "AWS :x", "AWS a\u{7f}b:x", &long] {
            let parsed = text.parse::<http::HeaderValue>().is_ok();
            assert!(!parsed || claimed(Some(text), None).is_none(), "{text}");
        }
        assert_eq!(claimed(None, None), None);
        assert_eq!(claimed(None, Some("X-Amz-Credential=")), None);
    }
}
