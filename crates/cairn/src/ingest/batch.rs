//! Gathers records into request bodies.

use hyper::body::Bytes;

/// Records of one request.
const RECORDS: u64 = 1000;
/// Bytes of one request, unless a single record is larger.
const BYTES: usize = 4 * 1024 * 1024;

const OPEN: &[u8] = b"{\"Records\":[";
const CLOSE: &[u8] = b"]}";

/// One request body and how many records it holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parcel {
    pub(super) body: Bytes,
    pub(super) records: u64,
}

impl Parcel {
    /// What is no record goes alone and as it is, so that the server keeps exactly that.
    pub(super) fn alone(piece: Bytes) -> Self {
        Self { body: piece, records: 1 }
    }
}

/// The body that grows.
#[derive(Default)]
pub(super) struct Batch {
    body: Vec<u8>,
    records: u64,
}

impl Batch {
    /// Adds the exact bytes of a record. Returns what had to leave to make room for it.
    pub(super) fn add(&mut self, record: &[u8]) -> Option<Parcel> {
        let full = self.records >= RECORDS || self.body.len() + record.len() > BYTES;
        let parcel = if full { self.take() } else { None };
        if self.records == 0 {
            self.body.reserve(BYTES);
            self.body.extend_from_slice(OPEN);
        } else {
            self.body.push(b',');
        }
        self.body.extend_from_slice(record);
        self.records += 1;
        parcel
    }

    /// What has been gathered; `None` if nothing.
    pub(super) fn take(&mut self) -> Option<Parcel> {
        if self.records == 0 {
            return None;
        }
        self.body.extend_from_slice(CLOSE);
        let body = Bytes::from(std::mem::take(&mut self.body));
        Some(Parcel { body, records: std::mem::take(&mut self.records) })
    }
}
