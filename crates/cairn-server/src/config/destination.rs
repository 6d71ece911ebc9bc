//! Services that trails deliver to.

use std::path::PathBuf;

use cairn_store::Secret;

use super::upstream::{Url, parse_url};
use super::values::Values;
use super::{ConfigError, Mode, Upstream};

const DESTINATION: &str = "destination";

/// Where trails deliver to; `None` for the services inside Cairn.
#[derive(Debug, Clone, Default)]
pub struct Destinations {
    pub s3: Option<Destination>,
    pub kms: Option<Destination>,
    pub sns: Option<Destination>,
}

/// Somebody else's service.
#[derive(Debug, Clone)]
pub struct Destination {
    pub url: Url,
    pub access_key_id: String,
    pub secret: Secret,
    pub session_token: Option<Secret>,
    pub region: Option<String>,
    pub ca: Option<PathBuf>,
}

impl Values {
    pub(super) fn destinations(&self) -> Result<Destinations, ConfigError> {
        let mut all = Destinations::default();
        for name in self.names(DESTINATION) {
            let place = match name.as_str() {
                "s3" => &mut all.s3,
                "kms" => &mut all.kms,
                "sns" => &mut all.sns,
                _ => return Err(ConfigError::NoDestination { name }),
            };
            *place = Some(self.destination(name)?);
        }
        Ok(all)
    }

    fn destination(&self, name: String) -> Result<Destination, ConfigError> {
        let some = |field| {
            let text = self.member(DESTINATION, &name, field);
            Some(text.to_owned()).filter(|text| !text.is_empty())
        };
        let needed = |missing: &'static str| {
            let name = name.clone();
            some(missing).ok_or(ConfigError::HalfDestination { name, missing })
        };
        Ok(Destination {
            url: parse_url(&needed("url")?).expect("checked when it was set"),
            access_key_id: needed("access_key_id")?,
            secret: Secret::new(needed("secret_access_key")?),
            session_token: some("session_token").map(Secret::new),
            region: some("region"),
            ca: some("ca").map(PathBuf::from),
        })
    }
}

impl Destination {
    /// The S3 that calls are forwarded to under credentials of Cairn's own is also where its trails
    /// deliver to, unless another one is named.
    pub(crate) fn of_upstream(upstream: &Upstream) -> Option<Self> {
        let Mode::Resign { access_key_id, secret, session_token, region } = &upstream.mode else {
            return None;
        };
        Some(Self {
            url: upstream.url.clone(),
            access_key_id: access_key_id.clone(),
            secret: secret.clone(),
            session_token: session_token.clone(),
            region: region.clone(),
            ca: upstream.ca.clone(),
        })
    }
}
