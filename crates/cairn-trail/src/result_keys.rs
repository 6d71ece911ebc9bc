//! Results of queries are signed with the keys of digests.

use std::sync::Arc;

use cairn_core::{Clock, Region, Timestamp};
use cairn_ports::lake::{LakeAnswer, LakeError, ResultKeys};
use cairn_proof::DigestKeyPair;
use cairn_store::Store;
use tokio::sync::Mutex;

use crate::keys::Keys;

/// The keys of all Regions, made when they are first needed.
pub struct RegionKeys {
    store: Store,
    clock: Arc<dyn Clock>,
    keys: Mutex<Keys>,
}

impl RegionKeys {
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock, keys: Mutex::default() }
    }
}

impl ResultKeys for RegionKeys {
    fn key<'a>(
        &'a self,
        region: &'a Region,
        at: Timestamp,
    ) -> LakeAnswer<'a, Result<Arc<DigestKeyPair>, LakeError>> {
        Box::pin(async move {
            let mut keys = self.keys.lock().await;
            let signing = keys.signing(&self.store, region, at, self.clock.now()).await;
            let signing = signing.map_err(|error| LakeError::Failed(error.to_string()))?;
            Ok(signing.pair.clone())
        })
    }
}
