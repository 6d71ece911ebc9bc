//! From a signature to a caller. The account comes from the credential, never from the request.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use cairn_core::Clock;
use cairn_store::session::{self, Reach, Session, SessionError};
use cairn_store::{Credential, Store};
use cairn_wire::Fault;
use cairn_wire::sigv4::{
    AuthError, Form, Freshness, Payload, Presented, ReplayGuard, SigningKey, Skew,
};

use crate::{Caller, Reader};

/// Derived signing keys that are kept; each is good for one key, day, Region and service.
const KEYS: usize = 10_000;

/// Verifies signatures against the keys that the store holds.
pub struct Authenticator {
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    skew: Skew,
    replays: ReplayGuard,
    keys: RwLock<HashMap<KeyName, SigningKey>>,
}

/// What a derived signing key depends on, beside the secret that the access key id stands for.
#[derive(PartialEq, Eq, Hash)]
struct KeyName {
    access_key_id: String,
    date: String,
    region: String,
    service: String,
}

/// A caller whose signature was verified.
pub struct Admitted {
    pub caller: Caller,
    pub key: SigningKey,
}

/// Whose secret signed.
pub(crate) enum Holder {
    Key(Arc<Credential>),
    Session(Box<Session>),
}

impl Authenticator {
    pub fn new(store: Store, clock: Arc<dyn Clock>, skew: Skew, replay_entries: usize) -> Self {
        let replays = ReplayGuard::new(skew.window(), replay_entries);
        Self { store, clock, skew, replays, keys: RwLock::default() }
    }

    /// Whether the key that signed is known at all. Says nothing about the signature: only how much
    /// the server is ready to hold for the sender.
    pub fn knows(&self, presented: &Presented<'_>) -> bool {
        self.holder(presented).is_ok_and(|holder| holder.is_some())
    }

    /// Whether a token was issued here for this key, whatever has become of it since.
    pub fn issued(&self, access_key_id: &str, token: &str) -> bool {
        let opened = session::open(&self.store, access_key_id, token, self.clock.now());
        !matches!(opened, Err(SessionError::Forged))
    }

    /// The caller of a request whose body is `payload`.
    ///
    /// # Errors
    /// Every reason to refuse a signature, as the client may read it. An unknown key costs the
    /// same work as a known one.
    pub fn verify(&self, presented: &Presented<'_>, payload: Payload) -> Result<Caller, Fault> {
        Ok(self.admit(presented, payload)?.caller)
    }

    /// The same, with the key that signed: what the signatures in a body are verified with.
    ///
    /// # Errors
    /// As for [`Authenticator::verify`].
    pub fn admit(&self, presented: &Presented<'_>, payload: Payload) -> Result<Admitted, Fault> {
        let holder = self.holder(presented)?.filter(|holder| holder.reach() == Reach::Everything);
        self.check(presented, payload, holder).map(|(admitted, _)| admitted)
    }

    /// Who asks for tables: sessions that are good for nothing else are taken here alone.
    ///
    /// # Errors
    /// As for [`Authenticator::verify`].
    pub fn admit_reader(
        &self,
        presented: &Presented<'_>,
        payload: Payload,
    ) -> Result<Reader, Fault> {
        let holder = self.holder(presented)?.filter(|holder| holder.reach() != Reach::Bearer);
        let (Admitted { caller, .. }, holder) = self.check(presented, payload, holder)?;
        Ok(Reader::new(caller, holder))
    }

    fn check(
        &self,
        presented: &Presented<'_>,
        payload: Payload,
        holder: Option<Holder>,
    ) -> Result<(Admitted, Holder), Fault> {
        let now = self.clock.now();
        let Some(holder) = holder else {
            return Err(presented.refuse_unknown(payload, self.skew, now).into());
        };
        let name = KeyName::of(presented);
        let kept = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        let known = kept.is_some();
        let key = kept.unwrap_or_else(|| holder.signing_key(presented));
        presented.verify(&key, payload, self.skew, now)?;
        if !known && matches!(holder, Holder::Key(_)) {
            self.keep(name, key.clone());
        }
        Ok((Admitted { caller: self.caller(&holder), key }, holder))
    }

    /// Refuses a verified signature that was used before. For calls that change something.
    ///
    /// A presigned request outlives what is remembered of it, so it may not change anything.
    pub fn refuse_replay(&self, presented: &Presented<'_>) -> Result<(), Fault> {
        if presented.form() == Form::Query {
            let text = "a presigned request cannot change anything: sign it in its headers";
            return Err(Fault::access_denied(text));
        }
        match self.replays.check(presented.signature(), self.clock.now()) {
            Freshness::Fresh => Ok(()),
            Freshness::Seen => Err(AuthError::Replayed.into()),
        }
    }

    fn holder(&self, presented: &Presented<'_>) -> Result<Option<Holder>, AuthError> {
        let id = presented.access_key_id();
        match presented.session_token() {
            None => {
                let found = self.store.credential(id);
                Ok(found.filter(|credential| credential.active).map(Holder::Key))
            }
            Some(token) => match session::open(&self.store, id, token, self.clock.now()) {
                Ok(session) => Ok(Some(Holder::Session(session.into()))),
                Err(SessionError::Forged | SessionError::Revoked) => Ok(None),
                Err(SessionError::Expired) => Err(AuthError::TokenExpired),
            },
        }
    }

    /// Only keys that verified a signature are kept, so that nobody without one can fill the map;
    /// those of sessions are not, because there is no end of sessions.
    fn keep(&self, name: KeyName, key: SigningKey) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        // Yesterday's keys are never asked for again; starting over is cheaper than counting uses.
        if keys.len() >= KEYS {
            keys.clear();
        }
        keys.insert(name, key);
    }

    pub(crate) fn caller(&self, holder: &Holder) -> Caller {
        let caller = match holder {
            Holder::Key(credential) => Caller::of_key(credential),
            Holder::Session(session) => Caller::of_session(session),
        };
        let operator = caller.admin && self.store.first_account() == Some(caller.account);
        Caller { operator, ..caller }
    }
}

impl KeyName {
    fn of(presented: &Presented<'_>) -> Self {
        let scope = presented.scope();
        Self {
            access_key_id: presented.access_key_id().to_owned(),
            date: scope.date.to_string(),
            region: scope.region.to_string(),
            service: scope.service.to_string(),
        }
    }
}

impl Holder {
    fn reach(&self) -> Reach {
        match self {
            Self::Key(_) => Reach::Everything,
            Self::Session(session) => session.reach,
        }
    }

    fn signing_key(&self, presented: &Presented<'_>) -> SigningKey {
        let scope = presented.scope();
        let secret = match self {
            Self::Key(credential) => &credential.secret,
            Self::Session(session) => &session.secret,
        };
        SigningKey::derive(secret.reveal(), &scope.date, &scope.region, &scope.service)
    }
}
