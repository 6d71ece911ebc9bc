//! What a question names: who, what, where and when.

use cairn_core::Timestamp;

/// Everything that was found in a question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Slots {
    /// Name and value, in the order in which they were found; a service is its `eventSource`.
    pub(crate) values: Vec<(&'static str, String)>,
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
}

const DAY_MILLIS: i64 = 24 * 60 * 60 * 1000;

impl Slots {
    pub(crate) fn put(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        if !self.values.iter().any(|known| known.0 == name && known.1 == value) {
            self.values.push((name, value));
        }
    }

    /// The first value of a name.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.values.iter().filter(move |value| value.0 == name).map(|value| &*value.1)
    }

    /// Whether it names anything that narrows a query down, times apart.
    pub(crate) fn narrows(&self) -> bool {
        self.values.iter().any(|(name, _)| !matches!(*name, "limit" | "period"))
    }

    /// The condition on the time; without a time in the question, the last `days` days.
    pub(crate) fn time(&self, alias: &str, days: u32, now: Timestamp) -> String {
        let default = || Timestamp::from_millis(now.millis() - i64::from(days) * DAY_MILLIS);
        let from = self.from.or_else(|| self.until.is_none().then(default));
        let from = from.map(|from| format!("{alias}eventTime >= '{}'", text(from)));
        let until = self.until.map(|until| format!("{alias}eventTime < '{}'", text(until)));
        from.into_iter().chain(until).collect::<Vec<_>>().join(" AND ")
    }

    /// Conditions for all that the statement does not `say` itself.
    pub(crate) fn conditions(&self, alias: &str, says: impl Fn(&str) -> bool) -> Vec<String> {
        let names = [
            "user",
            "role",
            "principal",
            "key",
            "ip",
            "account",
            "region",
            "service",
            "action",
            "error",
            "bucket",
            "instance",
            "resource",
            "event",
            "access",
        ];
        let open = names.into_iter().filter(|name| !says(name));
        open.filter_map(|name| self.condition(alias, name)).collect()
    }

    fn condition(&self, alias: &str, name: &str) -> Option<String> {
        let first = quoted(self.value(name)?);
        let inner = &first[1..first.len() - 1];
        let issuer = "userIdentity.sessionContext.sessionIssuer.username";
        let any = |column: &str| self.any(alias, name, column);
        Some(match name {
            "user" if first == "'root'" => format!("{alias}userIdentity.type = 'Root'"),
            "user" => format!(
                "({alias}userIdentity.username = {first} \
                 OR {alias}userIdentity.arn LIKE '%/{inner}')"
            ),
            "role" => format!("{alias}{issuer} = {first}"),
            "principal" => any("userIdentity.arn"),
            "key" => any("userIdentity.accessKeyId"),
            "ip" => any("sourceIPAddress"),
            "account" => any("recipientAccountId"),
            "region" => any("awsRegion"),
            "service" => any("eventSource"),
            "action" => any("eventName"),
            "error" => any("errorCode"),
            "event" => any("eventID"),
            "bucket" => format!("element_at({alias}requestParameters, 'bucketName') = {first}"),
            "instance" => format!("{alias}eventJson LIKE '%{inner}%'"),
            "resource" => format!("any_match({alias}resources, r -> r.arn = {first})"),
            "access" => format!("{alias}readOnly = {}", first == "'read'"),
            _ => return None,
        })
    }

    /// One value, or one of several.
    fn any(&self, alias: &str, name: &str, column: &str) -> String {
        let values: Vec<String> = self.all(name).map(quoted).collect();
        match &*values {
            [one] => format!("{alias}{column} = {one}"),
            several => format!("{alias}{column} IN ({})", several.join(", ")),
        }
    }
}

/// A literal.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// As the dialect writes instants.
fn text(at: Timestamp) -> String {
    let text = at.to_string();
    format!("{} {}", &text[..10], &text[11..19])
}
