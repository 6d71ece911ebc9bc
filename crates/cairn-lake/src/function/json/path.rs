//! Paths into JSON: `$.name`, `$["name"]`, `$[0]`, and what follows them.

use super::scan::{Broken, Scan, Token, unescaped};

/// A path, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    steps: Vec<Step>,
}

/// The name of a member, or the place of an item if it can be one.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    name: String,
    place: Option<usize>,
}

impl Path {
    /// `None` for what is no path. Bare names are of letters, digits, `_`, `-` and `:`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while let Some(character) = rest.chars().next() {
            let inside = &rest[character.len_utf8()..];
            let (name, behind) = match character {
                '.' => bare(inside, |character| character == ':')?,
                '[' => bracketed(inside)?,
                _ => return None,
            };
            rest = behind;
            steps.push(Step { place: name.parse().ok(), name });
        }
        Some(Self { steps })
    }

    /// The value's token at the path's end, the walk standing behind it. `Ok(None)` if nothing
    /// is there.
    ///
    /// # Errors
    /// Broken text before the place that is looked for.
    pub(crate) fn find<'a>(&self, scan: &mut Scan<'a>) -> Result<Option<Token<'a>>, Broken> {
        let mut token = scan.token()?;
        for step in &self.steps {
            let found = match token {
                Token::Object => step.member(scan)?,
                Token::Array => step.item(scan)?,
                _ => None,
            };
            match found {
                Some(found) => token = found,
                None => return Ok(None),
            }
        }
        Ok(Some(token))
    }
}

impl Step {
    fn member<'a>(&self, scan: &mut Scan<'a>) -> Result<Option<Token<'a>>, Broken> {
        let mut first = true;
        while let Some(name) = scan.member(first)? {
            first = false;
            let token = scan.token()?;
            if name == self.name || (name.contains('\\') && unescaped(name)? == self.name) {
                return Ok(Some(token));
            }
            scan.skip(&token)?;
        }
        Ok(None)
    }

    fn item<'a>(&self, scan: &mut Scan<'a>) -> Result<Option<Token<'a>>, Broken> {
        let Some(mut left) = self.place else { return Ok(None) };
        let mut first = true;
        while scan.item(first)? {
            first = false;
            let token = scan.token()?;
            if left == 0 {
                return Ok(Some(token));
            }
            left -= 1;
            scan.skip(&token)?;
        }
        Ok(None)
    }
}

fn bare(text: &str, also: impl Fn(char) -> bool) -> Option<(String, &str)> {
    let belongs = |character: char| {
        character.is_alphanumeric() || character == '_' || character == '-' || also(character)
    };
    let end = text.find(|character| !belongs(character)).unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_owned(), &text[end..]))
}

fn bracketed(text: &str) -> Option<(String, &str)> {
    let (name, rest) = match text.chars().next()? {
        quote @ ('"' | '\'') => in_quotes(&text[1..], quote)?,
        _ => bare(text, |_| false)?,
    };
    Some((name, rest.strip_prefix(']')?))
}

fn in_quotes(text: &str, quote: char) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        if character == quote {
            return Some((name, &text[at + 1..]));
        }
        if character != '\\' {
            name.push(character);
            continue;
        }
        match characters.next()?.1 {
            escaped if escaped == quote || escaped == '\\' => name.push(escaped),
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::Path;

    #[test]
    fn what_is_no_path_is_told_from_one() {
        for sound in
            ["$", "$.a", "$.a.b[0]", "$[\"a b\"]", "$['c']", "$.AWS:Item.Content.x-y", "$[a]"]
        {
            assert!(Path::parse(sound).is_some(), "{sound}");
        }
        for wrong in ["", "a", "$a", "$.", "$..a", "$[", "$[0", "$['a]", "$.a b", "$[*]", "$.*"] {
            assert!(Path::parse(wrong).is_none(), "{wrong}");
        }
    }
}
