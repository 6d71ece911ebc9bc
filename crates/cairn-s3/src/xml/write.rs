use std::fmt::{Display, Write as _};

use cairn_core::Timestamp;

use super::Element;

const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Writes a document; elements close where their closure ends.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: String,
}

impl Writer {
    /// A document whose root has the namespace of S3.
    pub(crate) fn document(root: &str, fill: impl FnOnce(&mut Self)) -> String {
        let mut writer = Self::plain();
        _ = write!(writer.out, "<{root} xmlns=\"{NAMESPACE}\">");
        fill(&mut writer);
        _ = write!(writer.out, "</{root}>");
        writer.out
    }

    /// A document without a namespace, as errors are.
    pub(crate) fn bare(root: &str, fill: impl FnOnce(&mut Self)) -> String {
        let mut writer = Self::plain();
        writer.element(root, fill);
        writer.out
    }

    fn plain() -> Self {
        Self { out: "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned() }
    }

    pub(crate) fn element(&mut self, name: &str, fill: impl FnOnce(&mut Self)) {
        _ = write!(self.out, "<{name}>");
        fill(self);
        _ = write!(self.out, "</{name}>");
    }

    pub(crate) fn leaf(&mut self, name: &str, value: impl Display) {
        _ = write!(self.out, "<{name}>");
        self.escape(&value.to_string());
        _ = write!(self.out, "</{name}>");
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.escape(text);
    }

    /// Elements that are written already.
    pub(crate) fn raw(&mut self, elements: &str) {
        self.out.push_str(elements);
    }

    pub(crate) fn optional(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.leaf(name, value);
        }
    }

    /// An element that was read, with everything in it.
    pub(crate) fn tree(&mut self, element: &Element) {
        let name = &element.name;
        match &element.kind {
            Some(kind) => {
                let schema = "http://www.w3.org/2001/XMLSchema-instance";
                _ = write!(self.out, "<{name} xmlns:xsi=\"{schema}\" xsi:type=\"");
                self.escape(kind);
                self.out.push_str("\">");
            }
            None => _ = write!(self.out, "<{name}>"),
        }
        self.escape(&element.text);
        for child in &element.children {
            self.tree(child);
        }
        _ = write!(self.out, "</{name}>");
    }

    fn escape(&mut self, text: &str) {
        for character in text.chars() {
            match character {
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '&' => self.out.push_str("&amp;"),
                '"' => self.out.push_str("&quot;"),
                '\r' | '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' => {
                    _ = write!(self.out, "&#{};", u32::from(character));
                }
                _ => self.out.push(character),
            }
        }
    }
}

/// A time as S3's documents have it.
pub(crate) fn time(at: Timestamp) -> String {
    let seconds = at.to_string();
    format!("{}.000Z", seconds.trim_end_matches('Z'))
}
