//! XML as a tree: what AWS's protocols use of it, within bounds.
//!
//! Elements, attributes, text, CDATA, the five named entities and character references. Comments
//! and processing instructions are skipped; a document type is refused, so nothing ever expands.

use std::borrow::Cow;

/// How deep elements may nest.
const DEPTH: usize = 48;
/// How many elements and attributes a document may have.
const NODES: usize = 50_000;

/// An element and what is in it.
#[derive(Debug, Default)]
pub(super) struct Element<'a> {
    /// As written, with its prefix.
    pub(super) name: &'a str,
    pub(super) attributes: Vec<(&'a str, Cow<'a, str>)>,
    pub(super) children: Vec<Element<'a>>,
    /// The text of the element itself, one piece where comments do not part it.
    pub(super) text: Cow<'a, str>,
}

/// Why bytes are not a tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotXml;

impl<'a> Element<'a> {
    /// Reads a whole document.
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, NotXml> {
        let text = std::str::from_utf8(bytes).map_err(|_| NotXml)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Parser { rest: text, open: Vec::new(), nodes: 0 }.document()
    }

    /// The name without its prefix.
    pub(super) fn local(&self) -> &'a str {
        local(self.name)
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.local() == name)
    }

    /// The text of a child.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| &*child.text)
    }

    /// Adds a piece of text; white space between children is none.
    fn add(&mut self, piece: Cow<'a, str>) {
        if self.text.is_empty() {
            self.text = piece;
        } else {
            self.text.to_mut().push_str(&piece);
        }
    }

    fn close(&mut self) {
        if !self.children.is_empty() && self.text.trim().is_empty() {
            self.text = Cow::Borrowed("");
        }
    }
}

pub(super) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

struct Parser<'a> {
    rest: &'a str,
    open: Vec<Element<'a>>,
    nodes: usize,
}

impl<'a> Parser<'a> {
    fn document(mut self) -> Result<Element<'a>, NotXml> {
        loop {
            let (text, rest) = self.rest.split_at(self.rest.find('<').ok_or(NotXml)?);
            self.rest = rest;
            match self.open.last_mut() {
                Some(element) if !text.is_empty() => element.add(unescaped(text)),
                None if !text.trim().is_empty() => return Err(NotXml),
                _ => {}
            }
            if let Some(root) = self.markup()? {
                return self.only_space_follows().then_some(root).ok_or(NotXml);
            }
        }
    }

    /// Takes one piece of markup; gives the root where that ended it.
    fn markup(&mut self) -> Result<Option<Element<'a>>, NotXml> {
        if let Some(rest) = self.rest.strip_prefix("<!--") {
            self.rest = after(rest, "-->")?.1;
        } else if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
            let (text, rest) = after(rest, "]]>")?;
            self.rest = rest;
            self.open.last_mut().ok_or(NotXml)?.add(Cow::Borrowed(text));
        } else if let Some(rest) = self.rest.strip_prefix("<?") {
            self.rest = after(rest, "?>")?.1;
        } else if self.rest.starts_with("<!") {
            return Err(NotXml);
        } else if let Some(rest) = self.rest.strip_prefix("</") {
            let (name, rest) = after(rest, ">")?;
            self.rest = rest;
            return self.end(name.trim_end());
        } else {
            return self.begin();
        }
        Ok(None)
    }

    fn begin(&mut self) -> Result<Option<Element<'a>>, NotXml> {
        let rest = &self.rest[1..];
        let end = rest.find(|c: char| c.is_ascii_whitespace() || c == '>' || c == '/');
        let (name, rest) = rest.split_at(end.ok_or(NotXml)?);
        if name.is_empty() || self.open.len() == DEPTH {
            return Err(NotXml);
        }
        self.rest = rest;
        self.count()?;
        let mut element = Element { name, ..Element::default() };
        loop {
            self.rest = self.rest.trim_ascii_start();
            if let Some(rest) = self.rest.strip_prefix("/>") {
                self.rest = rest;
                self.open.push(element);
                return self.end(name);
            }
            if let Some(rest) = self.rest.strip_prefix('>') {
                self.rest = rest;
                self.open.push(element);
                return Ok(None);
            }
            self.count()?;
            element.attributes.push(self.attribute()?);
        }
    }

    fn attribute(&mut self) -> Result<(&'a str, Cow<'a, str>), NotXml> {
        let (name, rest) = self.rest.split_once('=').ok_or(NotXml)?;
        let name = name.trim_ascii_end();
        let rest = rest.trim_ascii_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or(NotXml)?;
        let (value, rest) = rest[1..].split_once(quote).ok_or(NotXml)?;
        if name.is_empty() || name.contains(|c: char| c.is_ascii_whitespace() || "<>/".contains(c))
        {
            return Err(NotXml);
        }
        self.rest = rest;
        Ok((name, unescaped(value)))
    }

    fn end(&mut self, name: &str) -> Result<Option<Element<'a>>, NotXml> {
        let mut element = self.open.pop().filter(|open| open.name == name).ok_or(NotXml)?;
        element.close();
        match self.open.last_mut() {
            Some(parent) => {
                parent.children.push(element);
                Ok(None)
            }
            None => Ok(Some(element)),
        }
    }

    fn count(&mut self) -> Result<(), NotXml> {
        self.nodes += 1;
        if self.nodes > NODES { Err(NotXml) } else { Ok(()) }
    }

    /// Whether nothing but white space and comments stands behind the root.
    fn only_space_follows(&self) -> bool {
        let mut rest = self.rest.trim_ascii();
        while let Some(comment) = rest.strip_prefix("<!--") {
            let Ok((_, behind)) = after(comment, "-->") else { return false };
            rest = behind.trim_ascii();
        }
        rest.is_empty()
    }
}

