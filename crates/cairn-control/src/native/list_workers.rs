//! ListWorkers: the background work of this server, how far behind it is, and its last error.

use cairn_gateway::{Call, Done, Trace};
use serde_json::json;

use crate::Services;

pub(crate) fn handle(services: &Services, call: &Call) -> Done {
    let output = json!({ "Workers": services.supervisor.list() });
    Done::json(call, &output, Trace { read_only: true, ..Trace::default() })
}
