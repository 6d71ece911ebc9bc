//! Questions, answers, and the way from one to the other.

use std::ops::ControlFlow;

use cairn_core::invariant::{Invariant, check};
use cairn_core::{Seq, Timestamp, limits};
use cairn_event::Category;
use cairn_journal::Record;
use memchr::memmem::Finder;

use crate::catalogue::{Catalogue, Selection};
use crate::key::Term;
use crate::newest::Newest;
use crate::place::{Place, Position, Window};
use crate::shared::Shared;
use crate::{Attribute, HistoryError};

/// Records read at a time: bounds what a page holds in memory beyond its answer.
const CHUNK: usize = 32;
/// Places taken from the index at a time when most records will not hold.
const SCAN: usize = 1024;

/// What to look for. All conditions must hold; the default asks for everything.
#[derive(Debug, Clone)]
pub struct Query {
    /// Exact, case-sensitive values.
    pub attributes: Vec<(Attribute, String)>,
    /// A text that the record's bytes contain, case-sensitive.
    pub text: Option<String>,
    /// The first second, inclusive; by default as far back as history goes.
    pub start: Option<Timestamp>,
    /// The last second, inclusive.
    pub end: Option<Timestamp>,
    /// `None` for every category.
    pub category: Option<Category>,
    /// Where the page before this one ended: [`Page::next`].
    pub after: Option<Position>,
    /// Records of the page at the most.
    pub limit: usize,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            attributes: Vec::new(),
            text: None,
            start: None,
            end: None,
            category: None,
            after: None,
            limit: limits::LOOKUP_RESULTS,
        }
    }
}

/// One page of the answer.
#[derive(Debug, Clone)]
pub struct Page {
    /// Newest first, by event time and then by place in the journal.
    pub records: Vec<Record>,
    /// Where the next page begins; `None` when there is nothing more. A page may have a next one
    /// although it is not full, or is empty: a search by text looks at a bounded number of records
    /// for each page.
    pub next: Option<Position>,
}

/// The keys of a question: in each catalogue, one list for each condition and cell.
pub(crate) struct Plan {
    selection: Selection,
    terms: Vec<(Term, String)>,
}

impl Plan {
    pub(crate) fn new(selection: &Selection, query: &Query) -> Self {
        let mut terms = Vec::new();
        for (attribute, value) in &query.attributes {
            if let Some(term) = Term::of(*attribute) {
                terms.push((term, value.clone()));
            }
        }
        if terms.is_empty() {
            terms.push((Term::Everything, String::new()));
        }
        Self { selection: selection.clone(), terms }
    }

    /// What `list` finds for each condition.
    pub(crate) fn groups<L>(
        &self,
        catalogue: &Catalogue,
        mut list: impl FnMut(u64) -> Result<Option<L>, HistoryError>,
    ) -> Result<Vec<Vec<L>>, HistoryError> {
        let mut groups = Vec::with_capacity(self.terms.len());
        for (term, value) in &self.terms {
            let mut lists = Vec::new();
            for cell in catalogue.select(&self.selection) {
                lists.extend(list(cell.key(*term, value))?);
            }
            let none = lists.is_empty();
            groups.push(lists);
            if none {
                break;
            }
        }
        Ok(groups)
    }
}

/// Answers one question.
pub(crate) fn run(
    shared: &Shared,
    selection: &Selection,
    query: &Query,
) -> Result<Page, HistoryError> {
    let window = window(shared, query);
    let question = Question {
        selection,
        query,
        window,
        text: query.text.as_ref().map(|text| Finder::new(text.as_bytes())),
    };
    let page = match event_id(query) {
        Some(id) => question.by_id(shared, id)?,
        None => question.by_index(shared)?,
    };
    check(
        Invariant::AccountIsAlone,
        page.records.iter().all(|record| record.account == selection.account),
    );
    Ok(page)
}

fn event_id(query: &Query) -> Option<&str> {
    let id = query.attributes.iter().find(|(attribute, _)| *attribute == Attribute::EventId);
    id.map(|(_, id)| id.as_str())
}

fn window(shared: &Shared, query: &Query) -> Window {
    let up = |start: Timestamp| start.millis().saturating_add(999).div_euclid(1000);
    let start = query.start.map_or(i64::MIN, up);
    let end = query.end.unwrap_or(Timestamp::MAX).seconds();
    let behind_end = Place { time: end.saturating_add(1), seq: 0 };
    let before = query.after.map_or(behind_end, |after| behind_end.min(after.into()));
    Window { since: start.max(shared.horizon()), before }
}

