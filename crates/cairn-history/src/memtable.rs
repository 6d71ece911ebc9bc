//! The index of the newest records, in memory.

mod invert;

use std::collections::HashMap;

use cairn_core::{AccountId, Seq};
use cairn_event::Event;

use crate::HistoryError;
use crate::catalogue::Catalogue;
use crate::key::HashedKeys;
use crate::lookup::Plan;
use crate::newest::Newest;
use crate::place::{Place, Window};
use crate::postings::{Matches, Postings};

pub(crate) use invert::Inverted;

/// Rows in the order they came, and for each key the chain of its rows, newest row first.
///
/// Nothing here is allocated by event: rows, links and chains lie in three growing arrays, and a
/// key is a number.
#[derive(Debug)]
pub(crate) struct Memtable {
    /// The record that the table expects next; everything from its first up to here was seen.
    next: Seq,
    /// Records that were seen, with or without a row.
    seen: usize,
    rows: Vec<Place>,
    /// For each row the latest time of it and all rows before it: tells a walk when to end.
    latest: Vec<i64>,
    links: Vec<Link>,
    chains: HashMap<u64, Chain, HashedKeys>,
    catalogue: Catalogue,
    /// The keys of the event at hand; kept for its allocation.
    keys: Vec<u64>,
}

/// One row's place in the chain of one key.
#[derive(Debug, Clone, Copy)]
struct Link {
    row: u32,
    /// The link before this one in the chain, or [`NONE`].
    before: u32,
}

#[derive(Debug, Clone, Copy)]
struct Chain {
    last: u32,
    length: u32,
}

const NONE: u32 = u32::MAX;

impl Memtable {
    pub(crate) fn new(next: Seq) -> Self {
        Self {
            next,
            seen: 0,
            rows: Vec::new(),
            latest: Vec::new(),
            links: Vec::new(),
            chains: HashMap::default(),
            catalogue: Catalogue::default(),
            keys: Vec::new(),
        }
    }

    /// An empty table that follows this full one, with room for as much.
    pub(crate) fn successor(&self) -> Self {
        Self {
            rows: Vec::with_capacity(self.rows.len()),
            latest: Vec::with_capacity(self.latest.len()),
            links: Vec::with_capacity(self.links.len()),
            chains: HashMap::with_capacity_and_hasher(self.chains.len(), HashedKeys::default()),
            ..Self::new(self.next)
        }
    }

    /// Adds the next record of the journal: a row if it is an event that names an action and
    /// happened at or after the second `since`.
    pub(crate) fn add(&mut self, seq: Seq, account: AccountId, event: Option<&Event>, since: i64) {
        self.next = seq.next();
        self.seen += 1;
        if let Some(event) = event
            && event.category().names_action()
            && event.time().seconds() >= since
        {
            self.add_row(seq, account, event);
        }
    }

    fn add_row(&mut self, seq: Seq, account: AccountId, event: &Event) {
        let row = self.rows.len() as u32;
        let place = Place { time: event.time().seconds(), seq: seq.0 };
        let latest = self.latest.last().map_or(place.time, |latest| place.time.max(*latest));
        self.rows.push(place);
        self.latest.push(latest);
        let cell = self.catalogue.count(account, &event.region(), event.category());
        self.keys.clear();
        cell.keys_of(event, |key| self.keys.push(key));
        // Apart from the hashing, so that the processor waits for several chains at once.
        for key in &self.keys {
            let link = self.links.len() as u32;
            let chain = self.chains.entry(*key).or_insert(Chain { last: NONE, length: 0 });
            // Two resources of one type give the same key twice.
            if chain.last == NONE || self.links[chain.last as usize].row != row {
                self.links.push(Link { row, before: chain.last });
                *chain = Chain { last: link, length: chain.length + 1 };
            }
        }
    }

    pub(crate) fn next(&self) -> Seq {
        self.next
    }

    pub(crate) fn seen(&self) -> usize {
        self.seen
    }

    pub(crate) fn rows(&self) -> &[Place] {
        &self.rows
    }

    /// How many postings the table holds, over all keys.
    pub(crate) fn links(&self) -> usize {
        self.links.len()
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Offers the rows that match, until no older row could be kept.
    pub(crate) fn search(
        &self,
        plan: &Plan,
        window: &Window,
        newest: &mut Newest,
    ) -> Result<(), HistoryError> {
        let Some(count) = (self.rows.len() as u32).checked_sub(1) else {
            return Ok(());
        };
        let groups = plan.groups(&self.catalogue, |key| Ok(self.walk(key)))?;
        let Some(mut matches) = Matches::new(groups) else {
            return Ok(());
        };
        let mut from = 0;
        while let Some(rank) = matches.seek(from)? {
            let row = (count - rank) as usize;
            let latest = Place { time: self.latest[row], seq: u64::MAX };
            if latest.time < window.since || !newest.admits(latest) {
                break;
            }
            if window.holds(self.rows[row]) {
                newest.offer(self.rows[row]);
            }
            from = rank + 1;
        }
        Ok(())
    }

    fn walk(&self, key: u64) -> Option<Walk<'_>> {
        let chain = self.chains.get(&key)?;
        let last_row = self.rows.len() as u32 - 1;
        Some(Walk { links: &self.links, at: chain.last, length: chain.length, last_row })
    }
}

/// A chain as ascending ranks: rank 0 is the row that came last.
struct Walk<'a> {
    links: &'a [Link],
    at: u32,
    length: u32,
    last_row: u32,
}

impl Postings for Walk<'_> {
    fn seek(&mut self, from: u32) -> Result<Option<u32>, HistoryError> {
        while self.at != NONE {
            let link = self.links[self.at as usize];
            let rank = self.last_row - link.row;
            if rank >= from {
                return Ok(Some(rank));
            }
            self.at = link.before;
        }
        Ok(None)
    }

    fn len(&self) -> u32 {
        self.length
    }
}
