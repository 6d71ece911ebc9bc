//! The configuration of an event data store: the size of its events, and the keys that they are
//! enriched with.

use cairn_api::shapes::{ContextKeySelector, MaxEventSize, Type};
use cairn_store::EventDataStore;
use cairn_store::event_data_store::Schema;
use serde::{Deserialize, Serialize};

use super::{conflicting, damaged, invalid};
use crate::refusal::{Refusal, Why};

/// Keys of one selector, and characters of one key.
const KEYS: usize = 50;
const KEY_CHARS: usize = 128;

/// Keys of the request that events can be enriched with, without `aws:`.
const REQUEST_KEYS: [&str; 22] = [
    "FederatedProvider",
    "TokenIssueTime",
    "MultiFactorAuthAge",
    "MultiFactorAuthPresent",
    "SourceIdentity",
    "PrincipalAccount",
    "PrincipalArn",
    "PrincipalIsAWSService",
    "PrincipalOrgID",
    "PrincipalOrgPaths",
    "PrincipalServiceName",
    "PrincipalServiceNamesList",
    "PrincipalType",
    "userid",
    "username",
    "RequestedRegion",
    "SecureTransport",
    "ViaAWSService",
    "CurrentTime",
    "EpochTime",
    "SourceAccount",
    "SourceOrgID",
];

/// As it is kept with the store: the API's names.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Enrichment {
    pub(super) max_event_size: MaxEventSize,
    pub(super) context_key_selectors: Vec<ContextKeySelector>,
}

impl Enrichment {
    pub(super) fn of(store: &EventDataStore) -> Result<Self, Refusal> {
        let Some(text) = &store.event_configuration else {
            let max_event_size = MaxEventSize::Standard;
            return Ok(Self { max_event_size, context_key_selectors: Vec::new() });
        };
        serde_json::from_str(text).map_err(|error| damaged(&store.id, &error))
    }

    /// What is not given stays; an empty list clears.
    pub(super) fn with(
        mut self,
        store: &EventDataStore,
        size: Option<&MaxEventSize>,
        keys: Option<&Vec<ContextKeySelector>>,
    ) -> Result<Self, Refusal> {
        if let Some(size) = size {
            self.max_event_size = size.clone();
        }
        if let Some(keys) = keys {
            self.context_key_selectors.clone_from(keys);
        }
        if !self.context_key_selectors.is_empty() && store.schema != Schema::Events {
            return Err(no_category(store, "Management or Data"));
        }
        self.check()?;
        Ok(self)
    }

    fn check(&self) -> Result<(), Refusal> {
        if let MaxEventSize::Other(size) = &self.max_event_size {
            return Err(invalid(format!("Value {size:.256} for MaxEventSize is invalid.")));
        }
        for (at, selector) in self.context_key_selectors.iter().enumerate() {
            let kind = &selector.r#type;
            if let Type::Other(kind) = kind {
                let text = format!("Value {kind:.256} for ContextKeySelectors.Type is invalid.");
                return Err(invalid(text));
            }
            if self.context_key_selectors[..at].iter().any(|other| other.r#type == *kind) {
                let text = format!("There can be only one context key selector of type {kind}.");
                return Err(invalid(text));
            }
            check_keys(selector)?;
        }
        if !self.context_key_selectors.is_empty() && self.max_event_size != MaxEventSize::Large {
            let text = "MaxEventSize must be Large to add context keys to events.";
            return Err(conflicting(text));
        }
        Ok(())
    }
}

/// Only events of AWS and those from outside can be large.
pub(super) fn check_category(store: &EventDataStore) -> Result<(), Refusal> {
    match store.schema {
        Schema::Events | Schema::Activity => Ok(()),
        Schema::Insights | Schema::ConfigurationItems | Schema::Evidence => {
            Err(no_category(store, "Management, Data or ActivityAuditLog"))
        }
    }
}

fn no_category(store: &EventDataStore, wanted: &str) -> Refusal {
    let arn = store.arn();
    let text = format!("The event data store {arn} does not have an event category of {wanted}.");
    Refusal::new(Why::InvalidEventDataStoreCategory, text)
}

fn check_keys(selector: &ContextKeySelector) -> Result<(), Refusal> {
    let ContextKeySelector { equals, r#type } = selector;
    if !(1..=KEYS).contains(&equals.len()) {
        let text = format!("A context key selector must have from 1 through {KEYS} keys.");
        return Err(invalid(text));
    }
    for (at, key) in equals.iter().enumerate() {
        let length = (1..=KEY_CHARS).contains(&key.chars().count());
        let known = match r#type {
            Type::RequestContext => key.strip_prefix("aws:").is_some_and(|key| {
                REQUEST_KEYS.iter().any(|known| known.eq_ignore_ascii_case(key))
            }),
            Type::TagContext | Type::Other(_) => true,
        };
        if !length || !known || equals[..at].contains(key) {
            let text = format!("Value {key:.256} for ContextKeySelectors.Equals is invalid.");
            return Err(invalid(text));
        }
    }
    Ok(())
}
