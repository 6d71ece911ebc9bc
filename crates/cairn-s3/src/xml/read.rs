/// How deep elements may stand in each other.
const DEPTH: usize = 32;
/// How many elements a document may have: the largest asked for are 1000 keys with their versions,
/// and 10,000 parts with their checksums.
const ELEMENTS: usize = 100_000;

/// An element without its prefix; of the attributes only `xsi:type` is kept.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// `xsi:type`.
    pub(crate) kind: Option<String>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// `None` for what is no document of one element, or is larger than any that S3 takes.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut parser = Parser { rest: text.trim_start_matches('\u{feff}'), elements: 0 };
        let mut open: Vec<Element> = Vec::new();
        let mut root = None;
        loop {
            match parser.next()? {
                Token::End => return root.filter(|_| open.is_empty()),
                Token::Text(text) => match open.last_mut() {
                    Some(element) => element.text.push_str(&text),
                    None if text.trim().is_empty() => {}
                    None => return None,
                },
                Token::Open(element, closed) => {
                    if root.is_some() || open.len() >= DEPTH {
                        return None;
                    }
                    open.push(element);
                    if closed {
                        close(&mut open, &mut root)?;
                    }
                }
                Token::Close(name) => {
                    if open.last()?.name != name {
                        return None;
                    }
                    close(&mut open, &mut root)?;
                }
            }
        }
    }

    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child, without white space around it.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }
}

fn close(open: &mut Vec<Element>, root: &mut Option<Element>) -> Option<()> {
    let mut element = open.pop()?;
    if !element.children.is_empty() {
        element.text.clear();
    }
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None => *root = Some(element),
    }
    Some(())
}

enum Token {
    /// Whether it is closed at once.
    Open(Element, bool),
    Close(String),
    Text(String),
    End,
}

struct Parser<'a> {
    rest: &'a str,
    elements: usize,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<Token> {
        loop {
            if self.rest.is_empty() {
                return Some(Token::End);
            }
            if let Some(rest) = self.rest.strip_prefix("<!--") {
                self.rest = rest.split_once("-->")?.1;
            } else if let Some(rest) = self.rest.strip_prefix("<![CDATA[") {
                let (text, rest) = rest.split_once("]]>")?;
                self.rest = rest;
                return Some(Token::Text(text.to_owned()));
            } else if let Some(rest) = self.rest.strip_prefix("<?") {
                self.rest = rest.split_once("?>")?.1;
            } else if self.rest.starts_with("<!") {
                return None;
            } else if let Some(rest) = self.rest.strip_prefix("</") {
                let (name, rest) = rest.split_once('>')?;
                self.rest = rest;
                return Some(Token::Close(local(name.trim_end()).to_owned()));
            } else if let Some(rest) = self.rest.strip_prefix('<') {
                let (tag, rest) = cut_tag(rest)?;
                self.rest = rest;
                self.elements += 1;
                return if self.elements > ELEMENTS { None } else { opened(tag) };
            } else {
                let end = self.rest.find('<').unwrap_or(self.rest.len());
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Some(Token::Text(unescape(text)?));
            }
        }
    }
}

/// What stands before the tag's `>`, which may also stand in an attribute.
fn cut_tag(rest: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    for (at, byte) in rest.bytes().enumerate() {
        match (quote, byte) {
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            (None, b'>') => return Some((&rest[..at], &rest[at + 1..])),
            _ => {}
        }
    }
    None
}

fn opened(tag: &str) -> Option<Token> {
    let (tag, closed) = match tag.strip_suffix('/') {
        Some(tag) => (tag, true),
        None => (tag, false),
    };
    let (name, mut attributes) = match tag.split_once(|c: char| c.is_ascii_whitespace()) {
        Some((name, attributes)) => (name, attributes.trim()),
        None => (tag, ""),
    };
    if name.is_empty() {
        return None;
    }
    let mut element = Element { name: local(name).to_owned(), ..Element::default() };
    while !attributes.is_empty() {
        let (name, rest) = attributes.split_once('=')?;
        let rest = rest.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, rest) = rest[1..].split_once(quote)?;
        if name.trim().ends_with(":type") {
            element.kind = Some(unescape(value)?);
        }
        attributes = rest.trim_start();
    }
    Some(Token::Open(element, closed))
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn unescape(text: &str) -> Option<String> {
    if !text.contains('&') {
        return Some(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (name, after) = after.split_once(';')?;
        out.push(match name {
            "lt" => '<',
            "gt" => '>',
            "amp" => '&',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)?
            }
        });
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::Element;

    #[test]
    fn a_document_is_read() {
        let text = "<?xml version=\"1.0\"?>\n<!-- c -->\
                    <s:A xmlns:s='x>y'><B a=\"1\" xsi:type='T'>1 &lt;&#x41;\
                    </B><C/> <B><![CDATA[<&]]></B></s:A>\n";
        let root = Element::parse(text.as_bytes()).unwrap();
        assert_eq!((root.name.as_str(), root.text.as_str()), ("A", ""));
        assert_eq!(root.text_of("B"), Some("1 <A"));
        assert_eq!(root.child("B").unwrap().kind.as_deref(), Some("T"));
        assert_eq!(root.all("B").last().unwrap().text, "<&");
        assert_eq!(root.child("C").unwrap(), &Element { name: "C".into(), ..Element::default() });
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let deep = "<a>".repeat(40) + &"</a>".repeat(40);
        for bad in [
            "",
            "x",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<!DOCTYPE a><a/>",
            "<a>&e;</a>",
            "<a b></a>",
            &deep,
        ] {
            assert_eq!(Element::parse(bad.as_bytes()), None, "{bad:?}");
        }
    }
}