struct Question<'a> {
    selection: &'a Selection,
    query: &'a Query,
    window: Window,
    text: Option<Finder<'a>>,
}

impl Question<'_> {
    /// Event ids are found by the journal, which keeps them for idempotency anyway.
    fn by_id(&self, shared: &Shared, id: &str) -> Result<Page, HistoryError> {
        let mut records = Vec::new();
        if let Some(seq) = shared.journal.find(self.selection.account, id)? {
            records = shared.journal.read(&[seq])?;
            records.retain(|record| self.holds(record));
        }
        records.truncate(self.query.limit);
        Ok(Page { records, next: None })
    }

    fn by_index(&self, shared: &Shared) -> Result<Page, HistoryError> {
        let view = shared.view();
        // Not before the view is taken: history may start over in between.
        shared.ready()?;
        let plan = Plan::new(self.selection, self.query);
        let mut window = self.window;
        let mut page = Page { records: Vec::new(), next: None };
        let mut budget = Budget::new(shared);
        while page.records.len() < self.query.limit {
            let wanted = match self.text {
                Some(_) => SCAN,
                None => SCAN.min(self.query.limit - page.records.len()),
            };
            // One more than wanted tells whether there is a next page.
            let mut newest = Newest::new(wanted + 1);
            view.search(&plan, &window, &mut newest)?;
            let mut places = newest.into_places();
            let more = places.len() > wanted;
            places.truncate(wanted);
            if let ControlFlow::Break(last) = self.take(shared, &places, &mut page, &mut budget)? {
                let ended = !more && places.last() == Some(&last);
                page.next = (!ended).then(|| last.into());
                return Ok(page);
            }
            let Some(last) = places.last().filter(|_| more) else {
                page.next = None;
                return Ok(page);
            };
            window.before = *last;
            page.next = Some((*last).into());
        }
        Ok(page)
    }

    /// Reads the records at `places` and keeps those that hold. Breaks, with the last place that
    /// was looked at, when the page has what it may have.
    fn take(
        &self,
        shared: &Shared,
        places: &[Place],
        page: &mut Page,
        budget: &mut Budget,
    ) -> Result<ControlFlow<Place>, HistoryError> {
        for chunk in places.chunks(CHUNK) {
            let seqs: Vec<Seq> = chunk.iter().map(|place| Seq(place.seq)).collect();
            let records = shared.journal.read(&seqs)?;
            for (place, record) in chunk.iter().zip(records) {
                budget.look(record.raw.len());
                if self.holds(&record) {
                    budget.bytes = budget.bytes.saturating_sub(record.raw.len());
                    page.records.push(record);
                }
                if page.records.len() == self.query.limit || budget.is_spent() {
                    return Ok(ControlFlow::Break(*place));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// Whether the record itself answers the question. The index only proposes: its keys are
    /// hashes, and a hash can be made to collide.
    fn holds(&self, record: &Record) -> bool {
        if record.account != self.selection.account {
            return false;
        }
        // The cheapest test of most records comes first: it needs no parsing.
        if self.text.as_ref().is_some_and(|text| text.find(&record.raw).is_none()) {
            return false;
        }
        let Some(event) = record.event() else {
            return false;
        };
        let place = Place { time: event.time().seconds(), seq: record.seq.0 };
        let Selection { region, category, .. } = self.selection;
        self.window.holds(place)
            && region.as_ref().is_none_or(|region| event.region() == region.as_str())
            && category.is_none_or(|category| event.category() == category)
            && self.query.attributes.iter().all(|(attribute, value)| attribute.holds(&event, value))
    }
}

/// What one page may still cost.
struct Budget {
    scanned: usize,
    scanned_bytes: usize,
    bytes: usize,
}

impl Budget {
    fn new(shared: &Shared) -> Self {
        let settings = &shared.settings;
        let (scanned, scanned_bytes) = (settings.scanned_records, settings.scanned_bytes);
        Self { scanned, scanned_bytes, bytes: settings.page_bytes.max(1) }
    }

    fn look(&mut self, bytes: usize) {
        self.scanned = self.scanned.saturating_sub(1);
        self.scanned_bytes = self.scanned_bytes.saturating_sub(bytes);
    }

    fn is_spent(&self) -> bool {
        self.scanned == 0 || self.scanned_bytes == 0 || self.bytes == 0
    }
}
