//! The gateway's settings: where calls go, with whose signature, and what is recorded of them.

use std::path::PathBuf;
use std::time::Duration;

use cairn_core::{AccountId, Arn};
use cairn_event::{Identity, SessionIssuer};
use cairn_gateway::{Policy, parse_rules};
use cairn_store::Secret;

use super::ConfigError;
use super::values::Values;

const UPSTREAM: &str = "upstream";
const IDENTITY: &str = "identity";

/// The gateway.
#[derive(Debug, Clone)]
pub struct Gateway {
    pub upstreams: Vec<Upstream>,
    pub holders: Vec<KeyHolder>,
    pub policy: Policy,
    pub hidden: Vec<Hidden>,
    /// Bytes.
    pub capture: usize,
    /// Bytes.
    pub body: usize,
    /// Bytes.
    pub memory: usize,
    pub patience: Duration,
    /// In lower case, without a dot at either end.
    pub domains: Vec<String>,
}

/// Where the calls of one service go, or of all that have no upstream of their own.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// As clients sign for the service, or `*`.
    pub name: String,
    pub url: Url,
    pub mode: Mode,
    pub ca: Option<PathBuf>,
    pub accounts: Accounts,
    /// Whether those who may not administer their account may call what changes something.
    pub anyone_writes: bool,
    /// Whose history gets the calls of unknown keys; the first account if `None`.
    pub account: Option<AccountId>,
    pub connect_timeout: Duration,
    pub answer_timeout: Duration,
}

/// An address without a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    pub tls: bool,
    /// Host and port as given: what goes into a `Host` header.
    pub authority: String,
    pub host: String,
    pub port: u16,
}

/// What happens to signatures.
#[derive(Debug, Clone)]
pub enum Mode {
    Passthrough,
    Resign {
        access_key_id: String,
        secret: Secret,
        session_token: Option<Secret>,
        region: Option<String>,
    },
}

/// Which of Cairn's accounts may call an upstream with their own keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accounts {
    First,
    All,
    These(Vec<AccountId>),
}

/// Who holds an access key of an upstream.
#[derive(Debug, Clone)]
pub struct KeyHolder {
    pub access_key_id: String,
    pub identity: Identity,
}

/// A member to hide; `*` for any service or operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hidden {
    pub service: String,
    pub operation: String,
    pub member: String,
}

impl Values {
    pub(super) fn gateway(&self) -> Result<Gateway, ConfigError> {
        let upstreams = self.names(UPSTREAM).into_iter().map(|name| self.upstream(name));
        let holders = self.names(IDENTITY).into_iter().map(|key| self.holder(key));
        let checked = "checked when it was set";
        let domains = self.text("gateway.domains").split(',');
        let domains = domains.map(|name| name.trim().trim_matches('.').to_ascii_lowercase());
        Ok(Gateway {
            upstreams: upstreams.collect::<Result<_, _>>()?,
            holders: holders.collect::<Result<_, _>>()?,
            policy: Policy {
                data_events: self.text("gateway.data_events").parse().expect(checked),
                rules: parse_rules(self.text("gateway.record")).expect(checked),
            },
            hidden: parse_hidden(self.text("gateway.redact")).expect(checked),
            capture: self.number("gateway.capture_kib") as usize * 1024,
            body: self.mib("gateway.body_mib") as usize,
            memory: self.mib("gateway.memory_mib") as usize,
            patience: Duration::from_millis(self.number("gateway.patience_ms")),
            domains: domains.filter(|name| !name.is_empty()).collect(),
        })
    }

    fn upstream(&self, name: String) -> Result<Upstream, ConfigError> {
        let text = |field| self.member(UPSTREAM, &name, field);
        let some = |field| Some(text(field)).filter(|text| !text.is_empty());
        let seconds = |field| Duration::from_secs(text(field).parse().unwrap_or(1));
        if matches!(name.as_str(), "cairn" | "cloudtrail") {
            return Err(ConfigError::OwnService { name });
        }
        let Some(url) = parse_url(text("url")) else { return Err(ConfigError::NoUrl { name }) };
        let credentials = (some("access_key_id"), some("secret_access_key"));
        let mode = match (some("mode"), credentials) {
            (Some("passthrough"), _) | (None, (None, None)) => Mode::Passthrough,
            (_, (Some(id), Some(secret))) => Mode::Resign {
                access_key_id: id.to_owned(),
                secret: Secret::new(secret.to_owned()),
                session_token: some("session_token").map(|token| Secret::new(token.to_owned())),
                region: some("region").map(str::to_owned),
            },
            _ => return Err(ConfigError::HalfCredentials { name }),
        };
        Ok(Upstream {
            mode,
            url,
            ca: some("ca").map(PathBuf::from),
            accounts: self.accounts(&name)?,
            anyone_writes: text("writers") == "all",
            account: text("account").parse().ok(),
            connect_timeout: seconds("connect_seconds"),
            answer_timeout: seconds("answer_seconds"),
            name,
        })
    }

