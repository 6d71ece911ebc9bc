//! Operations that change something: who may, and how effect and record come to disk together.

use cairn_api::Operation;
use cairn_core::Arn;
use cairn_event::Json;
use cairn_gateway::{Call, Done, Recording};
use cairn_store::{PlanDocument, StoreError, Txn, trail, trail_plan};
use cairn_wire::Fault;
use serde_json::Value;

use crate::Services;
use crate::fault::{fault, store_fault};
use crate::table::{Answer, decode, trace};

/// An operation whose effect commits together with the record of the call.
pub(crate) trait Change: Operation {
    /// Whether only administrators may; otherwise everybody of the account.
    const ADMIN: bool = true;

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
    /// What delivery does from the record of this call on.
    pub(crate) plan: Option<PlanDocument>,
}

/// Characters of a resource's name that a refusal repeats.
const ECHO: usize = 256;

/// Authorise, decode, change, commit with the record, answer.
pub(crate) fn change<'a, O: Change>(services: &'a Services, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        if O::ADMIN {
            authorise(call)?;
        }
        let input = decode::<O>(call, |_| None)?;
        let changed = O::change(services, call, input).await.map_err(|error| fault(&error))?;
        let Changed { mut txn, output, shown, plan } = changed;
        let event_id = services.recorder.new_id();
        if let Some(document) = &plan {
            let put = trail_plan::put(&mut txn, &event_id, document).await;
            put.map_err(|error: StoreError| store_fault(&error))?;
            let expected = services.trails.expect(document);
            expected.map_err(|error| Fault::internal(error.to_string()))?;
        }
        let mut trace = trace::<O>(call, &[]);
        trace.response_elements = shown;
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
    const NAMED_BY: [&str; 3] = ["Name", "TrailName", "ResourceId"];
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let named = NAMED_BY.iter().find_map(|member| body.get(member)?.as_str());
    match named {
        Some(arn) if Arn::parse(arn).is_some() => format!("{arn:.ECHO$}"),
        Some(name) => trail::arn(call.caller.account, &call.region, &format!("{name:.ECHO$}")),
        None => trail::arn(call.caller.account, &call.region, "*"),
    }
}
