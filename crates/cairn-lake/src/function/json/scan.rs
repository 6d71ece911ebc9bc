//! A walk over JSON text that keeps nothing: it stops where it found what it looks for.

use std::borrow::Cow;

/// How deep values may lie in others.
const DEPTH: usize = 512;

/// What is no JSON, or lies too deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

/// A place in JSON text.
pub(crate) struct Scan<'a> {
    text: &'a str,
    at: usize,
}

/// A value that begins.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token<'a> {
    Object,
    Array,
    /// As it stands between its quotes.
    Text(&'a str),
    Number(&'a str),
    Flag(bool),
    Null,
}

type Walked<T> = Result<T, Broken>;

impl<'a> Scan<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The value that begins here. Of an object or an array only the bracket is passed.
    pub(crate) fn token(&mut self) -> Walked<Token<'a>> {
        self.blanks();
        match self.peek().ok_or(Broken)? {
            b'{' => {
                self.at += 1;
                Ok(Token::Object)
            }
            b'[' => {
                self.at += 1;
                Ok(Token::Array)
            }
            b'"' => self.string().map(Token::Text),
            b't' => self.word("true").map(|()| Token::Flag(true)),
            b'f' => self.word("false").map(|()| Token::Flag(false)),
            b'n' => self.word("null").map(|()| Token::Null),
            _ => self.number().map(Token::Number),
        }
    }

    /// The next member's name inside of an object, as it stands between its quotes; its value
    /// comes next. `None` behind the last, the bracket passed.
    pub(crate) fn member(&mut self, first: bool) -> Walked<Option<&'a str>> {
        if !self.next_part(b'}', first)? {
            return Ok(None);
        }
        self.blanks();
        let name = self.string()?;
        self.blanks();
        self.pass(b':')?;
        Ok(Some(name))
    }

    /// Whether there is one more item inside of an array. The bracket of the last is passed.
    pub(crate) fn item(&mut self, first: bool) -> Walked<bool> {
        self.next_part(b']', first)
    }

    /// Passes the rest of a value whose token was read.
    pub(crate) fn skip(&mut self, token: &Token<'a>) -> Walked<()> {
        self.skip_at(token, 0)
    }

    fn skip_at(&mut self, token: &Token<'a>, depth: usize) -> Walked<()> {
        if depth > DEPTH {
            return Err(Broken);
        }
        let mut first = true;
        loop {
            let more = match token {
                Token::Object => self.member(first)?.is_some(),
                Token::Array => self.item(first)?,
                _ => false,
            };
            if !more {
                return Ok(());
            }
            first = false;
            let inner = self.token()?;
            self.skip_at(&inner, depth + 1)?;
        }
    }

    /// That nothing but blanks follows.
    pub(crate) fn end(&mut self) -> Walked<()> {
        self.blanks();
        if self.at == self.text.len() { Ok(()) } else { Err(Broken) }
    }

    fn next_part(&mut self, close: u8, first: bool) -> Walked<bool> {
        self.blanks();
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(false)
            }
            Some(b',') if !first => {
                self.at += 1;
                Ok(true)
            }
            Some(_) if first => Ok(true),
            _ => Err(Broken),
        }
    }

    fn string(&mut self) -> Walked<&'a str> {
        self.pass(b'"')?;
        let start = self.at;
        let bytes = self.text.as_bytes();
        loop {
            let found = memchr::memchr2(b'"', b'\\', bytes.get(self.at..).ok_or(Broken)?);
            self.at += found.ok_or(Broken)?;
            if bytes[self.at] == b'"' {
                let text = &self.text[start..self.at];
                self.at += 1;
                return Ok(text);
            }
            // What is escaped is one character, and a quote among them is no end.
            let escaped = self.text[self.at + 1..].chars().next().ok_or(Broken)?;
            self.at += 1 + escaped.len_utf8();
        }
    }

    fn number(&mut self) -> Walked<&'a str> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(Broken),
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> Walked<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(Broken) }
    }

    fn word(&mut self, word: &str) -> Walked<()> {
        if !self.text[self.at..].starts_with(word) {
            return Err(Broken);
        }
        self.at += word.len();
        Ok(())
    }

    fn pass(&mut self, byte: u8) -> Walked<()> {
        if self.peek() != Some(byte) {
            return Err(Broken);
        }
        self.at += 1;
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }
}

/// The text that stands between quotes, its escapes resolved.
pub(crate) fn unescaped(raw: &str) -> Walked<Cow<'_, str>> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(raw));
    }
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let escape = rest.chars().next().ok_or(Broken)?;
        rest = &rest[escape.len_utf8()..];
        text.push(match escape {
            '"' | '\\' | '/' => escape,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => unicode(&mut rest)?,
            _ => return Err(Broken),
        });
    }
    text.push_str(rest);
    Ok(Cow::Owned(text))
}

/// The character of four hexadecimal digits, or of two pairs of them. Half a pair is shown as what
/// cannot be shown.
fn unicode(rest: &mut &str) -> Walked<char> {
    let unit = hexadecimal(rest)?;
    if !(0xD800..0xDC00).contains(&unit) {
        return Ok(char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    let Some(mut second) = rest.strip_prefix("\\u") else {
        return Ok(char::REPLACEMENT_CHARACTER);
    };
    let low = hexadecimal(&mut second)?;
    if !(0xDC00..0xE000).contains(&low) {
        return Ok(char::REPLACEMENT_CHARACTER);
    }
    *rest = second;
    let code = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER))
}

fn hexadecimal(rest: &mut &str) -> Walked<u32> {
    let digits = rest.get(..4).ok_or(Broken)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Broken);
    }
    *rest = &rest[4..];
    u32::from_str_radix(digits, 16).map_err(|_| Broken)
}

/// Writes text between quotes.
pub(crate) fn quoted(text: &str, into: &mut String) {
    into.push('"');
    for character in text.chars() {
        match character {
            '"' => into.push_str("\\\""),
            '\\' => into.push_str("\\\\"),
            '\u{8}' => into.push_str("\\b"),
            '\u{c}' => into.push_str("\\f"),
            '\n' => into.push_str("\\n"),
            '\r' => into.push_str("\\r"),
            '\t' => into.push_str("\\t"),
            control if control < ' ' => {
                into.push_str(&format!("\\u{:04X}", control as u32));
            }
            other => into.push(other),
        }
    }
    into.push('"');
}
