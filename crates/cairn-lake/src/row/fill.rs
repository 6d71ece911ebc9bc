//! One pass over a record's bytes: values go into columns, their order and way of writing into the
//! shape.

use std::borrow::Cow;

use cairn_event::Flaw;
use cairn_event::scan::{self, Text};
use cairn_event::text::decode;

use super::column::{self, Column};
use super::plan::{Entry, Plan, Target};
use super::shape;
use super::text::{Style, compacted};
use super::time;

/// The state that records share.
#[derive(Debug)]
pub(super) struct Filler {
    plan: &'static Plan,
    pub(super) columns: Vec<Column>,
    /// Which member of a scope followed which, the last time.
    hints: Vec<u16>,
    /// The shape of the record under way.
    pub(super) shape: Vec<u8>,
    /// Whether the shape gives the record's bytes.
    pub(super) exact: bool,
    scratch: Vec<u8>,
}

/// Whether a value was of the type that its column needs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Fits,
    /// Nothing was added, neither to columns nor to the shape.
    No,
}

impl Filler {
    pub(super) fn new(plan: &'static Plan) -> Self {
        Self {
            plan,
            columns: plan.new_columns(),
            hints: vec![0; plan.hints()],
            shape: Vec::new(),
            exact: true,
            scratch: Vec::new(),
        }
    }

    /// Reads the record whose `{` is at `open`; gives the place behind it.
    pub(super) fn record(&mut self, raw: &[u8], open: usize, row: usize) -> Result<usize, Flaw> {
        self.shape.clear();
        self.exact = true;
        self.object(raw, open, Place { scope: 0, row, depth: 1 })
    }

    /// Reads the members of an object.
    fn object(&mut self, raw: &[u8], open: usize, place: Place) -> Result<usize, Flaw> {
        let plan = self.plan;
        let scope = &plan.scopes[place.scope];
        let mut before = 0;
        let mut behind = open;
        let end = scan::object(raw, open, |name, at| {
            self.exact &= name.start == behind + 2 && at == name.end + 2;
            let found = self.find(raw, name, scope, before);
            behind = match found {
                Some(entry) => {
                    before = entry + 1;
                    self.member(raw, name, at, &scope.members[entry], place)?
                }
                None => self.unknown(raw, name, at, place.depth)?,
            };
            Ok::<usize, Flaw>(behind)
        })?;
        // An empty object ends two bytes behind its start, another one behind its last value.
        self.exact &= end == behind + if behind == open { 2 } else { 1 };
        Ok(end)
    }

    /// The member of a name: likely the one that came after `before` the last time.
    #[inline(always)]
    fn find(
        &mut self,
        raw: &[u8],
        name: Text,
        scope: &super::plan::Scope,
        before: usize,
    ) -> Option<usize> {
        let written = &raw[name.start..name.end];
        let hint = &mut self.hints[scope.hints + before];
        let likely = usize::from(*hint);
        if scope.members[likely].json.as_bytes() == written {
            return Some(likely);
        }
        let found = if name.escaped {
            self.exact = false;
            let name = decode(written);
            scope.members.iter().position(|entry| entry.json == name)
        } else {
            scope.members.iter().position(|entry| entry.json.as_bytes() == written)
        };
        if let Some(found) = found {
            *hint = found as u16;
        }
        found
    }

    /// A member that no column has.
    fn unknown(&mut self, raw: &[u8], name: Text, at: usize, depth: usize) -> Result<usize, Flaw> {
        let end = scan::skip_value(raw, at, depth)?;
        shape::push_literal(&mut self.shape, &raw[name.start - 1..end]);
        Ok(end)
    }

    #[inline(always)]
    fn member(
        &mut self,
        raw: &[u8],
        name: Text,
        at: usize,
        entry: &Entry,
        place: Place,
    ) -> Result<usize, Flaw> {
        if entry.column != usize::MAX && self.columns[entry.column].len() > place.row {
            // The member is there twice: the last one counts.
            self.exact = false;
            column::truncate(&mut self.columns, entry.column, place.row);
        }
        let first = scan::peek(raw, at);
        if first == b'n' {
            let end = scan::skip_value(raw, at, place.depth)?;
            self.shape.extend_from_slice(&[shape::NULL, entry.id]);
            return Ok(end);
        }
        let (fit, end) = match (entry.target, first) {
            (Target::Text, b'"') => self.text(raw, at, entry, place)?,
            (Target::Time, b'"') => self.time(raw, at, entry, place)?,
            (Target::Map, b'{') => self.map(raw, at, entry, place)?,
            (Target::Struct(scope) | Target::Group(scope), b'{') => {
                self.structure(raw, at, entry, Place { scope, ..place })?
            }
            (Target::List(scope), b'[') => self.list(raw, at, entry, Place { scope, ..place })?,
            (Target::Json, _) => self.json(raw, at, entry, place)?,
            _ => self.bare(raw, at, entry, place)?,
        };
        if fit == Fit::No {
            shape::push_literal(&mut self.shape, &raw[name.start - 1..end]);
        }
        Ok(end)
    }

