//! The widgets of the Highlights dashboard: queries of the library over all event data stores.

use std::collections::BTreeMap;

use cairn_store::Widget;

use super::board::HIGHLIGHTS;
use super::managed::widget;

/// Queries of the library.
const SHOWN: [&str; 6] = [
    "Events per day",
    "Events per service",
    "Events per principal",
    "Top errors",
    "Failed console sign-ins",
    "Changes of CloudTrail",
];

/// What the queries above read; the columns are the same in every event data store of events.
const COLUMNS: &str = "eventTime, eventSource, eventName, eventID, userIdentity, sourceIPAddress, \
                       awsRegion, errorCode, errorMessage, requestParameters, responseElements";

pub(super) fn widgets() -> Vec<Widget> {
    let one = |(at, title): (usize, &&str)| {
        let view = [("Title", *title), ("View", "Table")];
        let view = view.map(|(name, value)| (name.to_owned(), value.to_owned()));
        widget(format!("{HIGHLIGHTS}-{}", at + 1), title, BTreeMap::from(view))
    };
    SHOWN.iter().enumerate().map(one).collect()
}

/// What stands for the event data store in the widgets' statements; `None` without one.
pub(super) fn source(stores: &[String]) -> Option<String> {
    match stores {
        [] => None,
        [one] => Some(one.clone()),
        several => {
            let part = |id: &String| format!("SELECT {COLUMNS} FROM {id}");
            let parts: Vec<String> = several.iter().map(part).collect();
            Some(format!("({}) AS events", parts.join(" UNION ALL ")))
        }
    }
}
