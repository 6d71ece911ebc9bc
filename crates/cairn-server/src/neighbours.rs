//! The services beside CloudTrail: inside Cairn, or somebody else's.

use std::sync::Arc;

use cairn_core::Clock;
use cairn_neighbours::kms::Kms;
use cairn_ports::remote::{Client, Credentials, Endpoint, RemoteBuckets, RemoteKeys, RemoteTopics};
use cairn_ports::{Buckets, Keys, Ports, Topics};
use cairn_wire::Protocol;
use cairn_wire::aws_json::Version;
use zeroize::Zeroizing;

use crate::config::{Config, Destination, Destinations};
use crate::error::ServerError;
use crate::proxy::{Calls, Embedded, Guest, Reply, tls};
use crate::transport::Web;

/// What trails deliver with, and what answers calls of its own.
pub(crate) struct Neighbours {
    pub(crate) ports: Ports,
    pub(crate) embedded: Vec<Embedded>,
}

/// What the services inside Cairn are made of.
pub(crate) struct Parts<'a> {
    pub(crate) config: &'a Config,
    pub(crate) store: cairn_store::Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn cairn_core::Entropy>,
}

impl Neighbours {
    /// # Errors
    /// What keeps a service from being opened.
    pub(crate) async fn open(parts: Parts<'_>) -> Result<Self, ServerError> {
        let Parts { config, store, clock, entropy } = parts;
        let destinations = destinations(config);
        let kms = Kms::new(store.clone(), clock.clone(), entropy.clone());
        let remote = |service, to: &Destination| client(config, service, to, &clock);
        let buckets: Arc<dyn Buckets> = match &destinations.s3 {
            Some(to) => Arc::new(RemoteBuckets::new(remote("s3", to)?)),
            None => Arc::new(crate::absent::Absent),
        };
        let keys: Arc<dyn Keys> = match &destinations.kms {
            Some(to) => Arc::new(RemoteKeys::new(remote("kms", to)?)),
            None => Arc::new(kms.keys()),
        };
        let topics: Arc<dyn Topics> = match &destinations.sns {
            Some(to) => Arc::new(RemoteTopics::new(remote("sns", to)?)),
            None => Arc::new(crate::absent::Absent),
        };
        let mut embedded = Vec::new();
        if destinations.kms.is_none() {
            embedded.push(Embedded::Calls {
                name: "kms",
                family: Protocol::Json(Version::V1_1).into(),
                service: Box::new(kms),
            });
        }
        Ok(Self { ports: Ports { buckets, keys, topics }, embedded })
    }
}

impl Calls for Kms {
    fn answer<'a>(
        &'a self,
        request: &'a http::Request<bytes::Bytes>,
        guest: &'a Guest,
    ) -> Reply<'a, bytes::Bytes> {
        Box::pin(self.answer(&guest.actor, &guest.region, &guest.request_id, request))
    }
}

/// A service that is answered by an upstream under Cairn's own credentials is where trails deliver
/// to, unless another one is named: what clients see as their bucket has to be the trail's.
fn destinations(config: &Config) -> Destinations {
    let upstream = |name: &str| {
        let upstreams = &config.gateway.upstreams;
        let named = upstreams.iter().find(|one| one.name == name);
        named.or_else(|| upstreams.iter().find(|one| one.name == "*"))
    };
    let of = |named: &Option<Destination>, name: &str| {
        named.clone().or_else(|| Destination::of_upstream(upstream(name)?))
    };
    let Destinations { s3, kms, sns } = &config.destinations;
    Destinations { s3: of(s3, "s3"), kms: of(kms, "kms"), sns: of(sns, "sns") }
}

fn client(
    config: &Config,
    service: &'static str,
    to: &Destination,
    clock: &Arc<dyn Clock>,
) -> Result<Client, ServerError> {
    let scheme = if to.url.tls { "https" } else { "http" };
    let endpoint = Endpoint {
        url: format!("{scheme}://{}", to.url.authority),
        region: to.region.clone().unwrap_or_else(|| config.region.to_string()),
    };
    let secret = |secret: &cairn_store::Secret| Zeroizing::new(secret.reveal().to_owned());
    let credentials = Credentials {
        access_key_id: to.access_key_id.clone(),
        secret: secret(&to.secret),
        session_token: to.session_token.as_ref().map(secret),
    };
    let web = Arc::new(Web::new(tls(to.ca.as_deref(), to.url.tls)?));
    Ok(Client::new(endpoint, service, credentials, web, clock.clone()))
}
