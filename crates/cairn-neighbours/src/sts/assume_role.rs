//! AssumeRole.

use cairn_core::Arn;
use cairn_event::Json;
use cairn_gateway::{Call, Done, Trace, TraceResource, present};
use cairn_store::session::{self, Holder, NewSession};
use cairn_store::{Role, StoreError, role};
use cairn_wire::Fault;
use cairn_wire::query::Params;

use super::{NAMESPACE, credentials_shown, credentials_xml, duration, shown};
use crate::Services;
use crate::services::fault;

const DEFAULT_SECONDS: u64 = 3600;
const MAX_SECONDS: u64 = 43_200;
/// The longest session of a role that was assumed by a role.
const MAX_CHAINED_SECONDS: u64 = 3600;

pub(super) async fn handle(
    services: &Services,
    call: &Call,
    params: &Params,
) -> Result<Done, Fault> {
    let arn = params.required("RoleArn")?;
    let name = params.required("RoleSessionName")?;
    check_name("roleSessionName", name)?;
    let source_identity = params.get("SourceIdentity").filter(|text| !text.is_empty());
    if let Some(text) = source_identity {
        check_name("sourceIdentity", text)?;
    }
    let chained = call.caller.principal.is_none();
    let max = if chained { MAX_CHAINED_SECONDS } else { MAX_SECONDS };
    let duration = duration(params, DEFAULT_SECONDS, max)?;
    let role = assumable(services, call, arn).await?;
    let new = NewSession {
        account: role.account,
        holder: Holder::role(&role, name),
        duration,
        source_identity: source_identity.map(str::to_owned),
    };
    let issued = session::issue(&services.store, new);
    let user_arn = format!("arn:aws:sts::{}:assumed-role/{}/{name}", role.account, role.name);
    let user_id = format!("{}:{name}", role.id);
    let trace = Trace {
        request_parameters: request_parameters(params),
        response_elements: Some(present([
            ("credentials", Some(credentials_shown(&issued))),
            (
                "assumedRoleUser",
                Some(Json::map([("assumedRoleId", &*user_id), ("arn", &user_arn)])),
            ),
            ("sourceIdentity", source_identity.map(Json::from)),
        ])),
        resources: vec![TraceResource {
            account: role.account,
            kind: "AWS::IAM::Role",
            arn: role.arn(),
        }],
        read_only: true,
        ..Trace::default()
    };
    Ok(Done::xml(call, NAMESPACE, trace, |xml| {
        credentials_xml(xml, &issued);
        xml.nest("AssumedRoleUser", |xml| {
            xml.text("AssumedRoleId", &user_id);
            xml.text("Arn", &user_arn);
        });
        if let Some(text) = source_identity {
            xml.text("SourceIdentity", text);
        }
    }))
}

/// The role, if the caller may assume it. A role that does not exist and one that does not trust
/// the caller get the same answer.
async fn assumable(services: &Services, call: &Call, text: &str) -> Result<Role, Fault> {
    if call.caller.is_root {
        return Err(Fault::access_denied("Roles may not be assumed by root accounts."));
    }
    let parts = Arn::parse(text).filter(|arn| arn.service == "iam");
    let name = parts.and_then(|arn| arn.resource.strip_prefix("role/"));
    let account = parts.and_then(|arn| arn.account_id());
    let (Some(name), Some(account)) = (name, account) else {
        return Err(Fault::validation(format!("{text} is invalid")));
    };
    // A path comes before the name; Cairn's roles have none, so it is not told apart.
    let name = name.rsplit('/').next().unwrap_or(name);
    match role::get(&services.store, account, name).await {
        Ok(role) if role.trusts(call.caller.account) => Ok(role),
        Ok(_) | Err(StoreError::NotFound { .. }) => Err(Fault::access_denied(format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {text}",
            call.caller.arn
        ))),
        Err(error) => Err(fault(error)),
    }
}

pub(super) fn request_parameters(params: &Params) -> Option<Json> {
    let parameters = present([
        ("roleArn", shown(params, "RoleArn")),
        ("roleSessionName", shown(params, "RoleSessionName")),
        ("externalId", shown(params, "ExternalId")),
        ("sourceIdentity", shown(params, "SourceIdentity")),
        ("durationSeconds", shown(params, "DurationSeconds")),
    ]);
    (parameters != Json::Map(Vec::new())).then_some(parameters)
}

fn check_name(member: &str, text: &str) -> Result<(), Fault> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (2..=64).contains(&text.len()) && text.chars().all(legal) {
        return Ok(());
    }
    Err(Fault::validation(format!(
        "1 validation error detected: Value '{text}' at '{member}' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [\\w+=,.@-]*, and have length between 2 \
         and 64"
    )))
}
