//! Writes the constraint tables of everything that requests are made of.

use std::collections::BTreeSet;

use super::model::{Kind, Model, Shape};
use super::names;
use crate::output::Failure;

pub(crate) fn write(model: &Model) -> Result<String, Failure> {
    let mut tables = String::new();
    for name in model.asked() {
        let shape = model.shape(name);
        match shape.kind {
            Kind::Structure => tables.push_str(&structure(model, name, shape)),
            Kind::String if constrains_text(shape) => tables.push_str(&text(name, shape)?),
            Kind::Integer | Kind::Long if is_bounded(shape) => {
                tables.push_str(&format!(
                    "\npub(super) static {}: Range = {};\n",
                    names::screaming(name),
                    range(shape)
                ));
            }
            _ => {}
        }
    }
    if map_keys(model).iter().any(|key| !constrains_text(model.shape(key))) {
        tables.push_str(
            "\nstatic ANY_TEXT: Text = \
             Text { length: Range { min: None, max: None }, pattern: None };\n",
        );
    }
    let title = "What the model demands of requests beyond the types of their members.";
    let imports = "use crate::constraint::{Member, Pattern, Range, Shape, Structure, Text};";
    Ok(format!("{title}\n{imports}\n{tables}"))
}

fn structure(model: &Model, name: &str, shape: &Shape) -> String {
    let mut members = String::new();
    for (member, reference) in &shape.members {
        let required = shape.required.contains(member);
        let rule = rule(model, &reference.shape);
        if !required && rule.is_none() {
            continue;
        }
        let rule = rule.unwrap_or_else(|| "Shape::Any".to_owned());
        members.push_str(&format!(
            "Member {{ name: \"{member}\", required: {required}, shape: {rule} }},\n"
        ));
    }
    let name = names::screaming(name);
    format!("\npub(super) static {name}: Structure = Structure {{ members: &[{members}] }};\n")
}

/// The expression for what a shape demands; none if it demands nothing.
fn rule(model: &Model, name: &str) -> Option<String> {
    let shape = model.shape(name);
    let table = names::screaming(name);
    match shape.kind {
        Kind::Structure => Some(format!("Shape::Structure(&{table})")),
        Kind::String => constrains_text(shape).then(|| format!("Shape::Text(&{table})")),
        Kind::Integer | Kind::Long => is_bounded(shape).then(|| format!("Shape::Number(&{table})")),
        Kind::List => {
            let element = rule(model, shape.element());
            if element.is_none() && !is_bounded(shape) {
                return None;
            }
            let element = element.unwrap_or_else(|| "Shape::Any".to_owned());
            Some(format!("Shape::List(&{}, &{element})", range(shape)))
        }
        Kind::Map => {
            let (key, value) = shape.entry();
            let (key, value) = (text_table(model, key), text_table(model, value));
            Some(format!("Shape::Map(&{}, &{key}, &{value})", range(shape)))
        }
        Kind::Float | Kind::Double | Kind::Boolean | Kind::Blob | Kind::Timestamp => None,
    }
}

fn text_table(model: &Model, name: &str) -> String {
    if constrains_text(model.shape(name)) { names::screaming(name) } else { "ANY_TEXT".to_owned() }
}

fn map_keys(model: &Model) -> BTreeSet<&str> {
    let asked = model.asked();
    let shapes = asked.iter().map(|name| model.shape(name));
    let maps = shapes.filter(|shape| shape.kind == Kind::Map);
    maps.flat_map(|shape| <[&str; 2]>::from(shape.entry())).collect()
}

fn text(name: &str, shape: &Shape) -> Result<String, Failure> {
    let pattern = match &shape.pattern {
        None => "None".to_owned(),
        // Rust's expressions know no surrogates; such a pattern needs a rendering by hand.
        Some(pattern) if pattern.contains("\\uD") || pattern.contains('"') => {
            return Err(Failure::new(format!("{name}: pattern {pattern} cannot be carried over")));
        }
        Some(pattern) => format!("Some(Pattern::new(r\"{pattern}\"))"),
    };
    let name = names::screaming(name);
    Ok(format!(
        "\npub(super) static {name}: Text = Text {{ length: {}, pattern: {pattern} }};\n",
        range(shape)
    ))
}

fn range(shape: &Shape) -> String {
    // A length of at least nothing is no rule.
    let min = shape.min.filter(|min| *min > 0);
    format!("Range {{ min: {min:?}, max: {:?} }}", shape.max)
}

fn is_bounded(shape: &Shape) -> bool {
    shape.min.is_some() || shape.max.is_some()
}

fn constrains_text(shape: &Shape) -> bool {
    shape.values.is_empty() && (is_bounded(shape) || shape.pattern.is_some())
}
