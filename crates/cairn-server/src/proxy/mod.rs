//! The gateway: calls of services that Cairn does not answer itself are forwarded to an upstream
//! and recorded as CloudTrail would have recorded them.

mod accounts;
mod admit;
mod answer;
mod budget;
mod capture;
mod conclude;
mod downlink;
mod embedded;
mod entry;
mod exchange;
mod health;
mod intake;
mod observe;
mod outbound;
mod pool;
mod prepare;
mod send;
mod uplink;
mod upstream;

use std::sync::Arc;
use std::time::Duration;

use cairn_core::{Clock, Region};
use cairn_event::selector::Demand;
use cairn_gateway::render::{Hide, Rules};
use cairn_gateway::{Authenticator, Holders};
use cairn_store::Store;

use crate::config::{Gateway as Settings, Hidden};
use crate::error::ServerError;

use accounts::Accounts;
pub(crate) use answer::Answer;
use budget::Budget;
pub(crate) use embedded::{Calls, Embedded, Guest, Inner, Objects, Reply};
pub(crate) use entry::Book;
pub(crate) use health::HealthWorker;
pub(crate) use outbound::name_host;
pub(crate) use upstream::{Upstream, tls};

/// Everything that forwarding a call needs.
pub(crate) struct Gateway {
    pub(crate) upstreams: Vec<Arc<Upstream>>,
    /// Services inside Cairn, for which no upstream is named.
    embedded: Vec<Arc<Upstream>>,
    pub(crate) book: Book,
    authenticator: Arc<Authenticator>,
    holders: Arc<Holders>,
    accounts: Accounts,
    store: Store,
    rules: Rules,
    settings: Settings,
    budget: Budget,
    /// Of those whose key nobody knows: they cannot keep the others waiting.
    strangers: Budget,
    body_timeout: Duration,
    home: Region,
    /// Which data events trails ask for.
    demand: Demand,
    clock: Arc<dyn Clock>,
}

/// What the gateway is made of.
pub(crate) struct Parts {
    pub(crate) book: Book,
    pub(crate) authenticator: Arc<Authenticator>,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) home: Region,
    pub(crate) body_timeout: Duration,
    pub(crate) embedded: Vec<Embedded>,
    pub(crate) demand: Demand,
}

impl Gateway {
    /// # Errors
    /// An upstream whose certificates cannot be read.
    pub(crate) fn open(settings: &Settings, parts: Parts) -> Result<Self, ServerError> {
        let upstreams = settings.upstreams.iter().map(|one| Upstream::open(one).map(Arc::new));
        let holders = Holders::default();
        for holder in &settings.holders {
            holders.tell(holder.access_key_id.clone(), holder.identity.clone());
        }
        let Parts { book, authenticator, store, clock, home, body_timeout, embedded, demand } =
            parts;
        let embedded = embedded.into_iter().map(|one| Arc::new(Upstream::embedded(one)));
        Ok(Self {
            upstreams: upstreams.collect::<Result<_, _>>()?,
            embedded: embedded.collect(),
            book,
            authenticator,
            holders: Arc::new(holders),
            accounts: Accounts::new(store.clone(), clock.clone()),
            store,
            rules: rules(settings),
            budget: Budget::new(settings.memory),
            strangers: Budget::new(settings.memory / 4),
            settings: settings.clone(),
            body_timeout,
            home,
            demand,
            clock,
        })
    }

    pub(crate) fn holders(&self) -> &Arc<Holders> {
        &self.holders
    }

    fn budget(&self, known: bool) -> &Budget {
        if known { &self.budget } else { &self.strangers }
    }

    /// Whether anything is forwarded at all.
    pub(crate) fn is_open(&self) -> bool {
        !self.upstreams.is_empty()
    }

    /// The upstream that is named for one of these, else the one for every service, else the
    /// service inside Cairn.
    pub(crate) fn upstream(&self, names: &[&str]) -> Option<&Arc<Upstream>> {
        let named = |name: &str| self.upstreams.iter().find(|one| one.settings.name == name);
        let inside = |name: &&str| self.embedded.iter().find(|one| one.settings.name == **name);
        let found = names.iter().find_map(|name| named(name)).or_else(|| named("*"));
        found.or_else(|| names.iter().find_map(inside))
    }

    /// Whether a service is answered here, and not by another part of the server.
    pub(crate) fn answers(&self, name: &str) -> bool {
        self.is_open() || self.embedded.iter().any(|one| one.settings.name == name)
    }

    /// Whether a service inside Cairn answers, and no upstream.
    pub(crate) fn is_inside(&self, name: &str) -> bool {
        self.upstream(&[name]).is_some_and(|upstream| upstream.is_embedded())
    }

    /// Whether a service has an upstream of its own.
    pub(crate) fn is_named(&self, name: &str) -> bool {
        self.upstreams.iter().any(|one| one.settings.name == name)
    }
}

fn rules(settings: &Settings) -> Rules {
    let any = |name: &String| Some(name).filter(|name| *name != "*").cloned();
    let hide = |hidden: &Hidden| Hide {
        service: any(&hidden.service),
        operation: any(&hidden.operation),
        member: hidden.member.clone(),
    };
    Rules::new(settings.hidden.iter().map(hide).collect())
}
