//! What table metadata says of a file.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use cairn_ports::lake::TableSchema;
use parquet::basic::Type;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData};

use crate::schema::{self, SEQ_ID};

/// Characters of a text that a bound keeps.
const BOUND_CHARACTERS: usize = 16;

/// A written file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFacts {
    pub rows: u64,
    pub bytes: u64,
    /// By field id. Only leaves have facts.
    pub fields: BTreeMap<i32, FieldFacts>,
    /// Where each row group begins.
    pub split_offsets: Vec<i64>,
    /// The lowest and the highest place in the journal.
    pub seqs: Option<(i64, i64)>,
    /// The earliest and the latest `eventtime`, in microseconds.
    pub times: Option<(i64, i64)>,
}

/// A leaf of a written file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldFacts {
    /// Bytes in the file.
    pub bytes: u64,
    /// Values, with the nulls.
    pub values: u64,
    /// `None` where they were not counted.
    pub nulls: Option<u64>,
    /// In Iceberg's form of single values: numbers little-endian, texts as they are. Nothing is
    /// below; a text is cut to 16 characters.
    pub lower: Option<Vec<u8>>,
    /// Nothing is above; a text is cut to 16 characters, of which then the last is raised.
    pub upper: Option<Vec<u8>>,
}

impl FileFacts {
    pub(super) fn of(kind: TableSchema, metadata: &ParquetMetaData, bytes: u64) -> Self {
        let mut leaves: BTreeMap<i32, Leaf> = BTreeMap::new();
        for group in metadata.row_groups() {
            for chunk in group.columns() {
                let info = chunk.column_descr().self_type().get_basic_info();
                if info.has_id() {
                    leaves.entry(info.id()).or_insert_with(|| Leaf::new(chunk)).add(chunk);
                }
            }
        }
        let fields: BTreeMap<_, _> =
            leaves.into_iter().map(|(id, leaf)| (id, leaf.finish())).collect();
        let range = |id: i32| {
            let number = |bound: &Option<Vec<u8>>| {
                Some(i64::from_le_bytes(bound.as_deref()?.try_into().ok()?))
            };
            let facts = fields.get(&id)?;
            Some((number(&facts.lower)?, number(&facts.upper)?))
        };
        Self {
            rows: metadata.file_metadata().num_rows() as u64,
            bytes,
            split_offsets: metadata.row_groups().iter().filter_map(split_offset).collect(),
            seqs: range(SEQ_ID),
            times: range(schema::event_time_id(kind)),
            fields,
        }
    }
}

/// The place of a row group's first page.
fn split_offset(group: &parquet::file::metadata::RowGroupMetaData) -> Option<i64> {
    let first = group.columns().first()?;
    Some(first.dictionary_page_offset().unwrap_or(first.data_page_offset()))
}

/// A leaf while the row groups are gone through.
struct Leaf {
    facts: FieldFacts,
    kind: Type,
    is_text: bool,
    /// Whether every row group so far had bounds, or nothing but nulls.
    bounded: bool,
}

impl Leaf {
    fn new(chunk: &ColumnChunkMetaData) -> Self {
        let kind = chunk.column_descr().physical_type();
        Self {
            facts: FieldFacts { nulls: Some(0), ..FieldFacts::default() },
            kind,
            is_text: kind == Type::BYTE_ARRAY,
            // Bounds of what is inside of lists and maps say nothing of rows.
            bounded: chunk.column_descr().max_rep_level() == 0,
        }
    }

    fn add(&mut self, chunk: &ColumnChunkMetaData) {
        self.facts.bytes += chunk.compressed_size() as u64;
        self.facts.values += chunk.num_values() as u64;
        let statistics = chunk.statistics();
        let nulls = statistics.and_then(|statistics| statistics.null_count_opt());
        self.facts.nulls = self.facts.nulls.zip(nulls).map(|(sum, nulls)| sum + nulls);
        if nulls == Some(chunk.num_values() as u64) {
            return;
        }
        let bounds = statistics.and_then(|statistics| {
            Some((statistics.min_bytes_opt()?, statistics.max_bytes_opt()?))
        });
        let Some((lower, upper)) = bounds else {
            self.bounded = false;
            return;
        };
        let kind = self.kind;
        keep(&mut self.facts.lower, lower, |new, old| compare(kind, new, old) == Ordering::Less);
        keep(&mut self.facts.upper, upper, |new, old| compare(kind, new, old) == Ordering::Greater);
    }

    fn finish(self) -> FieldFacts {
        let mut facts = self.facts;
        if !self.bounded {
            facts.lower = None;
            facts.upper = None;
        }
        if self.is_text {
            facts.lower = facts.lower.and_then(|bound| cut(&bound));
            facts.upper = facts.upper.and_then(|bound| cut_up(&bound));
        }
        facts
    }
}

fn keep(bound: &mut Option<Vec<u8>>, new: &[u8], is_further: impl Fn(&[u8], &[u8]) -> bool) {
    if bound.as_deref().is_none_or(|old| is_further(new, old)) {
        *bound = Some(new.to_vec());
    }
}

fn compare(kind: Type, left: &[u8], right: &[u8]) -> Ordering {
    match kind {
        Type::INT64 => {
            number(left).map(i64::from_le_bytes).cmp(&number(right).map(i64::from_le_bytes))
        }
        Type::INT32 => {
            number(left).map(i32::from_le_bytes).cmp(&number(right).map(i32::from_le_bytes))
        }
        Type::DOUBLE => {
            let float = |bytes| number(bytes).map_or(f64::NAN, f64::from_le_bytes);
            float(left).total_cmp(&float(right))
        }
        _ => left.cmp(right),
    }
}

fn number<const N: usize>(bytes: &[u8]) -> Option<[u8; N]> {
    bytes.try_into().ok()
}

/// The first characters of a text.
fn cut(bound: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bound).ok()?;
    Some(text.chars().take(BOUND_CHARACTERS).collect::<String>().into_bytes())
}

/// A short text that no text with this beginning is above.
fn cut_up(bound: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(bound).ok()?;
    if text.chars().nth(BOUND_CHARACTERS).is_none() {
        return Some(bound.to_vec());
    }
    let mut kept: Vec<char> = text.chars().take(BOUND_CHARACTERS).collect();
    while let Some(last) = kept.pop() {
        if let Some(next) = (last as u32 + 1..=char::MAX as u32).find_map(char::from_u32) {
            kept.push(next);
            return Some(kept.into_iter().collect::<String>().into_bytes());
        }
    }
    None
}
