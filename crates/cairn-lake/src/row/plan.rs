//! Which member of a record goes into which column.

use std::sync::OnceLock;

use cairn_ports::lake::TableSchema;

use super::column::Column;
use crate::schema::{self, Kind, Member};

/// The objects of one kind's records and the columns of its table.
#[derive(Debug)]
pub(super) struct Plan {
    /// The record itself comes first.
    pub(super) scopes: Vec<Scope>,
    /// The column of each column of the schema that members fill, in its order.
    pub(super) columns: Vec<usize>,
    /// The kind of each column, and the columns inside of it.
    kinds: Vec<(Kind, Vec<usize>)>,
    pub(super) event_time: usize,
    /// The member and the scope of each id.
    pub(super) by_id: Vec<Option<(u16, u16)>>,
}

/// An object: its members.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) members: Vec<Entry>,
    /// Where the hints for its members begin.
    pub(super) hints: usize,
}

/// A member and where its value goes.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) json: &'static str,
    pub(super) id: u8,
    pub(super) target: Target,
    /// The column, where there is one.
    pub(super) column: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Text,
    Json,
    Time,
    Flag,
    Whole,
    Number,
    Map,
    /// An object with the scope of its members.
    Struct(usize),
    /// A list of objects.
    List(usize),
    /// An object that no column stands for, but whose members have columns.
    Group(usize),
}

impl Plan {
    pub(super) fn of(kind: TableSchema) -> &'static Self {
        static ALL: [OnceLock<Plan>; 5] = [const { OnceLock::new() }; 5];
        ALL[kind as usize].get_or_init(|| Self::make(kind))
    }

    fn make(kind: TableSchema) -> Self {
        let mut plan = Self {
            scopes: Vec::new(),
            columns: Vec::new(),
            kinds: Vec::new(),
            event_time: 0,
            by_id: vec![None; 256],
        };
        let root = plan.scope(schema::members(kind));
        plan.columns = plan.scopes[root].members.iter().map(|entry| entry.column).collect();
        let time = plan.scopes[root].members.iter().find(|entry| entry.json == "eventTime");
        plan.event_time = time.map_or(0, |entry| entry.column);
        if kind == TableSchema::Insights {
            plan.add_trail_form();
        }
        let mut hints = 0;
        for (number, scope) in plan.scopes.iter_mut().enumerate() {
            scope.hints = hints;
            hints += scope.members.len() + 1;
            for (place, entry) in scope.members.iter().enumerate() {
                plan.by_id[usize::from(entry.id)] = Some((number as u16, place as u16));
            }
        }
        plan
    }

    fn scope(&mut self, members: &'static [Member]) -> usize {
        let scope = self.scopes.len();
        self.scopes.push(Scope { members: Vec::new(), hints: 0 });
        let entries = members.iter().map(|member| self.entry(member)).collect();
        self.scopes[scope].members = entries;
        scope
    }

    fn entry(&mut self, member: &'static Member) -> Entry {
        let column = self.kinds.len();
        self.kinds.push((member.kind, Vec::new()));
        let target = match member.kind {
            Kind::Text => Target::Text,
            Kind::Json => Target::Json,
            Kind::Time => Target::Time,
            Kind::Flag => Target::Flag,
            Kind::Whole => Target::Whole,
            Kind::Number => Target::Number,
            Kind::Map => Target::Map,
            Kind::Struct(inner) => Target::Struct(self.inner(column, inner)),
            Kind::List(inner) => Target::List(self.inner(column, inner)),
        };
        Entry { json: member.json, id: member.id, target, column }
    }

    fn inner(&mut self, column: usize, members: &'static [Member]) -> usize {
        let scope = self.scope(members);
        self.kinds[column].1 =
            self.scopes[scope].members.iter().map(|entry| entry.column).collect();
        scope
    }

    pub(super) fn new_columns(&self) -> Vec<Column> {
        self.kinds
            .iter()
            .map(|(kind, fields)| match kind {
                Kind::Text | Kind::Json => Column::Text(Default::default()),
                Kind::Time => Column::Time(Default::default()),
                Kind::Flag => Column::Flag(Default::default()),
                Kind::Whole => Column::Whole(Default::default()),
                Kind::Number => Column::Number(Default::default()),
                Kind::Map => Column::Map(Default::default()),
                Kind::Struct(_) => {
                    Column::Struct { valid: Default::default(), fields: fields.clone() }
                }
                Kind::List(_) => Column::List { ends: Default::default(), fields: fields.clone() },
            })
            .collect()
    }

    pub(super) fn hints(&self) -> usize {
        self.scopes.iter().map(|scope| scope.members.len() + 1).sum()
    }
}
