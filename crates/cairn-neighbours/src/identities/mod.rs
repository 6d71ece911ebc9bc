//! Accounts, users, roles and access keys, by Cairn's own operations. They are recorded as the
//! calls of IAM and Organizations that they stand for.

mod access_key;
mod account;
mod role;
mod user;

use cairn_core::{Region, Timestamp};
use cairn_gateway::{Call, Caller, Done, Trace, instant, request_parameters, response_elements};
use cairn_store::{Credential, Txn};
use cairn_wire::{Fault, aws_json};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Services;
use crate::services::Handler;

/// Whether `operation` is one of these.
pub fn serves(operation: &str) -> bool {
    find(operation).is_some()
}

/// Whether `operation` changes something, so that its request must not be replayed.
pub fn changes(operation: &str) -> bool {
    find(operation).is_some_and(|entry| !entry.read_only)
}

/// Answers one call of an operation that [`serves`] knows.
pub async fn answer(services: &Services, call: &Call) -> Result<Done, Fault> {
    let entry = find(&call.operation).ok_or_else(|| Fault::unknown_operation(&call.operation))?;
    authorise(entry, &call.caller)?;
    (entry.handler)(services, call).await
}

/// What the record of a failed call shows.
pub fn failed(call: &Call) -> Trace {
    let request_parameters = request_parameters(&call.body, &[]);
    let Some(entry) = find(&call.operation) else {
        return Trace { request_parameters, ..Trace::default() };
    };
    Trace {
        source: Some(entry.home.source()),
        // IAM and Organizations are global: their calls are recorded where global calls are.
        region: "us-east-1".parse::<Region>().ok(),
        request_parameters,
        read_only: entry.read_only,
        ..Trace::default()
    }
}

/// The service that an operation is recorded under, which also says who may call it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Home {
    /// For administrators, within their own account.
    Iam,
    /// For administrators of the first account.
    Organizations,
}

impl Home {
    fn name(self) -> &'static str {
        match self {
            Self::Iam => "iam",
            Self::Organizations => "organizations",
        }
    }

    /// What records name as `eventSource`.
    fn source(self) -> &'static str {
        match self {
            Self::Iam => "iam.amazonaws.com",
            Self::Organizations => "organizations.amazonaws.com",
        }
    }

    fn admits(self, caller: &Caller) -> bool {
        match self {
            Self::Iam => caller.admin,
            Self::Organizations => caller.operator,
        }
    }
}

/// One operation.
struct Entry {
    name: &'static str,
    home: Home,
    read_only: bool,
    handler: Handler,
}

const TABLE: [Entry; 12] = [
    change("CreateAccount", Home::Organizations, |s, call| Box::pin(account::create(s, call))),
    read("ListAccounts", Home::Organizations, |s, call| Box::pin(account::list(s, call))),
    change("CreateUser", Home::Iam, |s, call| Box::pin(user::create(s, call))),
    read("ListUsers", Home::Iam, |s, call| Box::pin(user::list(s, call))),
    change("DeleteUser", Home::Iam, |s, call| Box::pin(user::delete(s, call))),
    change("CreateRole", Home::Iam, |s, call| Box::pin(role::create(s, call))),
    read("ListRoles", Home::Iam, |s, call| Box::pin(role::list(s, call))),
    change("DeleteRole", Home::Iam, |s, call| Box::pin(role::delete(s, call))),
    change("CreateAccessKey", Home::Iam, |s, call| Box::pin(access_key::create(s, call))),
    read("ListAccessKeys", Home::Iam, |s, call| Box::pin(access_key::list(s, call))),
    change("UpdateAccessKey", Home::Iam, |s, call| Box::pin(access_key::update(s, call))),
    change("DeleteAccessKey", Home::Iam, |s, call| Box::pin(access_key::delete(s, call))),
];

const fn read(name: &'static str, home: Home, handler: Handler) -> Entry {
    Entry { name, home, read_only: true, handler }
}

const fn change(name: &'static str, home: Home, handler: Handler) -> Entry {
    Entry { name, home, read_only: false, handler }
}

fn find(operation: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == operation)
}

fn authorise(entry: &Entry, caller: &Caller) -> Result<(), Fault> {
    if entry.home.admits(caller) {
        return Ok(());
    }
    let Entry { name, home, .. } = entry;
    Err(Fault::access_denied(format!(
        "User: {} is not authorized to perform: {}:{name}",
        caller.arn,
        home.name()
    )))
}

/// Refuses what would leave the first account without an active administrator's key: nobody could
/// administer the server again. `stays` says which keys are there afterwards. To be called while
/// the transaction is open, so that no other change comes in between.
fn keep_an_administrator(
    services: &Services,
    call: &Call,
    stays: impl Fn(&Credential) -> bool,
) -> Result<(), Fault> {
    let account = call.caller.account;
    let first = services.store.first_account() == Some(account);
    if !first || services.store.administrators(account).iter().any(|key| stays(key)) {
        return Ok(());
    }
    let text = "this would take the last active administrator's key of the first account, and \
                nobody could administer the server: make another one first";
    Err(Fault::client("DeleteConflictException", text))
}

fn decode<T: DeserializeOwned>(call: &Call) -> Result<T, Fault> {
    aws_json::decode(&call.body)
}

/// The answer of a call that changed nothing.
fn listed(call: &Call, output: Value) -> Done {
    Done::json(call, &output, failed(call))
}

/// Commits the effect with its record, then answers. `shown` is the answer as the record has it.
async fn changed(
    services: &Services,
    txn: Txn,
    call: &Call,
    output: Value,
    shown: Option<Value>,
) -> Result<Done, Fault> {
    let mut trace = failed(call);
    trace.response_elements = shown.as_ref().and_then(response_elements);
    services.commit(txn, call, &trace).await?;
    trace.recording = cairn_gateway::Recording::Written;
    Ok(Done::json(call, &output, trace))
}

/// What was made, as the record shows it: with the instant as text.
fn shown(output: &Value, member: &str, created: Timestamp) -> Value {
    let mut shown = output.clone();
    shown[member]["CreateDate"] = json!(instant(created));
    shown
}

fn seconds(at: Timestamp) -> Value {
    json!(at.seconds())
}
