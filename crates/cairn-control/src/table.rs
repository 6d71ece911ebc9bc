//! The table: which of CloudTrail's operations has a handler, and which.
//!
//! The reference page of operations is made from the `on::<…>` lines below.

use std::pin::Pin;

use cairn_api::{Invalid, Operation, Rejection, operations};
use cairn_gateway::{Call, Done, Trace, request_parameters};
use cairn_wire::Fault;

use crate::Services;
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
}

pub(crate) type Handler = for<'a> fn(&'a Services, &'a Call) -> Answer<'a>;
pub(crate) type Answer<'a> = Pin<Box<dyn Future<Output = Result<Done, Fault>> + Send + 'a>>;

/// The handler of an operation of CloudTrail; `None` while it is not built.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    TABLE.iter().find(|(name, _)| *name == operation).map(|(_, handler)| *handler)
}

const TABLE: &[(&str, Handler)] = &[on::<operations::LookupEvents>()];

const fn on<O: Serve>() -> (&'static str, Handler) {
    (O::NAME, serve::<O>)
}

/// Decode, handle, encode: the only generic step between the listener and a handler.
fn serve<'a, O: Serve>(services: &'a Services, call: &'a Call) -> Answer<'a> {
    Box::pin(async move {
        let input = cairn_api::decode::<O>(&call.body).map_err(|rejection| match &rejection {
            Rejection::Invalid(invalid) => match O::invalid(invalid) {
                Some(error) => fault(&error),
                None => Fault::client(rejection.code(), rejection.to_string()),
            },
            Rejection::Malformed(_) => Fault::client(rejection.code(), rejection.to_string()),
        })?;
        let output = O::handle(services, call, input).await.map_err(|error| fault(&error))?;
        Ok(Done::json(call, &output, trace::<O>(call)))
    })
}

fn trace<O: Serve>(call: &Call) -> Trace {
    Trace {
        request_parameters: request_parameters(&call.body, O::INSTANTS),
        read_only: O::READ_ONLY,
        ..Trace::default()
    }
}
