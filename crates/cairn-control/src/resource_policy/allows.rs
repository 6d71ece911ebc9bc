//! What the policy of a resource says about a call.

use cairn_core::AccountId;
use cairn_gateway::Call;
use cairn_policy::check::CLOUDTRAIL;
use cairn_policy::{Context, Decision, Policy, Principal, Request};
use cairn_store::{Store, StoreError, resource_policy};

/// One action on one resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asks<'a> {
    /// `cloudtrail:StartQuery`.
    pub(crate) action: &'a str,
    /// The ARN of the resource.
    pub(crate) resource: &'a str,
    pub(crate) external_id: Option<&'a str>,
}

/// The policy's answer for the caller; no policy says nothing. One that cannot be read never
/// allows.
pub(crate) async fn decision(
    store: &Store,
    call: &Call,
    asks: Asks<'_>,
) -> Result<Decision, StoreError> {
    let caller = &call.caller;
    let principal =
        Principal::Identity { account: caller.account, arn: &caller.arn, canonical_user: None };
    let mut context = Context::new()
        .with_principal(&principal)
        .with("aws:SourceIp", call.source_ip)
        .with("aws:SecureTransport", call.tls.is_some())
        .with("aws:RequestedRegion", call.region.as_str())
        .with("aws:CurrentTime", call.received)
        .with("aws:userid", &*caller.user_id)
        .with("aws:ViaAWSService", false);
    if let Some(id) = asks.external_id {
        context = context.with("cloudtrail:ExternalId", id);
    }
    evaluated(store, asks, principal, &context).await
}

/// The resource that CloudTrail acts for, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) arn: &'a str,
    pub(crate) account: AccountId,
}

/// As [`decision`], for CloudTrail itself.
pub(crate) async fn service_decision(
    store: &Store,
    source: Source<'_>,
    asks: Asks<'_>,
) -> Result<Decision, StoreError> {
    let context = Context::new()
        .with_principal(&CLOUDTRAIL)
        .with("aws:SourceArn", source.arn)
        .with("aws:SourceAccount", source.account.to_string())
        .with("aws:SecureTransport", true)
        .with("aws:ViaAWSService", false);
    evaluated(store, asks, CLOUDTRAIL, &context).await
}

async fn evaluated(
    store: &Store,
    asks: Asks<'_>,
    principal: Principal<'_>,
    context: &Context,
) -> Result<Decision, StoreError> {
    let Some(text) = resource_policy::get(store, asks.resource).await? else {
        return Ok(Decision::ImplicitDeny);
    };
    let policy = match Policy::parse(&text) {
        Ok(policy) => policy,
        Err(malformed) => {
            tracing::warn!(resource = asks.resource, %malformed, "a policy cannot be evaluated");
            return Ok(Decision::ExplicitDeny);
        }
    };
    let Asks { action, resource, .. } = asks;
    Ok(policy.evaluate(&Request { principal, action, resource, context }))
}
