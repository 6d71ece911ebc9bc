//! Insights events as trails write them: what an event data store keeps flat, they nest.

use super::plan::{Entry, Plan, Scope, Target};

/// Ids of objects that no column stands for, and of the members inside of them.
const DETAILS: u8 = 180;

impl Plan {
    /// Adds `insightDetails` and what is inside of it.
    pub(super) fn add_trail_form(&mut self) {
        let context = self.column(0, "insightContext");
        let baseline = self.group(&[(DETAILS + 1, "average", context.1, "baselineAverage")]);
        let insight = self.group(&[(DETAILS + 2, "average", context.1, "insightAverage")]);
        let statistics = self.group(&[
            (DETAILS + 3, "insightDuration", context.1, "insightDuration"),
            (DETAILS + 4, "baselineDuration", context.1, "baselineDuration"),
        ]);
        self.nest(statistics, DETAILS + 5, "baseline", Target::Group(baseline));
        self.nest(statistics, DETAILS + 6, "insight", Target::Group(insight));
        let inner = self.group(&[(DETAILS + 7, "attributions", context.1, "attributions")]);
        self.nest(inner, DETAILS + 8, "statistics", Target::Group(statistics));
        let details = self.group(&[
            (DETAILS + 9, "state", 0, "insightState"),
            (DETAILS + 10, "eventSource", 0, "insightEventSource"),
            (DETAILS + 11, "eventName", 0, "insightEventName"),
            (DETAILS + 12, "errorCode", 0, "insightErrorCode"),
            (DETAILS + 13, "insightType", 0, "insightType"),
        ]);
        let entry = Entry {
            json: "insightContext",
            id: DETAILS + 14,
            target: Target::Struct(inner),
            column: context.0,
        };
        self.scopes[details].members.push(entry);
        self.nest(0, DETAILS, "insightDetails", Target::Group(details));
    }

    /// The column of a member, and the scope inside of it.
    fn column(&self, scope: usize, json: &str) -> (usize, usize) {
        let entry = self.scopes[scope].members.iter().find(|entry| entry.json == json);
        let entry = entry.expect("the schema has the member");
        match entry.target {
            Target::Struct(inner) | Target::List(inner) => (entry.column, inner),
            _ => (entry.column, 0),
        }
    }

    /// A scope whose members fill columns of other scopes: id, name here, scope and name there.
    fn group(&mut self, members: &[(u8, &'static str, usize, &str)]) -> usize {
        let entry = |(id, json, scope, there): &(u8, &'static str, usize, &str)| {
            let found = self.scopes[*scope].members.iter().find(|entry| entry.json == *there);
            let found = found.expect("the schema has the member");
            Entry { json, id: *id, target: found.target, column: found.column }
        };
        let members = members.iter().map(entry).collect();
        self.scopes.push(Scope { members, hints: 0 });
        self.scopes.len() - 1
    }

    fn nest(&mut self, scope: usize, id: u8, json: &'static str, target: Target) {
        self.scopes[scope].members.push(Entry { json, id, target, column: usize::MAX });
    }
}
