//! Forms of the query protocol by shape.

use cairn_catalog::{Member, Service, Shape, ShapeId};
use cairn_event::{HIDDEN, Json};

use super::form::Tree;
use super::names::{is_envelope, lower_first, recorded, unknown};
use super::{is_secret, leaf, shaped};

/// The members of a form whose structure is known. What the structure does not have is shown as
/// the form spells it.
pub(super) fn members(service: &Service, shape: ShapeId, form: &Tree) -> Vec<(String, Json)> {
    let Shape::Structure { members, .. } = service.shape(shape) else { return Vec::new() };
    let mut out = structure(service, members, form);
    for (name, tree) in form.named() {
        let known = members.iter().any(|member| is_name_of(service, member, name));
        if !known && !is_envelope(name) {
            let shown = unknown(service, members, name);
            out.extend(shown.map(|shown| (shown, shaped::wary(name, plain(tree)))));
        }
    }
    out
}

/// The members of a form that nothing describes.
pub(super) fn undescribed(form: &Tree) -> Vec<(String, Json)> {
    let named = form.named().into_iter().filter(|(name, _)| !is_envelope(name));
    named.map(|(name, tree)| (lower_first(name), plain(tree))).collect()
}

fn structure(service: &Service, members: &[Member], form: &Tree) -> Vec<(String, Json)> {
    let mut out = Vec::new();
    for member in members {
        let Some(tree) = child(service, member, form) else { continue };
        let name = recorded(service, member);
        if member.sensitive {
            out.push((name, HIDDEN.into()));
        } else if let Some(value) = of_shape(service, member.shape, tree) {
            out.push((name, value));
        }
    }
    out
}

/// Where the form has a member: under its name or, where its elements stand directly in the
/// parent, under theirs.
fn child<'t>(service: &Service, member: &Member, form: &'t Tree) -> Option<&'t Tree> {
    let direct = element_name(service, member).and_then(|name| form.child(name));
    let old = member.query.and_then(|name| form.child(name));
    form.child(member.wire_name()).or(old).or(direct).or_else(|| form.child(member.name))
}

fn is_name_of(service: &Service, member: &Member, name: &str) -> bool {
    name == member.wire_name() || name == member.name || element_name(service, member) == Some(name)
}

/// The name of a flattened list's elements.
fn element_name(service: &Service, member: &Member) -> Option<&'static str> {
    match service.shape(member.shape) {
        Shape::List { element_name, flattened, .. } if *flattened || member.flattened => {
            *element_name
        }
        _ => None,
    }
}

fn of_shape(service: &Service, id: ShapeId, tree: &Tree) -> Option<Json> {
    let shape = service.shape(id);
    if is_secret(shape) {
        return Some(HIDDEN.into());
    }
    match shape {
        Shape::Structure { members, .. } => Some(Json::Map(structure(service, members, tree))),
        Shape::List { element, element_name, .. } => {
            let list = inside(tree, &["member", element_name.unwrap_or("member")]);
            let each = list.numbered().into_iter();
            let each = each.filter_map(|(_, tree)| of_shape(service, *element, tree));
            Some(Json::List(each.collect()))
        }
        Shape::Map { value, key_name, value_name, .. } => {
            let entries = inside(tree, &["entry"]).numbered();
            let entry = |tree: &Tree| {
                let key = tree.child(key_name.unwrap_or("key"))?.value.clone()?;
                let value_tree = tree.child(value_name.unwrap_or("value"))?;
                Some((key, of_shape(service, *value, value_tree)?))
            };
            Some(Json::Map(entries.into_iter().filter_map(|(_, tree)| entry(tree)).collect()))
        }
        shape => leaf::of_text(shape, tree.value.as_deref().unwrap_or_default()),
    }
}

/// The tree that holds the elements: below one of these names, or the tree itself.
fn inside<'t>(tree: &'t Tree, names: &[&str]) -> &'t Tree {
    names.iter().find_map(|name| tree.child(name)).unwrap_or(tree)
}

/// A tree as it spells itself: a list where all names are numbers or `member`.
pub(super) fn plain(tree: &Tree) -> Json {
    if tree.is_leaf() {
        return tree.value.as_deref().unwrap_or_default().into();
    }
    let named = tree.named();
    if let [("member", list)] = named[..]
        && !list.is_leaf()
    {
        return plain(list);
    }
    let numbered = tree.numbered();
    if numbered.len() == named.len() {
        return Json::List(numbered.into_iter().map(|(_, tree)| plain(tree)).collect());
    }
    Json::Map(named.into_iter().map(|(name, tree)| (lower_first(name), plain(tree))).collect())
}
