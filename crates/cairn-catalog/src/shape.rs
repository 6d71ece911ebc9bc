//! How requests and answers are made up.

/// The place of a shape in its service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ShapeId(pub(crate) u32);

/// A shape of a request or an answer. What validates values (lengths, patterns, enums) is not kept.
#[derive(Debug)]
pub enum Shape {
    Structure {
        members: Box<[Member]>,
        /// The member that is the whole body.
        payload: Option<u16>,
        /// A stream of events: each member is one kind of event.
        events: bool,
    },
    List {
        element: ShapeId,
        /// The name of an element in XML and in queries; `member` where the model names none.
        element_name: Option<&'static str>,
        /// Elements stand directly in the parent.
        flattened: bool,
        /// The model marks the elements as secret.
        sensitive: bool,
    },
    Map {
        key: ShapeId,
        value: ShapeId,
        key_name: Option<&'static str>,
        value_name: Option<&'static str>,
        flattened: bool,
        sensitive: bool,
    },
    Text {
        sensitive: bool,
    },
    Integer {
        sensitive: bool,
    },
    Float {
        sensitive: bool,
    },
    Boolean,
    Blob {
        sensitive: bool,
    },
    Timestamp(Option<TimestampFormat>),
    /// Any JSON document.
    Document {
        sensitive: bool,
    },
}

/// A member of a structure.
#[derive(Debug)]
pub struct Member {
    /// The model's name, for example `InstanceIds`.
    pub name: &'static str,
    /// The name on the wire, for example `InstanceId`; the model's `locationName`.
    pub wire: Option<&'static str>,
    /// What it is called in queries, where that is not `wire_name`: in all queries of EC2, and in
    /// the old queries of SQS.
    pub query: Option<&'static str>,
    pub location: Location,
    pub shape: ShapeId,
    /// The model marks the member or its shape as secret.
    pub sensitive: bool,
    /// An attribute of its parent's XML element.
    pub attribute: bool,
    /// A list or map whose elements stand directly in the parent.
    pub flattened: bool,
    /// The text is a JSON document, in Base64 where it travels in a header.
    pub json: bool,
    /// Overrides the format of its shape.
    pub timestamp: Option<TimestampFormat>,
}

/// Where a member travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    Body,
    Path,
    Query,
    /// A map whose entries are parameters of the query.
    QueryMap,
    Header,
    /// A map whose entries are headers that begin with the wire name.
    Headers,
    /// The status of the answer.
    Status,
}

/// How an instant is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimestampFormat {
    /// Seconds since 1970.
    Unix,
    /// `2026-11-26T00:25:51Z`
    Iso8601,
    /// `Thu, 26 Nov 2026 00:25:51 GMT`
    Rfc822,
}

impl Member {
    /// The name in XML, JSON and headers.
    pub fn wire_name(&self) -> &'static str {
        self.wire.unwrap_or(self.name)
    }
}