    #[inline(always)]
    fn text(
        &mut self,
        raw: &[u8],
        at: usize,
        entry: &Entry,
        place: Place,
    ) -> Result<(Fit, usize), Flaw> {
        let text = scan::text(raw, at + 1)?;
        let written = &raw[text.start..text.end];
        let Column::Text(texts) = &mut self.columns[entry.column] else {
            return Ok((Fit::No, text.end + 1));
        };
        if !text.escaped {
            texts.put(place.row, written);
            self.shape.push(entry.id);
            return Ok((Fit::Fits, text.end + 1));
        }
        let value = decode(written);
        texts.put(place.row, value.as_bytes());
        let Some(style) = Style::of(&value, written, &mut self.scratch) else {
            return Ok((Fit::No, text.end + 1));
        };
        shape::push_style(&mut self.shape, style);
        self.shape.push(entry.id);
        Ok((Fit::Fits, text.end + 1))
    }

    fn time(
        &mut self,
        raw: &[u8],
        at: usize,
        entry: &Entry,
        place: Place,
    ) -> Result<(Fit, usize), Flaw> {
        let text = scan::text(raw, at + 1)?;
        let end = text.end + 1;
        let value = decode(&raw[text.start..text.end]);
        let Some(micros) = time::parse(&value) else { return Ok((Fit::No, end)) };
        if let Column::Time(times) = &mut self.columns[entry.column] {
            times.put(place.row, micros);
        }
        self.scratch.clear();
        time::write_seconds(micros, &mut self.scratch);
        if self.scratch == raw[text.start..text.end] {
            self.shape.push(entry.id);
            return Ok((Fit::Fits, end));
        }
        self.scratch.clear();
        time::write_millis(micros, &mut self.scratch);
        if self.scratch == raw[text.start..text.end] {
            self.shape.extend_from_slice(&[shape::MILLIS, entry.id]);
            return Ok((Fit::Fits, end));
        }
        Ok((Fit::No, end))
    }

    fn structure(
        &mut self,
        raw: &[u8],
        open: usize,
        entry: &Entry,
        place: Place,
    ) -> Result<(Fit, usize), Flaw> {
        if entry.column != usize::MAX
            && let Column::Struct { valid, .. } = &mut self.columns[entry.column]
        {
            valid.put(place.row, ());
        }
        self.shape.push(entry.id);
        let end = self.object(raw, open, place.deeper())?;
        self.shape.push(shape::END);
        Ok((Fit::Fits, end))
    }

    /// A list whose elements are objects; any other is left to the text.
    fn list(
        &mut self,
        raw: &[u8],
        open: usize,
        entry: &Entry,
        place: Place,
    ) -> Result<(Fit, usize), Flaw> {
        let Column::List { ends, .. } = &self.columns[entry.column] else {
            return Ok((Fit::No, scan::skip_value(raw, open, place.depth)?));
        };
        let mut row = ends.last();
        let mut behind = open;
        let mark = self.shape.len();
        let mut objects = true;
        self.shape.push(entry.id);
        let end = scan::array(raw, open, |at| {
            self.exact &= at == behind + 1;
            if scan::peek(raw, at) == b'{' {
                self.shape.push(shape::ELEMENT);
                behind = self.object(raw, at, Place { row, ..place.deeper().deeper() })?;
                self.shape.push(shape::END);
                row += 1;
            } else {
                objects = false;
                behind = scan::skip_value(raw, at, place.depth + 1)?;
            }
            Ok(behind)
        })?;
        self.exact &= end == behind + if behind == open { 2 } else { 1 };
        if !objects {
            self.shape.truncate(mark);
            column::truncate(&mut self.columns, entry.column, place.row);
            return Ok((Fit::No, end));
        }
        if let Column::List { ends, .. } = &mut self.columns[entry.column] {
            ends.put(place.row, row);
        }
        self.shape.push(shape::END);
        Ok((Fit::Fits, end))
    }

