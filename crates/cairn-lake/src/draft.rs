//! Plans of statements that were taken and have not run yet.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use cairn_ports::lake::Table;

use crate::sql::Planned;

/// Plans kept at the most. A query whose plan is not here any more is planned anew.
const KEPT: usize = 64;

/// Each is of a statement that was found good a moment ago: it need not be read and optimized again
/// when its turn comes, over the rows that there are then.
#[derive(Default)]
pub(crate) struct Drafts {
    kept: Mutex<VecDeque<Draft>>,
}

struct Draft {
    statement: String,
    tables: Vec<Table>,
    planned: Planned,
}

impl Draft {
    fn is_of(&self, statement: &str, tables: &[Table]) -> bool {
        self.statement == statement && self.tables == tables
    }
}

impl Drafts {
    /// Keeps the newest plan of a statement.
    pub(crate) fn put(&self, statement: &str, tables: &[Table], planned: Planned) {
        let draft = Draft { statement: statement.to_owned(), tables: tables.to_vec(), planned };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|draft| !draft.is_of(statement, tables));
        kept.push_back(draft);
        if kept.len() > KEPT {
            kept.pop_front();
        }
    }

    /// The plan of a statement, for one run.
    pub(crate) fn take(&self, statement: &str, tables: &[Table]) -> Option<Planned> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let at = kept.iter().position(|draft| draft.is_of(statement, tables))?;
        kept.remove(at).map(|draft| draft.planned)
    }
}
