//! The event data stores that a query is about: whose they are, that they are there, and that the
//! caller may.

use cairn_core::{AccountId, Region};
use cairn_gateway::Call;
use cairn_policy::Decision;
use cairn_store::{EventDataStore, StoreError, event_data_store};

use crate::Services;
use crate::event_data_store::{Named, active};
use crate::refusal::{Refusal, Why};
use crate::resource_policy::{Asker, Asks, Source, decision, service_decision};

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

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Who<'a> {
    Caller(&'a Call),
    /// CloudTrail itself, for a dashboard, which is named by its ARN.
    Dashboard(&'a str),
}

/// Who asks, and whose stores are asked about.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_field_names, reason = "it is whose the stores are, as the API calls it")]
pub(crate) struct Owner<'a> {
    pub(crate) who: Who<'a>,
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
        Ok(Self { who: Who::Caller(call), account, region: &call.region, owner })
    }

    /// The store that the call names by its ARN or by its id, which the caller may ask for an
    /// action.
    pub(crate) async fn named(
        mut self,
        services: &Services,
        call: &Call,
        given: &str,
        action: Action,
    ) -> Result<EventDataStore, Refusal> {
        let Named { account, id } = Named::parse(call, given)?;
        if given.starts_with("arn:") {
            if self.owner != self.account && self.owner != account {
                return Err(self.unknown(&id));
            }
            self.owner = account;
        }
        self.store(services, &id, action).await
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
            StoreError::NotFound { .. } => self.unknown(id),
            other => other.into(),
        })?;
        if store.home_region != *self.region {
            return Err(self.unknown(id));
        }
        self.permitted(services, &store, action).await?;
        active(store)
    }

    /// Asks the store's own policy. Within an account it can only forbid; another account sees
    /// nothing of a store whose policy does not name it.
    async fn permitted(
        &self,
        services: &Services,
        store: &EventDataStore,
        action: Action,
    ) -> Result<(), Refusal> {
        let (arn, action) = (store.arn(), action.name());
        let asks = Asks { action, resource: &arn, external_id: None };
        let decision = match self.who {
            Who::Caller(call) => decision(&services.store, Asker::of(call), asks).await?,
            Who::Dashboard(dashboard) => {
                let source = Source { arn: dashboard, account: self.account };
                service_decision(&services.store, source, asks).await?
            }
        };
        let own = self.account == store.account;
        match decision {
            Decision::Allow => Ok(()),
            Decision::ImplicitDeny if own => Ok(()),
            Decision::ExplicitDeny if own => {
                let text = format!("The resource policy of {arn} explicitly denies {action}.");
                Err(Refusal::new(Why::OperationNotPermitted, text))
            }
            Decision::ImplicitDeny | Decision::ExplicitDeny => Err(self.unknown(&store.id)),
        }
    }

    fn unknown(&self, id: &str) -> Refusal {
        let arn = event_data_store::arn(self.owner, self.region, &format!("{id:.64}"));
        let text = format!("The event data store {arn} was not found.");
        Refusal::new(Why::EventDataStoreNotFound, text)
    }
}
