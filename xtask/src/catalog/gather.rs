//! From a model to what the catalog keeps of it.

use std::collections::BTreeMap;

use cairn_catalog::{Location, Payload, Protocol, TimestampFormat};

use super::draft::{Body, List, Map, Member, Operation, Service, Shape};
use super::model::{self, Model, Reference};
use super::{data_events, earlier, event_names, queries, reads, resources, routes, services};
use crate::output::Failure;

pub(super) fn service(name: &str, model: &Model) -> Result<Service, Failure> {
    let protocol = protocol(name, &model.metadata.protocol)?;
    let mut shapes =
        Shapes { service: name, model, protocol, all: Vec::new(), known: BTreeMap::new() };
    let mut operations = Vec::new();
    for (operation, about) in &model.operations {
        operations.push(shapes.operation(operation, about)?);
    }
    routes::tell_apart(name, model, protocol, &mut operations)?;
    let signing_name = model.signing_name();
    Ok(Service {
        name: name.to_owned(),
        event_source: services::event_source(name, signing_name),
        signing_name: signing_name.to_owned(),
        also_signed: services::also_signed(name),
        endpoint_prefix: model.metadata.endpoint_prefix.clone(),
        api_version: model.metadata.api_version.clone(),
        target_prefix: model.metadata.target_prefix.clone(),
        protocol,
        global: services::GLOBAL.contains(&name),
        rank: services::rank(name, signing_name, &model.metadata.endpoint_prefix),
        shapes: shapes.all,
        operations,
    })
}

fn protocol(service: &str, name: &str) -> Result<Protocol, Failure> {
    Ok(match name {
        "json" => Protocol::Json,
        "query" => Protocol::Query,
        "ec2" => Protocol::Ec2,
        "rest-json" => Protocol::RestJson,
        "rest-xml" => Protocol::RestXml,
        "smithy-rpc-v2-cbor" => Protocol::Cbor,
        _ => return Err(Failure::new(format!("{service}: the protocol '{name}' is not known"))),
    })
}

/// The shapes of a service that its operations reach.
struct Shapes<'m> {
    service: &'m str,
    model: &'m Model,
    protocol: Protocol,
    all: Vec<Shape>,
    /// Where the structures, lists and maps of the model are.
    known: BTreeMap<&'m str, usize>,
}

impl<'m> Shapes<'m> {
    fn operation(&mut self, name: &str, about: &'m model::Operation) -> Result<Operation, Failure> {
        let name = earlier::plain(name);
        let read_only = reads::is_read(self.service, name, about.readonly);
        let shown = !read_only || self.service == "sts";
        let input = about.input.as_ref().map(|input| input.shape.as_str());
        let output = about.output.as_ref().map(|output| output.shape.as_str());
        let wrapper = about.output.as_ref().and_then(|output| output.result_wrapper.clone());
        let by_query = self.model.metadata.aws_query_compatible.is_some();
        Ok(Operation {
            name: name.to_owned(),
            event_name: event_names::event_name(self.service, name),
            method: about.http.method.clone(),
            uri: about.http.request_uri.clone(),
            input: input.map(|shape| self.shape(shape)).transpose()?,
            output: output.filter(|_| shown).map(|shape| self.shape(shape)).transpose()?,
            read_only,
            input_payload: self.body(input),
            output_payload: self.body(output),
            data: data_events::resource_type(self.service, name),
            result_wrapper: wrapper.or_else(|| by_query.then(|| format!("{name}Result"))),
            resources: resources::of(self.service, name, &self.members(input)),
            conditions: Vec::new(),
        })
    }

    /// What `requestParameters` calls the members of a request.
    fn members(&self, input: Option<&str>) -> Vec<String> {
        let Some(input) = input else { return Vec::new() };
        let members = self.model.shape(input).members.0.iter();
        members.map(|(name, _)| resources::parameter(self.service, name)).collect()
    }

    fn body(&self, shape: Option<&str>) -> Body {
        let Some(shape) = shape.map(|shape| self.model.shape(shape)) else {
            return Body::default();
        };
        let Some(payload) = &shape.payload else {
            let mut members = shape.members.0.iter();
            let events = members.any(|(_, member)| self.model.shape(&member.shape).eventstream);
            return Body(if events { Payload::Events } else { Payload::Members });
        };
        let member = shape.members.0.iter().find(|(name, _)| name == payload);
        let (_, member) = member.expect("the model says which member is the payload");
        let target = self.model.shape(&member.shape);
        Body(match target.kind.as_str() {
            "blob" if target.streaming || member.streaming => Payload::Stream,
            "blob" | "string" => Payload::Bytes,
            _ if target.eventstream => Payload::Events,
            _ => Payload::Document,
        })
    }

