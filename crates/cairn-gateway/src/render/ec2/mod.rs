//! EC2's two styles. Operations of its first years are recorded as the SOAP interface had them:
//! lists are `{"items": […]}` under names that end in `Set`. Later ones are recorded as the XML
//! document that their form stands for, under the name of that document.

mod early;
mod later;
mod tables;

use cairn_catalog::{Operation, Service};
use cairn_event::Json;

use super::form::Tree;
use super::xml::Element;
use super::{Answered, Asked};

pub(super) fn request(
    service: &Service,
    operation: &Operation,
    asked: &Asked<'_>,
) -> Vec<(String, Json)> {
    let Some(form) = Tree::parse(asked.parts.query, asked.body, asked.whole) else {
        return Vec::new();
    };
    if tables::is_early(operation.name) {
        early::request(service, operation, &form)
    } else {
        vec![later::request(service, operation, &form)]
    }
}

pub(super) fn answer(
    service: &Service,
    operation: &Operation,
    answered: &Answered<'_>,
) -> Vec<(String, Json)> {
    let root = match Element::parse(answered.body) {
        Ok(root) if answered.whole => root,
        _ => return Vec::new(),
    };
    if tables::is_early(operation.name) {
        early::answer(service, operation, &root)
    } else {
        vec![later::answer(service, operation, &root)]
    }
}
