//! Writes structures and enumerations.

use super::model::{Kind, Model, Shape};
use super::names;

/// How many operations a shape's sentence names before it counts.
const NAMED_USERS: usize = 3;

pub(crate) fn write(model: &Model) -> String {
    let (asked, answered) = (model.asked(), model.answered());
    let mut text = String::from("The structures and enumerations of requests and answers.\n");
    text.push_str("use std::collections::BTreeMap;\n\n");
    text.push_str("use serde::{Deserialize, Serialize};\n\n");
    text.push_str("use crate::open_enum::open_enum;\nuse crate::{Blob, EpochSeconds};\n");
    for (name, shape) in &model.shapes {
        let used = Used {
            asked: asked.contains(name.as_str()),
            answered: answered.contains(name.as_str()),
        };
        if !used.asked && !used.answered {
            continue;
        }
        match shape.kind {
            Kind::Structure => text.push_str(&structure(model, name, shape, used)),
            Kind::String if !shape.values.is_empty() => {
                text.push_str(&enumeration(model, name, shape));
            }
            _ => {}
        }
    }
    text
}

/// Which way a shape travels: it decides what its structure can do.
#[derive(Clone, Copy)]
struct Used {
    asked: bool,
    answered: bool,
}

fn structure(model: &Model, name: &str, shape: &Shape, used: Used) -> String {
    let mut derives = vec!["Debug", "Clone", "PartialEq"];
    if shape.required.is_empty() {
        derives.push("Default");
    }
    if used.asked {
        derives.push("Deserialize");
    }
    if used.answered {
        derives.push("Serialize");
    }
    let mut text = format!("\n/// {}\n#[derive({})]\n", sentence(model, name), derives.join(", "));
    if shape.members.is_empty() {
        return format!("{text}pub struct {name} {{}}\n");
    }
    if shape.members.keys().any(|member| names::pascal_restores(member)) {
        text.push_str("#[serde(rename_all = \"PascalCase\")]\n");
    }
    text.push_str(&format!("pub struct {name} {{\n"));
    for (member, reference) in &shape.members {
        let required = shape.required.contains(member);
        let mut attributes = Vec::new();
        if !names::pascal_restores(member) {
            attributes.push(format!("rename = \"{member}\""));
        }
        if used.answered && !required {
            attributes.push("skip_serializing_if = \"Option::is_none\"".to_owned());
        }
        if !attributes.is_empty() {
            text.push_str(&format!("#[serde({})]\n", attributes.join(", ")));
        }
        let base = type_of(model, &reference.shape);
        let whole = if required { base } else { format!("Option<{base}>") };
        text.push_str(&format!("pub {}: {whole},\n", names::field(member)));
    }
    text.push_str("}\n");
    text
}

fn enumeration(model: &Model, name: &str, shape: &Shape) -> String {
    let mut text = format!("\nopen_enum! {{\n    /// {}\n", sentence(model, name));
    text.push_str(&format!("    {name} {{\n"));
    for value in &shape.values {
        text.push_str(&format!("        {} => \"{value}\",\n", names::variant(value)));
    }
    text.push_str("    }\n}\n");
    text
}

fn type_of(model: &Model, name: &str) -> String {
    let shape = model.shape(name);
    match shape.kind {
        Kind::Structure => name.to_owned(),
        Kind::String if !shape.values.is_empty() => name.to_owned(),
        Kind::String => "String".to_owned(),
        Kind::Integer => "i32".to_owned(),
        Kind::Long => "i64".to_owned(),
        Kind::Float => "f32".to_owned(),
        Kind::Double => "f64".to_owned(),
        Kind::Boolean => "bool".to_owned(),
        Kind::Blob => "Blob".to_owned(),
        Kind::Timestamp => "EpochSeconds".to_owned(),
        Kind::List => format!("Vec<{}>", type_of(model, shape.element())),
        Kind::Map => {
            let (key, value) = shape.entry();
            format!("BTreeMap<{}, {}>", type_of(model, key), type_of(model, value))
        }
    }
}

/// One plain sentence: what the shape is for.
fn sentence(model: &Model, name: &str) -> String {
    for (operation, shapes) in &model.operations {
        if shapes.input.shape == name {
            return format!("What `{operation}` is asked.");
        }
        if shapes.output.shape == name {
            return format!("What `{operation}` answers.");
        }
    }
    let users = model.users(name);
    let named: Vec<String> =
        users.iter().take(NAMED_USERS).map(|user| format!("`{user}`")).collect();
    let rest = users.len() - named.len();
    match (named.as_slice(), rest) {
        ([only], _) => format!("Part of {only}."),
        ([first @ .., last], 0) => format!("Part of {} and {last}.", first.join(", ")),
        (all, rest) => format!("Part of {} and {rest} more.", all.join(", ")),
    }
}
