//! Keys of the index, and the cells that form them.

use std::hash::{BuildHasherDefault, Hasher};

use cairn_core::{AccountId, Region};
use cairn_event::{Category, Event};
use twox_hash::XxHash3_64;

use crate::Attribute;
use crate::attribute::read_only_text;

/// One account's records of one category in one Region.
///
/// Only a cell forms keys, and there is no cell without an account: one account's question cannot
/// be put to another's index. Two keys may still collide, by chance or by intent, so every hit is
/// compared with its record before it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) account: AccountId,
    /// `None` for records whose `awsRegion` is not a Region's name.
    pub(crate) region: Option<Region>,
    pub(crate) category: Category,
    /// Derived from the three above; every key of the cell is hashed with it.
    seed: u64,
}

/// What a key is made of besides the cell: an attribute and its value, or nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Term {
    Everything = 0,
    EventName = 1,
    ReadOnly = 2,
    Username = 3,
    ResourceType = 4,
    ResourceName = 5,
    EventSource = 6,
    AccessKeyId = 7,
}

impl Term {
    /// `None` for the event id, which the journal itself finds.
    pub(crate) fn of(attribute: Attribute) -> Option<Self> {
        match attribute {
            Attribute::EventId => None,
            Attribute::EventName => Some(Self::EventName),
            Attribute::ReadOnly => Some(Self::ReadOnly),
            Attribute::Username => Some(Self::Username),
            Attribute::ResourceType => Some(Self::ResourceType),
            Attribute::ResourceName => Some(Self::ResourceName),
            Attribute::EventSource => Some(Self::EventSource),
            Attribute::AccessKeyId => Some(Self::AccessKeyId),
        }
    }
}

impl Cell {
    pub(crate) fn new(account: AccountId, region: Option<Region>, category: Category) -> Self {
        let text = region.as_ref().map_or("", Region::as_str);
        let seed = cell_hash(account, text, category);
        Self { account, region, category, seed }
    }

    /// The key under which the rows with this value are listed.
    pub(crate) fn key(&self, term: Term, value: &str) -> u64 {
        // The terms' seeds lie far apart, so that equal values of two attributes stay two keys.
        let seed = self.seed.wrapping_add((term as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        XxHash3_64::oneshot_with_seed(seed, value.as_bytes())
    }

    /// The key that lists every row of the cell.
    pub(crate) fn everything(&self) -> u64 {
        self.key(Term::Everything, "")
    }

    /// Calls `each` with every key that the event is listed under; some may come twice.
    pub(crate) fn keys_of(&self, event: &Event, mut each: impl FnMut(u64)) {
        each(self.everything());
        each(self.key(Term::EventName, &event.name()));
        each(self.key(Term::EventSource, &event.source()));
        if let Some(read_only) = event.read_only() {
            each(self.key(Term::ReadOnly, read_only_text(read_only)));
        }
        if let Some(name) = event.username() {
            each(self.key(Term::Username, &name));
        }
        if let Some(id) = event.access_key_id() {
            each(self.key(Term::AccessKeyId, &id));
        }
        for resource in event.resources() {
            each(self.key(Term::ResourceName, &resource.name));
            if let Some(kind) = &resource.kind {
                each(self.key(Term::ResourceType, kind));
            }
        }
    }
}

/// What cells are found by, and what their keys are seeded with.
pub(crate) fn cell_hash(account: AccountId, region: &str, category: Category) -> u64 {
    let seed = account.as_u64() << 8 | u64::from(category_number(category));
    XxHash3_64::oneshot_with_seed(seed, region.as_bytes())
}

const CATEGORIES: [(u8, Category); 6] = [
    (1, Category::Management),
    (2, Category::Data),
    (3, Category::Insight),
    (4, Category::NetworkActivity),
    (5, Category::Other),
    (6, Category::ActivityAuditLog),
];

/// The numbers are part of the format.
pub(crate) fn category_number(category: Category) -> u8 {
    match category {
        Category::Management => 1,
        Category::Data => 2,
        Category::Insight => 3,
        Category::NetworkActivity => 4,
        // Those that name no action have no rows, and so no number of their own.
        Category::Other | Category::ConfigurationItem | Category::Evidence => 5,
        Category::ActivityAuditLog => 6,
    }
}

pub(crate) fn category_from(number: u8) -> Option<Category> {
    CATEGORIES.into_iter().find(|(known, _)| *known == number).map(|(_, category)| category)
}

/// For maps whose keys are hashes already.
pub(crate) type HashedKeys = BuildHasherDefault<Identity>;

#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(account: u64, region: &str, category: Category) -> Cell {
        Cell::new(AccountId::new(account).unwrap(), region.parse().ok(), category)
    }

    #[test]
    fn every_part_of_a_key_counts() {
        let one = cell(1, "us-east-1", Category::Management);
        let keys = [
            one.key(Term::EventName, "a"),
            one.key(Term::Username, "a"),
            one.key(Term::EventName, "b"),
            one.everything(),
            cell(2, "us-east-1", Category::Management).key(Term::EventName, "a"),
            cell(1, "us-east-2", Category::Management).key(Term::EventName, "a"),
            cell(1, "us-east-1", Category::Data).key(Term::EventName, "a"),
            cell(1, "", Category::Management).key(Term::EventName, "a"),
        ];
        let mut distinct = keys.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), keys.len());
        assert_eq!(keys[0], cell(1, "us-east-1", Category::Management).key(Term::EventName, "a"));
    }

    #[test]
    fn categories_have_numbers() {
        for (number, category) in CATEGORIES {
            assert_eq!(category_number(category), number);
            assert_eq!(category_from(number), Some(category));
        }
        assert_eq!(category_from(0), None);
    }
}
