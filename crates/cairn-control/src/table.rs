//! The table: which of CloudTrail's operations has a handler, and which.
//!
//! The reference page of operations is made from the `on::<…>` and `changes::<…>` lines below.

use std::pin::Pin;

use cairn_api::{Invalid, Operation, Rejection, operations};
use cairn_gateway::{Call, Done, Trace, request_parameters};
use cairn_wire::Fault;

use crate::Services;
use crate::effect::{Change, change};
use crate::fault::fault;

/// An operation with a handler.
pub(crate) trait Serve: Operation {
    /// The members of its input that hold instants.
    const INSTANTS: &'static [&'static str] = &[];

    fn handle(
        services: &Services,
        call: &Call,
        input: Self::Input,
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;

    /// The operation's own error for a broken constraint, where it has one.
    fn invalid(_invalid: &Invalid) -> Option<Self::Error> {
        None
    }

    /// What is wrong with the request, where the operation has no error of its own for it.
    fn wrong(_input: &Self::Input) -> Option<String> {
        None
    }
}

pub(crate) type Handler = for<'a> fn(&'a Services, &'a Call) -> Answer<'a>;
pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Done, Fault>> + Send + 'a>>;

/// The handler of an operation of CloudTrail; `None` while it is not built.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    TABLE.iter().find(|(name, _)| *name == operation).map(|(_, handler)| *handler)
}

const TABLE: &[(&str, Handler)] = &[
    changes::<operations::AddTags>(),
    changes::<operations::CancelQuery>(),
    changes::<operations::CreateChannel>(),
    changes::<operations::CreateDashboard>(),
    changes::<operations::CreateEventDataStore>(),
    changes::<operations::CreateTrail>(),
    changes::<operations::DeleteChannel>(),
    changes::<operations::DeleteDashboard>(),
    changes::<operations::DeleteEventDataStore>(),
    changes::<operations::DeleteResourcePolicy>(),
    changes::<operations::DeleteTrail>(),
    on::<operations::DescribeQuery>(),
    on::<operations::DescribeTrails>(),
    changes::<operations::DisableFederation>(),
    changes::<operations::EnableFederation>(),
    changes::<operations::GenerateQuery>(),
    on::<operations::GetChannel>(),
    on::<operations::GetDashboard>(),
    on::<operations::GetEventConfiguration>(),
    on::<operations::GetEventDataStore>(),
    on::<operations::GetEventSelectors>(),
    on::<operations::GetImport>(),
    on::<operations::GetInsightSelectors>(),
    on::<operations::GetQueryResults>(),
    on::<operations::GetResourcePolicy>(),
    on::<operations::GetTrail>(),
    on::<operations::GetTrailStatus>(),
    on::<operations::ListChannels>(),
    on::<operations::ListDashboards>(),
    on::<operations::ListEventDataStores>(),
    on::<operations::ListImportFailures>(),
    on::<operations::ListImports>(),
    on::<operations::ListPublicKeys>(),
    on::<operations::ListQueries>(),
    on::<operations::ListTags>(),
    on::<operations::ListTrails>(),
    on::<operations::LookupEvents>(),
    changes::<operations::PutEventConfiguration>(),
    changes::<operations::PutEventSelectors>(),
    changes::<operations::PutInsightSelectors>(),
    changes::<operations::PutResourcePolicy>(),
    changes::<operations::RemoveTags>(),
    changes::<operations::RestoreEventDataStore>(),
    on::<operations::SearchSampleQueries>(),
    changes::<operations::StartDashboardRefresh>(),
    changes::<operations::StartEventDataStoreIngestion>(),
    changes::<operations::StartImport>(),
    changes::<operations::StartLogging>(),
    changes::<operations::StartQuery>(),
    changes::<operations::StopEventDataStoreIngestion>(),
    changes::<operations::StopImport>(),
    changes::<operations::StopLogging>(),
    changes::<operations::UpdateChannel>(),
    changes::<operations::UpdateDashboard>(),
    changes::<operations::UpdateEventDataStore>(),
    changes::<operations::UpdateTrail>(),
];

const fn on<O: Serve>() -> (&'static str, Handler) {
    (O::NAME, serve::<O>)
}

const fn changes<O: Change>() -> (&'static str, Handler) {
    (O::NAME, change::<O>)
}

/// Decode, handle, encode: the only generic step between the listener and a handler.
fn serve<'a, O: Serve>(services: &'a Services, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let input = decode::<O>(call, O::invalid)?;
        if let Some(wrong) = O::wrong(&input) {
            return Err(Fault::client("ValidationException", wrong));
        }
        let output = O::handle(services, call, input).await.map_err(|error| fault(&error))?;
        Ok(Done::json(call, &output, trace::<O>(call, O::INSTANTS)))
    })
}

/// Reads the body; `invalid` gives the operation's own error for a broken constraint.
pub(crate) fn decode<O: Operation>(
    call: &Call,
    invalid: impl Fn(&Invalid) -> Option<O::Error>,
) -> Result<O::Input, Fault> {
    cairn_api::decode::<O>(&call.body).map_err(|rejection| match &rejection {
        Rejection::Invalid(broken) => match invalid(broken) {
            Some(error) => fault(&error),
            None => Fault::client(rejection.code(), rejection.to_string()),
        },
        Rejection::Malformed(_) => Fault::client(rejection.code(), rejection.to_string()),
    })
}

/// What the record says beyond the call itself; `instants` are members that hold instants.
fn trace<O: Operation>(call: &Call, instants: &[&str]) -> Trace {
    Trace {
        request_parameters: request_parameters(&call.body, instants),
        read_only: O::READ_ONLY,
        ..Trace::default()
    }
}
