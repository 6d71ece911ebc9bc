//! A service as it is about to be written: what `cairn_catalog` reads, with owned texts.

use cairn_catalog::{Location, Payload, Protocol, TimestampFormat};

pub(super) struct Service {
    pub(super) name: String,
    pub(super) event_source: String,
    pub(super) signing_name: String,
    /// Other names of credential scopes, separated by spaces.
    pub(super) also_signed: &'static str,
    pub(super) endpoint_prefix: String,
    pub(super) api_version: String,
    pub(super) target_prefix: Option<String>,
    pub(super) protocol: Protocol,
    pub(super) global: bool,
    /// The place among the services that sign with one name.
    pub(super) rank: u8,
    pub(super) shapes: Vec<Shape>,
    /// Sorted by name.
    pub(super) operations: Vec<Operation>,
}

#[derive(Default)]
pub(super) struct Operation {
    pub(super) name: String,
    pub(super) event_name: String,
    pub(super) method: String,
    pub(super) uri: String,
    pub(super) input: Option<usize>,
    pub(super) output: Option<usize>,
    pub(super) read_only: bool,
    pub(super) input_payload: Body,
    pub(super) output_payload: Body,
    pub(super) data: Option<&'static str>,
    pub(super) result_wrapper: Option<String>,
    pub(super) resources: Vec<(&'static str, &'static str)>,
    pub(super) conditions: Vec<Condition>,
}

/// What a body is; most are documents of members.
#[derive(Clone, Copy)]
pub(super) struct Body(pub(super) Payload);

impl Default for Body {
    fn default() -> Self {
        Self(Payload::Members)
    }
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Condition {
    Query(String),
    Header(String),
    Never,
}

#[derive(PartialEq)]
pub(super) enum Shape {
    Structure { members: Vec<Member>, payload: Option<usize>, events: bool },
    List(List),
    Map(Map),
    Text { sensitive: bool },
    Integer { sensitive: bool },
    Float { sensitive: bool },
    Boolean,
    Blob { sensitive: bool },
    Timestamp(Option<TimestampFormat>),
    Document { sensitive: bool },
}

#[derive(PartialEq)]
pub(super) struct List {
    pub(super) element: usize,
    pub(super) element_name: Option<String>,
    pub(super) flattened: bool,
    pub(super) sensitive: bool,
}

#[derive(PartialEq)]
pub(super) struct Map {
    pub(super) key: usize,
    pub(super) value: usize,
    pub(super) key_name: Option<String>,
    pub(super) value_name: Option<String>,
    pub(super) flattened: bool,
    pub(super) sensitive: bool,
}

#[derive(PartialEq)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) wire: Option<String>,
    pub(super) query: Option<String>,
    pub(super) location: Location,
    pub(super) shape: usize,
    pub(super) sensitive: bool,
    pub(super) attribute: bool,
    pub(super) flattened: bool,
    pub(super) json: bool,
    pub(super) timestamp: Option<TimestampFormat>,
}
