//! The event data stores that a query is about: whose they are, that they are there, and that the
//! caller may.

use cairn_core::{AccountId, Arn, Region};
use cairn_gateway::Call;
use cairn_policy::{Context, Decision, Policy, Principal, Request};
use cairn_store::event_data_store::{self, EventDataStore};
use cairn_store::{StoreError, resource_policy};

use crate::Services;
use crate::trail::{Refusal, Why};

/// What a store's policy is asked for, as IAM calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    StartQuery,
    DescribeQuery,
    GetQueryResults,
    ListQueries,
    CancelQuery,
    GenerateQuery,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::StartQuery => "cloudtrail:StartQuery",
            Self::DescribeQuery => "cloudtrail:DescribeQuery",
            Self::GetQueryResults => "cloudtrail:GetQueryResults",
            Self::ListQueries => "cloudtrail:ListQueries",
            Self::CancelQuery => "cloudtrail:CancelQuery",
            Self::GenerateQuery => "cloudtrail:GenerateQuery",
        }
    }
}

/// Who asks, and whose stores are asked about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owner<'a> {
    pub(crate) caller: Principal<'a>,
    /// The account that acts.
    pub(crate) account: AccountId,
    pub(crate) region: &'a Region,
    /// `EventDataStoreOwnerAccountId`; the caller's own account without it.
    pub(crate) owner: AccountId,
}

impl<'a> Owner<'a> {
    pub(crate) fn of(call: &'a Call, given: Option<&str>) -> Result<Self, Refusal> {
        let account = call.caller.account;
        let owner = given.map_or(Ok(account), |given| {
            given.parse().map_err(|_| {
                let text = format!("The account ID {given:.16} is not valid.");
                Refusal::new(Why::InvalidParameter, text)
            })
        })?;
        let arn = &call.caller.arn;
        let caller = Principal::Identity { account, arn, canonical_user: None };
        Ok(Self { caller, account, region: &call.region, owner })
    }

    /// The store that is named by its ARN or by its id, which the caller may ask for an action.
    pub(crate) async fn named(
        mut self,
        services: &Services,
        given: &str,
        action: Action,
    ) -> Result<EventDataStore, Refusal> {
        let id = match given.starts_with("arn:") {
            true => {
                let (account, id) = parse(given, self.region)?;
                if self.owner != self.account && self.owner != account {
                    return Err(unknown(given));
                }
                self.owner = account;
                id
            }
            false => given,
        };
        self.store(services, id, action).await
    }

    /// The store of an id, which the caller may ask for an action. One that is deleted is inactive.
    pub(crate) async fn store(
        &self,
        services: &Services,
        id: &str,
        action: Action,
    ) -> Result<EventDataStore, Refusal> {
        let found = event_data_store::get(&services.store, self.owner, id).await;
        let store = found.map_err(|error| match error {
            StoreError::NotFound { .. } => unknown(id),
            other => other.into(),
        })?;
        if store.home_region != *self.region {
            return Err(unknown(id));
        }
        permitted(services, self, &store, action).await?;
        if store.is_pending_deletion() {
            let text = format!("The event data store {} is inactive.", store.arn());
            return Err(Refusal::new(Why::InactiveEventDataStore, text));
        }
        Ok(store)
    }
}

/// Asks the store's own policy. Within an account it can only forbid; another account sees nothing
/// of a store whose policy does not name it.
pub(crate) async fn permitted(
    services: &Services,
    who: &Owner<'_>,
    store: &EventDataStore,
    action: Action,
) -> Result<(), Refusal> {
    let arn = store.arn();
    let text = resource_policy::get(&services.store, &arn).await?;
    let decision = text.map_or(Decision::ImplicitDeny, |text| decide(&text, who, &arn, action));
    let own = who.account == store.account && !matches!(who.caller, Principal::Service(_));
    match decision {
        Decision::Allow => Ok(()),
        Decision::ImplicitDeny if own => Ok(()),
        Decision::ExplicitDeny if own => {
            let text = format!(
                "The resource policy of {arn} explicitly denies {} to the caller.",
                action.name()
            );
            Err(Refusal::new(Why::OperationNotPermitted, text))
        }
        Decision::ImplicitDeny | Decision::ExplicitDeny => Err(unknown(&store.id)),
    }
}

fn decide(text: &str, who: &Owner<'_>, arn: &str, action: Action) -> Decision {
    let Ok(policy) = Policy::parse(text) else { return Decision::ExplicitDeny };
    let context = Context::new()
        .with_principal(&who.caller)
        .with("aws:SourceAccount", who.account.to_string())
        .with("aws:SecureTransport", true);
    let request =
        Request { principal: who.caller, action: action.name(), resource: arn, context: &context };
    policy.evaluate(&request)
}

/// The account and the id in an ARN.
fn parse<'a>(given: &'a str, region: &Region) -> Result<(AccountId, &'a str), Refusal> {
    let invalid = || {
        let text = format!(
            "{given:.256} is not a valid event data store ARN. The following is the format of an \
             event data store ARN: arn:aws:cloudtrail:us-east-2:123456789012:eventdatastore/\
             12345678-1234-1234-1234-123456789012"
        );
        Refusal::new(Why::EventDataStoreARNInvalid, text)
    };
    let arn = Arn::parse(given).filter(|arn| arn.service == "cloudtrail").ok_or_else(invalid)?;
    let id = arn.resource.strip_prefix("eventdatastore/").ok_or_else(invalid)?;
    let account = arn.account_id().ok_or_else(invalid)?;
    if arn.region != region.as_str() {
        let text =
            format!("Region in ARN is wrong, you can only access resources in region {region}.");
        return Err(Refusal::new(Why::EventDataStoreARNInvalid, text));
    }
    Ok((account, id))
}

fn unknown(id: &str) -> Refusal {
    let text = format!("The event data store {id:.256} does not exist.");
    Refusal::new(Why::EventDataStoreNotFound, text)
}
