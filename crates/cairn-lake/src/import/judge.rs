//! Digests as the list of what has to be there: reading them, and following their chains.

use std::collections::BTreeSet;

use cairn_core::{Region, Timestamp};
use cairn_ports::{PortError, PortErrorKind};
use cairn_proof::{Key, KeyWindow};
use cairn_store::import::{self, Fault, ImportDigest, Page, Stage};
use cairn_store::{Store, StoreError, digest_key};
use futures_util::StreamExt;
use futures_util::stream;

use super::chain::{self, Break};
use super::digest::{self, Named, STORED_BYTES, Stored};
use super::fault::{
    ImportError, MISSING_DIGEST, TAMPERED_DIGEST, UNPROVEN, fault, may_pass, refused, remark,
};
use super::worker::{Step, Work};

/// Digests of one step, and how many are asked for at once.
const DIGESTS: usize = 32;
const AT_ONCE: usize = 8;

/// What became of one digest.
enum Outcome {
    Read(Box<ImportDigest>, Named),
    Refused(Fault),
    Later(PortError),
}

/// Reads some of the digests that were listed.
pub(super) async fn read(work: &Work<'_>) -> Result<Step, ImportError> {
    let (store, import) = (&work.parts.store, work.import);
    let names = import::unread(store, import.number, DIGESTS).await?;
    if names.is_empty() {
        return advance(work, Stage::Judging).await;
    }
    let keys = known_keys(store, &names).await?;
    let read = stream::iter(names).map(|name| {
        let keys = &keys;
        async move { (one(work, &name, keys).await, name) }
    });
    let outcomes: Vec<(Outcome, String)> = read.buffered(AT_ONCE).collect().await;
    let mut txn = store.begin().await?;
    let mut later = None;
    for (outcome, name) in outcomes {
        let goes_on = match outcome {
            Outcome::Read(digest, named) => {
                import::put_digest(&mut txn, import, &digest, &named).await?
            }
            Outcome::Refused(fault) => {
                import::disbelieve(&mut txn, import, &name).await?
                    && import::settle(&mut txn, import, &[fault]).await?
            }
            Outcome::Later(error) => {
                later = Some(Step::Later { location: work.location(&name), error });
                true
            }
        };
        if !goes_on {
            return Ok(Step::Over);
        }
    }
    txn.commit().await?;
    Ok(later.unwrap_or(Step::Went))
}

async fn advance(work: &Work<'_>, stage: Stage) -> Result<Step, ImportError> {
    let mut txn = work.parts.store.begin().await?;
    if !import::advance(&mut txn, work.import, stage).await? {
        return Ok(Step::Over);
    }
    txn.commit().await?;
    Ok(Step::Went)
}

/// The keys of this server that were ever good in the Regions of some digests.
async fn known_keys(store: &Store, names: &[String]) -> Result<Vec<KeyWindow>, StoreError> {
    let mut regions: BTreeSet<Region> = BTreeSet::new();
    for name in names {
        if let Key::Digest(key) = Key::parse(name) {
            regions.insert(key.place.region);
        }
    }
    let mut keys = Vec::new();
    for region in regions {
        let known =
            digest_key::overlapping(store, &region, Timestamp::EPOCH, Timestamp::MAX).await?;
        keys.extend(known.into_iter().map(|key| KeyWindow {
            region: key.region,
            public: key.public,
            not_before: key.not_before,
            not_after: key.not_after,
        }));
    }
    Ok(keys)
}

async fn one(work: &Work<'_>, name: &str, keys: &[KeyWindow]) -> Outcome {
    let location = work.location(name);
    let Key::Digest(key) = Key::parse(name) else {
        return Outcome::Refused(fault(location, TAMPERED_DIGEST, "its name is not a digest's"));
    };
    let (buckets, bucket) = (&work.parts.buckets, &work.import.source.bucket);
    let object = match buckets.get(&work.actor, bucket, name, None).await {
        Ok(object) => object,
        Err(error) if may_pass(&error) => return Outcome::Later(error),
        Err(error) if error.kind == PortErrorKind::Missing => {
            return Outcome::Refused(fault(location, MISSING_DIGEST, "it went away meanwhile"));
        }
        Err(error) => return Outcome::Refused(refused(location, &error)),
    };
    if object.bytes.len() as u64 > STORED_BYTES {
        let text = format!("it is longer than {STORED_BYTES} bytes");
        return Outcome::Refused(fault(location, TAMPERED_DIGEST, text));
    }
    let (bytes, metadata) = (&object.bytes, &object.meta.metadata);
    let stored = Stored { location, name, key: &key, bytes, metadata };
    match digest::read(&stored, keys, &work.scope) {
        Ok((digest, named)) => Outcome::Read(Box::new(digest), named),
        Err(fault) => Outcome::Refused(fault),
    }
}

/// Judges the chains of the next account and Region.
pub(super) async fn follow(work: &Work<'_>) -> Result<Step, ImportError> {
    let (store, import) = (&work.parts.store, work.import);
    let folders = import::folders_of_digests(store, import.number).await?;
    let after = import.after.as_deref().unwrap_or_default();
    let Some(folder) = folders.into_iter().find(|folder| folder.as_str() > after) else {
        return advance(work, Stage::Bringing).await;
    };
    let digests = import::digests(store, import.number, &folder).await?;
    let mut txn = store.begin().await?;
    for found in chain::judge(&digests).breaks {
        if let Break::Altered { key, .. } | Break::Forged { key, .. } = &found {
            import::disbelieve(&mut txn, import, key).await?;
        }
        if let Some(fault) = told(work, &found) {
            import::settle(&mut txn, import, &[fault]).await?;
        }
    }
    let cursor = Page { after: Some(folder), ..Page::default() };
    if !import::page(&mut txn, import, &cursor).await? {
        return Ok(Step::Over);
    }
    txn.commit().await?;
    Ok(Step::Went)
}

/// The entry for a break, where the range that is imported is about it.
fn told(work: &Work<'_>, found: &Break) -> Option<Fault> {
    let location = |key: &str| work.location(key);
    let (concerned, fault) = match found {
        Break::Missing { key, start: Some(start), end } => {
            let text = format!(
                "the digest of {start} to {end} is not there: whether log files of that time are \
                 gone or were changed cannot be said"
            );
            ((*start, *end), fault(location(key), MISSING_DIGEST, text))
        }
        Break::Missing { key, start: None, end } => {
            let text = format!(
                "the digest that ends at {end} is not there, and nothing before it is: the chain \
                 has lost its beginning"
            );
            let before = Timestamp::from_millis(end.millis() - 1);
            ((before, *end), fault(location(key), MISSING_DIGEST, text))
        }
        Break::Altered { key, period, by } => {
            let text = format!("it is not what the digest after it says, {}", location(by));
            (*period, fault(location(key), TAMPERED_DIGEST, text))
        }
        Break::Forged { key, period, of } => {
            let text = format!("what it says of the digest before it is not so, {}", location(of));
            (*period, fault(location(key), TAMPERED_DIGEST, text))
        }
        Break::Restart { key, before, start } => {
            let text = format!(
                "a chain of digests ends at {before} and another starts at {start}: digests \
                 cannot say whether there was anything between them"
            );
            ((*before, *start.max(before)), remark(location(key), UNPROVEN, text))
        }
    };
    work.scope.concerns(concerned.0, concerned.1).then_some(fault)
}
