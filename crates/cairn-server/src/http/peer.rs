//! Where a request comes from, and what it turned out to be.

use std::net::IpAddr;

/// Where a request comes from.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) ip: IpAddr,
    /// Protocol version and cipher suite.
    pub(crate) tls: Option<(&'static str, String)>,
}

/// What a request turned out to be, for logs and metrics.
pub(crate) struct Seen {
    pub(super) request_id: String,
    pub(super) service: &'static str,
    pub(super) operation: String,
}
