//! The credential scope: whose key, derived for what.

use std::borrow::Cow;

use super::{AuthError, TERMINATOR};

/// What a signing key was derived for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope<'a> {
    /// `YYYYMMDD`, equal to the day the request was signed.
    pub date: Cow<'a, str>,
    pub region: Cow<'a, str>,
    pub service: Cow<'a, str>,
}

/// `keyid/date/region/service/aws4_request`.
pub(super) struct Credential<'a> {
    pub(super) access_key_id: Cow<'a, str>,
    pub(super) scope: Scope<'a>,
}

impl<'a> Credential<'a> {
    pub(super) fn parse(text: Cow<'a, str>) -> Result<Self, AuthError> {
        match text {
            Cow::Borrowed(text) => Self::cut(text),
            Cow::Owned(text) => Credential::cut(&text).map(Credential::into_owned),
        }
    }

    fn cut(text: &'a str) -> Result<Self, AuthError> {
        let mut elements = text.split('/');
        let mut next = || elements.next().filter(|element| !element.is_empty());
        let (Some(id), Some(date), Some(region), Some(service), Some(terminator), None) =
            (next(), next(), next(), next(), next(), elements.next())
        else {
            return Err(AuthError::credential(text));
        };
        if terminator != TERMINATOR {
            return Err(AuthError::terminator(terminator));
        }
        let scope = Scope { date: date.into(), region: region.into(), service: service.into() };
        Ok(Self { access_key_id: id.into(), scope })
    }

    fn into_owned<'b>(self) -> Credential<'b> {
        let own = |text: Cow<'a, str>| Cow::Owned(text.into_owned());
        let Scope { date, region, service } = self.scope;
        Credential {
            access_key_id: own(self.access_key_id),
            scope: Scope { date: own(date), region: own(region), service: own(service) },
        }
    }
}
