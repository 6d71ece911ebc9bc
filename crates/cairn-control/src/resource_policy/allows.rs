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

/// The policy's answer for the caller; no policy says nothing. One that cannot be read denies.
pub(crate) async fn decision(
    store: &Store,
    asker: Asker<'_>,
    asks: Asks<'_>,
) -> Result<Decision, StoreError> {
    let Asks { action, resource, .. } = asks;
    let policy = match policy(store, resource).await? {
        Ok(policy) => policy,
        Err(decision) => return Ok(decision),
    };
    let context = asker.context(asks);
    let decide =
        |principal| policy.evaluate(&Request { principal, action, resource, context: &context });
    let decided = decide(asker.principal());
    let named = asker.apart().is_none_or(|apart| decide(apart) == Decision::Allow);
    Ok(if decided == Decision::Allow && !named { Decision::ImplicitDeny } else { decided })
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
    let Asks { action, resource, .. } = asks;
    let policy = match policy(store, resource).await? {
        Ok(policy) => policy,
        Err(decision) => return Ok(decision),
    };
    let context = Context::new()
        .with_principal(&CLOUDTRAIL)
        .with("aws:SourceArn", source.arn)
        .with("aws:SourceAccount", source.account.to_string())
        .with("aws:SecureTransport", true)
        .with("aws:ViaAWSService", false);
    let request = Request { principal: CLOUDTRAIL, action, resource, context: &context };
    Ok(policy.evaluate(&request))
}

/// The policy of a resource, or what is decided without one that can be read.
async fn policy(store: &Store, resource: &str) -> Result<Result<Policy, Decision>, StoreError> {
    let Some(text) = resource_policy::get(store, resource).await? else {
        return Ok(Err(Decision::ImplicitDeny));
    };
    Ok(Policy::parse_of(resource, &text).map_err(|malformed| {
        tracing::warn!(resource, %malformed, "a policy cannot be evaluated");
        Decision::ExplicitDeny
    }))
}
