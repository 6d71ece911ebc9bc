//! GetTrustAnchor: the public key that proofs are signed with, for verifiers to pin.

use cairn_gateway::{Call, Done, Trace};
use serde_json::json;

use crate::Services;

pub(crate) fn handle(services: &Services, call: &Call) -> Done {
    let output = json!({ "Key": services.trails.trust_anchor() });
    Done::json(call, &output, Trace { read_only: true, ..Trace::default() })
}
