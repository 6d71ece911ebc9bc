use super::keys::{content_key, event_key};
use super::{Ids, Key, KeyMap, Keys, Layer};
use crate::archive::Archive;
use crate::segment::Sealed;
use crate::{Kind, ReadError, Record, write_lock};

/// Records that are read in one go.
const BATCH: usize = 4096;

/// The key a stored record is known by; `None` for notices, which nobody submits.
fn key_of(seed: u64, record: &Record) -> Option<Key> {
    let account = record.account.as_u64();
    match record.kind {
        Kind::Event => record.event().map(|event| event_key(seed, account, &event.id())),
        Kind::Quarantine | Kind::Intent => Some(content_key(seed, account, &record.raw)),
        Kind::Notice => None,
    }
}

/// The keys of a sealed segment, from its records.
pub(super) fn collect(archive: &Archive, seed: u64, sealed: &Sealed) -> Result<KeyMap, ReadError> {
    let mut map = KeyMap::default();
    let mut seq = sealed.head.first_seq;
    while seq <= sealed.head.last_seq {
        let records = archive.run(seq, sealed.head.last_seq, BATCH)?;
        for record in &records {
            if let Some(key) = key_of(seed, record) {
                map.insert(key, record.seq.0);
            }
        }
        seq += (records.len() as u64).max(1);
    }
    Ok(map)
}

impl Ids {
    /// Replaces a layer whose file cannot be read by what its segments hold.
    pub(super) fn heal(&self, archive: &Archive, broken: &Layer) -> Result<(), ReadError> {
        let mut map = KeyMap::default();
        for sealed in archive.sealed() {
            if (broken.first..=broken.last).contains(&sealed.head.segment) {
                map.absorb(&mut collect(archive, self.seed, &sealed)?);
            }
        }
        let mut layers = write_lock(&self.layers);
        let mut next = layers.to_vec();
        if let Some(layer) = next.iter_mut().find(|layer| layer.is(broken)) {
            layer.keys = Keys::Map(map.into());
        }
        *layers = next.into();
        Ok(())
    }
}
