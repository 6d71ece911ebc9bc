//! Counts of one batch, a cell for each combination of its dictionaries' texts.

use super::column::Column;

/// Cells that are worth it, however few rows there are.
const FEW: usize = 4096;

/// Counting in cells needs no hash. Where there would be more cells than rows, it pays nothing.
pub(super) struct Cells {
    cells: Vec<usize>,
    /// Of each column, how many codes there are, and one for null.
    sizes: Vec<usize>,
}

impl Cells {
    /// `None` where there would be too many.
    pub(super) fn of(columns: &[Column<'_>], rows: usize) -> Option<Self> {
        let sizes: Vec<usize> =
            columns.iter().map(|column| Some(column.codes()? + 1)).collect::<Option<_>>()?;
        let cells = sizes.iter().try_fold(1usize, |cells, size| cells.checked_mul(*size))?;
        (cells <= rows.max(FEW)).then(|| Self { cells: vec![0; cells], sizes })
    }

    /// Counts rows that are as this one.
    pub(super) fn count(&mut self, columns: &[Column<'_>], row: usize, rows: usize) {
        let mut cell = 0;
        for (column, size) in columns.iter().zip(&self.sizes) {
            // A code beyond all is that of null, and of a number that all rows have.
            let code = column.code(row).map_or(size - 1, |code| (code as usize).min(size - 1));
            cell = cell * size + code;
        }
        self.cells[cell] += rows;
    }

    /// The codes of the cells that have rows, and how many.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Vec<Option<u64>>, usize)> {
        let met = self.cells.iter().enumerate().filter(|(_, rows)| **rows > 0);
        met.map(|(cell, rows)| (self.codes(cell), *rows))
    }

    fn codes(&self, mut cell: usize) -> Vec<Option<u64>> {
        let mut codes = Vec::with_capacity(self.sizes.len());
        for size in self.sizes.iter().rev() {
            let code = cell % size;
            codes.push((code + 1 < *size).then_some(code as u64));
            cell /= size;
        }
        codes.reverse();
        codes
    }
}
