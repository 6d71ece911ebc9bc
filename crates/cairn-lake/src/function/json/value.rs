//! JSON text written anew: without blanks, or in the one order that equal values share.

use super::scan::{Broken, Scan, Token, quoted, unescaped};

/// How deep values may lie in others.
const DEPTH: usize = 512;

/// A value as it stands, without the blanks.
pub(crate) fn compact<'a>(scan: &mut Scan<'a>, token: &Token<'a>) -> Result<String, Broken> {
    let mut text = String::new();
    copy(scan, token, &mut text, 0)?;
    Ok(text)
}

fn copy<'a>(
    scan: &mut Scan<'a>,
    token: &Token<'a>,
    into: &mut String,
    depth: usize,
) -> Result<(), Broken> {
    if depth > DEPTH {
        return Err(Broken);
    }
    match token {
        Token::Object => {
            into.push('{');
            let mut first = true;
            while let Some(name) = scan.member(first)? {
                if !first {
                    into.push(',');
                }
                first = false;
                quoted(&unescaped(name)?, into);
                into.push(':');
                let inner = scan.token()?;
                copy(scan, &inner, into, depth + 1)?;
            }
            into.push('}');
        }
        Token::Array => {
            into.push('[');
            let mut first = true;
            while scan.item(first)? {
                if !first {
                    into.push(',');
                }
                first = false;
                let inner = scan.token()?;
                copy(scan, &inner, into, depth + 1)?;
            }
            into.push(']');
        }
        Token::Text(raw) => quoted(&unescaped(raw)?, into),
        Token::Number(number) => into.push_str(number),
        Token::Flag(flag) => into.push_str(if *flag { "true" } else { "false" }),
        Token::Null => into.push_str("null"),
    }
    Ok(())
}

/// A whole text in the one form of its value: members by name, the last of equal names, numbers
/// as Java writes them.
pub(crate) fn canonical(text: &str) -> Result<String, Broken> {
    let mut scan = Scan::new(text);
    let token = scan.token()?;
    let mut written = String::with_capacity(text.len());
    sort(&mut scan, &token, &mut written, 0)?;
    scan.end()?;
    Ok(written)
}

fn sort<'a>(
    scan: &mut Scan<'a>,
    token: &Token<'a>,
    into: &mut String,
    depth: usize,
) -> Result<(), Broken> {
    if depth > DEPTH {
        return Err(Broken);
    }
    match token {
        Token::Object => {
            let mut members = std::collections::BTreeMap::new();
            let mut first = true;
            while let Some(name) = scan.member(first)? {
                first = false;
                let name = unescaped(name)?;
                let inner = scan.token()?;
                let mut value = String::new();
                sort(scan, &inner, &mut value, depth + 1)?;
                members.insert(name, value);
            }
            into.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                if at > 0 {
                    into.push(',');
                }
                quoted(name, into);
                into.push(':');
                into.push_str(value);
            }
            into.push('}');
        }
        Token::Array => {
            into.push('[');
            let mut first = true;
            while scan.item(first)? {
                if !first {
                    into.push(',');
                }
                first = false;
                let inner = scan.token()?;
                sort(scan, &inner, into, depth + 1)?;
            }
            into.push(']');
        }
        Token::Number(number) => into.push_str(&as_java(number)),
        scalar => copy(scan, scalar, into, depth)?,
    }
    Ok(())
}

fn as_java(text: &str) -> String {
    if !text.contains(['.', 'e', 'E']) {
        return if text == "-0" { "0".to_owned() } else { text.to_owned() };
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => crate::render::double(value),
        _ => text.to_owned(),
    }
}
