//! GetCallerIdentity.

use cairn_gateway::{Call, Done, Trace};

use super::NAMESPACE;

pub(super) fn handle(call: &Call) -> Done {
    let trace = Trace { read_only: true, ..Trace::default() };
    Done::xml(call, NAMESPACE, trace, |xml| {
        xml.text("Arn", &call.caller.arn);
        xml.text("UserId", &call.caller.user_id);
        xml.text("Account", &call.caller.account.to_string());
    })
}