fn after<'a>(text: &'a str, end: &str) -> Result<(&'a str, &'a str), NotXml> {
    text.split_once(end).ok_or(NotXml)
}

/// Replaces entities; what is none stays as it is.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('&') {
        out.push_str(before);
        match reference(behind) {
            Some((character, behind)) => {
                out.push(character);
                rest = behind;
            }
            None => {
                out.push('&');
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that the text begins with a reference to, and what follows it.
fn reference(text: &str) -> Option<(char, &str)> {
    /// The longest reference, `#x10FFFF`.
    const LONGEST: usize = 8;
    let end = text.bytes().take(LONGEST + 1).position(|byte| byte == b';')?;
    let (name, rest) = (&text[..end], &text[end + 1..]);
    let character = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        _ => {
            let digits = name.strip_prefix('#')?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code).filter(|character| *character != '\0')?
        }
    };
    Some((character, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_attributes_text_and_references_are_read() {
        let root = Element::parse(
            b"<?xml version=\"1.0\"?>\n<a xmlns='u' x:b = \"1 &lt; 2\"> <!-- <c/> -->\
              <x:d>t&#x41;&amp;\
              <![CDATA[<&amp;]]>&nbsp;</x:d>\n<e/></a>\n<!-- end -->",
        )
        .unwrap();
        assert_eq!((root.name, &*root.text), ("a", ""));
        assert_eq!(root.attributes, [("xmlns", "u".into()), ("x:b", "1 < 2".into())]);
        assert_eq!(root.text_of("d"), Some("tA&<&amp;&nbsp;"));
        assert_eq!(root.text_of("e"), Some(""));
        assert!(root.child("c").is_none());
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = "<a>".repeat(DEPTH + 1) + &"</a>".repeat(DEPTH + 1);
        let wide = "<a>".to_owned() + &"<b/>".repeat(NODES) + "</a>";
        for bad in [
            "",
            "text",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "<a b/>",
            "<a b=c/>",
            "<>",
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "<a b=\"1/>",
            "x<a/>",
            &deep,
            &wide,
        ] {
            assert!(Element::parse(bad.as_bytes()).is_err(), "{bad:.40}");
        }
        assert!(Element::parse(b"<a>\xff</a>").is_err());
    }
}
