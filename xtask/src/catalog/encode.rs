//! Writes the file that `cairn_catalog` reads; `crates/cairn-catalog/src/decode.rs` and
//! `catalog.rs` say what the bytes mean.

use std::collections::HashMap;

use cairn_catalog::{Location, MAGIC, Payload, Protocol, TimestampFormat};

use super::draft::{Condition, Member, Operation, Service, Shape};
use crate::output::Failure;

/// The level of compression: written once, read by everyone.
const LEVEL: i32 = 19;

const FLATTENED: u8 = 1;
const SENSITIVE: u8 = 2;
const EVENTS: u8 = 4;
const ATTRIBUTE: u8 = 8;
const JSON: u8 = 16;

/// The whole file. The services are sorted by name.
pub(super) fn file(version: &str, services: &[Service]) -> Result<Vec<u8>, Failure> {
    let mut index = Bytes(MAGIC.to_vec());
    let mut frames = Vec::new();
    index.text(version);
    index.number(services.len());
    for service in services {
        let unpacked = frame(service);
        let packed = zstd::bulk::compress(&unpacked, LEVEL)
            .map_err(|error| Failure::new(format!("{}: {error}", service.name)))?;
        index.text(&service.name);
        index.text(&service.event_source);
        index.text(&service.signing_name);
        index.text(&service.endpoint_prefix);
        index.text(&service.api_version);
        index.text(service.target_prefix.as_deref().unwrap_or_default());
        index.0.push(protocol(service.protocol));
        index.flag(service.global);
        index.text(service.also_signed);
        index.0.push(service.rank);
        index.number(packed.len());
        index.number(unpacked.len());
        frames.extend(packed);
    }
    let mut file = index.0;
    file.extend(frames);
    Ok(file)
}

/// One service: its texts, then its shapes, then its operations.
fn frame(service: &Service) -> Vec<u8> {
    let mut body = Body::default();
    body.bytes.number(service.shapes.len());
    for shape in &service.shapes {
        body.shape(shape);
    }
    body.bytes.number(service.operations.len());
    for operation in &service.operations {
        body.operation(operation);
    }
    let mut frame = Bytes::default();
    frame.number(body.texts.len());
    for text in &body.texts {
        frame.text(text);
    }
    frame.0.extend(body.bytes.0);
    frame.0
}

#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn number(&mut self, mut value: usize) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn text(&mut self, text: &str) {
        self.number(text.len());
        self.0.extend(text.as_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }
}

/// Shapes and operations, and the texts that they name.
#[derive(Default)]
struct Body<'a> {
    bytes: Bytes,
    texts: Vec<&'a str>,
    places: HashMap<&'a str, usize>,
}

impl<'a> Body<'a> {
    fn place(&mut self, text: &'a str) -> usize {
        let next = self.texts.len();
        let place = *self.places.entry(text).or_insert(next);
        if place == next {
            self.texts.push(text);
        }
        place
    }

    fn text(&mut self, text: &'a str) {
        let place = self.place(text);
        self.bytes.number(place);
    }

    fn some_text(&mut self, text: Option<&'a str>) {
        let place = text.map_or(0, |text| self.place(text) + 1);
        self.bytes.number(place);
    }

    fn some_shape(&mut self, shape: Option<usize>) {
        self.bytes.number(shape.map_or(0, |at| at + 1));
    }

    /// The kind of a shape and its flags, which each shape begins with.
    fn head(&mut self, kind: u8, flags: u8) {
        self.bytes.0.extend([kind, flags]);
    }

