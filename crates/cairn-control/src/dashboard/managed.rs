//! The built-in dashboards: queries of the library, about one event data store.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use cairn_store::Widget;

use crate::sample::{Parametric, named};

/// How a query's result is drawn.
enum View {
    Table,
    /// Over time; the column with the values.
    Line(&'static str),
    /// The columns with the labels and the values.
    Bar(&'static str, &'static str),
    Pie(&'static str, &'static str),
}

use View::{Bar, Line, Pie, Table};

type Shown = (&'static str, View);

const DASHBOARDS: [(&str, &[Shown]); 15] = [
    (
        "AWSCloudTrail-DataEvents",
        &[
            ("Data events per resource type", Table),
            ("S3 calls per bucket", Bar("bucket", "calls")),
            ("Invocations of Lambda functions", Bar("function_name", "invocations")),
            ("Operations on DynamoDB tables", Table),
        ],
    ),
    (
        "AWSCloudTrail-DynamoDBDataEvents",
        &[("Operations on DynamoDB tables", Table), ("Data events per resource type", Table)],
    ),
    (
        "AWSCloudTrail-EC2Activity",
        &[
            ("Instances that were launched", Table),
            ("Launches per instance type", Bar("instance_type", "launches")),
            ("Instances that were stopped or terminated", Table),
            ("Changes of security groups", Table),
            ("Changes of the network", Table),
        ],
    ),
    (
        "AWSCloudTrail-EnrichedEvents",
        &[
            ("Events by a tag of their principal", Pie("tag_value", "events")),
            ("Events by a tag of their resources", Pie("tag_value", "events")),
        ],
    ),
    (
        "AWSCloudTrail-ErrorAnalysis",
        &[
            ("Errors per day", Line("errors")),
            ("Top errors", Table),
            ("Errors per service", Bar("eventSource", "errors")),
            ("Principals that are denied most", Table),
            ("Throttled calls", Table),
            ("Calls with invalid credentials", Table),
        ],
    ),
    (
        "AWSCloudTrail-IAMActivity",
        &[
            ("Changes of IAM", Table),
            ("New and deleted users", Table),
            ("Access keys that were created or deleted", Table),
            ("Policies that were attached or changed", Table),
            ("Roles that were assumed", Table),
            ("MFA devices that were changed", Table),
        ],
    ),
    (
        "AWSCloudTrail-InsightsEvents",
        &[
            ("Insights per day", Line("insights")),
            ("Insights per operation", Table),
            ("Insights events", Table),
        ],
    ),
    (
        "AWSCloudTrail-LambdaDataEvents",
        &[
            ("Invocations of Lambda functions", Bar("function_name", "invocations")),
            ("Data events per resource type", Table),
        ],
    ),
    (
        "AWSCloudTrail-ManagementEvents",
        &[
            ("Management events per operation", Table),
            ("Read and write events per day", Line("writes")),
            ("Events per type of identity", Pie("type", "calls")),
            ("Changes made in the console", Table),
        ],
    ),
    (
        "AWSCloudTrail-OrganizationsActivity",
        &[
            ("Changes of Organizations", Table),
            ("Events per account", Bar("recipientAccountId", "events")),
            ("Roles assumed from other accounts", Table),
        ],
    ),
    (
        "AWSCloudTrail-Overview",
        &[
            ("Events per day", Line("events")),
            ("Read and write events per day", Line("writes")),
            ("Events per service", Bar("eventSource", "calls")),
            ("Events per Region", Pie("awsRegion", "events")),
            ("Events per principal", Table),
            ("Top errors", Table),
        ],
    ),
    (
        "AWSCloudTrail-ResourceChanges",
        &[
            ("Resources that were created", Table),
            ("Deletions", Table),
            ("Tags that were changed", Table),
            ("CloudFormation stacks that changed", Table),
            ("Resources touched most", Table),
        ],
    ),
    (
        "AWSCloudTrail-S3DataEvents",
        &[
            ("S3 operations", Bar("eventName", "calls")),
            ("S3 calls per bucket", Bar("bucket", "calls")),
            ("S3 objects that are read most", Table),
            ("Deleted S3 objects", Table),
            ("Anonymous S3 requests", Table),
            ("Bytes out of S3 per principal", Bar("arn", "bytes_out")),
        ],
    ),
    (
        "AWSCloudTrail-SecurityMonitoring",
        &[
            ("Failed console sign-ins", Table),
            ("Console sign-ins without MFA", Table),
            ("Everything the root user did", Table),
            ("Denied calls", Table),
            ("Changes of CloudTrail", Table),
            ("Security groups that were opened to the world", Table),
            ("Changes of bucket policies and public access", Table),
            ("KMS keys that were disabled or deleted", Table),
        ],
    ),
    (
        "AWSCloudTrail-UserActivity",
        &[
            ("Events per principal", Bar("arn", "calls")),
            ("Console sign-ins", Table),
            ("Newest event of each principal", Table),
            ("Access keys in use", Table),
            ("User agents", Table),
            ("Events per source address", Bar("sourceIPAddress", "calls")),
        ],
    ),
];

/// The names of all built-in dashboards, sorted.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    DASHBOARDS.iter().map(|(name, _)| *name)
}

/// The widgets of a built-in dashboard.
pub(super) fn widgets(name: &str) -> Option<Vec<Widget>> {
    built().get(name).cloned()
}

/// The statement of a built-in widget, with question marks.
pub(crate) fn statement_of(alias: &str) -> Option<String> {
    let (dashboard, _) = alias.rsplit_once('-')?;
    let widgets = built().get(dashboard)?;
    widgets.iter().find(|widget| widget.alias == alias).map(|widget| widget.statement.clone())
}

/// A widget for a query of the library.
pub(super) fn widget(alias: String, title: &str, view: BTreeMap<String, String>) -> Widget {
    let sample = named(title).expect("the dashboards name queries of the library, a test looks");
    let Parametric { statement, parameters } = sample.template.parametric();
    Widget { alias, statement, parameters, view }
}

fn built() -> &'static BTreeMap<&'static str, Vec<Widget>> {
    static BUILT: OnceLock<BTreeMap<&'static str, Vec<Widget>>> = OnceLock::new();
    BUILT.get_or_init(|| {
        let widgets = |name: &str, shown: &[Shown]| {
            let numbered = shown.iter().enumerate();
            let one = |(at, (title, view)): (usize, &Shown)| {
                widget(format!("{name}-{}", at + 1), title, properties(title, view))
            };
            numbered.map(one).collect()
        };
        DASHBOARDS.iter().map(|(name, shown)| (*name, widgets(name, shown))).collect()
    })
}

fn properties(title: &str, view: &View) -> BTreeMap<String, String> {
    let (kind, columns): (&str, Vec<(&str, &str)>) = match view {
        Table => ("Table", vec![]),
        Line(values) => ("LineChart", vec![("XAxisColumn", "period"), ("YAxisColumn", values)]),
        Bar(labels, values) => (
            "BarChart",
            vec![("LabelColumn", labels), ("ValueColumn", values), ("Orientation", "Horizontal")],
        ),
        Pie(labels, values) => ("PieChart", vec![("LabelColumn", labels), ("ValueColumn", values)]),
    };
    let fixed = [("Title", title), ("View", kind), ("Height", "2"), ("Width", "4")];
    let all = fixed.into_iter().chain(columns);
    all.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::fill;

    #[test]
    fn every_built_in_widget_is_a_query_of_the_library() {
        assert!(DASHBOARDS.is_sorted_by_key(|(name, _)| *name));
        for name in names() {
            let widgets = widgets(name).unwrap();
            assert!(!widgets.is_empty() && widgets.len() <= 10, "{name}");
            for widget in widgets {
                let about = widget.parameters.iter().any(|name| name == "$EventDataStoreId$");
                assert!(about && widget.parameters.len() <= 10, "{}", widget.alias);
                assert_eq!(statement_of(&widget.alias), Some(widget.statement.clone()));
                let filled = fill(&widget.statement, &widget.parameters).unwrap();
                assert!(filled.contains("FROM $EventDataStoreId$"), "{filled}");
                assert!(filled.contains(">= '$StartTime$'"), "{filled}");
                let legal = |char: char| char.is_ascii_alphanumeric() || "._- ".contains(char);
                assert!(widget.view.values().all(|value| value.chars().all(legal)));
                for (name, column) in &widget.view {
                    let shown = !name.ends_with("Column") || filled.contains(&**column);
                    assert!(shown, "{}: {column}", widget.alias);
                }
            }
        }
        assert_eq!(statement_of("AWSCloudTrail-Overview-99"), None);
        assert_eq!(statement_of("Widget"), None);
    }
}
