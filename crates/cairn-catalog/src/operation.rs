//! One operation of a service.

use crate::{Resource, ShapeId};

/// What an operation is.
#[derive(Debug)]
pub struct Operation {
    /// The API's name, for example `ListObjectsV2`.
    pub name: &'static str,
    /// What records name as `eventName`, for example `ListObjects`.
    pub event_name: &'static str,
    /// The HTTP method of its REST route; `POST` for the other protocols.
    pub method: &'static str,
    /// The REST route as the model has it, for example `/{Bucket}/{Key+}?uploads`.
    pub uri: &'static str,
    /// The shape of its request; `None` for an operation without input.
    pub input: Option<ShapeId>,
    /// The shape of its answer, kept only where records show answers: operations that write, and
    /// those of STS.
    pub output: Option<ShapeId>,
    /// `readOnly` of its records (contract A.4).
    pub read_only: bool,
    /// `resources.type` of its data events; `None` for management events (contract A.7).
    pub data: Option<&'static str>,
    /// What the body of its request is.
    pub input_payload: Payload,
    /// What the body of its answer is.
    pub output_payload: Payload,
    /// In the query protocols, the element around the members of the answer.
    pub result_wrapper: Option<&'static str>,
    /// The resources that its records name.
    pub resources: Box<[Resource]>,
    /// What a request has beside the route, where another operation has the same route.
    pub conditions: Box<[Condition]>,
}

/// What tells two operations of one route apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The query has a parameter of this name.
    Query(&'static str),
    /// The request has a header of this name, which is lower case.
    Header(&'static str),
    /// No route leads here: the operation is an old name of another, or of a special endpoint.
    Never,
}

/// What a body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// A document of all members that are bound to the body.
    Members,
    /// A document of the one member that is the payload.
    Document,
    /// Bytes or text as they are: the one member that is the payload.
    Bytes,
    /// Bytes of any length, meant to be read while they come.
    Stream,
    /// A stream of framed events.
    Events,
}
