//! The services beside CloudTrail: inside Cairn, or somebody else's.

use std::sync::Arc;

use bytes::Bytes;
use cairn_control::{AuditEvents, Sender};
use cairn_core::{Clock, Entropy};
use cairn_journal::Journal;
use cairn_neighbours::kms::Kms;
use cairn_neighbours::sns::{self, Sns};
use cairn_neighbours::sqs::Sqs;
use cairn_policy::template;
use cairn_ports::remote::{Client, Credentials, Endpoint, RemoteBuckets, RemoteKeys, RemoteTopics};
use cairn_ports::{Buckets, Keys, Ports, Topics, Transport};
use cairn_s3::S3;
use cairn_store::Store;
use cairn_store::objects::Index;
use cairn_wire::Protocol;
use cairn_wire::aws_json::Version;
use http::Request;
use zeroize::Zeroizing;

use crate::config::{Config, Destination, Destinations};
use crate::error::ServerError;
use crate::proxy::{Calls, Embedded, Guest, Inner, Objects, Reply, tls};
use crate::transport::Web;

/// What trails deliver with, and what answers calls of its own.
pub(crate) struct Neighbours {
    pub(crate) ports: Ports,
    pub(crate) embedded: Vec<Embedded>,
    pub(crate) inside: Inside,
}

/// The services inside Cairn. All of them are there; those that somebody else stands in for answer
/// nobody.
#[derive(Clone)]
pub(crate) struct Inside {
    pub(crate) s3: S3,
    pub(crate) kms: Kms,
    pub(crate) sns: Sns,
    pub(crate) sqs: Sqs,
}

/// What the services inside Cairn are made of.
pub(crate) struct Parts<'a> {
    pub(crate) config: &'a Config,
    pub(crate) store: Store,
    pub(crate) journal: Journal,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// Where clients reach the server.
    pub(crate) endpoint: String,
    pub(crate) stop: cairn_task::Stop,
}

impl Neighbours {
    /// # Errors
    /// What keeps a service from being opened.
    pub(crate) async fn open(parts: Parts<'_>) -> Result<Self, ServerError> {
        let inside = inside(&parts).await?;
        let Parts { config, store, journal, clock, .. } = parts;
        let there = destinations(config);
        let remote = |service, to: &Destination| client(config, service, to, &clock);
        let buckets: Arc<dyn Buckets> = match &there.s3 {
            Some(to) => Arc::new(RemoteBuckets::new(remote("s3", to)?)),
            None => Arc::new(inside.s3.clone()),
        };
        let keys: Arc<dyn Keys> = match &there.kms {
            Some(to) => Arc::new(RemoteKeys::new(remote("kms", to)?)),
            None => Arc::new(inside.kms.keys()),
        };
        let topics: Arc<dyn Topics> = match &there.sns {
            Some(to) => Arc::new(RemoteTopics::new(remote("sns", to)?)),
            None => Arc::new(inside.sns.clone()),
        };
        let audit = AuditEvents::new(store, journal, clock);
        let mut embedded = vec![
            call("sqs", JSON_1_0.into(), inside.sqs.clone()),
            call("cloudtrail-data", Protocol::RestJson.into(), audit),
        ];
        if there.s3.is_none() {
            embedded.push(Embedded::Objects(Box::new(inside.s3.clone())));
        }
        if there.kms.is_none() {
            embedded.push(call("kms", JSON_1_1.into(), inside.kms.clone()));
        }
        if there.sns.is_none() {
            embedded.push(call("sns", Protocol::Query.into(), inside.sns.clone()));
        }
        Ok(Self { ports: Ports { buckets, keys, topics }, embedded, inside })
    }
}

const JSON_1_0: Protocol = Protocol::Json(Version::V1_0);
const JSON_1_1: Protocol = Protocol::Json(Version::V1_1);

async fn inside(parts: &Parts<'_>) -> Result<Inside, ServerError> {
    let Parts { config, store, clock, entropy, endpoint, stop, .. } = parts;
    let kms = Kms::new(store.clone(), clock.clone(), entropy.clone());
    let sqs = Sqs::new(store.clone(), clock.clone(), entropy.clone(), endpoint, stop.clone());
    let web: Arc<dyn Transport> = Arc::new(Web::new(tls(None, true)?));
    let parts = sns::Parts {
        store: store.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        transport: web,
        sqs: sqs.clone(),
    };
    let sns = Sns::open(parts, endpoint).await?;
    let text = |key: &str, text: &str| (key.to_owned(), text.to_owned());
    let parts = cairn_s3::Parts {
        clock: clock.clone(),
        entropy: entropy.clone(),
        keys: Arc::new(kms.keys_via("s3")),
        topics: Arc::new(sns.clone()),
        queues: Arc::new(sqs.clone()),
        region: config.region.to_string(),
        domains: config.gateway.domains.clone(),
        master: Zeroizing::new(store.derive_key("s3-objects")),
        templates: vec![
            text(template::BUCKET_KEY, template::BUCKET),
            text(template::TOPIC_KEY, template::TOPIC),
        ],
    };
    let index = Index::open(&config.data.join("objects.sqlite")).await?;
    let s3 = S3::open(&config.data.join("objects"), index, parts).await?;
    Ok(Inside { s3, kms, sns, sqs })
}

fn call(name: &'static str, family: cairn_wire::Family, service: impl Calls + 'static) -> Embedded {
    Embedded::Calls { name, family, service: Box::new(service) }
}

impl Calls for Kms {
    fn answer<'a>(&'a self, request: &'a Request<Bytes>, guest: &'a Guest) -> Reply<'a, Bytes> {
        Box::pin(self.answer(&guest.actor, &guest.region, &guest.request_id, request))
    }
}

impl Calls for Sns {
    fn answer<'a>(&'a self, request: &'a Request<Bytes>, guest: &'a Guest) -> Reply<'a, Bytes> {
        Box::pin(self.answer(&guest.actor, &guest.region, &guest.request_id, request))
    }
}

impl Calls for Sqs {
    fn answer<'a>(&'a self, request: &'a Request<Bytes>, guest: &'a Guest) -> Reply<'a, Bytes> {
        Box::pin(self.answer(&guest.actor, &guest.region, &guest.request_id, request))
    }
}

impl Calls for AuditEvents {
    fn answer<'a>(&'a self, request: &'a Request<Bytes>, guest: &'a Guest) -> Reply<'a, Bytes> {
        let Guest { actor, region, request_id, address, secure } = guest;
        let sender = Sender { actor, region, request_id, address: *address, secure: *secure };
        Box::pin(self.answer(sender, request))
    }
}

impl Objects for S3 {
    fn serve(&self, request: Request<Inner>, guest: Guest) -> Reply<'_, Inner> {
        Box::pin(async move {
            let mut request = request;
            let Guest { address, secure, .. } = guest;
            request.extensions_mut().insert(cairn_s3::Peer { address, secure });
            self.serve(request, guest.actor, &guest.request_id).await
        })
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
