//! Which parameters of an operation are recorded, and which are refused.

use cairn_event::Json;
use cairn_wire::Fault;
use cairn_wire::query::Params;

/// What an operation makes of its parameters.
pub(crate) struct Parameters {
    /// By their names in the request and in the record. Codes of MFA devices are never among them.
    pub(crate) recorded: &'static [(&'static str, &'static str)],
    /// Each of them asks for a session that is narrower, or better proven, than Cairn can make it.
    pub(crate) unsupported: &'static [&'static str],
}

impl Parameters {
    /// Refuses what would be ignored.
    pub(crate) fn check(&self, params: &Params) -> Result<(), Fault> {
        let given = |name: &&&str| params.iter().any(|(sent, value)| is_of(name, sent, value));
        match self.unsupported.iter().find(given) {
            None => Ok(()),
            Some(name) => Err(Fault::validation(format!(
                "the parameter {name} is not supported: the session would not be what it asks \
                 for; leave it out"
            ))),
        }
    }

    /// What was given, as `requestParameters`; `None` when nothing was.
    pub(crate) fn shown(&self, params: &Params) -> Option<Json> {
        let given =
            |&(name, shown): &(&str, &'static str)| Some((shown, value(name, params.get(name)?)));
        let members: Vec<(&str, Json)> = self.recorded.iter().filter_map(given).collect();
        (!members.is_empty()).then(|| Json::map(members))
    }
}

/// Whether a parameter is `name` or a member of the list `name`. Clients send an empty list as an
/// empty text, which asks for nothing.
fn is_of(name: &str, sent: &str, value: &str) -> bool {
    match sent.strip_prefix(name) {
        Some("") => !value.is_empty(),
        Some(rest) => rest.starts_with('.'),
        None => false,
    }
}

/// Text, but for `DurationSeconds`, which stays the number it is.
fn value(name: &str, text: &str) -> Json {
    match text.parse::<u64>() {
        Ok(seconds) if name == "DurationSeconds" => seconds.into(),
        _ => text.into(),
    }
}
