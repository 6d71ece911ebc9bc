//! All services, and how one is found.

use crate::Service;

/// The place of a service in the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceId(pub(crate) u16);

/// The index of all services; each is unpacked at its first use and kept.
#[derive(Debug)]
pub struct Catalog {}

impl Catalog {
    /// The catalog that is part of the program.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: Catalog = Catalog {};
        &EMBEDDED
    }

    /// The version of the models it was made from.
    pub fn version(&self) -> &'static str {
        ""
    }

    /// Every service, sorted by name.
    pub fn services(&self) -> impl Iterator<Item = ServiceId> {
        [].into_iter()
    }

    pub fn service(&self, _id: ServiceId) -> &'static Service {
        unreachable!("there is no id without a service")
    }

    /// The services that sign with this name, the one that is meant most often first.
    pub fn signed_as(&self, _signing_name: &str) -> &[ServiceId] {
        &[]
    }

    /// The service whose JSON target has this prefix (what stands before the last dot; the long
    /// form with a package before it is known too).
    pub fn targeted(&self, _prefix: &str) -> Option<ServiceId> {
        None
    }

    /// The service of this endpoint prefix: the first labels of a public host name.
    pub fn hosted(&self, _endpoint_prefix: &str) -> Option<ServiceId> {
        None
    }

    /// The service whose model has this name.
    pub fn named(&self, _name: &str) -> Option<ServiceId> {
        None
    }
}
