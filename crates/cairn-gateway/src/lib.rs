//! Recognises who calls, and records the call: the one recorder.

mod authenticate;
mod call;
mod caller;
mod claimed;
mod facts;
mod gaps;
mod holders;
mod intents;
mod intents_worker;
mod outbox;
mod parameters;
mod policy;
mod reader;
pub mod recognise;
mod record;
mod regions;
pub mod render;

pub use authenticate::{Admitted, Authenticator};
pub use call::{Call, Done, Recording, Service, Tls, Trace, TraceResource};
pub use caller::Caller;
pub use claimed::Claimed;
pub use facts::Facts;
pub use gaps::{Gaps, GapsWorker};
pub use holders::{Answer, Holder, Holders, HoldersWorker};
pub use intents::{Intent, Intents, Late, orphaned};
pub use intents_worker::IntentsWorker;
pub use outbox::OutboxWorker;
pub use parameters::{instant, present, request_parameters, response_elements};
pub use policy::{DataEvents, Keeping, Policy, PolicyError, Rule, Subject, parse_rules};
pub use reader::{BearerError, READER_LIFE, Reader};
pub use record::{DrainError, Recorder, append_fault};
pub use regions::Regions;
