//! GetTrail: one trail that is visible in the Region, or any of the account's by its ARN.

use cairn_api::errors::GetTrailError as Error;
use cairn_api::operations;
use cairn_api::shapes::{GetTrailRequest, GetTrailResponse};
use cairn_gateway::Call;
use cairn_store::trail;

use super::find::{find, shadow};
use super::view::view;
use crate::Services;
use crate::refusal::{Refusal, Why};
use crate::table::Serve;

impl Serve for operations::GetTrail {
    async fn handle(
        services: &Services,
        call: &Call,
        input: GetTrailRequest,
    ) -> Result<GetTrailResponse, Error> {
        let trail = match find(&services.store, call, &input.name).await {
            Err(refusal) if refusal.why == Why::TrailNotFound => {
                let account = call.caller.account;
                let shown = trail::list(&services.store, account).await.map_err(Refusal::from)?;
                let unknown = || {
                    // Here the trail is called what the caller called it.
                    let text = format!("Unknown trail: {} for the user: {account}", input.name);
                    Refusal::new(Why::TrailNotFound, text)
                };
                shadow(&shown, call, &input.name).ok_or_else(unknown)?
            }
            found => found?,
        };
        Ok(GetTrailResponse { trail: Some(view(&trail)) })
    }
}
