//! Operations that change something: who may, and how effect and record come to disk together.

use cairn_api::{Invalid, Operation};
use cairn_core::Arn;
use cairn_event::Json;
use cairn_gateway::{Call, Done, Recording, Trace, request_parameters};
use cairn_store::{Txn, channel, dashboard, event_data_store, trail};
use cairn_wire::Fault;
use serde_json::Value;

use crate::Services;
use crate::fault::fault;
use crate::plan::Plan;
use crate::table::{Answer, decode};

/// An operation whose effect commits together with the record of the call.
pub(crate) trait Change: Operation {
    /// Whether only administrators may; otherwise everybody of the account.
    const ADMIN: bool = true;
    /// The members of its input that hold instants.
    const INSTANTS: &'static [&'static str] = &[];

    /// What is wrong with the request, where the operation has no error of its own for it.
    fn invalid(_input: &Self::Input) -> Option<String> {
        None
    }

    /// The operation's own error for a broken constraint, where it has one.
    fn broken(_invalid: &Invalid) -> Option<Self::Error> {
        None
    }

    /// The record's `requestParameters`.
    fn parameters(call: &Call) -> Option<Json> {
        request_parameters(&call.body, Self::INSTANTS)
    }

    /// Checks the request and makes the change, without committing it.
    fn change(
        services: &Services,
        call: &Call,
        input: Self::Input,
    ) -> impl Future<Output = Result<Changed<Self::Output>, Self::Error>> + Send;

    /// What is good to do once the change is durable; nobody is told if it fails.
    fn after(
        _services: &Services,
        _call: &Call,
        _output: &Self::Output,
    ) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// A change that is made and not committed.
#[derive(Debug)]
pub(crate) struct Changed<O> {
    pub(crate) txn: Txn,
    pub(crate) output: O,
    /// The record's `responseElements`.
    pub(crate) shown: Option<Json>,
    /// What delivery or the lake does from the record of this call on.
    pub(crate) plan: Option<Plan>,
}

/// Characters of a resource's name that a refusal repeats.
const ECHO: usize = 256;

/// Authorise, decode, change, commit with the record, answer.
pub(crate) fn change<'a, O: Change>(services: &'a Services, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        if O::ADMIN {
            authorise(call)?;
        }
        let input = decode::<O>(call, O::broken)?;
        if let Some(wrong) = O::invalid(&input) {
            return Err(Fault::client("ValidationException", wrong));
        }
        let changed = O::change(services, call, input).await.map_err(|error| fault(&error))?;
        let Changed { mut txn, output, shown, plan } = changed;
        let event_id = services.recorder.new_id();
        if let Some(plan) = &plan {
            plan.put(services, &mut txn, &event_id).await?;
        }
        let mut trace = Trace {
            request_parameters: O::parameters(call),
            response_elements: shown,
            read_only: O::READ_ONLY,
            ..Trace::default()
        };
        services.recorder.commit_as(txn, call, &trace, &event_id).await?;
        trace.recording = Recording::Written;
        O::after(services, call, &output).await;
        Ok(Done::json(call, &output, trace))
    })
}

/// Administrators change what belongs to their account; nobody else changes anything.
fn authorise(call: &Call) -> Result<(), Fault> {
    if call.caller.admin {
        return Ok(());
    }
    let (caller, operation, resource) = (&call.caller.arn, &call.operation, resource(call));
    Err(Fault::access_denied(format!(
        "User: {caller} is not authorized to perform: cloudtrail:{operation} on resource: \
         {resource} because no identity-based policy allows the cloudtrail:{operation} action"
    )))
}

/// The ARN of what the request is about, as far as its body can be read.
fn resource(call: &Call) -> String {
    const NAMED_BY: [&str; 7] = [
        "EventDataStore",
        "Channel",
        "DashboardId",
        "ResourceArn",
        "ResourceId",
        "TrailName",
        "Name",
    ];
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let given = |member: &'static str| Some((member, body.get(member)?.as_str()?));
    let (account, region) = (call.caller.account, &call.region);
    let named = NAMED_BY.into_iter().find_map(given);
    let is_of = |kind: &str| call.operation.trim_end_matches("Refresh").ends_with(kind);
    match named {
        Some((_, arn)) if Arn::parse(arn).is_some() => format!("{arn:.ECHO$}"),
        Some(("EventDataStore", id)) => {
            event_data_store::arn(account, region, &format!("{id:.ECHO$}"))
        }
        Some(("Channel", id)) => channel::arn(account, region, &format!("{id:.ECHO$}")),
        Some(("DashboardId" | "Name", name)) if is_of("Dashboard") => {
            dashboard::arn(account, region, &format!("{name:.ECHO$}"))
        }
        // It has no ARN.
        _ if is_of("Import") => "*".to_owned(),
        // What is made has no id yet.
        _ if is_of("EventDataStore") => event_data_store::arn(account, region, "*"),
        _ if is_of("Channel") => channel::arn(account, region, "*"),
        Some((_, name)) => trail::arn(account, region, &format!("{name:.ECHO$}")),
        None => trail::arn(account, region, "*"),
    }
}
