//! GetImport: how far an import is.

use cairn_api::errors::GetImportError as Error;
use cairn_api::operations;
use cairn_api::shapes::{GetImportRequest, GetImportResponse};
use cairn_gateway::Call;
use cairn_store::import;

use super::find;
use super::view::view;
use crate::Services;
use crate::refusal::Refusal;
use crate::table::Serve;

impl Serve for operations::GetImport {
    async fn handle(
        services: &Services,
        call: &Call,
        input: GetImportRequest,
    ) -> Result<GetImportResponse, Error> {
        let import = find(&services.store, call, &input.import_id).await?;
        let statistics = import::statistics(&services.store, import.number).await;
        Ok(view(&import, &statistics.map_err(Refusal::from)?))
    }
}