    /// Where the shape of this name is, taken up at its first use.
    fn shape(&mut self, name: &'m str) -> Result<usize, Failure> {
        if let Some(at) = self.known.get(name) {
            return Ok(*at);
        }
        let shape = self.model.shape(name);
        let sensitive = shape.sensitive;
        let scalar = match shape.kind.as_str() {
            "structure" if shape.document => Shape::Document { sensitive },
            "string" | "character" => Shape::Text { sensitive },
            "integer" | "long" | "short" | "byte" | "bigInteger" => Shape::Integer { sensitive },
            "float" | "double" | "bigDecimal" => Shape::Float { sensitive },
            "boolean" => Shape::Boolean,
            "blob" => Shape::Blob { sensitive },
            "timestamp" => Shape::Timestamp(timestamp(shape.timestamp_format.as_deref())?),
            "structure" | "list" | "map" => return self.composed(name, shape),
            kind => {
                let text = format!("{}: the type '{kind}' of {name} is not known", self.service);
                return Err(Failure::new(text));
            }
        };
        let at = self.all.iter().position(|known| *known == scalar).unwrap_or_else(|| {
            self.all.push(scalar);
            self.all.len() - 1
        });
        self.known.insert(name, at);
        Ok(at)
    }

    /// A shape may contain itself, so its place is taken before it is looked into.
    fn composed(&mut self, name: &'m str, shape: &'m model::Shape) -> Result<usize, Failure> {
        let at = self.all.len();
        // No scalar: what is looked up meanwhile must not take the place for its own.
        self.all.push(Shape::Structure { members: Vec::new(), payload: None, events: false });
        self.known.insert(name, at);
        let secret = |model: &Model, part: &Reference| {
            shape.sensitive || part.sensitive || model.shape(&part.shape).sensitive
        };
        self.all[at] = match (&shape.member, &shape.key, &shape.value) {
            (Some(element), _, _) => Shape::List(List {
                element: self.shape(&element.shape)?,
                element_name: element.location_name.clone(),
                flattened: shape.flattened,
                sensitive: secret(self.model, element),
            }),
            (None, Some(key), Some(value)) => {
                let names = queries::entry_names(self.service, name, key, value);
                Shape::Map(Map {
                    key: self.shape(&key.shape)?,
                    value: self.shape(&value.shape)?,
                    key_name: names.0,
                    value_name: names.1,
                    flattened: shape.flattened,
                    sensitive: secret(self.model, key) || secret(self.model, value),
                })
            }
            _ => {
                let mut members = Vec::new();
                for (member, reference) in &shape.members.0 {
                    let mut member = self.member(name, member, reference)?;
                    member.sensitive |= shape.sensitive;
                    members.push(member);
                }
                let payload = shape.payload.as_deref();
                let payload = members.iter().position(|member| Some(&*member.name) == payload);
                Shape::Structure { members, payload, events: shape.eventstream }
            }
        };
        Ok(at)
    }

    fn member(
        &mut self,
        parent: &str,
        name: &str,
        member: &'m Reference,
    ) -> Result<Member, Failure> {
        let target = self.model.shape(&member.shape);
        let wire = member.location_name.as_deref().filter(|wire| *wire != name);
        let wire_name = wire.unwrap_or(name);
        let query = match self.protocol {
            Protocol::Ec2 => Some(queries::ec2_name(member.query_name.as_deref(), wire_name)),
            _ => queries::old_name(self.service, parent, name).map(str::to_owned),
        };
        Ok(Member {
            name: name.to_owned(),
            wire: wire.map(str::to_owned),
            query: query.filter(|query| query != wire_name),
            location: location(member.location.as_deref(), &target.kind)?,
            shape: self.shape(&member.shape)?,
            sensitive: member.sensitive || target.sensitive,
            attribute: member.xml_attribute,
            flattened: member.flattened || target.flattened,
            json: member.jsonvalue,
            timestamp: timestamp(member.timestamp_format.as_deref())?,
        })
    }
}

fn location(name: Option<&str>, kind: &str) -> Result<Location, Failure> {
    Ok(match name {
        None => Location::Body,
        Some("uri") => Location::Path,
        Some("querystring") if kind == "map" => Location::QueryMap,
        Some("querystring") => Location::Query,
        Some("header") => Location::Header,
        Some("headers") => Location::Headers,
        Some("statusCode") => Location::Status,
        Some(name) => return Err(Failure::new(format!("the location '{name}' is not known"))),
    })
}

fn timestamp(name: Option<&str>) -> Result<Option<TimestampFormat>, Failure> {
    Ok(match name {
        None => None,
        Some("unixTimestamp") => Some(TimestampFormat::Unix),
        Some("iso8601") => Some(TimestampFormat::Iso8601),
        Some("rfc822") => Some(TimestampFormat::Rfc822),
        Some(name) => {
            return Err(Failure::new(format!("the format of instants '{name}' is not known")));
        }
    })
}
