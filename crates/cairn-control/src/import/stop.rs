//! StopImport: what was brought stays, and a retry goes on from there.

use cairn_api::errors::StopImportError as Error;
use cairn_api::operations;
use cairn_api::shapes::{StopImportRequest, StopImportResponse};
use cairn_gateway::Call;
use cairn_store::import;

use super::find::find_for_change;
use super::view::{elements, stopped};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::Refusal;

impl Change for operations::StopImport {
    async fn change(
        services: &Services,
        call: &Call,
        input: StopImportRequest,
    ) -> Result<Changed<StopImportResponse>, Error> {
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let mut import = find_for_change(&mut txn, call, &input.import_id).await?;
        import::stop(&mut txn, &mut import).await.map_err(Refusal::from)?;
        // Nothing is brought while the turn to write is here.
        let statistics = import::statistics(&services.store, import.number).await;
        let statistics = statistics.map_err(Refusal::from)?;
        let output = stopped(&import, &statistics);
        Ok(Changed { txn, output, shown: Some(elements(&import)), plan: None })
    }
}
