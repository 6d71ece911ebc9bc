//! An answer that taught something, as text for the store.

use cairn_core::Timestamp;
use cairn_event::{Identity, IdentityType, Json};

use super::Answer;

/// As in a record, without the token: that is nothing to keep.
pub(super) fn write(answer: &Answer<'_>) -> String {
    let identity = serde_json::to_vec(answer.caller).expect("an identity is always JSON");
    let caller = Json::parse(&identity).unwrap_or(Json::Null);
    let mut elements = answer.elements.cloned().unwrap_or(Json::Null);
    if let Json::Map(members) = &mut elements {
        for (_, value) in members.iter_mut().filter(|(name, _)| name == "credentials") {
            if let Json::Map(credentials) = value {
                credentials.retain(|(name, _)| name == "accessKeyId");
            }
        }
    }
    let parameters = answer.parameters.cloned().unwrap_or(Json::Null);
    let text = Json::map([
        ("source", Json::from(answer.source)),
        ("name", answer.name.into()),
        ("at", answer.at.to_string().into()),
        ("caller", caller),
        ("parameters", parameters),
        ("elements", elements),
    ]);
    serde_json::to_string(&text).expect("texts and numbers are always JSON")
}

/// Gives the answer to `use_it`, or nothing where the text is none.
pub(super) fn read(text: &str, use_it: impl FnOnce(Answer<'_>)) {
    let Ok(note) = Json::parse(text.as_bytes()) else { return };
    let member = |name: &str| note.get(name).and_then(Json::as_str);
    let (Some(source), Some(name), Some(at)) = (member("source"), member("name"), member("at"))
    else {
        return;
    };
    let Some(at) = Timestamp::parse(at) else { return };
    let caller = note.get("caller").map(identity).unwrap_or_default();
    let (parameters, elements) = (note.get("parameters"), note.get("elements"));
    use_it(Answer { source, name, at, caller: &caller, parameters, elements });
}

/// The members of a caller that an answer is understood with.
fn identity(json: &Json) -> Identity {
    let text = |name: &str| json.get(name).and_then(Json::as_str).map(str::to_owned);
    let kind = text("type").and_then(|kind| IdentityType::from_name(&kind));
    Identity {
        kind,
        principal_id: text("principalId"),
        arn: text("arn"),
        account_id: text("accountId").and_then(|id| id.parse().ok()),
        access_key_id: text("accessKeyId"),
        user_name: text("userName"),
        ..Identity::default()
    }
}
