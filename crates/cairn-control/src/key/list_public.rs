//! ListPublicKeys: the keys that digests of a time range may be signed with, in one page.

use cairn_api::errors::ListPublicKeysError as Error;
use cairn_api::shapes::{ListPublicKeysRequest, ListPublicKeysResponse, PublicKey};
use cairn_api::{Blob, operations};
use cairn_core::ErrorKind;
use cairn_gateway::Call;
use cairn_store::{DigestKey, StoreError, digest_key};

use crate::Services;
use crate::table::Serve;

impl Serve for operations::ListPublicKeys {
    const INSTANTS: &'static [&'static str] = &["StartTime", "EndTime"];

    async fn handle(
        services: &Services,
        call: &Call,
        input: ListPublicKeysRequest,
    ) -> Result<ListPublicKeysResponse, Error> {
        if input.next_token.is_some() {
            let text = "The token is not valid: the first page is the last. Repeat the request \
                        without it.";
            return Err(Error::InvalidToken(text.into()));
        }
        let now = services.clock.now();
        let start = input.start_time.map_or(now, |at| at.timestamp());
        let end = input.end_time.map_or(now, |at| at.timestamp());
        if start > end {
            let text = "The start time is after the end time. Use a start time that is not later.";
            return Err(Error::InvalidTimeRange(text.into()));
        }
        let keys = digest_key::overlapping(&services.store, &call.region, start, end).await;
        let keys = keys.map_err(refused)?.into_iter().map(view).collect();
        Ok(ListPublicKeysResponse { next_token: None, public_key_list: Some(keys) })
    }
}

fn view(key: DigestKey) -> PublicKey {
    PublicKey {
        fingerprint: Some(key.fingerprint),
        validity_end_time: Some(key.not_after.into()),
        validity_start_time: Some(key.not_before.into()),
        value: Some(Blob(key.public)),
    }
}

fn refused(error: StoreError) -> Error {
    let text = error.to_string().into();
    match error.kind() {
        ErrorKind::Unavailable | ErrorKind::Throttled => Error::Unavailable(text),
        _ => Error::Internal(text),
    }
}
