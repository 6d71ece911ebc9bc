//! ListImportFailures: what an import could not bring, and what digests say that is not so.

use cairn_api::errors::ListImportFailuresError as Error;
use cairn_api::shapes::{
    ImportFailureListItem, ImportFailureStatus, ListImportFailuresRequest,
    ListImportFailuresResponse,
};
use cairn_api::{Invalid, operations};
use cairn_gateway::Call;
use cairn_store::import::{self, Failure};

use super::find;
use crate::Services;
use crate::lookup::Binding;
use crate::refusal::{Refusal, Why};
use crate::table::Serve;

/// Entries of one page where the request does not say.
const LIMIT: usize = 1000;

impl Serve for operations::ListImportFailures {
    async fn handle(
        services: &Services,
        call: &Call,
        input: ListImportFailuresRequest,
    ) -> Result<ListImportFailuresResponse, Error> {
        let import = match find(&services.store, call, &input.import_id).await {
            Ok(import) => import,
            // It is no error of this operation's own.
            Err(refusal) if refusal.why == Why::ImportNotFound => {
                return Err(Refusal::new(Why::InvalidParameter, refusal.text).into());
            }
            Err(refusal) => return Err(refusal.into()),
        };
        let binding = Binding::default()
            .with(Some(&call.operation))
            .with(Some(&call.caller.account.to_string()))
            .with(Some(&import.id));
        let after = after(services, input.next_token.as_deref(), &binding)?.unwrap_or_default();
        let limit = input.max_results.map_or(LIMIT, |limit| limit as usize);
        let found = import::failures(&services.store, import.number, after, limit + 1).await;
        let mut found = found.map_err(Refusal::from)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let last = found.last().filter(|_| more).map(|entry| entry.number.to_string());
        let next_token = last.map(|last| services.tokens.seal_name(&last, &binding));
        let failures = Some(found.into_iter().map(item).collect());
        Ok(ListImportFailuresResponse { failures, next_token })
    }

    fn invalid(invalid: &Invalid) -> Option<Error> {
        let first = invalid.violations().first()?;
        let token = first.path.split('.').next()? == "nextToken";
        token.then(|| Error::InvalidNextToken(invalid.to_string().into()))
    }
}

fn item(entry: Failure) -> ImportFailureListItem {
    ImportFailureListItem {
        error_message: Some(entry.message),
        error_type: Some(entry.error_type),
        last_updated_time: Some(entry.updated.into()),
        location: Some(entry.location),
        status: Some(ImportFailureStatus::from(entry.status.as_str().to_owned())),
    }
}

/// The number that a page goes on behind.
pub(super) fn after(
    services: &Services,
    token: Option<&str>,
    binding: &Binding,
) -> Result<Option<i64>, Refusal> {
    let Some(token) = token else { return Ok(None) };
    let number = services.tokens.open_name(token, binding).and_then(|text| text.parse().ok());
    let number = number.ok_or_else(|| {
        let text = "The token is not valid, or belongs to a request with other parameters. Repeat \
                    the request without it.";
        Refusal::new(Why::InvalidNextToken, text)
    })?;
    Ok(Some(number))
}
