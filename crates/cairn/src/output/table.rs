//! Columns without frames, so that lines can be searched, cut and copied.

use std::io::{self, Write};

use comfy_table::{ColumnConstraint, Table, Width, presets};

use super::safe::{for_terminal, shortened};
use super::{EventRow, EventSink};

/// Heading, least width, so that later pages line up with the first, and greatest.
const COLUMNS: [(&str, u16, usize); 7] = [
    ("TIME", 20, 25),
    ("EVENT", 22, 40),
    ("SOURCE", 12, 30),
    ("USER", 14, 32),
    ("FROM", 12, 32),
    ("OUTCOME", 8, 32),
    ("RESOURCES", 9, 60),
];

/// Keeps rows until they are flushed: widths are known only then.
#[derive(Default)]
pub(super) struct EventTable {
    rows: Vec<[String; 7]>,
    headed: bool,
}

impl EventSink for EventTable {
    fn event(&mut self, row: &EventRow, _out: &mut dyn Write) -> io::Result<()> {
        self.rows.push(cells(row));
        Ok(())
    }

    fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if self.rows.is_empty() {
            return out.flush();
        }
        let mut table = plain();
        if !self.headed {
            table.set_header(COLUMNS.map(|(heading, ..)| heading));
        }
        self.headed = true;
        for row in self.rows.drain(..) {
            table.add_row(row);
        }
        let least = |(_, least, _): (&str, u16, usize)| {
            // The column's own padding counts.
            ColumnConstraint::LowerBoundary(Width::Fixed(least + 2))
        };
        table.set_constraints(COLUMNS.map(least));
        write(&table, out)
    }
}

/// A list: one heading a column, one row an item.
pub(crate) fn list(
    headings: &[String],
    rows: &[Vec<String>],
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut table = plain();
    table.set_header(headings);
    for row in rows {
        table.add_row(row.iter().map(|cell| for_terminal(cell)));
    }
    write(&table, out)
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    table
}

/// Writes `table` without its left margin, which is one blank, and the blanks at the ends of its
/// lines. A first cell may be empty: its blanks stay.
fn write(table: &Table, out: &mut dyn Write) -> io::Result<()> {
    for line in table.lines() {
        let line = line.strip_prefix(' ').unwrap_or(&line);
        writeln!(out, "{}", line.trim_end())?;
    }
    out.flush()
}

fn cells(row: &EventRow) -> [String; 7] {
    let Some(event) = &row.event else {
        let mut cells = [const { String::new() }; 7];
        cells[1] = format!("(record {} is no event)", row.seq);
        return cells;
    };
    let source = event.source();
    let service = source.strip_suffix(".amazonaws.com").unwrap_or(&source);
    let resources = row.resources();
    let found = [
        row.local_time.as_str(),
        &event.name(),
        service,
        &event.username().unwrap_or_default(),
        &event.source_ip().unwrap_or_default(),
        &event.error_code().unwrap_or("ok".into()),
        &resources,
    ];
    std::array::from_fn(|column| {
        let shown = for_terminal(found[column]);
        shortened(&shown, COLUMNS[column].2).into_owned()
    })
}
