//! Writing XML: elements and text, nothing else.

/// An XML document under way. What is opened is closed, and every text is escaped.
#[derive(Debug, Default)]
pub struct Xml(String);

impl Xml {
    /// `<name>text</name>`. `name` is the programmer's, `text` anybody's.
    pub fn text(&mut self, name: &str, text: &str) {
        self.nest(name, |xml| escape(&mut xml.0, text));
    }

    /// `<name>…</name>` with whatever `inner` writes.
    pub fn nest(&mut self, name: &str, inner: impl FnOnce(&mut Self)) {
        self.0.extend(["<", name, ">"]);
        inner(self);
        self.0.extend(["</", name, ">"]);
    }

    /// The outermost element, in a namespace; in none where that is empty.
    pub(crate) fn document(name: &str, namespace: &str, inner: impl FnOnce(&mut Self)) -> String {
        let mut xml = Self(String::with_capacity(512));
        xml.0.extend(["<", name]);
        if !namespace.is_empty() {
            xml.0.push_str(" xmlns=\"");
            escape(&mut xml.0, namespace);
            xml.0.push('"');
        }
        xml.0.push('>');
        inner(&mut xml);
        xml.0.extend(["</", name, ">\n"]);
        xml.0
    }
}

/// Characters that XML cannot carry at all become U+FFFD.
fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\r' => out.push_str("&#xD;"),
            '\t' | '\n' => out.push(character),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(character),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_cannot_leave_their_element() {
        let mut xml = Xml::default();
        xml.nest("A", |xml| {
            xml.text("B", "</B><x y=\"1\">&amp;\r\0");
            xml.text("C", "");
        });
        let expected =
            "<A><B>&lt;/B&gt;&lt;x y=&quot;1&quot;&gt;&amp;amp;&#xD;\u{fffd}</B><C></C></A>";
        assert_eq!(xml.0, expected);
    }
}
