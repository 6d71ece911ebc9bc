//! DeleteMessage and DeleteMessageBatch.

use cairn_store::message;
use serde_json::Map;

use super::access::Access;
use super::receipt::Receipt;
use super::{Call, Output, Sqs, batch};

impl Sqs {
    pub(super) async fn delete_message(&self, call: &Call<'_>) -> Output {
        let queue = self.queue(call, "DeleteMessage", Access::Write).await?;
        let receipt = Receipt::read(call.input.required("ReceiptHandle")?, queue.id)?;
        let mut txn = self.store.begin().await?;
        message::delete(&mut txn, queue.id, receipt.message, receipt.proof).await?;
        txn.commit().await?;
        Ok(Map::new())
    }

    pub(super) async fn delete_message_batch(&self, call: &Call<'_>) -> Output {
        let queue = self.queue(call, "DeleteMessage", Access::Write).await?;
        let entries = batch::read(&call.input, "DeleteMessageBatchRequestEntry")?;
        let mut outcome = batch::Outcome::default();
        let mut txn = self.store.begin().await?;
        for (id, entry) in entries {
            let handle = entry.required("ReceiptHandle");
            match handle.and_then(|handle| Receipt::read(handle, queue.id)) {
                Ok(receipt) => {
                    message::delete(&mut txn, queue.id, receipt.message, receipt.proof).await?;
                    outcome.succeeded(&id, Map::new());
                }
                Err(refusal) => outcome.failed(&id, &refusal),
            }
        }
        txn.commit().await?;
        Ok(outcome.output())
    }
}
