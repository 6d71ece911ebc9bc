//! Operations until 2015: names and lists of the SOAP interface.

use cairn_catalog::{Member, Operation, Service, Shape, ShapeId};
use cairn_event::{HIDDEN, Json};

use super::tables::{self, Named};
use crate::render::form::Tree;
use crate::render::markup::typed;
use crate::render::names::{is_envelope, lower_first};
use crate::render::xml::Element;
use crate::render::{is_secret, leaf, query, shaped};

type Members = Vec<(String, Json)>;

/// What a launch shows as the one element of its `instancesSet`.
const LAUNCHED: [&str; 4] = ["imageId", "minCount", "maxCount", "keyName"];

pub(super) fn request(service: &Service, operation: &Operation, form: &Tree) -> Members {
    let Some(input) = operation.input else { return Vec::new() };
    let Shape::Structure { members, .. } = service.shape(input) else { return Vec::new() };
    let asked = Request { service, operation: operation.name };
    let mut out = asked.structure(members, form);
    for (name, tree) in form.named() {
        if !members.iter().any(|member| form_name(member) == name) && !is_envelope(name) {
            let shown = lower_first(name);
            if !out.iter().any(|(taken, _)| *taken == shown) {
                out.push((shown, shaped::wary(name, query::plain(tree))));
            }
        }
    }
    if operation.name == "RunInstances" {
        out = launch(out);
    }
    out
}

/// What a form calls a member.
fn form_name(member: &Member) -> &'static str {
    member.query.unwrap_or(member.wire_name())
}

struct Request<'a> {
    service: &'a Service,
    operation: &'a str,
}

impl Request<'_> {
    fn structure(&self, members: &[Member], form: &Tree) -> Members {
        let mut out = Vec::new();
        for member in members {
            let shape = self.service.shape(member.shape);
            let tree = form.child(form_name(member));
            let is_list = matches!(shape, Shape::List { .. });
            match tree {
                Some(_) if member.sensitive || is_secret(shape) => {
                    out.push((self.name(member, is_list).member, HIDDEN.into()));
                }
                Some(tree) if is_list => join(&mut out, self.list(member, tree)),
                Some(tree) => {
                    let name = self.name(member, false).member;
                    let value = self.value(&name, member.shape, tree);
                    let spelled = |value| tables::respelled(self.operation, &name, value);
                    out.extend(value.map(spelled).map(|value| (name.clone(), value)));
                }
                None if is_list => {
                    let name = self.name(member, true).member;
                    if tables::is_always_shown(self.operation, &name) {
                        out.push((name, Json::Map(Vec::new())));
                    }
                }
                None => {}
            }
        }
        out
    }

    fn name(&self, member: &Member, is_list: bool) -> Named {
        if is_list {
            let of_texts = match self.service.shape(member.shape) {
                Shape::List { element, .. } => {
                    !matches!(self.service.shape(*element), Shape::Structure { .. })
                }
                _ => false,
            };
            tables::list_name(self.operation, member.wire_name(), of_texts)
        } else {
            let name = lower_first(member.wire_name());
            Named { member: tables::renamed(self.operation, name), element: String::new() }
        }
    }

    fn list(&self, member: &Member, tree: &Tree) -> (String, Json) {
        let Named { member: name, element: element_name } = self.name(member, true);
        let Shape::List { element, .. } = self.service.shape(member.shape) else {
            return (name, Json::Null);
        };
        let is_structure = matches!(self.service.shape(*element), Shape::Structure { .. });
        let mut items = Vec::new();
        for (_, tree) in tree.numbered() {
            let Some(value) = self.value(&element_name, *element, tree) else { continue };
            let wrapped = || Json::Map(vec![(element_name.clone(), value.clone())]);
            items.push(if is_structure { value } else { wrapped() });
        }
        let value = match &*name {
            "tags" => Json::List(items),
            _ if items.is_empty() => Json::Map(Vec::new()),
            _ => Json::Map(vec![("items".to_owned(), Json::List(items))]),
        };
        (name, value)
    }

    fn value(&self, name: &str, id: ShapeId, tree: &Tree) -> Option<Json> {
        let shape = self.service.shape(id);
        if is_secret(shape) {
            return Some(HIDDEN.into());
        }
        let text = tree.value.as_deref().unwrap_or_default();
        match shape {
            Shape::Structure { members, .. } => Some(Json::Map(self.structure(members, tree))),
            Shape::List { .. } | Shape::Map { .. } => Some(shaped::wary(name, query::plain(tree))),
            _ if tables::is_text(self.operation, name) => Some(text.into()),
            Shape::Timestamp(_) => Some(millis(text)),
            shape => leaf::of_text(shape, text),
        }
    }
}

