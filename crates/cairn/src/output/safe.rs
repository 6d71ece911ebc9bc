//! Text from records is anybody's text: it must not steer a terminal or run in a spreadsheet.

use std::borrow::Cow;
use std::fmt::Write;

/// `text` with everything that is no visible character as `\u{..}`: control characters, terminal
/// escapes, and marks that change the direction of writing.
pub(super) fn for_terminal(text: &str) -> Cow<'_, str> {
    escaped(text, is_hidden)
}

/// `text` as one CSV field (RFC 4180). A first character that a spreadsheet would take for the
/// start of a formula gets a `'` before it, but for the sign of a number; other control characters
/// show as `\\u{..}`.
pub(super) fn for_csv(text: &str) -> Cow<'_, str> {
    let shown =
        escaped(text, |character| is_hidden(character) && !matches!(character, '\t' | '\n' | '\r'));
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number(text);
    let quoted = text.contains(['"', ',', '\n', '\r']);
    if !formula && !quoted {
        return shown;
    }
    let mut field = String::with_capacity(shown.len() + 4);
    if formula {
        field.push('\'');
    }
    field.push_str(&shown);
    if quoted {
        field = format!("\"{}\"", field.replace('"', "\"\""));
    }
    Cow::Owned(field)
}

/// At most `width` characters, the last one `…` where something is missing.
pub(super) fn shortened(text: &str, width: usize) -> Cow<'_, str> {
    if text.chars().count() <= width {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    Cow::Owned(kept + "…")
}

fn escaped(text: &str, hidden: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.chars().any(&hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if hidden(character) {
            write!(shown, "\\u{{{:x}}}", u32::from(character))
                .expect("writing to a string cannot fail");
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Words that Rust takes for numbers besides, as `-inf`, are none in a spreadsheet.
fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte))
        && text.parse::<f64>().is_ok()
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(character, '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_not_steered() {
        assert_eq!(for_terminal("\x1b[2Jgone"), "\\u{1b}[2Jgone");
        assert_eq!(for_terminal("a\nb\tc\u{9b}"), "a\\u{a}b\\u{9}c\\u{9b}");
        assert_eq!(for_terminal("exe\u{202e}gpj"), "exe\\u{202e}gpj");
        assert!(matches!(for_terminal("Zoë 東京"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_spreadsheet_runs_nothing() {
        assert_eq!(for_csv("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        for first in ["-1+1", "+1-A1", "-A1", "-inf", "-", "-1e", "+.", "-1,5", "@SUM(A1)", "\t=1"]
        {
            let field = for_csv(first).trim_matches('"').to_owned();
            assert_eq!(field, format!("'{first}"));
        }
        for number in ["-84", "+1", "-0.5", "-1.5E-7", "+2e10", "-.5"] {
            assert_eq!(for_csv(number), number);
        }
        assert_eq!(for_csv("\r=1"), "\"'\r=1\"");
        assert_eq!(for_csv("=\"a\",b"), "\"'=\"\"a\"\",b\"");
        assert_eq!(for_csv("a\u{1b}[m,b"), "\"a\\u{1b}[m,b\"");
        assert_eq!(for_csv("a\nb"), "\"a\nb\"");
        assert_eq!(for_csv("plain = text"), "plain = text");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(shortened("東京都", 3), "東京都");
        assert_eq!(shortened("東京都庁", 3), "東京…");
    }
}
