//! The handle to delivery.

use std::sync::Arc;

use cairn_core::{Seq, Timestamp};
use cairn_store::{PlanDocument, Store, delivery, digest, trail};

use crate::plan::Watch;
use crate::redeliver::redeliver;
use crate::rehearse::rehearse;
use crate::shared::Shared;
use crate::{
    Collector, Digester, Figures, Notifier, Parts, Redelivered, Rehearsal, Rehearsed, Settings,
    TrailError, Uploader,
};

/// Delivery as a whole. A clone is the same.
#[derive(Clone)]
pub struct Trails {
    shared: Arc<Shared>,
}

impl Trails {
    /// # Errors
    /// What keeps the state from being read.
    pub async fn open(parts: Parts, settings: Settings) -> Result<Self, TrailError> {
        let high = high(&parts.store).await?;
        Ok(Self { shared: Arc::new(Shared::open(parts, settings, high)?) })
    }

    pub fn collector(&self) -> Collector {
        Collector::new(self.shared.clone())
    }

    pub fn uploader(&self) -> Uploader {
        Uploader::new(self.shared.clone())
    }

    pub fn notifier(&self) -> Notifier {
        Notifier::new(self.shared.clone())
    }

    pub fn digester(&self) -> Digester {
        Digester::new(self.shared.clone())
    }

    /// A trail is about to change: what it asks for then is recorded from now on, until delivery
    /// has met the change.
    ///
    /// # Errors
    /// Selectors that cannot be read.
    pub fn expect(&self, document: &PlanDocument) -> Result<(), TrailError> {
        if document.logging {
            let watch = Watch::of(document.clone(), Seq::ZERO)?;
            let matcher = watch.matcher().clone();
            self.shared.demand.expect(&document.trail, watch.account, matcher);
        }
        Ok(())
    }

    /// What verifiers pin: the public key that proofs are signed with.
    pub fn trust_anchor(&self) -> String {
        self.shared.signer.verifier().to_string()
    }

    /// The clock was set, and is right.
    pub fn confirm_clock(&self) {
        self.shared.time.confirm();
        self.shared.moved.wake();
        self.shared.turned.wake();
        self.shared.sealed.wake();
    }

    /// Brings files and digests whose windows and periods ended within a span on their way again.
    ///
    /// # Errors
    /// `Gone` where the journal does not have a file's records any more.
    pub async fn redeliver(
        &self,
        trail: &str,
        span: (Timestamp, Timestamp),
    ) -> Result<Redelivered, TrailError> {
        redeliver(&self.shared, trail, span).await
    }

    /// What a trail would have delivered.
    ///
    /// # Errors
    /// The journal's.
    pub async fn rehearse(&self, rehearsal: Rehearsal) -> Result<Rehearsed, TrailError> {
        rehearse(&self.shared.journal, rehearsal).await
    }

    /// How delivery goes. What waits is as the uploader last saw it.
    pub fn figures(&self) -> Figures {
        self.shared.counters.read()
    }
}

/// The latest instant that anything was named with: the clock of delivery starts there at least.
async fn high(store: &Store) -> Result<Timestamp, TrailError> {
    let mut high = delivery::latest(store).await?.unwrap_or(Timestamp::EPOCH);
    for trail in trail::list_all(store).await? {
        for chain in digest::chains(store, &trail.id).await? {
            high = high.max(chain.until);
        }
    }
    Ok(high)
}
