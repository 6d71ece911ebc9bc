//! Which events: the options that `lookup` and `tail` share.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Filters (all given ones must match)")]
pub(crate) struct FilterArgs {
    /// The event with this id
    #[arg(long, value_name = "ID")]
    event_id: Option<String>,
    /// Calls of this operation, for example CreateUser
    #[arg(long, value_name = "NAME")]
    event_name: Option<String>,
    /// Calls by this user or role session, or root
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// Events on a resource of this type, for example AWS::IAM::User
    #[arg(long, value_name = "TYPE")]
    resource_type: Option<String>,
    /// Events on this resource
    #[arg(long, value_name = "NAME")]
    resource_name: Option<String>,
    /// Calls to this service: s3 or s3.amazonaws.com
    #[arg(long, value_name = "SERVICE")]
    event_source: Option<String>,
    /// Calls signed with this access key
    #[arg(long, value_name = "KEY-ID")]
    access_key: Option<String>,
    /// Only calls that read (true) or that write (false)
    #[arg(long, value_name = "BOOL")]
    read_only: Option<bool>,
    /// Events whose record contains this text
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
    /// Events of this Region; without it, of all
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Events of this category; without it, of all
    #[arg(long, value_enum)]
    category: Option<Category>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Category {
    Management,
    Data,
    Insight,
    NetworkActivity,
    ActivityAuditLog,
}

impl FilterArgs {
    /// The members of a request that stand for these options.
    pub(crate) fn to_input(&self) -> Map<String, Value> {
        let source = self.event_source.as_deref().map(|source| {
            let suffix = if source.contains('.') { "" } else { ".amazonaws.com" };
            format!("{source}{suffix}")
        });
        let pairs = [
            ("EventId", self.event_id.clone()),
            ("EventName", self.event_name.clone()),
            ("Username", self.user.clone()),
            ("ResourceType", self.resource_type.clone()),
            ("ResourceName", self.resource_name.clone()),
            ("EventSource", source),
            ("AccessKeyId", self.access_key.clone()),
            ("ReadOnly", self.read_only.map(|value| value.to_string())),
        ];
        let given = pairs.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let attributes: Vec<Value> = given
            .map(|(key, value)| json!({"AttributeKey": key, "AttributeValue": value}))
            .collect();
        let mut input = Map::new();
        if !attributes.is_empty() {
            input.insert("Attributes".to_owned(), attributes.into());
        }
        let category = self.category.map(|category| format!("{category:?}"));
        let single =
            [("Text", self.text.clone()), ("Region", self.region.clone()), ("Category", category)];
        for (name, value) in single {
            if let Some(value) = value {
                input.insert(name.to_owned(), value.into());
            }
        }
        input
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_become_members_and_nothing_else() {
        assert_eq!(FilterArgs::default().to_input(), Map::new());
        let filter = FilterArgs {
            event_source: Some("s3".to_owned()),
            read_only: Some(false),
            text: Some("x".to_owned()),
            category: Some(Category::NetworkActivity),
            ..FilterArgs::default()
        };
        let expected = json!({
            "Attributes": [
                {"AttributeKey": "EventSource", "AttributeValue": "s3.amazonaws.com"},
                {"AttributeKey": "ReadOnly", "AttributeValue": "false"},
            ],
            "Text": "x",
            "Category": "NetworkActivity",
        });
        assert_eq!(Value::from(filter.to_input()), expected);
    }
}
