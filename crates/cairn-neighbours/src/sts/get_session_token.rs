//! GetSessionToken: a user's or root's own session.

use cairn_event::Json;
use cairn_gateway::{Call, Done, Trace, present};
use cairn_store::session::{self, Holder, NewSession};
use cairn_wire::Fault;
use cairn_wire::query::Params;

use super::{NAMESPACE, credentials_shown, credentials_xml, duration, shown};
use crate::Services;

const DEFAULT_SECONDS: u64 = 43_200;
const MAX_SECONDS: u64 = 129_600;

pub(super) fn handle(services: &Services, call: &Call, params: &Params) -> Result<Done, Fault> {
    let duration = duration(params, DEFAULT_SECONDS, MAX_SECONDS)?;
    let Some(principal) = call.caller.principal.clone() else {
        return Err(Fault::access_denied("Cannot call GetSessionToken with session credentials"));
    };
    let new = NewSession {
        account: call.caller.account,
        holder: Holder::Principal(principal),
        duration,
        source_identity: None,
    };
    let issued = session::issue(&services.store, new);
    let trace = Trace {
        request_parameters: request_parameters(params),
        response_elements: Some(Json::map([("credentials", credentials_shown(&issued))])),
        read_only: true,
        ..Trace::default()
    };
    Ok(Done::xml(call, NAMESPACE, trace, |xml| credentials_xml(xml, &issued)))
}

pub(super) fn request_parameters(params: &Params) -> Option<Json> {
    let seconds = shown(params, "DurationSeconds")?;
    Some(present([("durationSeconds", Some(seconds))]))
}
