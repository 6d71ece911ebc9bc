//! From the unpacked bytes of one service to its operations and shapes.
//!
//! The bytes are a table of texts, the shapes, then the operations. Texts and shapes are named by
//! their place in their table; where one may be absent, 0 says so and the places begin at 1. The
//! writer is `xtask/src/catalog/encode.rs`.

use crate::catalog::About;
use crate::cursor::{Cursor, Damaged};
use crate::route::Router;
use crate::{
    Condition, Location, Member, Operation, Payload, Protocol, Resource, Service, Shape, ShapeId,
    TimestampFormat,
};

pub(crate) fn service(about: About, bytes: &'static [u8]) -> Result<Service, Damaged> {
    let mut cursor = Cursor::new(bytes);
    let count = cursor.count()?;
    let texts = (0..count).map(|_| cursor.text()).collect::<Result<_, _>>()?;
    let shapes = cursor.count()?;
    let mut tables = Tables { cursor, texts, shapes };
    let shapes = (0..shapes).map(|_| tables.shape()).collect::<Result<_, _>>()?;
    let operations = tables.list(Tables::operation)?;
    if !tables.cursor.rest().is_empty() || !operations.is_sorted_by_key(|found| found.name) {
        return Err(Damaged);
    }
    let rest = matches!(about.protocol, Protocol::RestJson | Protocol::RestXml);
    let router = if rest { Router::of(&operations)? } else { Router::default() };
    Ok(Service {
        name: about.name,
        event_source: about.event_source,
        signing_name: about.signing_name,
        endpoint_prefix: about.endpoint_prefix,
        api_version: about.api_version,
        protocol: about.protocol,
        target_prefix: about.target_prefix,
        global: about.global,
        operations,
        shapes,
        router,
    })
}

pub(crate) fn protocol(byte: u8) -> Result<Protocol, Damaged> {
    Ok(match byte {
        0 => Protocol::Json,
        1 => Protocol::Query,
        2 => Protocol::Ec2,
        3 => Protocol::RestJson,
        4 => Protocol::RestXml,
        5 => Protocol::Cbor,
        _ => return Err(Damaged),
    })
}

struct Tables {
    cursor: Cursor,
    texts: Vec<&'static str>,
    /// How many shapes there are: no reference may go beyond.
    shapes: usize,
}

/// Flags of shapes and members, one bit each.
const FLATTENED: u8 = 1;
const SENSITIVE: u8 = 2;
const EVENTS: u8 = 4;
const ATTRIBUTE: u8 = 8;
const JSON: u8 = 16;

