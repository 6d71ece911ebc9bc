//! Recognises who calls, and records the call: the one recorder.

mod authenticate;
mod call;
mod caller;
mod outbox;
mod parameters;
mod record;
mod regions;
pub mod render;

pub use authenticate::Authenticator;
pub use call::{Call, Done, Recording, Service, Tls, Trace, TraceResource};
pub use caller::Caller;
pub use outbox::OutboxWorker;
pub use parameters::{instant, present, request_parameters, response_elements};
pub use record::{DrainError, Recorder, append_fault};
pub use regions::Regions;
