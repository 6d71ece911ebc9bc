//! AssumeRole.

use cairn_core::Arn;
use cairn_event::{IdentityType, Json};
use cairn_gateway::{Call, Caller, Done, Trace, TraceResource, present};
use cairn_store::session::{self, Holder, NewSession};
use cairn_store::{Role, StoreError, role};
use cairn_wire::Fault;
use cairn_wire::query::Params;

use super::{NAMESPACE, Parameters, credentials_shown, credentials_xml, duration};
use crate::Services;
use crate::services::{ECHO, fault};

const DEFAULT_SECONDS: u64 = 3600;
const MAX_SECONDS: u64 = 43_200;
/// The longest session of a role that was assumed by a role.
const MAX_CHAINED_SECONDS: u64 = 3600;

pub(super) const PARAMETERS: Parameters = Parameters {
    recorded: &[
        ("RoleArn", "roleArn"),
        ("RoleSessionName", "roleSessionName"),
        ("Policy", "policy"),
        ("DurationSeconds", "durationSeconds"),
        ("ExternalId", "externalId"),
        ("SerialNumber", "serialNumber"),
        ("SourceIdentity", "sourceIdentity"),
    ],
    unsupported: &[
        "Policy",
        "PolicyArns",
        "ProvidedContexts",
        "SerialNumber",
        "Tags",
        "TokenCode",
        "TransitiveTagKeys",
    ],
};

pub(super) async fn handle(
    services: &Services,
    call: &Call,
    params: &Params,
) -> Result<Done, Fault> {
    PARAMETERS.check(params)?;
    let arn = params.required("RoleArn")?;
    let session_name = params.required("RoleSessionName")?;
    check_name("roleSessionName", session_name)?;
    let source_identity = source_identity(&call.caller, arn, params)?;
    let chained = call.caller.identity.kind == Some(IdentityType::AssumedRole);
    let max = if chained { MAX_CHAINED_SECONDS } else { MAX_SECONDS };
    let duration = duration(params, DEFAULT_SECONDS, max)?;
    let role = assumable(services, call, arn).await?;
    let new = NewSession {
        account: role.account,
        holder: Holder::role(&role, session_name),
        duration,
        source_identity: source_identity.map(str::to_owned),
    };
    let issued = session::issue(&services.store, new);
    let user = AssumedRoleUser::new(&role, session_name);
    let response_elements = present([
        ("credentials", Some(credentials_shown(&issued))),
        ("assumedRoleUser", Some(user.shown())),
        ("sourceIdentity", source_identity.map(Json::from)),
    ]);
    let trace = trace(&role, call, params, response_elements);
    Ok(Done::xml(call, NAMESPACE, trace, |xml| {
        credentials_xml(xml, &issued);
        xml.nest("AssumedRoleUser", |xml| {
            xml.text("AssumedRoleId", &user.id);
            xml.text("Arn", &user.arn);
        });
        if let Some(text) = source_identity {
            xml.text("SourceIdentity", text);
        }
    }))
}

/// Who acts in the new session.
struct AssumedRoleUser {
    id: String,
    arn: String,
}

impl AssumedRoleUser {
    fn new(role: &Role, session_name: &str) -> Self {
        let Role { account, name, id, .. } = role;
        Self {
            id: format!("{id}:{session_name}"),
            arn: format!("arn:aws:sts::{account}:assumed-role/{name}/{session_name}"),
        }
    }

    fn shown(&self) -> Json {
        Json::map([("assumedRoleId", &*self.id), ("arn", &self.arn)])
    }
}

fn trace(role: &Role, call: &Call, params: &Params, response_elements: Json) -> Trace {
    Trace {
        request_parameters: PARAMETERS.shown(params),
        response_elements: Some(response_elements),
        resources: vec![TraceResource {
            account: role.account,
            kind: "AWS::IAM::Role",
            arn: role.arn(),
        }],
        // Whoever owns the role reads in its own history that it was entered.
        shared_with: (role.account != call.caller.account).then_some(role.account),
        read_only: true,
        ..Trace::default()
    }
}

/// A source identity goes on from session to session: it can be set once and not exchanged.
fn source_identity<'a>(
    caller: &'a Caller,
    role: &str,
    params: &'a Params,
) -> Result<Option<&'a str>, Fault> {
    let context = caller.identity.session_context.as_ref();
    let set = context.and_then(|context| context.source_identity.as_deref());
    let asked = params.get("SourceIdentity").filter(|text| !text.is_empty());
    if let Some(text) = asked {
        check_name("sourceIdentity", text)?;
    }
    if set.is_some() && asked.is_some_and(|asked| Some(asked) != set) {
        return Err(refused(caller, "sts:SetSourceIdentity", role));
    }
    Ok(set.or(asked))
}

/// The role, if the caller may assume it: the role trusts the caller's account, and nobody gets
/// more than an administrator of that account hands on. A role that does not exist and one that the
/// caller may not assume get the same answer.
async fn assumable(services: &Services, call: &Call, text: &str) -> Result<Role, Fault> {
    let caller = &call.caller;
    if caller.is_root {
        return Err(Fault::access_denied("Roles may not be assumed by root accounts."));
    }
    let parts = Arn::parse(text).filter(|arn| arn.service == "iam");
    let name = parts.and_then(|arn| arn.resource.strip_prefix("role/"));
    let account = parts.and_then(|arn| arn.account_id());
    let (Some(name), Some(account)) = (name, account) else {
        return Err(Fault::validation(format!("{text:.ECHO$} is invalid")));
    };
    // A path comes before the name; Cairn's roles have none, so it is not told apart.
    let name = name.rsplit('/').next().unwrap_or(name);
    match role::get(&services.store, account, name).await {
        Ok(role) if role.trusts(caller.account) && (caller.admin || !role.admin) => Ok(role),
        Ok(_) | Err(StoreError::NotFound { .. }) => Err(refused(caller, "sts:AssumeRole", text)),
        Err(error) => Err(fault(error)),
    }
}

fn refused(caller: &Caller, action: &str, role: &str) -> Fault {
    Fault::access_denied(format!(
        "User: {} is not authorized to perform: {action} on resource: {role:.ECHO$}",
        caller.arn
    ))
}

fn check_name(member: &str, text: &str) -> Result<(), Fault> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (2..=64).contains(&text.len()) && text.chars().all(legal) {
        return Ok(());
    }
    Err(Fault::validation(format!(
        "1 validation error detected: Value '{text:.ECHO$}' at '{member}' failed to satisfy \
         constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*, \
         and have length between 2 and 64"
    )))
}
