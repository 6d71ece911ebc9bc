//! Which cells there are.

use std::collections::HashMap;

use cairn_core::{AccountId, Region};
use cairn_event::Category;

use crate::key::{Cell, HashedKeys, cell_hash};

/// The cells of one table or part, and how many rows each has.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    entries: Vec<(Cell, u32)>,
    /// From [`cell_hash`] to the entries that have it: nearly always one.
    found: HashMap<u64, Vec<u32>, HashedKeys>,
    of_account: HashMap<AccountId, Vec<u32>>,
}

/// What a question selects of a catalogue.
#[derive(Debug, Clone)]
pub(crate) struct Selection {
    pub(crate) account: AccountId,
    /// `None` for all of them.
    pub(crate) region: Option<Region>,
    /// `None` for all of them.
    pub(crate) category: Option<Category>,
}

impl Selection {
    pub(crate) fn holds(&self, cell: &Cell) -> bool {
        cell.account == self.account
            && self.category.is_none_or(|category| category == cell.category)
            && self.region.as_ref().is_none_or(|region| cell.region.as_ref() == Some(region))
    }
}

impl Catalogue {
    /// Counts a row; gives back its cell.
    pub(crate) fn count(&mut self, account: AccountId, region: &str, category: Category) -> &Cell {
        let index = match self.index(account, region, category) {
            Some(index) => index,
            None => {
                let region: Option<Region> = region.parse().ok();
                let text = region.as_ref().map_or("", Region::as_str);
                match self.index(account, text, category) {
                    Some(index) => index,
                    None => self.add(Cell::new(account, region, category), 0),
                }
            }
        };
        let entry = &mut self.entries[index];
        entry.1 += 1;
        &entry.0
    }

    /// Adds a cell that is not there yet.
    pub(crate) fn add(&mut self, cell: Cell, rows: u32) -> usize {
        let index = self.entries.len();
        let text = cell.region.as_ref().map_or("", Region::as_str);
        let hash = cell_hash(cell.account, text, cell.category);
        self.found.entry(hash).or_default().push(index as u32);
        self.of_account.entry(cell.account).or_default().push(index as u32);
        self.entries.push((cell, rows));
        index
    }

    pub(crate) fn entries(&self) -> &[(Cell, u32)] {
        &self.entries
    }

    pub(crate) fn select<'a>(&'a self, selection: &'a Selection) -> impl Iterator<Item = &'a Cell> {
        let of_account = self.of_account.get(&selection.account).map_or(&[][..], Vec::as_slice);
        let cells = of_account.iter().map(|index| &self.entries[*index as usize].0);
        cells.filter(|cell| selection.holds(cell))
    }

    fn index(&self, account: AccountId, region: &str, category: Category) -> Option<usize> {
        let same = |cell: &Cell| {
            cell.account == account
                && cell.category == category
                && cell.region.as_ref().map_or("", Region::as_str) == region
        };
        let candidates = self.found.get(&cell_hash(account, region, category))?;
        let found = candidates.iter().find(|index| same(&self.entries[**index as usize].0));
        found.map(|index| *index as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_counted_by_cell() {
        let account = AccountId::new(111_122_223_333).unwrap();
        let mut catalogue = Catalogue::default();
        for region in ["us-east-1", "eu-west-1", "us-east-1", "NOT A REGION", "no/region", ""] {
            catalogue.count(account, region, Category::Management);
        }
        let seen: Vec<(Option<&str>, u32)> = catalogue
            .entries()
            .iter()
            .map(|(cell, rows)| (cell.region.as_ref().map(Region::as_str), *rows))
            .collect();
        assert_eq!(seen, [(Some("us-east-1"), 2), (Some("eu-west-1"), 1), (None, 3)]);
        let selection = Selection { account, region: None, category: Some(Category::Data) };
        assert_eq!(catalogue.select(&selection).count(), 0);
    }
}
