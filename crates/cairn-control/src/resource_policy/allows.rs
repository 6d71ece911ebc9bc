//! What the policy of a resource says about a call.

use std::net::IpAddr;

use cairn_core::{AccountId, Timestamp};
use cairn_gateway::Call;
use cairn_policy::check::CLOUDTRAIL;
use cairn_policy::{Context, Decision, Policy, Principal, Request};
use cairn_store::{Store, StoreError, resource_policy};

/// Who asks, and from where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asker<'a> {
    pub(crate) account: AccountId,
    pub(crate) arn: &'a str,
    /// Whether the account itself lets the caller do everything.
    pub(crate) admin: bool,
    pub(crate) source_ip: IpAddr,
    pub(crate) secure: bool,
    pub(crate) region: &'a str,
    pub(crate) at: Timestamp,
}

/// One action on one resource.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asks<'a> {
    /// `cloudtrail:StartQuery`.
    pub(crate) action: &'a str,
    /// The ARN of the resource.
    pub(crate) resource: &'a str,
    pub(crate) external_id: Option<&'a str>,
}

impl<'a> Asker<'a> {
    pub(crate) fn of(call: &'a Call) -> Self {
        Self {
            account: call.caller.account,
            arn: &call.caller.arn,
            admin: call.caller.admin,
            source_ip: call.source_ip,
            secure: call.tls.is_some(),
            region: call.region.as_str(),
            at: call.received,
        }
    }

    fn context(&self, asks: Asks<'_>) -> Context {
        let context = Context::new()
            .with_principal(&self.principal())
            .with("aws:SourceIp", self.source_ip)
            .with("aws:SecureTransport", self.secure)
            .with("aws:RequestedRegion", self.region)
            .with("aws:CurrentTime", self.at)
            .with("aws:ViaAWSService", false);
        match asks.external_id {
            Some(id) => context.with("cloudtrail:ExternalId", id),
            None => context,
        }
    }

    fn principal(&self) -> Principal<'a> {
        Principal::Identity { account: self.account, arn: self.arn, canonical_user: None }
    }

    /// Somebody apart from the account. A policy that names an account leaves it to that account
    /// who of it gets in, which is its administrators; others must be allowed by their own name, or
    /// with everybody.
    fn apart(&self) -> Option<Principal<'a>> {
        let account = AccountId::new(0)?;
        (!self.admin).then_some(Principal::Identity {
            account,
            arn: self.arn,
            canonical_user: None,
        })
    }
}

/// The resource that CloudTrail acts for, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) arn: &'a str,
    pub(crate) account: AccountId,
}

/// The policy's answer for the caller; no policy says nothing. One that cannot be read denies.
pub(crate) async fn decision(
    store: &Store,
    asker: Asker<'_>,
    asks: Asks<'_>,
) -> Result<Decision, StoreError> {
    let context = asker.context(asks);
    let decided = evaluated(store, asks, asker.principal(), &context).await?;
    let named = match asker.apart() {
        Some(apart) if decided == Decision::Allow => {
            evaluated(store, asks, apart, &context).await? == Decision::Allow
        }
        _ => true,
    };
    Ok(if named { decided } else { Decision::ImplicitDeny })
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
    let Asks { action, resource, .. } = asks;
    let Some(text) = resource_policy::get(store, resource).await? else {
        return Ok(Decision::ImplicitDeny);
    };
    let policy = match Policy::parse(&text) {
        Ok(policy) => policy,
        Err(malformed) => {
            tracing::warn!(resource, %malformed, "a policy cannot be evaluated");
            return Ok(Decision::ExplicitDeny);
        }
    };
    Ok(policy.evaluate(&Request { principal, action, resource, context }))
}
