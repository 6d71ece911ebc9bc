//! What is collected for whom: the trails as they are at one place of the journal.

use std::collections::HashMap;
use std::sync::Arc;

use cairn_core::{AccountId, Seq};
use cairn_event::Event;
use cairn_event::selector::{Fields, Matcher, Matchers, Selectors, TrailScope};
use cairn_store::trail_plan::{PlanDocument, PlanStep};
use cairn_store::{Store, delivery, trail_plan};

use crate::TrailError;

/// A trail, ready to be asked about every event.
#[derive(Debug)]
pub(crate) struct Watch {
    /// The trail's id.
    pub(crate) id: Arc<str>,
    pub(crate) document: PlanDocument,
    pub(crate) account: AccountId,
    scope: TrailScope,
    matcher: Arc<Matcher>,
    /// Records up to here are in files already.
    pub(crate) after: Seq,
}

impl Watch {
    pub(crate) fn of(document: PlanDocument, after: Seq) -> Result<Self, TrailError> {
        let scope = TrailScope {
            home_region: document.home()?,
            multi_region: document.multi_region,
            include_global: document.include_global,
        };
        let account = document.account_id()?;
        let matcher = Arc::new(Matcher::compile(&selectors(&document)?));
        let id = document.trail.as_str().into();
        Ok(Self { id, document, account, scope, matcher, after })
    }

    pub(crate) fn selects(&self, event: &Event) -> bool {
        self.selects_fields(event, &Fields::of(event))
    }

    /// The same of an event that others are asked about too.
    pub(crate) fn selects_fields(&self, event: &Event, fields: &Fields<'_>) -> bool {
        self.document.logging && self.scope.covers(event) && self.matcher.matches_fields(fields)
    }

    pub(crate) fn matcher(&self) -> &Arc<Matcher> {
        &self.matcher
    }

    /// Whether digests name the trail's files.
    pub(crate) fn is_digested(&self) -> bool {
        self.document.logging && self.document.log_validation && !self.document.deleted
    }
}

fn selectors(document: &PlanDocument) -> Result<Selectors, TrailError> {
    let Some(text) = &document.selectors else { return Ok(Selectors::default()) };
    serde_json::from_str(text)
        .map_err(|error| TrailError::Plan { trail: document.arn.clone(), why: error.to_string() })
}

/// All trails that are not deleted.
#[derive(Default)]
pub(crate) struct Plan {
    trails: HashMap<String, Arc<Watch>>,
    logging: Arc<Logging>,
}

/// Of each account, the trails that log.
pub(crate) type Logging = HashMap<AccountId, Vec<Arc<Watch>>>;

impl Plan {
    /// As it is at the cursor.
    pub(crate) async fn open(store: &Store) -> Result<Self, TrailError> {
        let after: HashMap<String, Seq> = delivery::cursors(store).await?.into_iter().collect();
        let mut plan = Self::default();
        for PlanStep { document, .. } in trail_plan::current(store).await? {
            let after = after.get(&document.trail).copied().unwrap_or(Seq::ZERO);
            plan.put(Watch::of(document, after)?);
        }
        Ok(plan)
    }

    pub(crate) fn put(&mut self, watch: Watch) {
        if watch.document.deleted {
            self.trails.remove(&watch.document.trail);
        } else {
            self.trails.insert(watch.document.trail.clone(), Arc::new(watch));
        }
        let mut logging = Logging::new();
        for watch in self.trails.values().filter(|watch| watch.document.logging) {
            logging.entry(watch.account).or_default().push(watch.clone());
        }
        self.logging = Arc::new(logging);
    }

    pub(crate) fn get(&self, trail: &str) -> Option<&Arc<Watch>> {
        self.trails.get(trail)
    }

    pub(crate) fn logging(&self) -> &Arc<Logging> {
        &self.logging
    }

    /// What the trails that log select, by account.
    pub(crate) fn matchers(&self) -> Matchers {
        let of =
            |watches: &Vec<Arc<Watch>>| watches.iter().map(|watch| watch.matcher.clone()).collect();
        self.logging.iter().map(|(account, watches)| (*account, of(watches))).collect()
    }
}