/// Adds a list; two of one name, such as groups by name and by id, become one.
fn join(members: &mut Members, list: (String, Json)) {
    let known = members.iter_mut().find(|(name, _)| *name == list.0);
    let Some((_, Json::Map(wrapped))) = known else {
        members.push(list);
        return;
    };
    let Json::Map(more) = list.1 else { return };
    match (wrapped.first_mut(), more.into_iter().next()) {
        (Some((_, Json::List(items))), Some((_, Json::List(more)))) => items.extend(more),
        (None, Some(more)) => wrapped.push(more),
        _ => {}
    }
}

/// A launch as one element of `instancesSet`.
fn launch(members: Members) -> Members {
    let (first, others): (Members, Members) =
        members.into_iter().partition(|(name, _)| LAUNCHED.contains(&name.as_str()));
    let items = Json::Map(vec![("items".to_owned(), Json::List(vec![Json::Map(first)]))]);
    std::iter::once(("instancesSet".to_owned(), items)).chain(others).collect()
}

pub(super) fn answer(service: &Service, operation: &Operation, root: &Element<'_>) -> Members {
    let mut out: Members = Vec::new();
    if let Some(id) = root.text_of("requestId") {
        out.push(("requestId".to_owned(), id.into()));
    }
    let answer = Answer { service, operation: operation.name };
    let members: &[Member] = match operation.output.map(|id| service.shape(id)) {
        Some(Shape::Structure { members, .. }) => members,
        _ => &[],
    };
    out.extend(answer.structure(members, root));
    out
}

struct Answer<'a> {
    service: &'a Service,
    operation: &'a str,
}

impl Answer<'_> {
    fn structure(&self, members: &[Member], element: &Element<'_>) -> Members {
        let mut out: Members = Vec::new();
        for child in &element.children {
            let name = child.local();
            if name == "requestId" {
                continue;
            }
            let value = match members.iter().find(|member| member.wire_name() == name) {
                Some(member) if member.sensitive => Some(HIDDEN.into()),
                Some(member) => self.value(name, member.shape, child),
                None if name == "return" => Some(typed(&child.text)),
                None => Some(shaped::wary(name, undescribed(child))),
            };
            let name = match name {
                "return" => "_return".to_owned(),
                name => tables::renamed(self.operation, name.to_owned()),
            };
            out.extend(value.map(|value| (name, value)));
        }
        out
    }

    fn value(&self, name: &str, id: ShapeId, element: &Element<'_>) -> Option<Json> {
        let shape = self.service.shape(id);
        match shape {
            _ if is_secret(shape) => Some(HIDDEN.into()),
            Shape::Structure { members, .. } => Some(Json::Map(self.structure(members, element))),
            Shape::List { element: id, .. } => {
                let each = element.children.iter().filter_map(|child| self.value(name, *id, child));
                Some(items(name, each.collect()))
            }
            Shape::Map { .. } => Some(shaped::wary(name, undescribed(element))),
            _ if tables::is_text(self.operation, name) => Some((&*element.text).into()),
            Shape::Timestamp(_) => Some(millis(&element.text)),
            shape => leaf::of_text(shape, &element.text),
        }
    }
}

fn items(name: &str, elements: Vec<Json>) -> Json {
    if elements.is_empty() {
        return Json::Map(Vec::new());
    }
    let label = if name == "privateIpAddressesSet" { "item" } else { "items" };
    Json::Map(vec![(label.to_owned(), Json::List(elements))])
}

/// An element that the model does not have, in the same style.
fn undescribed(element: &Element<'_>) -> Json {
    let children = &element.children;
    if children.is_empty() {
        return (&*element.text).into();
    }
    if children.iter().all(|child| child.local() == "item") {
        return items(element.local(), children.iter().map(undescribed).collect());
    }
    let named = children.iter().map(|child| (child.local().to_owned(), undescribed(child)));
    Json::Map(named.collect())
}

/// Instants are milliseconds since 1970 here.
fn millis(text: &str) -> Json {
    match leaf::moment(text.trim()) {
        Some(at) => at.millis().into(),
        None => text.into(),
    }
}
