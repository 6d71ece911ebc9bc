//! Accounts, users, roles and access keys, by Cairn's own operations. They are recorded as the
//! calls of IAM and Organizations that they stand for.

mod access_key;
mod account;
mod role;
mod user;

use cairn_core::{Region, Timestamp};
use cairn_gateway::{Call, Done, Trace, request_parameters, response_elements};
use cairn_store::Txn;
use cairn_wire::{Fault, aws_json};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::Services;

pub(crate) const IAM: &str = "iam.amazonaws.com";
pub(crate) const ORGANIZATIONS: &str = "organizations.amazonaws.com";

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    /// Administrators, within their own account.
    Admin,
    /// Administrators of the first account.
    Operator,
}

/// An operation: its access, the service it is recorded under, and whether it only reads.
struct Entry {
    name: &'static str,
    access: Access,
    source: &'static str,
    read_only: bool,
}

const fn entry(name: &'static str, access: Access, source: &'static str, read_only: bool) -> Entry {
    Entry { name, access, source, read_only }
}

const TABLE: [Entry; 12] = [
    entry("CreateAccount", Access::Operator, ORGANIZATIONS, false),
    entry("ListAccounts", Access::Operator, ORGANIZATIONS, true),
    entry("CreateUser", Access::Admin, IAM, false),
    entry("ListUsers", Access::Admin, IAM, true),
    entry("DeleteUser", Access::Admin, IAM, false),
    entry("CreateRole", Access::Admin, IAM, false),
    entry("ListRoles", Access::Admin, IAM, true),
    entry("DeleteRole", Access::Admin, IAM, false),
    entry("CreateAccessKey", Access::Admin, IAM, false),
    entry("ListAccessKeys", Access::Admin, IAM, true),
    entry("UpdateAccessKey", Access::Admin, IAM, false),
    entry("DeleteAccessKey", Access::Admin, IAM, false),
];

fn find(operation: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == operation)
}

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
    authorise(entry, call)?;
    match entry.name {
        "CreateAccount" => account::create(services, call).await,
        "ListAccounts" => account::list(services, call).await,
        "CreateUser" => user::create(services, call).await,
        "ListUsers" => user::list(services, call).await,
        "DeleteUser" => user::delete(services, call).await,
        "CreateRole" => role::create(services, call).await,
        "ListRoles" => role::list(services, call).await,
        "DeleteRole" => role::delete(services, call).await,
        "CreateAccessKey" => access_key::create(services, call).await,
        "ListAccessKeys" => access_key::list(services, call).await,
        "UpdateAccessKey" => access_key::update(services, call).await,
        _ => access_key::delete(services, call).await,
    }
}

/// What the record of a failed call shows.
pub fn failed(call: &Call) -> Trace {
    let request_parameters = request_parameters(&call.body, &[]);
    let Some(entry) = find(&call.operation) else {
        return Trace { request_parameters, ..Trace::default() };
    };
    Trace {
        source: Some(entry.source),
        // IAM and Organizations are global: their calls are recorded where global calls are.
        region: "us-east-1".parse::<Region>().ok(),
        request_parameters,
        read_only: entry.read_only,
        ..Trace::default()
    }
}

fn authorise(entry: &Entry, call: &Call) -> Result<(), Fault> {
    let allowed = match entry.access {
        Access::Admin => call.caller.admin,
        Access::Operator => call.caller.operator,
    };
    if allowed {
        return Ok(());
    }
    let service = entry.source.split('.').next().unwrap_or_default();
    Err(Fault::access_denied(format!(
        "User: {} is not authorized to perform: {service}:{}",
        call.caller.arn, entry.name
    )))
}

fn decode<T: DeserializeOwned>(call: &Call) -> Result<T, Fault> {
    aws_json::decode(&call.body)
}

/// The answer of a call that changed nothing.
fn read(call: &Call, output: Value) -> Done {
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

fn seconds(at: Timestamp) -> Value {
    json!(at.seconds())
}