    fn accounts(&self, name: &str) -> Result<Accounts, ConfigError> {
        let value = self.member(UPSTREAM, name, "accounts");
        let ids = || value.split(',').map(|id| id.trim().parse()).collect::<Result<Vec<_>, _>>();
        match value {
            "first" => Ok(Accounts::First),
            "*" => Ok(Accounts::All),
            _ => ids().map(Accounts::These).map_err(|_| ConfigError::BadValue {
                key: format!("{UPSTREAM}.{name}.accounts"),
                value: value.to_owned(),
                origin: "the configuration".to_owned(),
                expected: "first, *, or ids of twelve digits separated by commas".to_owned(),
            }),
        }
    }

    fn holder(&self, key: String) -> Result<KeyHolder, ConfigError> {
        let arn = self.member(IDENTITY, &key, "arn");
        let id = Some(self.member(IDENTITY, &key, "principal_id")).filter(|id| !id.is_empty());
        match holder(arn, id) {
            Some(identity) => {
                let identity = identity.with_access_key(&key);
                Ok(KeyHolder { access_key_id: key, identity })
            }
            None => Err(ConfigError::NoIdentity { key, arn: arn.to_owned() }),
        }
    }
}

/// The identity that an ARN names: a user, the session of a role, the root user.
fn holder(arn: &str, principal_id: Option<&str>) -> Option<Identity> {
    let parts = Arn::parse(arn)?;
    let account = parts.account_id()?;
    let id = principal_id.unwrap_or(arn);
    let (kind, rest) = parts.resource.split_once('/').unwrap_or((parts.resource, ""));
    let (path, name) = rest.rsplit_once('/').unwrap_or(("", rest));
    let mut identity = match (parts.service, kind) {
        ("iam", "root") => Identity::root(account),
        ("iam", "user") if !name.is_empty() => Identity::iam_user(account, id, path, name),
        ("iam", "role") if !name.is_empty() => {
            Identity::role(SessionIssuer::role(account, id, path, name))
        }
        ("sts", "assumed-role" | "federated-user") if !name.is_empty() => Identity {
            kind: Some(match kind {
                "assumed-role" => cairn_event::IdentityType::AssumedRole,
                _ => cairn_event::IdentityType::FederatedUser,
            }),
            principal_id: Some(id.to_owned()),
            account_id: Some(account),
            ..Identity::default()
        },
        _ => return None,
    };
    identity.arn = Some(arn.to_owned());
    Some(identity)
}

pub(super) fn parse_url(text: &str) -> Option<Url> {
    let (tls, rest) = match text.split_once("://")? {
        ("http", rest) => (false, rest),
        ("https", rest) => (true, rest),
        _ => return None,
    };
    let authority: http::uri::Authority = rest.trim_end_matches('/').parse().ok()?;
    if authority.as_str().contains('@') || authority.host().is_empty() {
        return None;
    }
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    let port = match authority.port() {
        Some(port) => port.as_u16(),
        // A port that is none.
        None if authority.as_str().len() > authority.host().len() => return None,
        None if tls => 443,
        None => 80,
    };
    Some(Url { tls, authority: authority.to_string(), host, port })
}

pub(super) fn parse_hidden(text: &str) -> Option<Vec<Hidden>> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    let one = |part: &str| {
        let mut words = part.split(':').map(|word| word.trim().to_owned());
        let (service, operation, member) = (words.next()?, words.next()?, words.next()?);
        let whole = ![&service, &operation, &member].iter().any(|word| word.is_empty());
        (whole && words.next().is_none()).then_some(Hidden { service, operation, member })
    };
    parts.map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_no_path() {
        let url = parse_url("https://s3.example.com/").unwrap();
        assert_eq!((url.tls, url.host.as_str(), url.port), (true, "s3.example.com", 443));
        assert_eq!(parse_url("http://[::1]:9000").unwrap().host, "::1");
        for bad in
            ["", "s3.example.com", "ftp://a", "http://", "http://a/b", "http://u@a", "http://a:x"]
        {
            assert_eq!(parse_url(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_arn_names_its_holder() {
        let written = |arn| serde_json::to_string(&holder(arn, None).unwrap()).unwrap();
        let user = written("arn:aws:iam::111122223333:user/ops/alice");
        assert!(user.contains("\"IAMUser\"") && user.contains("\"userName\":\"alice\""), "{user}");
        assert!(user.contains("user/ops/alice\""), "{user}");
        assert!(written("arn:aws:iam::111122223333:root").contains("\"Root\""));
        let session = written("arn:aws:sts::111122223333:assumed-role/deploy/ci");
        assert!(session.contains("\"AssumedRole\""), "{session}");
        for bad in ["", "arn:aws:iam::111122223333:user/", "arn:aws:s3:::bucket"] {
            assert!(holder(bad, None).is_none(), "{bad}");
        }
    }
}
