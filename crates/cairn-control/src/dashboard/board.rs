//! Dashboards as requests name them: by name or ARN, custom or built in.

use cairn_core::{AccountId, Arn, Region};
use cairn_gateway::Call;
use cairn_store::{Dashboard, Store, StoreError, Txn, Widget, dashboard};

use super::managed;
use crate::refusal::{Refusal, Why};

/// The dashboard that CloudTrail fills, once somebody makes it.
pub(super) const HIGHLIGHTS: &str = "AWSCloudTrail-Highlights";

/// A dashboard to be refreshed.
#[derive(Debug, Clone)]
pub(super) struct Board {
    pub(super) account: AccountId,
    pub(super) region: Region,
    pub(super) name: String,
    pub(super) widgets: Vec<Widget>,
    pub(super) kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Custom,
    Highlights,
    Managed,
}

impl Board {
    pub(super) fn of(dashboard: &Dashboard) -> Self {
        Self {
            account: dashboard.account,
            region: dashboard.region.clone(),
            name: dashboard.name.clone(),
            widgets: dashboard.widgets.clone(),
            kind: if dashboard.name == HIGHLIGHTS { Kind::Highlights } else { Kind::Custom },
        }
    }

    pub(super) fn arn(&self) -> String {
        dashboard::arn(self.account, &self.region, &self.name)
    }
}

/// The name in a name or an ARN of the caller's account and Region.
pub(super) fn name<'a>(call: &Call, given: &'a str) -> Result<&'a str, Refusal> {
    if !given.starts_with("arn:") {
        return Ok(given);
    }
    let of_arn = Arn::parse(given).and_then(|arn| {
        let name = arn.resource.strip_prefix("dashboard/")?;
        let own = dashboard::arn(call.caller.account, &call.region, name) == given;
        own.then_some(name)
    });
    of_arn.ok_or_else(|| unknown(given))
}

/// A custom dashboard or a built-in one.
pub(super) async fn any(store: &Store, call: &Call, given: &str) -> Result<Board, Refusal> {
    let name = name(call, given)?;
    if let Some(widgets) = managed::widgets(name) {
        let (account, region) = (call.caller.account, call.region.clone());
        return Ok(Board { account, region, name: name.to_owned(), widgets, kind: Kind::Managed });
    }
    Ok(Board::of(&find(store, call, given).await?))
}

/// A custom dashboard.
pub(crate) async fn find(store: &Store, call: &Call, given: &str) -> Result<Dashboard, Refusal> {
    let name = name(call, given)?;
    let found = dashboard::get(store, call.caller.account, &call.region, name).await;
    found.map_err(|error| refusal(error, given))
}

/// As [`find`], where the change that is under way rests on it.
pub(crate) async fn find_for_change(
    txn: &mut Txn,
    call: &Call,
    given: &str,
) -> Result<Dashboard, Refusal> {
    let name = name(call, given)?;
    let found = dashboard::get_for_change(txn, call.caller.account, &call.region, name).await;
    found.map_err(|error| refusal(error, given))
}

/// Refuses to change what is built in.
pub(super) fn changeable(call: &Call, given: &str) -> Result<(), Refusal> {
    if managed::widgets(name(call, given)?).is_some() {
        let text = "Managed dashboards cannot be changed or deleted.";
        return Err(Refusal::new(Why::UnsupportedOperation, text));
    }
    Ok(())
}

fn refusal(error: StoreError, given: &str) -> Refusal {
    match error {
        StoreError::NotFound { .. } => unknown(given),
        other => other.into(),
    }
}

fn unknown(given: &str) -> Refusal {
    Refusal::new(Why::ResourceNotFound, format!("The dashboard {given:.256} was not found."))
}
