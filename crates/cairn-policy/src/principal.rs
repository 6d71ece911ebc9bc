//! Whom a statement speaks of.

use cairn_core::{AccountId, Arn};

use crate::json::Json;
use crate::parse::texts;
use crate::truth::Truth;
use crate::{Malformed, Principal};

/// One entry of `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Who {
    /// Everybody, services and anonymous callers included.
    Everyone,
    /// Everybody of an account.
    Account(AccountId),
    /// One user, role, session or federated user.
    Arn(String),
    Service(String),
    CanonicalUser(String),
    /// Somebody who cannot ask: an identity provider, or an identity that was deleted.
    Nobody,
}

/// Reads the value of `Principal` or `NotPrincipal`.
pub(crate) fn parse(member: &'static str, value: &Json) -> Result<Vec<Who>, Malformed> {
    let kinds = match value {
        Json::Text(star) if star == "*" => return Ok(vec![Who::Everyone]),
        Json::Text(other) => return Err(Malformed::Principal(other.clone())),
        Json::Map(kinds) if !kinds.is_empty() => kinds,
        _ => return Err(Malformed::Type(member)),
    };
    let mut found = Vec::new();
    for (kind, values) in kinds {
        for name in texts(member, values)? {
            let who = match kind.as_str() {
                "AWS" => of_account(name),
                "Service" => is_service(name).then(|| Who::Service(name.to_owned())),
                "CanonicalUser" => (!name.is_empty()).then(|| Who::CanonicalUser(name.to_owned())),
                "Federated" => (!name.is_empty()).then_some(Who::Nobody),
                _ => return Err(Malformed::Principal(kind.clone())),
            };
            found.push(who.ok_or_else(|| Malformed::Principal(name.to_owned()))?);
        }
    }
    Ok(found)
}

fn of_account(name: &str) -> Option<Who> {
    if name == "*" {
        return Some(Who::Everyone);
    }
    if let Ok(account) = name.parse() {
        return Some(Who::Account(account));
    }
    if is_deleted(name) {
        return Some(Who::Nobody);
    }
    let arn = Arn::parse(name)?;
    let account = arn.account_id()?;
    if !matches!(arn.service, "iam" | "sts") || name.contains(['*', '?']) {
        return None;
    }
    let is_root = arn.service == "iam" && arn.resource == "root";
    Some(if is_root { Who::Account(account) } else { Who::Arn(name.to_owned()) })
}

/// What a policy shows in the place of an identity that is gone: its unique id.
fn is_deleted(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    (name.starts_with("AIDA") || name.starts_with("AROA"))
        && (16..=128).contains(&name.len())
        && name.bytes().all(legal)
}

fn is_service(name: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    name.contains('.') && name.bytes().all(legal)
}

impl Who {
    pub(crate) fn is(&self, principal: &Principal<'_>) -> Truth {
        match (self, principal) {
            (Self::Everyone, _) => Truth::Yes,
            (Self::Account(own), Principal::Identity { account, .. }) => Truth::of(own == account),
            (Self::Arn(own), Principal::Identity { arn, .. }) => {
                Truth::of(own == arn || is_role_of(own, arn))
            }
            (Self::Service(own), Principal::Service(name)) => Truth::of(own == name),
            (Self::CanonicalUser(own), Principal::Identity { canonical_user, .. }) => {
                canonical_user.map_or(Truth::Unknown, |name| Truth::of(own == name))
            }
            _ => Truth::No,
        }
    }
}

/// Whether the first ARN is the role that the second is a session of. A role's name is unique in
/// its account whatever its path, and the session's ARN has no path.
fn is_role_of(role: &str, session: &str) -> bool {
    let (Some(role), Some(session)) = (Arn::parse(role), Arn::parse(session)) else {
        return false;
    };
    let name = role.resource.strip_prefix("role/").and_then(|path| path.rsplit('/').next());
    let assumed = session.resource.strip_prefix("assumed-role/");
    let assumed = assumed.and_then(|rest| rest.split_once('/')).map(|(name, _)| name);
    role.service == "iam"
        && session.service == "sts"
        && role.partition == session.partition
        && role.account == session.account
        && name.is_some()
        && name == assumed
}
