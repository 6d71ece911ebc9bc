//! From a REST request's line to an operation.

use crate::Operation;

/// What a route found.
#[derive(Debug)]
pub struct Matched<'s, 'a> {
    pub operation: &'s Operation,
    /// The values of the path's labels in their order, percent-encoded as they came.
    pub labels: Vec<Label<'a>>,
}

/// The value of one label of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label<'a> {
    /// The wire name of the member, for example `Bucket`.
    pub name: &'static str,
    /// Percent-encoded.
    pub value: &'a str,
}

/// The routes of one service.
#[derive(Debug, Default)]
pub(crate) struct Router {}

impl Router {
    pub(crate) fn find<'s, 'a>(
        &'s self,
        _operations: &'s [Operation],
        _method: &str,
        _path: &'a str,
        _query: &str,
    ) -> Option<Matched<'s, 'a>> {
        None
    }
}
