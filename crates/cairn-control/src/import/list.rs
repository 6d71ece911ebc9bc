//! ListImports: the account's imports of a Region, the newest first.

use cairn_api::errors::ListImportsError as Error;
use cairn_api::shapes::{ListImportsRequest, ListImportsResponse};
use cairn_api::{Invalid, operations};
use cairn_gateway::Call;
use cairn_store::import::{self, Status};
use cairn_store::{ImportFilter, StoreError};

use super::view::item;
use crate::Services;
use crate::event_data_store::Named;
use crate::lookup::Binding;
use crate::refusal::{Refusal, Why};
use crate::table::Serve;

/// Imports of one page where the request does not say.
const LIMIT: usize = 100;

impl Serve for operations::ListImports {
    async fn handle(
        services: &Services,
        call: &Call,
        input: ListImportsRequest,
    ) -> Result<ListImportsResponse, Error> {
        let store = match &input.destination {
            Some(given) => Some(Named::own(call, given)?.id),
            None => None,
        };
        let status = status(&input)?;
        let binding = binding(call, store.as_deref(), status);
        let before = super::list_failures::after(services, input.next_token.as_deref(), &binding)?;
        let region = Some(&call.region);
        let filter = ImportFilter { region, store: store.as_deref(), status, before };
        let limit = input.max_results.map_or(LIMIT, |limit| limit as usize);
        let found = import::list(&services.store, call.caller.account, filter, limit + 1).await;
        let mut found = found.map_err(|error: StoreError| Refusal::from(error))?;
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more).map(|import| import.number.to_string());
        let next_token = last.map(|last| services.tokens.seal_name(&last, &binding));
        Ok(ListImportsResponse { imports: Some(found.iter().map(item).collect()), next_token })
    }

    fn invalid(invalid: &Invalid) -> Option<Error> {
        let first = invalid.violations().first()?;
        let token = first.path.split('.').next()? == "nextToken";
        token.then(|| Error::InvalidNextToken(invalid.to_string().into()))
    }
}

fn status(input: &ListImportsRequest) -> Result<Option<Status>, Refusal> {
    let Some(given) = &input.import_status else { return Ok(None) };
    let given = given.to_string();
    let status = Status::from_name(&given).ok_or_else(|| {
        Refusal::new(Why::InvalidParameter, format!("The import status {given} is not valid."))
    })?;
    Ok(Some(status))
}

fn binding(call: &Call, store: Option<&str>, status: Option<Status>) -> Binding {
    Binding::default()
        .with(Some(&call.operation))
        .with(Some(&call.caller.account.to_string()))
        .with(Some(call.region.as_str()))
        .with(store)
        .with(status.map(Status::as_str))
}
