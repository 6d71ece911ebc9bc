//! Where a request comes from, and what it turned out to be.

use std::net::IpAddr;

use cairn_gateway::recognise::Recognised;

/// Where a request comes from.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) ip: IpAddr,
    /// Protocol version and cipher suite.
    pub(crate) tls: Option<(&'static str, String)>,
}

/// What a request turned out to be, for logs and metrics.
pub(crate) struct Seen {
    pub(crate) request_id: String,
    pub(super) service: &'static str,
    pub(crate) operation: String,
}

impl Seen {
    /// Takes over the names that the catalog knows: those of strangers would be without bound.
    pub(crate) fn of(&mut self, found: &Recognised<'_>) {
        if let Some(service) = found.service {
            self.service = service.name;
        }
        if let Some(operation) = found.operation {
            operation.name.clone_into(&mut self.operation);
        }
    }
}
