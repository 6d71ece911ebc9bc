//! Names of members as records write them.

/// The name with its first letter in lower case.
pub(super) fn lower_first(name: &str) -> String {
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    name
}

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
