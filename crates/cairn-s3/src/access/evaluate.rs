//! The one place that evaluates policies.

use cairn_ports::Actor;
use cairn_store::objects::Bucket;

use super::Context;
use crate::fault::Fault;
use crate::setting;

/// What a policy says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    Denied,
    /// Nothing.
    Silent,
}

/// What the bucket's policy says.
pub(super) fn decide(
    _actor: &Actor,
    bucket: &Bucket,
    _action: &str,
    _resource: &str,
    _context: &Context,
) -> Decision {
    let Some(_text) = bucket.settings.get(setting::POLICY) else { return Decision::Silent };
    Decision::Silent
}

/// Whether a text is a policy for the bucket.
pub(crate) fn check_policy(text: &str, _bucket: &str) -> Result<(), Fault> {
    let malformed = || {
        let text = "Policies must be valid JSON and the first byte must be '{'";
        Fault::new(400, "MalformedPolicy", text)
    };
    if !text.starts_with('{') {
        return Err(malformed());
    }
    serde_json::from_str::<serde_json::Value>(text).map(drop).map_err(|_| malformed())
}
