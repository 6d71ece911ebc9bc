//! GetSessionToken: a user's or root's own session.

use std::time::Duration;

use cairn_event::Json;
use cairn_gateway::{Call, Done, Trace};
use cairn_store::session::{self, Holder, NewSession};
use cairn_wire::Fault;
use cairn_wire::query::Params;

use super::{NAMESPACE, Parameters, credentials_shown, credentials_xml, duration};
use crate::Services;

const DEFAULT_SECONDS: u64 = 43_200;
const MAX_SECONDS: u64 = 129_600;
/// Root may ask for more and gets this.
const ROOT: Duration = Duration::from_hours(1);

pub(super) const PARAMETERS: Parameters = Parameters {
    recorded: &[("DurationSeconds", "durationSeconds"), ("SerialNumber", "serialNumber")],
    unsupported: &["SerialNumber", "TokenCode"],
};

pub(super) fn handle(services: &Services, call: &Call, params: &Params) -> Result<Done, Fault> {
    PARAMETERS.check(params)?;
    let asked = duration(params, DEFAULT_SECONDS, MAX_SECONDS)?;
    let duration = if call.caller.is_root { asked.min(ROOT) } else { asked };
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
        request_parameters: PARAMETERS.shown(params),
        response_elements: Some(Json::map([("credentials", credentials_shown(&issued))])),
        read_only: true,
        ..Trace::default()
    };
    Ok(Done::xml(call, NAMESPACE, trace, |xml| credentials_xml(xml, &issued)))
}
