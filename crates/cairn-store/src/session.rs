//! Temporary credentials. Nothing of them is stored: the token carries them, sealed.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cairn_core::{AccountId, Timestamp, unique_id};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::keyring::Purpose;
use crate::{Principal, Role, Secret, Store};

/// The longest token that is looked at.
pub const TOKEN_BYTES: usize = 4096;

/// What a session token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// `ASIA…`
    pub access_key_id: String,
    pub secret: Secret,
    /// The role's or the principal's account.
    pub account: AccountId,
    pub holder: Holder,
    pub issued: Timestamp,
    pub expires: Timestamp,
    pub mfa: bool,
    pub source_identity: Option<String>,
    pub reach: Reach,
}

/// What a session is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Reach {
    /// Whatever its holder may do.
    #[default]
    Everything,
    /// Signing requests that read the lake's tables, and nothing else.
    #[serde(rename = "t")]
    Tables,
    /// The token alone, as a bearer, reads the catalog of tables. It signs nothing: its secret is
    /// told to nobody.
    #[serde(rename = "b")]
    Bearer,
}

/// Who acts in a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Holder {
    /// A user or root with a session of its own.
    Principal(Principal),
    /// Whoever has assumed a role.
    Role { name: String, id: String, admin: bool, session_name: String },
}

/// A session to be issued. The caller has decided that it may be, and for how long.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub account: AccountId,
    pub holder: Holder,
    pub duration: Duration,
    pub source_identity: Option<String>,
}

/// A new session and the token that stands for it.
#[derive(Debug, Clone)]
pub struct IssuedSession {
    pub session: Session,
    pub token: String,
}

/// Why a token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    #[error("the session token is not one of this server for this access key")]
    Forged,
    #[error("the session has expired; ask for a new one")]
    Expired,
    #[error("the user or role of the session has been deleted")]
    Revoked,
}

impl Holder {
    pub fn role(role: &Role, session_name: &str) -> Self {
        Self::Role {
            name: role.name.clone(),
            id: role.id.clone(),
            admin: role.admin,
            session_name: session_name.to_owned(),
        }
    }

    /// Whether the holder may do everything within the account.
    pub fn is_admin(&self) -> bool {
        match self {
            Self::Principal(principal) => principal.is_admin(),
            Self::Role { admin, .. } => *admin,
        }
    }

    /// What must exist for the session to go on; root always does.
    fn identity(&self) -> Option<&str> {
        match self {
            Self::Principal(Principal::Root) => None,
            Self::Principal(Principal::User { id, .. }) | Self::Role { id, .. } => Some(id),
        }
    }
}

pub fn issue(store: &Store, new: NewSession) -> IssuedSession {
    issue_within(store, new, Reach::Everything)
}

pub fn issue_within(store: &Store, new: NewSession, reach: Reach) -> IssuedSession {
    let entropy = &*store.parts().entropy;
    let issued = store.parts().clock.now();
    let session = Session {
        access_key_id: unique_id("ASIA", entropy),
        secret: Secret::random(entropy),
        account: new.account,
        holder: new.holder,
        issued,
        expires: issued.saturating_add(new.duration),
        mfa: false,
        source_identity: new.source_identity,
        reach,
    };
    let plain = Sealed::from(&session).encode();
    let sealed = store.keyring().seal(Purpose::Session, &session.access_key_id, &plain, entropy);
    IssuedSession { session, token: STANDARD.encode(sealed) }
}

/// Opens the token that came with an access key id. The signature is still to be verified with the
/// session's secret.
pub fn open(
    store: &Store,
    access_key_id: &str,
    token: &str,
    now: Timestamp,
) -> Result<Session, SessionError> {
    if token.len() > TOKEN_BYTES {
        return Err(SessionError::Forged);
    }
    let sealed = STANDARD.decode(token).map_err(|_| SessionError::Forged)?;
    let plain = store.keyring().open_sealed(Purpose::Session, access_key_id, &sealed);
    let session = Sealed::decode(&plain.ok_or(SessionError::Forged)?, access_key_id)?;
    if now >= session.expires {
        return Err(SessionError::Expired);
    }
    match session.holder.identity() {
        Some(id) if !store.directory().has_identity(id) => Err(SessionError::Revoked),
        _ => Ok(session),
    }
}

/// The content of a token, as JSON with short names. The access key id is bound to it by the seal.
#[derive(Serialize, Deserialize)]
struct Sealed<'a> {
    #[serde(rename = "k", borrow)]
    secret: &'a str,
    #[serde(rename = "a")]
    account: u64,
    #[serde(rename = "h")]
    holder: Holder,
    #[serde(rename = "i")]
    issued: i64,
    #[serde(rename = "e")]
    expires: i64,
    #[serde(rename = "m")]
    mfa: bool,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none")]
    source_identity: Option<String>,
    #[serde(rename = "r", default, skip_serializing_if = "is_everything")]
    reach: Reach,
}

fn is_everything(reach: &Reach) -> bool {
    *reach == Reach::Everything
}

impl<'a> From<&'a Session> for Sealed<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            secret: session.secret.reveal(),
            account: session.account.as_u64(),
            holder: session.holder.clone(),
            issued: session.issued.millis(),
            expires: session.expires.millis(),
            mfa: session.mfa,
            source_identity: session.source_identity.clone(),
            reach: session.reach,
        }
    }
}

impl Sealed<'_> {
    fn encode(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec(self).expect("texts and numbers always serialise"))
    }

    fn decode(plain: &[u8], access_key_id: &str) -> Result<Session, SessionError> {
        let sealed: Sealed<'_> = serde_json::from_slice(plain).map_err(|_| SessionError::Forged)?;
        Ok(Session {
            access_key_id: access_key_id.to_owned(),
            secret: Secret::new(sealed.secret.to_owned()),
            account: AccountId::new(sealed.account).ok_or(SessionError::Forged)?,
            holder: sealed.holder,
            issued: Timestamp::from_millis(sealed.issued),
            expires: Timestamp::from_millis(sealed.expires),
            mfa: sealed.mfa,
            source_identity: sealed.source_identity,
            reach: sealed.reach,
        })
    }
}

#[cfg(test)]
mod tests;
