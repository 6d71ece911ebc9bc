//! The instant a request was signed at.

use std::borrow::Cow;

use cairn_core::Timestamp;
use http::header::DATE;

use super::AuthError;
use super::signed_headers::single;
use crate::Parts;

/// `YYYYMMDDThhmmssZ` as it was signed, and the instant it means.
#[derive(Debug, Clone)]
pub(super) struct Stamp<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) at: Timestamp,
    /// The header it came from, which must be a signed one; `None` for a query parameter.
    pub(super) header: Option<&'static str>,
}

impl<'a> Stamp<'a> {
    pub(super) fn parse(text: Cow<'a, str>) -> Result<Self, AuthError> {
        match Timestamp::parse_basic(&text) {
            Some(at) => Ok(Self { text, at, header: None }),
            None => Err(AuthError::malformed_date(&text)),
        }
    }

    /// `X-Amz-Date` where there is one, else `Date`; `None` without both.
    pub(super) fn of_headers(parts: &Parts<'a>) -> Result<Option<Self>, AuthError> {
        if let Some(text) = single(parts, "x-amz-date")? {
            let stamp = Self::parse(Cow::Borrowed(text))?;
            return Ok(Some(Self { header: Some("x-amz-date"), ..stamp }));
        }
        let Some(text) = single(parts, DATE.as_str())? else {
            return Ok(None);
        };
        let stamp = match http_date(text) {
            Some(at) => Self { text: Cow::Owned(at.basic()), at, header: None },
            None => Self::parse(Cow::Borrowed(text))?,
        };
        Ok(Some(Self { header: Some("date"), ..stamp }))
    }
}

/// Reads `Sun, 06 Nov 1994 08:49:37 GMT`. The day's name is not looked at.
fn http_date(text: &str) -> Option<Timestamp> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    if !text.is_ascii() || text.len() != 29 || &text[3..5] != ", " || &text[25..] != " GMT" {
        return None;
    }
    let month = MONTHS.iter().position(|name| *name == &text[8..11])? + 1;
    let (day, year, time) = (&text[5..7], &text[12..16], &text[17..25]);
    Timestamp::parse(&format!("{year}-{month:02}-{day}T{time}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_dates() {
        let at = http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        assert_eq!(at.to_string(), "1994-11-06T08:49:37Z");
        for bad in ["", "Sun, 06 Nov 1994 08:49:37 CET", "Sun, 31 Feb 1994 08:49:37 GMT"] {
            assert_eq!(http_date(bad), None, "{bad}");
        }
    }
}