    fn map(
        &mut self,
        raw: &[u8],
        open: usize,
        entry: &Entry,
        place: Place,
    ) -> Result<(Fit, usize), Flaw> {
        let Self { columns, shape, exact, scratch, .. } = self;
        let Column::Map(map) = &mut columns[entry.column] else {
            return Ok((Fit::No, scan::skip_value(raw, open, place.depth)?));
        };
        shape.push(entry.id);
        let mut behind = open;
        let end = scan::object(raw, open, |name, at| {
            *exact &= name.start == behind + 2 && at == name.end + 2;
            let written = &raw[name.start..name.end];
            let key = if name.escaped { decode(written) } else { Cow::Borrowed("") };
            let key_bytes = if name.escaped {
                *exact &= Style::of(&key, written, scratch) == Some(Style::Plain);
                key.as_bytes()
            } else {
                written
            };
            behind = match scan::peek(raw, at) {
                b'"' => {
                    let text = scan::text(raw, at + 1)?;
                    let written = &raw[text.start..text.end];
                    if text.escaped {
                        let value = decode(written);
                        map.entry(key_bytes, Some(value.as_bytes()));
                        push_text(shape, &value, written, scratch);
                    } else {
                        map.entry(key_bytes, Some(written));
                        shape.push(shape::TEXT);
                    }
                    text.end + 1
                }
                b'n' => {
                    let end = scan::skip_value(raw, at, place.depth + 1)?;
                    map.entry(key_bytes, None);
                    shape.push(shape::NULL);
                    end
                }
                _ => {
                    let end = scan::skip_value(raw, at, place.depth + 1)?;
                    push_bare(shape, &raw[at..end], |value| map.entry(key_bytes, Some(value)));
                    end
                }
            };
            Ok::<usize, Flaw>(behind)
        })?;
        *exact &= end == behind + if behind == open { 2 } else { 1 };
        *exact &= !map.close(place.row);
        shape.push(shape::END);
        Ok((Fit::Fits, end))
    }

    /// A member that keeps any value.
    fn json(
        &mut self,
        raw: &[u8],
        at: usize,
        entry: &Entry,
        place: Place,
    ) -> Result<(Fit, usize), Flaw> {
        let Self { columns, shape, scratch, .. } = self;
        let Column::Text(texts) = &mut columns[entry.column] else {
            return Ok((Fit::No, scan::skip_value(raw, at, place.depth)?));
        };
        shape.push(entry.id);
        let end = scan::skip_value(raw, at, place.depth)?;
        if raw[at] == b'"' {
            let written = &raw[at + 1..end - 1];
            let value = decode(written);
            texts.put(place.row, value.as_bytes());
            push_text(shape, &value, written, scratch);
        } else {
            push_bare(shape, &raw[at..end], |value| texts.put(place.row, value));
        }
        Ok((Fit::Fits, end))
    }

    /// A flag, a number, or what has a type that its column cannot hold.
    fn bare(
        &mut self,
        raw: &[u8],
        at: usize,
        entry: &Entry,
        place: Place,
    ) -> Result<(Fit, usize), Flaw> {
        let end = scan::skip_value(raw, at, place.depth)?;
        if entry.column == usize::MAX {
            return Ok((Fit::No, end));
        }
        let written = std::str::from_utf8(&raw[at..end]).unwrap_or_default();
        let exact = match &mut self.columns[entry.column] {
            Column::Flag(flags) => match written {
                "true" | "false" => {
                    flags.put(place.row, written == "true");
                    true
                }
                // Older records write flags as texts.
                "\"true\"" | "\"false\"" => {
                    flags.put(place.row, written == "\"true\"");
                    false
                }
                _ => false,
            },
            Column::Whole(numbers) => match written.parse::<i32>() {
                Ok(number) => {
                    numbers.put(place.row, number);
                    number.to_string() == written
                }
                Err(_) => false,
            },
            Column::Number(numbers) if !written.starts_with('"') => match written.parse::<f64>() {
                Ok(number) if number.is_finite() => {
                    numbers.put(place.row, number);
                    number.to_string() == written
                }
                _ => false,
            },
            _ => false,
        };
        if !exact {
            return Ok((Fit::No, end));
        }
        self.shape.push(entry.id);
        Ok((Fit::Fits, end))
    }
}

/// Where in the record and in its columns the reader is.
#[derive(Clone, Copy)]
struct Place {
    scope: usize,
    row: usize,
    /// How many containers enclose a value here.
    depth: usize,
}

impl Place {
    fn deeper(self) -> Self {
        Self { depth: self.depth + 1, ..self }
    }
}

fn push_text(shape: &mut Vec<u8>, value: &str, written: &[u8], scratch: &mut Vec<u8>) {
    match Style::of(value, written, scratch) {
        Some(style) => {
            shape::push_style(shape, style);
            shape.push(shape::TEXT);
        }
        None => {
            let mut quoted = Vec::with_capacity(written.len() + 2);
            quoted.push(b'"');
            quoted.extend_from_slice(written);
            quoted.push(b'"');
            shape::push_literal(shape, &quoted);
        }
    }
}

fn push_bare(shape: &mut Vec<u8>, written: &[u8], put: impl FnOnce(&[u8])) {
    match compacted(written) {
        None => {
            put(written);
            shape.push(shape::BARE);
        }
        Some(compact) => {
            put(&compact);
            shape::push_literal(shape, written);
        }
    }
}
