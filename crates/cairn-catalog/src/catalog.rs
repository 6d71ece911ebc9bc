//! All services, and how one is found.

use std::sync::OnceLock;

use crate::cursor::{Cursor, Damaged};
use crate::{Protocol, Service, decode};

/// What the file begins with; the last byte is the version of its format.
pub const MAGIC: &[u8; 8] = b"cairnop\x01";

/// The most bytes that one service takes unpacked; EC2, the largest, takes a tenth of that.
const SERVICE_BYTES: usize = 16 << 20;

/// The file that `cargo xtask catalog` writes.
static FILE: &[u8] = include_bytes!("../catalog.bin");

/// The place of a service in the catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceId(pub(crate) u16);

/// The index of all services; each is unpacked at its first use and kept.
#[derive(Debug)]
pub struct Catalog {
    version: &'static str,
    entries: Box<[Entry]>,
    /// Sorted by name; services of one name by whether it is their own, then by how often they are
    /// meant.
    signed: Index,
    targeted: Index,
    hosted: Index,
    /// Every id in its place, so that a part of `signed` can be lent.
    signed_ids: Box<[ServiceId]>,
}

/// What is known of a service before it is unpacked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About {
    pub(crate) name: &'static str,
    pub(crate) event_source: &'static str,
    pub(crate) signing_name: &'static str,
    pub(crate) endpoint_prefix: &'static str,
    pub(crate) api_version: &'static str,
    pub(crate) protocol: Protocol,
    pub(crate) target_prefix: Option<&'static str>,
    pub(crate) global: bool,
}

#[derive(Debug)]
struct Entry {
    about: About,
    /// Names of credential scopes beside the signing name, separated by spaces.
    also_signed: &'static str,
    /// The place among the services of one name; the lowest is meant most often.
    rank: u8,
    packed: &'static [u8],
    unpacked_bytes: usize,
    service: OnceLock<&'static Service>,
}

/// Names and whom they mean.
type Index = Box<[(&'static str, ServiceId)]>;

impl Catalog {
    /// The catalog that is part of the program.
    pub fn embedded() -> &'static Self {
        static EMBEDDED: OnceLock<Catalog> = OnceLock::new();
        EMBEDDED.get_or_init(|| {
            Self::open(FILE)
                .expect("the committed file was written by the generator; tests read it")
        })
    }

    /// Reads the index of a file.
    ///
    /// # Errors
    /// The file was not written by this version of the generator.
    pub fn open(file: &'static [u8]) -> Result<Self, Damaged> {
        let mut cursor = Cursor::new(file);
        if cursor.take(MAGIC.len())? != MAGIC {
            return Err(Damaged);
        }
        let version = cursor.text()?;
        let count = usize::from(u16::try_from(cursor.count()?).map_err(|_| Damaged)?);
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            entries.push(Entry::read(&mut cursor)?);
        }
        for entry in &mut entries {
            entry.packed = cursor.take(entry.packed.len())?;
        }
        if !cursor.rest().is_empty() || !entries.is_sorted_by_key(|entry| entry.about.name) {
            return Err(Damaged);
        }
        let signed = index(&entries, |entry| {
            let also = entry.also_signed.split_ascii_whitespace();
            also.chain([entry.about.signing_name]).collect()
        });
        let signed_ids = signed.iter().map(|(_, id)| *id).collect();
        let targeted = index(&entries, |entry| match entry.about.target_prefix {
            None => Vec::new(),
            Some(long) => match long.rsplit_once('.') {
                None => vec![long],
                Some((_, short)) => vec![long, short],
            },
        });
        let hosted = index(&entries, |entry| vec![entry.about.endpoint_prefix]);
        Ok(Self { version, entries: entries.into(), signed, targeted, hosted, signed_ids })
    }

    /// The version of the models it was made from.
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// Every service, sorted by name.
    pub fn services(&self) -> impl Iterator<Item = ServiceId> {
        (0..self.entries.len()).map(|at| ServiceId(at as u16))
    }

    /// The service's name; unpacks nothing.
    pub fn name(&self, id: ServiceId) -> &'static str {
        self.about(id).name
    }

    /// What records name as `eventSource`; unpacks nothing.
    pub fn event_source(&self, id: ServiceId) -> &'static str {
        self.about(id).event_source
    }

    /// The date of the service's API, for example `2012-08-10`; unpacks nothing.
    pub fn api_version(&self, id: ServiceId) -> &'static str {
        self.about(id).api_version
    }

    /// The service of a credential scope; unpacks nothing.
    pub fn signing_name(&self, id: ServiceId) -> &'static str {
        self.about(id).signing_name
    }

    pub fn service(&self, id: ServiceId) -> &'static Service {
        let entry = &self.entries[usize::from(id.0)];
        entry.service.get_or_init(|| {
            entry.unpack().expect("the file was written by the generator, a test unpacks all of it")
        })
    }

    /// The services that sign with this name, the one that is meant most often first.
    pub fn signed_as(&self, signing_name: &str) -> &[ServiceId] {
        let from = self.signed.partition_point(|(name, _)| *name < signing_name);
        let to = self.signed.partition_point(|(name, _)| *name <= signing_name);
        &self.signed_ids[from..to]
    }

    /// The service whose JSON target has this prefix (what stands before the last dot; the long
    /// form with a package before it is known too). The same names stand in paths of RPC v2 CBOR.
    pub fn targeted(&self, prefix: &str) -> Option<ServiceId> {
        first(&self.targeted, prefix)
    }

    /// The service of this endpoint prefix: the first labels of a public host name.
    pub fn hosted(&self, endpoint_prefix: &str) -> Option<ServiceId> {
        first(&self.hosted, endpoint_prefix)
    }

    /// The service whose model has this name.
    pub fn named(&self, name: &str) -> Option<ServiceId> {
        let at = self.entries.binary_search_by(|entry| entry.about.name.cmp(name)).ok()?;
        Some(ServiceId(at as u16))
    }

    fn about(&self, id: ServiceId) -> &About {
        &self.entries[usize::from(id.0)].about
    }
}

