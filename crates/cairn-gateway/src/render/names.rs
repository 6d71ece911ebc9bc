//! Names of members as records write them.

use cairn_catalog::{Member, Service};

/// The name with its first letter in lower case.
pub(super) fn lower_first(name: &str) -> String {
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    name
}

/// What records call a member.
pub(super) fn recorded(service: &Service, member: &Member) -> String {
    if KEEP_NAMES.contains(&service.name) {
        member.wire_name().to_owned()
    } else {
        lower_first(member.name)
    }
}

/// The name under which a record shows what the model does not have; `None` where a member of the
/// structure has it: what the service ignores must not pass for what it read.
pub(super) fn unknown(service: &Service, members: &[Member], name: &str) -> Option<String> {
    let name = lower_first(name);
    let taken = members.iter().any(|member| recorded(service, member) == name);
    (!taken).then_some(name)
}

/// Services whose records name members as the wire does.
const KEEP_NAMES: [&str; 7] = [
    "account",
    "ce",
    "devops-guru",
    "internetmonitor",
    "resource-explorer-2",
    "securityhub",
    "synthetics",
];

/// The name with its first letter in upper case.
pub(super) fn upper_first(name: &str) -> String {
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}

/// Parameters of a query or a form that sign or route the call and are none of the operation's.
pub(super) fn is_envelope(name: &str) -> bool {
    const ENVELOPE: [&str; 9] = [
        "Action",
        "Version",
        "AWSAccessKeyId",
        "Signature",
        "SignatureMethod",
        "SignatureVersion",
        "SecurityToken",
        "Timestamp",
        "x-id",
    ];
    ENVELOPE.contains(&name) || starts_with(name, "X-Amz-")
}

/// Whether a name has this prefix, whatever the case.
pub(super) fn starts_with(name: &str, prefix: &str) -> bool {
    name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
