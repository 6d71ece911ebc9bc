//! Who reads tables: by a signature, or by a bearer token that was given for a key.

use std::time::Duration;

use cairn_core::Timestamp;
use cairn_store::session::{self, IssuedSession, NewSession, Reach, SessionError};

use crate::authenticate::Holder;
use crate::{Authenticator, Caller};

/// How long tokens and lent credentials are good for.
pub const READER_LIFE: Duration = Duration::from_hours(1);

/// Between the access key id and the session of a bearer token.
const SEPARATOR: char = '.';

/// Who may read the tables of an account.
#[derive(Debug, Clone)]
pub struct Reader {
    pub caller: Caller,
    holder: session::Holder,
    /// When its own credentials end.
    expires: Option<Timestamp>,
}

/// Why a bearer token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BearerError {
    #[error("the token is none of this server's: ask for one at /iceberg/v1/oauth/tokens")]
    Unknown,
    #[error("the token has expired: ask for a new one")]
    Expired,
}

impl Reader {
    pub(crate) fn new(caller: Caller, holder: Holder) -> Self {
        let (holder, expires) = match holder {
            Holder::Key(credential) => {
                (session::Holder::Principal(credential.principal.clone()), None)
            }
            Holder::Session(session) => (session.holder, Some(session.expires)),
        };
        Self { caller, holder, expires }
    }
}

impl Authenticator {
    /// A bearer token for who proves to have a key that lasts; `None` for anybody else.
    pub fn exchange(&self, access_key_id: &str, secret: &str) -> Option<String> {
        let credential = self.store.credential(access_key_id)?;
        if !credential.secret.is(secret) || !credential.active {
            return None;
        }
        let new = NewSession {
            account: credential.account,
            holder: session::Holder::Principal(credential.principal.clone()),
            duration: READER_LIFE,
            source_identity: None,
        };
        let issued = session::issue_within(&self.store, new, Reach::Bearer);
        Some(format!("{}{SEPARATOR}{}", issued.session.access_key_id, issued.token))
    }

    /// Who a bearer token was given to.
    ///
    /// # Errors
    /// A token of nobody, or an old one.
    pub fn bearer(&self, token: &str) -> Result<Reader, BearerError> {
        let (id, token) = token.split_once(SEPARATOR).ok_or(BearerError::Unknown)?;
        let session = session::open(&self.store, id, token, self.clock.now());
        let session = session.map_err(|error| match error {
            SessionError::Expired => BearerError::Expired,
            SessionError::Forged | SessionError::Revoked => BearerError::Unknown,
        })?;
        // The tokens of other sessions are shown to whoever gets a presigned request.
        if session.reach != Reach::Bearer {
            return Err(BearerError::Unknown);
        }
        let holder = Holder::Session(session.into());
        Ok(Reader::new(self.caller(&holder), holder))
    }

    /// Credentials for the engine of a reader: they read tables, and nothing else, and never for
    /// longer than the reader's own.
    pub fn lend(&self, reader: &Reader) -> IssuedSession {
        let left = reader.expires.map(|expires| expires.since(self.clock.now()));
        let new = NewSession {
            account: reader.caller.account,
            holder: reader.holder.clone(),
            duration: left.unwrap_or(READER_LIFE).min(READER_LIFE),
            source_identity: None,
        };
        session::issue_within(&self.store, new, Reach::Tables)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cairn_core::{Clock, ManualClock, SeededEntropy};
    use cairn_store::{Parts, Store};
    use cairn_wire::sigv4::Skew;
    use tempfile::TempDir;

    use super::*;

    struct House {
        _dir: TempDir,
        store: Store,
        clock: Arc<ManualClock>,
        authenticator: Authenticator,
        key: (String, String),
    }

    async fn house() -> House {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(1_776_000_000)));
        let parts = Parts { clock: clock.clone(), entropy: Arc::new(SeededEntropy::new(3)) };
        let store = Store::open_dir(dir.path(), parts).await.unwrap();
        let first = store.bootstrap("111122223333".parse().unwrap()).await.unwrap().unwrap();
        let key = (first.access_key_id.clone(), first.secret.reveal().to_owned());
        let authenticator = Authenticator::new(store.clone(), clock.clone(), Skew::default(), 10);
        House { _dir: dir, store, clock, authenticator, key }
    }

    #[tokio::test]
    async fn a_key_and_its_secret_give_a_token_for_an_hour() {
        let House { authenticator, clock, key, .. } = &house().await;
        assert_eq!(authenticator.exchange(&key.0, "wrong"), None);
        assert_eq!(authenticator.exchange("AKIANOBODY", &key.1), None);
        let token = authenticator.exchange(&key.0, &key.1).unwrap();
        let reader = authenticator.bearer(&token).unwrap();
        assert_eq!(reader.caller.account.to_string(), "111122223333");
        for forged in ["", ".", "x", &token[1..], &token[..token.len() - 4]] {
            assert_eq!(authenticator.bearer(forged).unwrap_err(), BearerError::Unknown);
        }
        clock.advance(READER_LIFE);
        assert_eq!(authenticator.bearer(&token).unwrap_err(), BearerError::Expired);
    }

    #[tokio::test]
    async fn only_tokens_that_were_given_as_bearers_are_bearers() {
        let House { authenticator, store, key, .. } = &house().await;
        let token = authenticator.exchange(&key.0, &key.1).unwrap();
        let reader = authenticator.bearer(&token).unwrap();
        let lent = authenticator.lend(&reader);
        let new = NewSession {
            account: reader.caller.account,
            holder: reader.holder.clone(),
            duration: READER_LIFE,
            source_identity: None,
        };
        for issued in [lent, session::issue(store, new)] {
            let token = format!("{}.{}", issued.session.access_key_id, issued.token);
            assert_eq!(authenticator.bearer(&token).unwrap_err(), BearerError::Unknown);
        }
    }

    #[tokio::test]
    async fn what_is_lent_ends_with_what_it_was_lent_for() {
        let House { authenticator, clock, key, .. } = &house().await;
        let token = authenticator.exchange(&key.0, &key.1).unwrap();
        let ends = clock.now().saturating_add(READER_LIFE);
        clock.advance(Duration::from_mins(50));
        let lent = authenticator.lend(&authenticator.bearer(&token).unwrap());
        assert_eq!(lent.session.expires, ends);
        assert_eq!(lent.session.reach, Reach::Tables);
    }
}