impl Entry {
    /// The packed bytes follow the index, so only their length is known yet.
    fn read(cursor: &mut Cursor) -> Result<Self, Damaged> {
        let about = About {
            name: cursor.text()?,
            event_source: cursor.text()?,
            signing_name: cursor.text()?,
            endpoint_prefix: cursor.text()?,
            api_version: cursor.text()?,
            target_prefix: Some(cursor.text()?).filter(|prefix| !prefix.is_empty()),
            protocol: decode::protocol(cursor.byte()?)?,
            global: cursor.byte()? != 0,
        };
        let also_signed = cursor.text()?;
        let rank = cursor.byte()?;
        let packed_bytes = cursor.number()? as usize;
        let unpacked_bytes = cursor.number()? as usize;
        let packed = cursor.rest().get(..packed_bytes).ok_or(Damaged)?;
        if unpacked_bytes > SERVICE_BYTES {
            return Err(Damaged);
        }
        let service = OnceLock::new();
        Ok(Self { about, also_signed, rank, packed, unpacked_bytes, service })
    }

    /// The service lives as long as the program, as the file does.
    fn unpack(&self) -> Result<&'static Service, Damaged> {
        let bytes =
            zstd::bulk::decompress(self.packed, self.unpacked_bytes).map_err(|_| Damaged)?;
        let service = decode::service(self.about, Vec::leak(bytes))?;
        Ok(Box::leak(Box::new(service)))
    }
}

fn index(entries: &[Entry], names: impl Fn(&Entry) -> Vec<&'static str>) -> Index {
    let mut found = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        found.extend(names(entry).into_iter().map(|name| (name, ServiceId(at as u16))));
    }
    found.sort_by_key(|(name, id)| {
        let entry = &entries[usize::from(id.0)];
        let own = !entry.also_signed.split_ascii_whitespace().any(|also| also == *name);
        (*name, !own, entry.rank, *id)
    });
    found.into()
}

fn first(index: &[(&'static str, ServiceId)], name: &str) -> Option<ServiceId> {
    let at = index.partition_point(|(found, _)| *found < name);
    index.get(at).filter(|(found, _)| *found == name).map(|(_, id)| *id)
}
