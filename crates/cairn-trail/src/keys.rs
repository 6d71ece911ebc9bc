//! The RSA keys of each Region that digests are signed with: a new one every day.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use cairn_core::{Region, Timestamp};
use cairn_proof::{DigestKeyPair, KeyWindow};
use cairn_store::{DigestKey, Store, digest_key};

use crate::TrailError;

/// How long one key signs.
const DAY: Duration = Duration::from_hours(24);
/// How long what it signed is acceptable after it was made: 30 days, as CloudTrail's keys are.
const VALID: Duration = Duration::from_hours(24 * 30);

/// A key that signs now.
pub(crate) struct Signing {
    pub(crate) pair: Arc<DigestKeyPair>,
    pub(crate) window: KeyWindow,
}

/// The keys that are in use.
#[derive(Default)]
pub(crate) struct Keys {
    open: HashMap<Region, Arc<Signing>>,
}

impl Keys {
    /// The Region's key for a digest whose period ends at `at`, where it is `now`.
    pub(crate) async fn signing(
        &mut self,
        store: &Store,
        region: &Region,
        at: Timestamp,
        now: Timestamp,
    ) -> Result<Arc<Signing>, TrailError> {
        let fits = |window: &KeyWindow| {
            // It began to sign when it was made, which may be long after the first period it signs.
            let made = window.not_after.saturating_sub(VALID);
            window.covers(at) && window.covers(now) && now < made.saturating_add(DAY)
        };
        if let Some(open) = self.open.get(region).filter(|open| fits(&open.window)) {
            return Ok(open.clone());
        }
        let newest = digest_key::newest(store, region).await?;
        let kept = newest.map(|kept| {
            let pair = DigestKeyPair::from_pkcs8(&kept.private)?;
            Ok::<_, TrailError>(Signing { pair: Arc::new(pair), window: window(&kept.key) })
        });
        let signing = match kept.transpose()?.filter(|kept| fits(&kept.window)) {
            Some(kept) => kept,
            None => make(store, region, (at.min(now), now)).await?,
        };
        let signing = Arc::new(signing);
        self.open.insert(region.clone(), signing.clone());
        Ok(signing)
    }
}

async fn make(
    store: &Store,
    region: &Region,
    (from, now): (Timestamp, Timestamp),
) -> Result<Signing, TrailError> {
    let pair = cairn_task::blocking("digest-key", DigestKeyPair::generate).await?;
    let not_before = Timestamp::from_seconds(from.seconds());
    let key = DigestKey {
        fingerprint: pair.fingerprint(),
        region: region.clone(),
        public: pair.public().to_vec(),
        not_before,
        not_after: Timestamp::from_seconds(now.seconds()).saturating_add(VALID),
    };
    let mut txn = store.begin().await?;
    digest_key::put(&mut txn, &key, &pair.to_pkcs8()?).await?;
    txn.commit().await?;
    tracing::info!(%region, fingerprint = key.fingerprint, "a new key signs digests");
    Ok(Signing { window: window(&key), pair: Arc::new(pair) })
}

fn window(key: &DigestKey) -> KeyWindow {
    KeyWindow {
        region: key.region.clone(),
        public: key.public.clone(),
        not_before: key.not_before,
        not_after: key.not_after,
    }
}
