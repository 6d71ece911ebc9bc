//! ListWorkers: the background work of this server, how far behind it is, and its last error.

use cairn_gateway::{Call, Done, Trace};
use cairn_wire::Fault;
use serde_json::json;

use crate::Services;

pub(crate) fn handle(services: &Services, call: &Call) -> Result<Done, Fault> {
    if !call.caller.operator {
        let text = "ListWorkers is for operators: administrators of the first account";
        return Err(Fault::access_denied(text));
    }
    let output = json!({ "Workers": services.supervisor.list() });
    Ok(Done::json(call, &output, Trace { read_only: true, ..Trace::default() }))
}