    fn shape(&mut self, shape: &'a Shape) {
        let secret = |sensitive: &bool| flags(&[(*sensitive, SENSITIVE)]);
        match shape {
            Shape::Structure { members, payload, events } => {
                self.head(0, flags(&[(*events, EVENTS)]));
                self.bytes.number(payload.map_or(0, |at| at + 1));
                self.bytes.number(members.len());
                for member in members {
                    self.member(member);
                }
            }
            Shape::List(list) => {
                self.head(1, flags(&[(list.flattened, FLATTENED), (list.sensitive, SENSITIVE)]));
                self.bytes.number(list.element);
                self.some_text(list.element_name.as_deref());
            }
            Shape::Map(map) => {
                self.head(2, flags(&[(map.flattened, FLATTENED), (map.sensitive, SENSITIVE)]));
                self.bytes.number(map.key);
                self.bytes.number(map.value);
                self.some_text(map.key_name.as_deref());
                self.some_text(map.value_name.as_deref());
            }
            Shape::Text { sensitive } => self.head(3, secret(sensitive)),
            Shape::Integer { sensitive } => self.head(4, secret(sensitive)),
            Shape::Float { sensitive } => self.head(5, secret(sensitive)),
            Shape::Boolean => self.head(6, 0),
            Shape::Blob { sensitive } => self.head(7, secret(sensitive)),
            Shape::Timestamp(format) => {
                self.head(8, 0);
                self.bytes.0.push(timestamp(*format));
            }
            Shape::Document { sensitive } => self.head(9, secret(sensitive)),
        }
    }

    fn member(&mut self, member: &'a Member) {
        let flags = flags(&[
            (member.flattened, FLATTENED),
            (member.sensitive, SENSITIVE),
            (member.attribute, ATTRIBUTE),
            (member.json, JSON),
        ]);
        self.bytes.0.extend([flags, location(member.location), timestamp(member.timestamp)]);
        self.text(&member.name);
        self.some_text(member.wire.as_deref());
        self.some_text(member.query.as_deref());
        self.bytes.number(member.shape);
    }

    fn operation(&mut self, operation: &'a Operation) {
        let Operation { name, event_name, .. } = operation;
        self.text(name);
        self.some_text(Some(event_name.as_str()).filter(|event_name| event_name != name));
        self.text(&operation.method);
        self.text(&operation.uri);
        self.some_shape(operation.input);
        self.some_shape(operation.output);
        self.bytes.flag(operation.read_only);
        let payloads = [operation.input_payload, operation.output_payload];
        self.bytes.0.extend(payloads.map(|body| payload(body.0)));
        self.some_text(operation.data);
        self.some_text(operation.result_wrapper.as_deref());
        self.bytes.number(operation.resources.len());
        for (kind, arn) in &operation.resources {
            self.text(kind);
            self.text(arn);
        }
        self.bytes.number(operation.conditions.len());
        for condition in &operation.conditions {
            match condition {
                Condition::Query(name) => {
                    self.bytes.0.push(0);
                    self.text(name);
                }
                Condition::Header(name) => {
                    self.bytes.0.push(1);
                    self.text(name);
                }
                Condition::Never => self.bytes.0.push(2),
            }
        }
    }
}

fn flags(flags: &[(bool, u8)]) -> u8 {
    flags.iter().filter(|(set, _)| *set).map(|(_, bit)| bit).sum()
}

fn protocol(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::Json => 0,
        Protocol::Query => 1,
        Protocol::Ec2 => 2,
        Protocol::RestJson => 3,
        Protocol::RestXml => 4,
        Protocol::Cbor => 5,
    }
}

fn timestamp(format: Option<TimestampFormat>) -> u8 {
    match format {
        None => 0,
        Some(TimestampFormat::Unix) => 1,
        Some(TimestampFormat::Iso8601) => 2,
        Some(TimestampFormat::Rfc822) => 3,
    }
}

fn location(location: Location) -> u8 {
    match location {
        Location::Body => 0,
        Location::Path => 1,
        Location::Query => 2,
        Location::QueryMap => 3,
        Location::Header => 4,
        Location::Headers => 5,
        Location::Status => 6,
    }
}

fn payload(payload: Payload) -> u8 {
    match payload {
        Payload::Members => 0,
        Payload::Document => 1,
        Payload::Bytes => 2,
        Payload::Stream => 3,
        Payload::Events => 4,
    }
}
