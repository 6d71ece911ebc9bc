//! What a change makes of delivery and of the lake, from the record of its call on.

use std::sync::Arc;

use cairn_event::selector::{Demand, Matcher, Matchers, Selectors};
use cairn_store::{LakeDocument, PlanDocument, Store, StoreError, Txn, lake_plan, trail_plan};
use cairn_wire::Fault;

use crate::Services;
use crate::fault::store_fault;

/// The steps of one change.
#[derive(Debug)]
pub(crate) enum Plan {
    Trail(Box<PlanDocument>),
    /// A step for each event data store that the change touches.
    Lake(Vec<LakeDocument>),
}

impl Plan {
    /// Puts the steps where the change is, and has what they ask for recorded from now on.
    pub(crate) async fn put(
        &self,
        services: &Services,
        txn: &mut Txn,
        event_id: &str,
    ) -> Result<(), Fault> {
        match self {
            Self::Trail(document) => {
                let put = trail_plan::put(txn, event_id, document).await;
                put.map_err(|error| store_fault(&error))?;
                let expected = services.trails.expect(document);
                expected.map_err(|error| Fault::internal(error.to_string()))?;
            }
            Self::Lake(documents) => {
                for document in documents {
                    let put = lake_plan::put(txn, event_id, document).await;
                    put.map_err(|error| store_fault(&error))?;
                    let expected = expect(&services.demand, document);
                    expected.map_err(|error| store_fault(&error))?;
                }
            }
        }
        Ok(())
    }
}

/// What is asked for right now: what delivery and the lake have met, and what they will meet. To be
/// called before the first request, and before either of them runs.
///
/// # Errors
/// The store's; plans that cannot be read.
pub async fn load_demand(store: &Store, demand: &Demand) -> Result<(), StoreError> {
    let mut trails = Matchers::new();
    for step in trail_plan::current(store).await? {
        let document = step.document;
        if document.logging {
            let matcher = matcher(document.selectors.as_deref(), &document.arn)?;
            trails.entry(document.account_id()?).or_default().push(matcher);
        }
    }
    demand.replace_trails(trails, None);
    for step in trail_plan::pending(store).await? {
        let document = step.document;
        if document.logging {
            let matcher = matcher(document.selectors.as_deref(), &document.arn)?;
            demand.expect(&document.trail, document.account_id()?, matcher);
        }
    }
    let mut lake = Matchers::new();
    for step in lake_plan::current(store).await? {
        let document = step.document;
        if document.ingesting {
            let matcher = matcher(document.selectors.as_deref(), &document.arn)?;
            lake.entry(document.account_id()?).or_default().push(matcher);
        }
    }
    demand.replace_lake(lake, None);
    for step in lake_plan::pending(store).await? {
        expect(demand, &step.document)?;
    }
    Ok(())
}

fn expect(demand: &Demand, document: &LakeDocument) -> Result<(), StoreError> {
    if document.ingesting {
        let matcher = matcher(document.selectors.as_deref(), &document.arn)?;
        demand.expect(&document.store, document.account_id()?, matcher);
    }
    Ok(())
}

fn matcher(selectors: Option<&str>, arn: &str) -> Result<Arc<Matcher>, StoreError> {
    let selectors = match selectors {
        None => Selectors::default(),
        Some(text) => serde_json::from_str(text).map_err(|error| StoreError::Corrupt {
            detail: format!("the selectors of {arn} cannot be read: {error}"),
        })?,
    };
    Ok(Arc::new(Matcher::compile(&selectors)))
}
