//! STS: who am I, and acting as someone else for a while.

mod assume_role;
mod get_caller_identity;
mod get_session_token;
mod parameters;

use std::time::Duration;

use cairn_event::Json;
use cairn_gateway::{Call, Done, Trace};
use cairn_store::session::IssuedSession;
use cairn_wire::Fault;
use cairn_wire::query::{Params, Xml};

use self::parameters::Parameters;
use crate::Services;
use crate::services::ECHO;

/// The namespace of STS's answers.
pub const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";

/// Whether `operation` is one of these.
pub fn serves(operation: &str) -> bool {
    matches!(operation, "GetCallerIdentity" | "AssumeRole" | "GetSessionToken")
}

/// Answers one call of STS.
pub async fn answer(services: &Services, call: &Call) -> Result<Done, Fault> {
    let params = Params::parse(call.query.as_deref(), &call.body)?;
    match call.operation.as_str() {
        "GetCallerIdentity" => Ok(get_caller_identity::handle(call)),
        "AssumeRole" => assume_role::handle(services, call, &params).await,
        "GetSessionToken" => get_session_token::handle(services, call, &params),
        other => Err(unknown(other, &params)),
    }
}

/// What the record of a failed call shows.
pub fn failed(call: &Call) -> Trace {
    let params = Params::parse(call.query.as_deref(), &call.body).unwrap_or_default();
    let request_parameters = match call.operation.as_str() {
        "AssumeRole" => assume_role::PARAMETERS.shown(&params),
        "GetSessionToken" => get_session_token::PARAMETERS.shown(&params),
        _ => None,
    };
    // CloudTrail counts all of STS's calls as reads.
    Trace { request_parameters, read_only: true, ..Trace::default() }
}

/// As AWS says it, which also names the version that was asked for.
fn unknown(operation: &str, params: &Params) -> Fault {
    let version =
        params.version().filter(|text| !text.is_empty()).unwrap_or("NO_VERSION_SPECIFIED");
    Fault {
        message: format!(
            "Could not find operation {operation:.ECHO$} for version {version:.ECHO$}"
        ),
        ..Fault::unknown_operation(operation)
    }
}

/// `DurationSeconds` within its bounds.
fn duration(params: &Params, default: u64, max: u64) -> Result<Duration, Fault> {
    const MIN: u64 = 900;
    let Some(text) = params.get("DurationSeconds") else {
        return Ok(Duration::from_secs(default.min(max)));
    };
    let seconds = text.parse().ok().filter(|seconds| (MIN..=max).contains(seconds));
    let seconds = seconds.ok_or_else(|| {
        let bound = if text.parse::<u64>().is_ok_and(|value| value > max) {
            format!("less than or equal to {max}")
        } else {
            format!("greater than or equal to {MIN}")
        };
        Fault::validation(format!(
            "1 validation error detected: Value '{text:.ECHO$}' at 'durationSeconds' failed to \
             satisfy constraint: Member must have value {bound}"
        ))
    })?;
    Ok(Duration::from_secs(seconds))
}

fn credentials_xml(xml: &mut Xml, issued: &IssuedSession) {
    xml.nest("Credentials", |xml| {
        xml.text("AccessKeyId", &issued.session.access_key_id);
        xml.text("SecretAccessKey", issued.session.secret.reveal());
        xml.text("SessionToken", &issued.token);
        xml.text("Expiration", &issued.session.expires.to_string());
    });
}

/// Credentials as the record shows them: the token is shown, the secret never is.
fn credentials_shown(issued: &IssuedSession) -> Json {
    Json::map([
        ("accessKeyId", issued.session.access_key_id.clone()),
        ("sessionToken", issued.token.clone()),
        ("expiration", cairn_gateway::instant(issued.session.expires)),
    ])
}
