//! DeleteTrail: the trail ends with the record of this call; what it delivered stays.

use cairn_api::errors::DeleteTrailError as Error;
use cairn_api::shapes::{DeleteTrailRequest, DeleteTrailResponse};
use cairn_api::{Operation, operations};
use cairn_gateway::Call;
use cairn_store::{tag, trail};

use super::abilities::plan;
use super::find::find_for_change;
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::Refusal;

impl Change for operations::DeleteTrail {
    async fn change(
        services: &Services,
        call: &Call,
        input: DeleteTrailRequest,
    ) -> Result<Changed<DeleteTrailResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let trail = find_for_change(&mut txn, call, &input.name).await?;
        let gone = trail::mark_deleted(&mut txn, &trail).await.map_err(Refusal::from)?;
        tag::clear(&mut txn, &gone.arn()).await.map_err(Refusal::from)?;
        let plan = Some(plan(&gone, Self::NAME));
        Ok(Changed { txn, output: DeleteTrailResponse {}, shown: None, plan })
    }
}
