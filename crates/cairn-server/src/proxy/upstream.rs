//! One upstream: where it is, how it is reached, with whose signature.

use std::collections::HashMap;
use std::io::BufReader;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use cairn_core::{AccountId, Timestamp};
use cairn_wire::Parts;
use cairn_wire::sigv4::{AuthError, Claim, Dialect, Signed, Signer, SigningKey};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::connect::HttpConnector;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::embedded::Embedded;
use super::outbound;
use super::pool::Pool;
use crate::config::{Accounts, Mode, Upstream as Settings, Url};
use crate::error::ServerError;

/// How long a silent connection is trusted before the system asks whether the other side is there.
const KEEPALIVE: Duration = Duration::from_mins(1);
/// Signing keys that are kept for one upstream: one for each day, Region and service.
const KEYS: usize = 1000;
/// How long a service inside Cairn may take for the head of an answer while nothing of the request
/// comes in. SQS waits 20 s for a message.
const INSIDE_TIMEOUT: Duration = Duration::from_mins(2);

/// Where the calls go.
pub(super) enum Place {
    Remote(Arc<Pool>),
    Inside(Embedded),
}

pub(crate) struct Upstream {
    pub(crate) settings: Settings,
    pub(super) place: Place,
    keys: RwLock<HashMap<[String; 3], SigningKey>>,
    /// What the last call or probe found.
    down: AtomicBool,
    pub(crate) failures: AtomicU64,
}

impl Upstream {
    /// # Errors
    /// Certificates that cannot be read.
    pub(crate) fn open(settings: &Settings) -> Result<Self, ServerError> {
        let mut http = HttpConnector::new();
        http.enforce_http(false);
        http.set_nodelay(true);
        http.set_keepalive(Some(KEEPALIVE));
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls(settings.ca.as_deref(), settings.url.tls)?)
            .https_or_http()
            .enable_http1()
            .wrap_connector(http);
        let address = outbound::address(&settings.url);
        let pool = Pool::new(connector, address, settings.connect_timeout);
        Ok(Self {
            settings: settings.clone(),
            place: Place::Remote(pool),
            keys: RwLock::default(),
            down: AtomicBool::new(false),
            failures: AtomicU64::new(0),
        })
    }

    /// A service inside Cairn, which decides itself who may do what.
    pub(crate) fn embedded(service: Embedded) -> Self {
        let name = service.name();
        let url = Url { tls: false, authority: name.into(), host: name.into(), port: 0 };
        let settings = Settings {
            name: name.into(),
            url,
            mode: Mode::Passthrough,
            ca: None,
            accounts: Accounts::All,
            anyone_writes: true,
            account: None,
            connect_timeout: INSIDE_TIMEOUT,
            answer_timeout: INSIDE_TIMEOUT,
        };
        Self {
            settings,
            place: Place::Inside(service),
            keys: RwLock::default(),
            down: AtomicBool::new(false),
            failures: AtomicU64::new(0),
        }
    }

    pub(crate) fn is_embedded(&self) -> bool {
        matches!(self.place, Place::Inside(_))
    }

    /// Closes connections that have been idle for too long.
    pub(crate) fn sweep(&self) {
        if let Place::Remote(pool) = &self.place {
            pool.sweep();
        }
    }

    pub(crate) fn resigns(&self) -> bool {
        matches!(self.settings.mode, Mode::Resign { .. })
    }

    /// Whether the holder of one of Cairn's own keys may call the upstream.
    pub(crate) fn admits(&self, account: AccountId, first: Option<AccountId>) -> bool {
        match &self.settings.accounts {
            Accounts::All => true,
            Accounts::First => first == Some(account),
            Accounts::These(ids) => ids.contains(&account),
        }
    }

    /// The head of a request signed with the upstream's own credentials, for the service and the
    /// Region of `scope`. `None` where signatures pass untouched.
    pub(crate) fn sign(
        &self,
        parts: &Parts<'_>,
        claim: Claim,
        (region, service): (&str, &str),
        now: Timestamp,
    ) -> Option<Result<(Signed, SigningKey), AuthError>> {
        let Mode::Resign { access_key_id, secret, session_token, region: own } =
            &self.settings.mode
        else {
            return None;
        };
        let signer = Signer {
            access_key_id,
            secret: secret.reveal(),
            session_token: session_token.as_ref().map(|token| token.reveal()),
            region: own.as_deref().unwrap_or(region),
            service,
            dialect: Dialect::of(service),
        };
        let key = self.key(&signer, now);
        Some(signer.sign_with(&key, parts, claim, now).map(|signed| (signed, key)))
    }

    /// What a call or a probe found; says so in the log when it changes.
    pub(crate) fn found(&self, reachable: bool, why: &str) {
        if !reachable {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        let name = &self.settings.name;
        match (self.down.swap(!reachable, Ordering::Relaxed), reachable) {
            (false, false) => tracing::warn!(upstream = name, why, "the upstream is down"),
            (true, true) => tracing::info!(upstream = name, "the upstream is back"),
            _ => {}
        }
    }

    pub(crate) fn is_down(&self) -> bool {
        self.down.load(Ordering::Relaxed)
    }

    fn key(&self, signer: &Signer<'_>, now: Timestamp) -> SigningKey {
        let day = now.basic()[..8].to_owned();
        let name = [day, signer.region.to_owned(), signer.service.to_owned()];
        let kept = self.keys.read().unwrap_or_else(PoisonError::into_inner).get(&name).cloned();
        kept.unwrap_or_else(|| {
            let key = signer.key(now);
            let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
            // Yesterday's keys are never asked for again.
            if keys.len() >= KEYS {
                keys.clear();
            }
            keys.insert(name, key.clone());
            key
        })
    }
}

/// What to trust: a file's certificates, else what the system trusts where TLS is spoken.
pub(crate) fn tls(ca: Option<&Path>, speaks: bool) -> Result<rustls::ClientConfig, ServerError> {
    let mut roots = rustls::RootCertStore::empty();
    match ca {
        Some(path) => {
            for certificate in certificates(path)? {
                let added = roots.add(certificate);
                added.map_err(|error| bad(path, error.to_string()))?;
            }
        }
        // What the system trusts; a system without any still speaks plain HTTP.
        None if speaks => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        None => {}
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for TLS 1.2 and 1.3");
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, ServerError> {
    let file = std::fs::File::open(path).map_err(|error| bad(path, error.to_string()))?;
    let read = CertificateDer::pem_reader_iter(BufReader::new(file)).collect::<Result<Vec<_>, _>>();
    let found = read.map_err(|error| bad(path, error.to_string()))?;
    if found.is_empty() {
        return Err(bad(path, "it holds no certificate".to_owned()));
    }
    Ok(found)
}

fn bad(path: &Path, message: String) -> ServerError {
    ServerError::UpstreamCa { path: path.to_owned(), message }
}
