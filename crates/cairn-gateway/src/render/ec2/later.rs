//! Operations since 2015: the document of the form, with `tag` for the place in a list.

use cairn_catalog::{Operation, Service};
use cairn_event::Json;

use crate::render::form::Tree;
use crate::render::markup::{typed, undescribed};
use crate::render::names::is_envelope;
use crate::render::veil::veil;
use crate::render::xml::Element;

/// `{"CreateFlowLogsRequest": {…}}`
pub(super) fn request(service: &Service, operation: &Operation, form: &Tree) -> (String, Json) {
    let mut value = members(form);
    if let Some(input) = operation.input {
        veil(service, input, &mut value);
    }
    (format!("{}Request", operation.name), value)
}

/// `{"CreateFlowLogsResponse": {…}}`
pub(super) fn answer(
    service: &Service,
    operation: &Operation,
    root: &Element<'_>,
) -> (String, Json) {
    let mut value = undescribed(root);
    if let Some(output) = operation.output {
        veil(service, output, &mut value);
    }
    (root.local().to_owned(), value)
}

/// A document without members is an empty text.
fn members(form: &Tree) -> Json {
    let named = form.named().into_iter().filter(|(name, _)| !is_envelope(name));
    let out: Vec<_> = named.map(|(name, tree)| (name.to_owned(), value(tree))).collect();
    if out.is_empty() { "".into() } else { Json::Map(out) }
}

fn value(tree: &Tree) -> Json {
    if tree.is_leaf() {
        return typed(tree.value.as_deref().unwrap_or_default());
    }
    let numbered = tree.numbered();
    if numbered.len() != tree.named().len() {
        return members(tree);
    }
    let mut elements: Vec<Json> =
        numbered.into_iter().map(|(number, tree)| tagged(number, value(tree))).collect();
    if elements.len() == 1 { elements.remove(0) } else { Json::List(elements) }
}

fn tagged(number: u32, value: Json) -> Json {
    let tag = ("tag".to_owned(), Json::from(u64::from(number)));
    match value {
        Json::Map(mut members) => {
            members.push(tag);
            Json::Map(members)
        }
        value => Json::Map(vec![tag, ("content".to_owned(), value)]),
    }
}
