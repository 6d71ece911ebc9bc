//! What renders a record's text from its columns.
//!
//! A shape is the record's members in their order, a byte each: the id of the field that has the
//! value, which also says the member's name. Texts of records that differ only in their values have
//! one shape, so that a file keeps it once. What no column has stands in the shape itself.
//!
//! ```text
//! record  = member*
//! member  = LITERAL length bytes        name and value as written
//!         | NULL id                     null
//!         | style? id                   a text
//!         | MILLIS? id                  a time, to the second or the millisecond
//!         | id                          a flag or a number
//!         | id value                    a column that holds any JSON
//!         | id value* END               a map: how each of its entries is written
//!         | id member* END              a struct
//!         | id (ELEMENT member* END)* END   a list
//! value   = style? TEXT                 a text
//!         | BARE                        as it stands in the column
//!         | NULL                        null
//!         | LITERAL length bytes        as written
//! style   = HTML | ASCII
//! length  = LEB128
//! ```

use super::text::Style;

pub(super) const END: u8 = 0;
pub(super) const NULL: u8 = 0xf0;
pub(super) const HTML: u8 = 0xf1;
pub(super) const ASCII: u8 = 0xf2;
pub(super) const MILLIS: u8 = 0xf3;
pub(super) const LITERAL: u8 = 0xf4;
pub(super) const ELEMENT: u8 = 0xf5;
pub(super) const TEXT: u8 = 0xf6;
pub(super) const BARE: u8 = 0xf7;

/// Appends what says how a text is written, if it has to be said.
pub(super) fn push_style(shape: &mut Vec<u8>, style: Style) {
    match style {
        Style::Plain => {}
        Style::Html => shape.push(HTML),
        Style::Ascii => shape.push(ASCII),
    }
}

pub(super) fn push_literal(shape: &mut Vec<u8>, written: &[u8]) {
    shape.push(LITERAL);
    let mut length = written.len();
    while length >= 0x80 {
        shape.push(length as u8 | 0x80);
        length >>= 7;
    }
    shape.push(length as u8);
    shape.extend_from_slice(written);
}

/// Takes a shape apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(shape: &'a [u8]) -> Self {
        Self { rest: shape }
    }

    #[inline]
    pub(super) fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// The bytes behind a [`LITERAL`].
    pub(super) fn literal(&mut self) -> Option<&'a [u8]> {
        let mut length = 0usize;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.next()?;
            length |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                let (literal, rest) = self.rest.split_at_checked(length)?;
                self.rest = rest;
                return Some(literal);
            }
        }
        None
    }
}