impl Tables {
    fn text(&mut self) -> Result<&'static str, Damaged> {
        let at = self.cursor.number()? as usize;
        self.texts.get(at).copied().ok_or(Damaged)
    }

    fn some_text(&mut self) -> Result<Option<&'static str>, Damaged> {
        match self.cursor.number()? {
            0 => Ok(None),
            at => self.texts.get(at as usize - 1).copied().map(Some).ok_or(Damaged),
        }
    }

    fn shape_id(&mut self) -> Result<ShapeId, Damaged> {
        let at = self.cursor.number()?;
        if (at as usize) < self.shapes { Ok(ShapeId(at)) } else { Err(Damaged) }
    }

    fn some_shape_id(&mut self) -> Result<Option<ShapeId>, Damaged> {
        match self.cursor.number()? {
            0 => Ok(None),
            at if (at as usize) <= self.shapes => Ok(Some(ShapeId(at - 1))),
            _ => Err(Damaged),
        }
    }

    fn shape(&mut self) -> Result<Shape, Damaged> {
        let kind = self.cursor.byte()?;
        let flags = self.cursor.byte()?;
        let flattened = flags & FLATTENED != 0;
        let sensitive = flags & SENSITIVE != 0;
        Ok(match kind {
            0 => self.structure(flags)?,
            1 => {
                let element = self.shape_id()?;
                let element_name = self.some_text()?;
                Shape::List { element, element_name, flattened, sensitive }
            }
            2 => {
                let (key, value) = (self.shape_id()?, self.shape_id()?);
                let (key_name, value_name) = (self.some_text()?, self.some_text()?);
                Shape::Map { key, value, key_name, value_name, flattened, sensitive }
            }
            3 => Shape::Text { sensitive },
            4 => Shape::Integer { sensitive },
            5 => Shape::Float { sensitive },
            6 => Shape::Boolean,
            7 => Shape::Blob { sensitive },
            8 => Shape::Timestamp(timestamp(self.cursor.byte()?)?),
            9 => Shape::Document { sensitive },
            _ => return Err(Damaged),
        })
    }

    fn structure(&mut self, flags: u8) -> Result<Shape, Damaged> {
        let payload = self.cursor.number()?.checked_sub(1);
        let payload = payload.map(u16::try_from).transpose().map_err(|_| Damaged)?;
        let members = self.list(Self::member)?;
        if payload.is_some_and(|at| usize::from(at) >= members.len()) {
            return Err(Damaged);
        }
        Ok(Shape::Structure { members, payload, events: flags & EVENTS != 0 })
    }

    fn member(&mut self) -> Result<Member, Damaged> {
        let flags = self.cursor.byte()?;
        Ok(Member {
            location: location(self.cursor.byte()?)?,
            timestamp: timestamp(self.cursor.byte()?)?,
            name: self.text()?,
            wire: self.some_text()?,
            query: self.some_text()?,
            shape: self.shape_id()?,
            sensitive: flags & SENSITIVE != 0,
            attribute: flags & ATTRIBUTE != 0,
            flattened: flags & FLATTENED != 0,
            json: flags & JSON != 0,
        })
    }

    fn operation(&mut self) -> Result<Operation, Damaged> {
        let name = self.text()?;
        let event_name = self.some_text()?.unwrap_or(name);
        let method = self.text()?;
        let uri = self.text()?;
        let (input, output) = (self.some_shape_id()?, self.some_shape_id()?);
        let read_only = self.cursor.byte()? != 0;
        let input_payload = payload(self.cursor.byte()?)?;
        let output_payload = payload(self.cursor.byte()?)?;
        let (data, result_wrapper) = (self.some_text()?, self.some_text()?);
        let resources = self.list(Self::resource)?;
        let conditions = self.list(Self::condition)?;
        Ok(Operation {
            name,
            event_name,
            method,
            uri,
            input,
            output,
            read_only,
            data,
            input_payload,
            output_payload,
            result_wrapper,
            resources,
            conditions,
        })
    }

    fn resource(&mut self) -> Result<Resource, Damaged> {
        Ok(Resource { kind: self.text()?, arn: self.text()? })
    }

    fn condition(&mut self) -> Result<Condition, Damaged> {
        Ok(match self.cursor.byte()? {
            0 => Condition::Query(self.text()?),
            1 => Condition::Header(self.text()?),
            2 => Condition::Never,
            _ => return Err(Damaged),
        })
    }

    fn list<T>(
        &mut self,
        read: impl Fn(&mut Self) -> Result<T, Damaged>,
    ) -> Result<Box<[T]>, Damaged> {
        let count = self.cursor.count()?;
        (0..count).map(|_| read(self)).collect()
    }
}

fn timestamp(byte: u8) -> Result<Option<TimestampFormat>, Damaged> {
    Ok(match byte {
        0 => None,
        1 => Some(TimestampFormat::Unix),
        2 => Some(TimestampFormat::Iso8601),
        3 => Some(TimestampFormat::Rfc822),
        _ => return Err(Damaged),
    })
}

fn location(byte: u8) -> Result<Location, Damaged> {
    Ok(match byte {
        0 => Location::Body,
        1 => Location::Path,
        2 => Location::Query,
        3 => Location::QueryMap,
        4 => Location::Header,
        5 => Location::Headers,
        6 => Location::Status,
        _ => return Err(Damaged),
    })
}

fn payload(byte: u8) -> Result<Payload, Damaged> {
    Ok(match byte {
        0 => Payload::Members,
        1 => Payload::Document,
        2 => Payload::Bytes,
        3 => Payload::Stream,
        4 => Payload::Events,
        _ => return Err(Damaged),
    })
}
