//! The catalog as text: one line for each operation, so that two of them can be compared.

use std::collections::BTreeMap;
use std::fmt::Write;

use cairn_catalog::{Catalog, Condition, Member, Operation, Payload, Service, Shape, ShapeId};

use crate::output::Failure;

/// The text of one service, or of all.
pub(super) fn text(catalog: &Catalog, service: Option<&str>) -> Result<String, Failure> {
    let lines = lines(catalog);
    let Some(service) = service else {
        let all: Vec<String> = lines.into_values().collect();
        return Ok(format!("models {}\n{}", catalog.version(), all.join("\n")));
    };
    let id = catalog.named(service);
    id.ok_or_else(|| Failure::new(format!("no service '{service}' in the catalog")))?;
    let wanted = lines.into_iter().filter(|((name, _), _)| name == service);
    Ok(wanted.map(|(_, line)| line).collect::<Vec<_>>().join("\n"))
}

/// Every line by the names of service and operation; a service itself has no operation.
pub(super) fn lines(catalog: &Catalog) -> BTreeMap<(String, String), String> {
    let mut lines = BTreeMap::new();
    for id in catalog.services() {
        let service = catalog.service(id);
        let name = service.name.to_owned();
        lines.insert((name.clone(), String::new()), head(service));
        for operation in service.operations() {
            let key = (name.clone(), operation.name.to_owned());
            lines.insert(key, line(service, operation));
        }
    }
    lines
}

fn head(service: &Service) -> String {
    let mut line = format!(
        "{} {:?} {} source={} signs={} host={}",
        service.name,
        service.protocol,
        service.api_version,
        service.event_source,
        service.signing_name,
        service.endpoint_prefix
    );
    if let Some(prefix) = service.target_prefix {
        append(&mut line, format_args!(" target={prefix}"));
    }
    if service.global {
        line.push_str(" global");
    }
    line
}

fn line(service: &Service, operation: &Operation) -> String {
    let Operation { name, method, uri, .. } = operation;
    let kind = if operation.read_only { "read" } else { "write" };
    let mut line = format!("{} {name} {kind} {method} {uri}", service.name);
    if operation.event_name != *name {
        append(&mut line, format_args!(" event={}", operation.event_name));
    }
    if let Some(data) = operation.data {
        append(&mut line, format_args!(" data={data}"));
    }
    if let Some(wrapper) =
        operation.result_wrapper.filter(|found| *found != format!("{name}Result"))
    {
        append(&mut line, format_args!(" wrapper={wrapper}"));
    }
    for condition in &*operation.conditions {
        match condition {
            Condition::Query(name) => append(&mut line, format_args!(" if=?{name}")),
            Condition::Header(name) => append(&mut line, format_args!(" if={name}:")),
            Condition::Never => line.push_str(" if=never"),
        }
    }
    for resource in &*operation.resources {
        append(&mut line, format_args!(" names={}<{}>", resource.kind, resource.arn));
    }
    let sides = [
        ("in", operation.input, operation.input_payload),
        ("out", operation.output, operation.output_payload),
    ];
    for (side, shape, payload) in sides {
        if payload != Payload::Members {
            append(&mut line, format_args!(" {side}-body={payload:?}"));
        }
        if let Some(shape) = shape {
            let members = members(service, shape);
            let below = fingerprint(service, shape);
            append(&mut line, format_args!(" {side}={below:08x}({members})"));
        }
    }
    line
}

fn append(line: &mut String, text: std::fmt::Arguments<'_>) {
    line.write_fmt(text).expect("a String takes whatever is written");
}

/// The names of a structure's members; a star marks what is secret.
fn members(service: &Service, shape: ShapeId) -> String {
    let Shape::Structure { members, .. } = service.shape(shape) else { return String::new() };
    let shown = members.iter().map(|member| {
        let star = if member.sensitive { "*" } else { "" };
        format!("{}{star}", member.name)
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// All that a member is, but for its shape.
fn how(member: &Member) -> impl std::fmt::Debug + '_ {
    let names = (member.name, member.wire, member.query);
    let marks = [member.sensitive, member.attribute, member.flattened, member.json];
    (names, member.location, marks, member.timestamp)
}

/// A number that changes when anything below the shape does.
fn fingerprint(service: &Service, root: ShapeId) -> u32 {
    let mut places = vec![root];
    let mut hash = 0x811c_9dc5_u32;
    let mut at = 0;
    while let Some(shape) = places.get(at).copied() {
        at += 1;
        let mut place = |below: ShapeId| {
            places.iter().position(|found| *found == below).unwrap_or_else(|| {
                places.push(below);
                places.len() - 1
            })
        };
        let text = match service.shape(shape) {
            Shape::Structure { members, payload, events } => {
                let mut text = format!("{payload:?}{events}");
                for member in members {
                    append(&mut text, format_args!("{}", place(member.shape)));
                    append(&mut text, format_args!("{:?}", how(member)));
                }
                text
            }
            Shape::List { element, element_name, flattened, sensitive } => {
                format!("{}{element_name:?}{flattened}{sensitive}", place(*element))
            }
            Shape::Map { key, value, key_name, value_name, flattened, sensitive } => {
                let (key, value) = (place(*key), place(*value));
                format!("{key}>{value}{key_name:?}{value_name:?}{flattened}{sensitive}")
            }
            scalar => format!("{scalar:?}"),
        };
        for byte in text.bytes() {
            hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
        }
    }
    hash
}
