//! Blanks comments and literals.

/// The text with every character of a comment, string or character literal replaced by a space.
/// Line breaks stay.
pub(super) fn mask(text: &str) -> String {
    let mut rest = text;
    let mut masked = String::with_capacity(text.len());
    let mut before = ' ';
    while let Some(next) = rest.chars().next() {
        let in_word = before.is_alphanumeric() || before == '_';
        let length = literal(rest, in_word);
        match length {
            0 => masked.push(next),
            length => masked.extend(rest[..length].chars().map(blank)),
        }
        let step = length.max(next.len_utf8());
        before = rest[..step].chars().next_back().unwrap_or(' ');
        rest = &rest[step..];
    }
    masked
}

fn blank(character: char) -> char {
    if character == '\n' { '\n' } else { ' ' }
}

/// The length of the comment or literal that `text` begins with; 0 if it begins with code.
fn literal(text: &str, in_word: bool) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment(text);
    }
    if text.starts_with('"') {
        return string(text);
    }
    if text.starts_with('\'') {
        return character(text);
    }
    let prefix = if in_word { "" } else { raw_prefix(text) };
    let hashes = text[prefix.len()..].bytes().take_while(|byte| *byte == b'#').count();
    let quote = prefix.len() + hashes;
    if prefix.is_empty() || !text[quote..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let body = &text[quote + 1..];
    body.find(&end).map_or(text.len(), |at| quote + 1 + at + end.len())
}

fn raw_prefix(text: &str) -> &str {
    let found = ["br", "cr", "r"].into_iter().find(|prefix| text.starts_with(prefix));
    found.unwrap_or("")
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        match character {
            '"' if !escaped => return at + 1,
            _ => escaped = character == '\\' && !escaped,
        }
    }
    text.len()
}

/// A quote begins a character literal, or else a lifetime.
fn character(text: &str) -> usize {
    let mut characters = text.char_indices().skip(1);
    match characters.next() {
        Some((_, '\\')) => {
            // The character after the backslash may itself be a quote.
            characters.next();
            characters.find(|(_, next)| *next == '\'').map_or(text.len(), |(at, _)| at + 1)
        }
        Some(_) => match characters.next() {
            Some((at, '\'')) => at + 1,
            _ => 0,
        },
        None => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn only_code_is_left() {
        let cases = [
            ("a // b \" c\nd", "a         \nd"),
            ("a /* b /* c */ d */ e", "a                   e"),
            (r#"a("b\"c{") d"#, "a(       ) d"),
            ("f(r#\"a\"b\"#)", "f(        )"),
            (r"f('\'', '{', 'a)", "f(    ,    , 'a)"),
            ("for\"x\"", "for   "),
            ("let r = br\"}\";", "let r =      ;"),
        ];
        for (text, expected) in cases {
            assert_eq!(mask(text), expected, "{text}");
        }
    }
}
