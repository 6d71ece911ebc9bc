//! One AWS service.

use crate::route::Line;
use crate::{Matched, Operation, Shape, ShapeId};

/// The protocol that a service's model names first. Clients may speak another one that the service
/// also takes; the request tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Protocol {
    Json,
    Query,
    Ec2,
    RestJson,
    RestXml,
    Cbor,
}

/// A service and all its operations.
#[derive(Debug)]
pub struct Service {
    /// The name of the model, for example `dynamodbstreams`: unique, and what metrics show.
    pub name: &'static str,
    /// What records name as `eventSource`.
    pub event_source: &'static str,
    /// The service of a credential scope; several services may share one.
    pub signing_name: &'static str,
    /// The first label of the public host name, for example `streams.dynamodb`.
    pub endpoint_prefix: &'static str,
    /// For example `2012-08-10`.
    pub api_version: &'static str,
    pub protocol: Protocol,
    /// What `X-Amz-Target` has before the operation, for example `DynamoDB_20120810`.
    pub target_prefix: Option<&'static str>,
    /// Whether its records carry the Region us-east-1 wherever they were called (contract A.6).
    pub global: bool,
    pub(crate) operations: Box<[Operation]>,
    pub(crate) shapes: Box<[Shape]>,
    pub(crate) router: crate::route::Router,
}

impl Service {
    /// The operation of this exact name.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        let at = self.operations.binary_search_by(|operation| operation.name.cmp(name)).ok()?;
        Some(&self.operations[at])
    }

    /// Every operation, sorted by name.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0 as usize]
    }

    /// The operation that a REST request asks for, by its line alone. `path` is percent-encoded
    /// and begins with a slash; `query` is percent-encoded, without the question mark.
    pub fn route<'a>(&self, method: &str, path: &'a str, query: &str) -> Option<Matched<'_, 'a>> {
        self.route_with(method, path, query, &|_| false)
    }

    /// The same, where `has_header` knows which headers the request has: S3 tells a copy from an
    /// upload by one. Names are lower case.
    pub fn route_with<'a>(
        &self,
        method: &str,
        path: &'a str,
        query: &str,
        has_header: &dyn Fn(&str) -> bool,
    ) -> Option<Matched<'_, 'a>> {
        let line = Line { method, query, has_header };
        self.router.find(&self.operations, &line, path)
    }
}
