//! The ways in which writers of JSON escape texts. A text that was written in one of them is
//! written again with the same bytes.

/// A way of writing a text between quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// Only what must be escaped, as briefly as can be.
    Plain,
    /// Also what HTML could take amiss, as Java services write it.
    Html,
    /// Also everything that is not ASCII.
    Ascii,
}

impl Style {
    pub(super) const ALL: [Self; 3] = [Self::Plain, Self::Html, Self::Ascii];

    /// The way in which `text` was written as `written`, if it is one of these.
    pub(super) fn of(text: &str, written: &[u8], scratch: &mut Vec<u8>) -> Option<Self> {
        Self::ALL.into_iter().find(|style| {
            scratch.clear();
            style.write(text, scratch);
            scratch == written
        })
    }

    /// Appends the text, without quotes.
    #[inline]
    pub(super) fn write(self, text: &str, out: &mut Vec<u8>) {
        let bytes = text.as_bytes();
        // Nearly no text has anything to escape, which is seen many bytes at a time.
        if !bytes.iter().fold(false, |found, byte| found | self.touches(*byte)) {
            out.extend_from_slice(bytes);
            return;
        }
        let mut done = 0;
        for (at, byte) in bytes.iter().enumerate() {
            // The bytes behind the first of a character were written with it.
            if at >= done && self.touches(*byte) {
                out.extend_from_slice(&bytes[done..at]);
                done = at + self.escape(&text[at..], out);
            }
        }
        out.extend_from_slice(&bytes[done..]);
    }

    #[inline(always)]
    fn touches(self, byte: u8) -> bool {
        match byte {
            b'"' | b'\\' | ..b' ' => true,
            b'<' | b'>' | b'&' | b'=' | b'\'' => self == Self::Html,
            // The first byte of U+2028 and U+2029, with others.
            0xe2 => self != Self::Plain,
            0xc0.. => self == Self::Ascii,
            _ => false,
        }
    }

    /// Writes the first character of `rest`, escaped if it has to be; gives its length.
    #[cold]
    fn escape(self, rest: &str, out: &mut Vec<u8>) -> usize {
        let Some(character) = rest.chars().next() else { return 0 };
        let brief = match character {
            '"' => b'"',
            '\\' => b'\\',
            '\n' => b'n',
            '\r' => b'r',
            '\t' => b't',
            '\u{8}' => b'b',
            '\u{c}' => b'f',
            _ => 0,
        };
        if brief != 0 {
            out.extend_from_slice(&[b'\\', brief]);
        } else if self == Self::Html && !character.is_ascii() && !is_separator(character) {
            out.extend_from_slice(&rest.as_bytes()[..character.len_utf8()]);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                out.extend_from_slice(b"\\u");
                for shift in [12, 8, 4, 0] {
                    out.push(b"0123456789abcdef"[usize::from(*unit >> shift & 15)]);
                }
            }
        }
        character.len_utf8()
    }
}

/// Line and paragraph separators, which JavaScript did not allow in texts.
fn is_separator(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}')
}

/// The value without the white space between its tokens; `None` where it has none.
pub(super) fn compacted(value: &[u8]) -> Option<Vec<u8>> {
    // What stands in a text is no white space unless it is a blank.
    value.iter().find(|byte| **byte <= b' ')?;
    let mut compact = Vec::with_capacity(value.len());
    let mut in_text = false;
    let mut at = 0;
    while at < value.len() {
        let byte = value[at];
        match byte {
            b'"' => in_text = !in_text,
            b'\\' if in_text => {
                compact.push(byte);
                at += 1;
            }
            ..=b' ' if !in_text => {
                at += 1;
                continue;
            }
            _ => {}
        }
        compact.push(value[at]);
        at += 1;
    }
    (compact.len() < value.len()).then_some(compact)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(style: Style, text: &str) -> String {
        let mut out = Vec::new();
        style.write(text, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_are_written_as_the_style_says() {
        let text = "a\"b\\c/\n\u{1}<=é\u{2028}€😀";
        assert_eq!(written(Style::Plain, text), "a\\\"b\\\\c/\\n\\u0001<=é\u{2028}€😀");
        assert_eq!(written(Style::Html, text), "a\\\"b\\\\c/\\n\\u0001\\u003c\\u003dé\\u2028€😀");
        assert_eq!(
            written(Style::Ascii, text),
            "a\\\"b\\\\c/\\n\\u0001<=\\u00e9\\u2028\\u20ac\\ud83d\\ude00"
        );
    }

    #[test]
    fn the_style_of_a_text_is_found() {
        let style = |text, written: &str| Style::of(text, written.as_bytes(), &mut Vec::new());
        assert_eq!(style("a=b", "a=b"), Some(Style::Plain));
        assert_eq!(style("a=b", "a\\u003db"), Some(Style::Html));
        assert_eq!(style("é", "\\u00e9"), Some(Style::Ascii));
        assert_eq!(style("a=b", "a\\u003Db"), None);
        assert_eq!(style("/", "\\/"), None);
    }

    #[test]
    fn white_space_between_tokens_is_dropped() {
        assert_eq!(compacted(br#"{"a b":[1,"\" c"]}"#), None);
        assert_eq!(
            compacted(b"{ \"a b\" :\n[1 ,\t\"\\\" c\\\\\" ] }").unwrap(),
            br#"{"a b":[1,"\" c\\"]}"#
        );
    }
}
