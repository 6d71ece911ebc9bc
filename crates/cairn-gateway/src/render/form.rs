//! Forms and query strings: names and values, and the tree that dotted names spell.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// How many dotted parts a name may have.
const NAME_PARTS: usize = 24;
/// How many places the names of one form may spell; a form with more is not rendered.
const PLACES: usize = 20_000;

/// The decoded names and values of a form. What is badly encoded is kept as it came.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (Cow<'_, str>, Cow<'_, str>)> {
    text.split('&').filter(|piece| !piece.is_empty()).map(|piece| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        (decoded(name, Plus::Space), decoded(value, Plus::Space))
    })
}

/// What a literal `+` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plus {
    Space,
    Itself,
}

/// Undoes percent-encoding; escapes that are none stay, and what is not UTF-8 becomes U+FFFD.
pub(super) fn decoded(text: &str, plus: Plus) -> Cow<'_, str> {
    let special = |byte: &u8| *byte == b'%' || (*byte == b'+' && plus == Plus::Space);
    if !text.as_bytes().iter().any(special) {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'%' => match escaped(bytes.get(at..at + 2)) {
                Some(plain) => {
                    out.push(plain);
                    at += 2;
                }
                None => out.push(b'%'),
            },
            b'+' if plus == Plus::Space => out.push(b' '),
            _ => out.push(byte),
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

fn escaped(digits: Option<&[u8]>) -> Option<u8> {
    let [high, low] = digits? else { return None };
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    Some((digit(high)? * 16 + digit(low)?) as u8)
}

/// One place of a form: `Filter.1.Value.2` is four places deep.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) value: Option<String>,
    children: BTreeMap<String, Tree>,
    /// When it was first named: what order of appearance goes by.
    born: usize,
}

impl Tree {
    /// The tree of a call's query string and body. `whole` says that the body has its end; of one
    /// that was cut, the last pair is not believed. `None` for a form that is out of bounds.
    pub(super) fn parse(query: Option<&str>, body: &[u8], whole: bool) -> Option<Self> {
        let body = match std::str::from_utf8(body) {
            Ok(text) => text,
            Err(cut) if !whole => std::str::from_utf8(&body[..cut.valid_up_to()]).ok()?,
            Err(_) => return None,
        };
        let body = match body.rfind('&') {
            Some(end) if !whole => &body[..end],
            None if !whole => "",
            _ => body,
        };
        // A body without names is no form.
        let body = body.split('&').filter(|piece| piece.contains('=')).flat_map(pairs);
        let mut tree = Self::default();
        let mut places = 0;
        for (name, value) in pairs(query.unwrap_or_default()).chain(body) {
            tree.plant(&name, value, &mut places)?;
        }
        Some(tree)
    }

    fn plant(&mut self, name: &str, value: Cow<'_, str>, places: &mut usize) -> Option<()> {
        let mut at = self;
        for (depth, part) in name.split('.').enumerate() {
            if depth == NAME_PARTS {
                return None;
            }
            if !at.children.contains_key(part) {
                if *places == PLACES {
                    return None;
                }
                *places += 1;
                at.children.insert(part.to_owned(), Self { born: *places, ..Self::default() });
            }
            at = at.children.get_mut(part)?;
        }
        at.value.get_or_insert_with(|| value.into_owned());
        Some(())
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.get(name)
    }

    pub(super) fn is_leaf(&self) -> bool {
        self.children.is_empty()
    }

    /// Children in the order in which the form named them.
    pub(super) fn named(&self) -> Vec<(&str, &Self)> {
        let mut children: Vec<_> =
            self.children.iter().map(|(name, tree)| (name.as_str(), tree)).collect();
        children.sort_by_key(|(_, tree)| tree.born);
        children
    }

    /// The children whose names are numbers, in the order of these.
    pub(super) fn numbered(&self) -> Vec<(u32, &Self)> {
        let number = |name: &String| name.parse::<u32>().ok();
        let mut children: Vec<_> =
            self.children.iter().filter_map(|(name, tree)| Some((number(name)?, tree))).collect();
        children.sort_by_key(|(number, _)| *number);
        children
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_names_spell_a_tree() {
        let tree = Tree::parse(Some("Action=X"), b"F.2.V=b+c&F.1.V=a%2Bb&F.10.V=z", true).unwrap();
        assert_eq!(tree.child("Action").unwrap().value.as_deref(), Some("X"));
        let list: Vec<_> = tree.child("F").unwrap().numbered();
        let values: Vec<_> =
            list.iter().map(|(n, t)| (*n, t.child("V").unwrap().value.clone().unwrap())).collect();
        assert_eq!(values, [(1, "a+b".into()), (2, "b c".into()), (10, "z".into())]);
    }

    #[test]
    fn the_last_pair_of_a_cut_form_is_not_believed() {
        let tree = Tree::parse(None, b"A=1&B=2&C=par", false).unwrap();
        assert!(tree.child("B").is_some() && tree.child("C").is_none());
        assert!(Tree::parse(None, b"A=par", false).unwrap().is_leaf());
    }

    #[test]
    fn a_body_that_is_no_form_has_no_names() {
        assert!(Tree::parse(None, b"secret", true).unwrap().is_leaf());
        assert!(Tree::parse(None, b"\x1f\x8b&a=1", true).is_none());
    }

    #[test]
    fn forms_out_of_bounds_are_refused() {
        let deep = "a.".repeat(NAME_PARTS) + "a=1";
        assert!(Tree::parse(None, deep.as_bytes(), true).is_none());
        let wide = (0..=PLACES).map(|n| format!("p{n}=1")).collect::<Vec<_>>().join("&");
        assert!(Tree::parse(None, wide.as_bytes(), true).is_none());
    }

    #[test]
    fn bad_escapes_stay() {
        assert_eq!(decoded("%zz%4%41+", Plus::Space), "%zz%4A ");
        assert_eq!(decoded("%ff+", Plus::Itself), "\u{fffd}+");
    }
}
