//! `eventContext`: what a store with context keys adds to its events.

mod change;
mod named;
mod request;
mod tags;

use std::collections::{BTreeMap, BTreeSet};

use cairn_event::{Category, Event};
use cairn_store::LakeDocument;
use serde::{Deserialize, Serialize};

use crate::LakeError;
use request::RequestKey;

pub(crate) use change::change;
pub(crate) use tags::{Seen, Tags, Wanted};

/// A context of more bytes is left empty. A real one has a few kilobytes, and a batch of records
/// has to fit into columns whatever they say.
const CONTEXT_BYTES: usize = 64 * 1024;

/// The context keys of a store. Of two stores with equal keys, rows are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct ContextKeys {
    /// Each as its selector writes it. Those that no record tells are left out.
    request: Vec<(String, RequestKey)>,
    tags: BTreeSet<String>,
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct TagContext<'a> {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    principal_tags: BTreeMap<&'a str, &'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resource_tags: Vec<ResourceTags<'a>>,
}

#[derive(Serialize)]
struct ResourceTags<'a> {
    arn: String,
    tags: BTreeMap<&'a str, &'a str>,
}

impl ContextKeys {
    /// `None` where the store has no context key selectors.
    pub(crate) fn of(document: &LakeDocument) -> Result<Option<Self>, LakeError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Configuration {
            context_key_selectors: Vec<Selector>,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Selector {
            r#type: String,
            equals: Vec<String>,
        }
        let Some(text) = &document.event_configuration else { return Ok(None) };
        let Configuration { context_key_selectors } =
            serde_json::from_str(text).map_err(|error| LakeError::Plan {
                store: document.store.clone(),
                why: error.to_string(),
            })?;
        if context_key_selectors.is_empty() {
            return Ok(None);
        }
        let (mut request, mut tags) = (Vec::new(), BTreeSet::new());
        for selector in context_key_selectors {
            if selector.r#type == "RequestContext" {
                let known = |name: String| RequestKey::from_name(&name).map(|key| (name, key));
                request.extend(selector.equals.into_iter().filter_map(known));
            } else {
                tags.extend(selector.equals);
            }
        }
        Ok(Some(Self { request, tags }))
    }

    /// Keys of tags.
    pub(crate) fn tags(&self) -> &BTreeSet<String> {
        &self.tags
    }

    /// The record with its context before the brace that closes it, and no other byte changed.
    /// `None` of events that get none, and of those that bring one along.
    pub(crate) fn added(&self, event: &Event, tags: Seen<'_>) -> Option<Vec<u8>> {
        let enriched = matches!(event.category(), Category::Management | Category::Data);
        if !enriched || event.member("eventContext").is_some() {
            return None;
        }
        let raw = event.raw();
        let close = memchr::memrchr(b'}', raw)?;
        let context = if is_late(event) { None } else { self.context(event, tags) };
        let mut text = raw[..close].to_vec();
        text.extend(b",\"eventContext\":");
        text.extend(context.as_deref().unwrap_or(b"{}"));
        text.extend(&raw[close..]);
        Some(text)
    }

    fn context(&self, event: &Event, tags: Seen<'_>) -> Option<Vec<u8>> {
        let mut text = b"{\"requestContext\":{".to_vec();
        let mut first = true;
        for (name, key) in &self.request {
            let Some(value) = key.value(event) else { continue };
            if !std::mem::take(&mut first) {
                text.push(b',');
            }
            serde_json::to_writer(&mut text, name).ok()?;
            text.push(b':');
            serde_json::to_writer(&mut text, &*value).ok()?;
            if text.len() > CONTEXT_BYTES {
                return None;
            }
        }
        text.extend(b"},\"tagContext\":");
        serde_json::to_writer(&mut text, &self.tag_context(event, tags)?).ok()?;
        text.push(b'}');
        (text.len() <= CONTEXT_BYTES).then_some(text)
    }

    /// Other stores of the account may ask for other keys. `None` of more than a context may have.
    fn tag_context<'a>(&self, event: &Event, tags: Seen<'a>) -> Option<TagContext<'a>> {
        let mut context = TagContext::default();
        if self.tags.is_empty() {
            return Some(context);
        }
        let is_asked = |(key, _): &(&str, &str)| self.tags.contains(*key);
        context.principal_tags = tags.of_principal(event).into_iter().filter(is_asked).collect();
        let mut bytes = 0;
        for arn in tags.arns(event) {
            let tags: BTreeMap<_, _> = tags.of(&arn).filter(is_asked).collect();
            if tags.is_empty() {
                continue;
            }
            let texts: usize = tags.iter().map(|(key, value)| key.len() + value.len()).sum();
            bytes += arn.len() + texts;
            if bytes > CONTEXT_BYTES {
                return None;
            }
            context.resource_tags.push(ResourceTags { arn, tags });
        }
        Some(context)
    }
}

/// Events whose delivery was delayed have an empty context.
fn is_late(event: &Event) -> bool {
    event.text_at(&["addendum", "reason"]).as_deref() == Some("DELIVERY_DELAY")
}

#[cfg(test)]
mod tests;
