//! The lake's tables for other engines: an Iceberg REST catalog below `/iceberg/v1`, which names
//! tables, and the reserved bucket `cairn-lake`, which their files are read from.
//!
//! Both only read, both show an account the tables that it has published (EnableFederation) and no
//! others, and neither makes records: they are another way to the same rows.

mod catalog;
mod files;
mod form;
mod refusal;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_core::AccountId;
use cairn_gateway::{Authenticator, Claimed};
use cairn_lake::{BUCKET, Home};
use cairn_store::{Store, StoreError, event_data_store};
use cairn_wire::Parts;
use http::header::HOST;
use http::request::Parts as Head;
use http::{Method, Response};
use hyper::body::Incoming;

use super::body::Memory;
use super::peer::{Peer, Seen};
use crate::proxy::Answer;
use form::unescape;
pub(crate) use stream::Stream;

/// Where the catalog's paths begin.
const CATALOG: &str = "/iceberg/v1/";
/// Services that requests to the catalog may be signed for: clients have a setting for it, and its
/// default.
const SIGNED_FOR: [&str; 4] = ["cloudtrail", "glue", "s3tables", "execute-api"];

/// What reading tables needs.
pub(crate) struct Tables {
    pub(crate) home: Home,
    pub(crate) store: Store,
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) region: String,
    /// Hosts under which a label names a bucket.
    pub(crate) domains: Vec<String>,
}

/// What a request is for.
pub(super) enum Door {
    Catalog,
    /// A key of the reserved bucket.
    Files(String),
}

/// A request's body and what reading it may cost.
pub(super) struct Sent<'a> {
    pub(super) body: &'a mut Incoming,
    pub(super) memory: &'a Memory,
    pub(super) timeout: Duration,
}

impl Tables {
    /// `None` for a request that is for something else. Whoever signs for S3 asks for a bucket,
    /// whatever its name; writes to the reserved one are left to the S3 inside to refuse, if that
    /// is the one that answers.
    pub(super) fn door(
        &self,
        head: &Head,
        claimed: Option<&Claimed<'_>>,
        refuses: bool,
    ) -> Option<Door> {
        let service = claimed.and_then(Claimed::service);
        if service == Some("s3") {
            let reads = head.method == Method::GET || head.method == Method::HEAD;
            return self.key(head).filter(|_| reads || !refuses).map(Door::Files);
        }
        let own = match claimed {
            Some(_) => service.is_some_and(|service| SIGNED_FOR.contains(&service)),
            None => true,
        };
        (own && head.uri.path().starts_with(CATALOG)).then_some(Door::Catalog)
    }

    pub(super) async fn answer(
        &self,
        door: Door,
        head: &Head,
        sent: Sent<'_>,
        peer: &Peer,
        seen: &mut Seen,
    ) -> Response<Answer> {
        match door {
            Door::Catalog => self.catalog(head, sent, peer, seen).await.map(Answer::from),
            Door::Files(key) => self.file(&key, head, seen).await,
        }
    }

    /// What a request asks of the reserved bucket, by its path or by its host.
    fn key(&self, head: &Head) -> Option<String> {
        let path = head.uri.path().strip_prefix('/')?;
        let host = Parts::of(head).header(&HOST).unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let label = |domain: &String| host.strip_suffix(&**domain)?.strip_suffix('.');
        if self.domains.iter().filter_map(label).any(|label| label == BUCKET) {
            return unescape(path, false);
        }
        let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
        (unescape(bucket, false)? == BUCKET).then(|| unescape(key, false))?
    }

    /// The stores that an account has published, and that are not on their way to be deleted.
    async fn published(&self, account: AccountId) -> Result<Vec<String>, StoreError> {
        let stores = event_data_store::list(&self.store, account).await?;
        let open = stores
            .into_iter()
            .filter(|store| store.federation_role.is_some() && !store.is_pending_deletion());
        Ok(open.map(|store| store.id).collect())
    }

    async fn is_published(&self, account: AccountId, id: &str) -> Result<bool, StoreError> {
        match event_data_store::get(&self.store, account, id).await {
            Ok(store) => Ok(store.federation_role.is_some() && !store.is_pending_deletion()),
            Err(StoreError::NotFound { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// An answer of JSON.
fn json(status: u16, body: Vec<u8>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap_or_default();
    let kind = http::HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, kind);
    response
}
