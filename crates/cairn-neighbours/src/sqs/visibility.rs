//! ChangeMessageVisibility and its batch.

use std::time::Duration;

use cairn_store::queue::Queue;
use cairn_store::{Txn, message};
use serde_json::Map;

use super::access::Access;
use super::fault::{Code, Refusal};
use super::input::Input;
use super::receipt::Receipt;
use super::{Call, Output, Sqs, batch};

/// How long a message can be hidden since it was first received.
const LONGEST: Duration = Duration::from_hours(12);

impl Sqs {
    pub(super) async fn change_visibility(&self, call: &Call<'_>) -> Output {
        let queue = self.queue(call, "ChangeMessageVisibility", Access::Write).await?;
        let mut txn = self.store.begin().await?;
        self.hide(&mut txn, &queue, &call.input).await?;
        txn.commit().await?;
        self.bells.ring(queue.id);
        Ok(Map::new())
    }

    pub(super) async fn change_visibility_batch(&self, call: &Call<'_>) -> Output {
        let queue = self.queue(call, "ChangeMessageVisibility", Access::Write).await?;
        let entries = batch::read(&call.input, "ChangeMessageVisibilityBatchRequestEntry")?;
        let mut outcome = batch::Outcome::default();
        let mut txn = self.store.begin().await?;
        for (id, entry) in entries {
            match self.hide(&mut txn, &queue, &entry).await {
                Ok(()) => outcome.succeeded(&id, Map::new()),
                Err(refusal) => outcome.failed(&id, &refusal),
            }
        }
        txn.commit().await?;
        self.bells.ring(queue.id);
        Ok(outcome.output())
    }

    async fn hide(&self, txn: &mut Txn, queue: &Queue, input: &Input) -> Result<(), Refusal> {
        let handle = input.required("ReceiptHandle")?;
        let reason = "Must be between 0 and 43200.";
        let seconds = input.bounded("VisibilityTimeout", 0..=43_200, reason)?;
        let seconds = seconds.ok_or_else(|| Refusal::missing("VisibilityTimeout"))?;
        let receipt = Receipt::read(handle, queue.id)?;
        let found = message::flight(txn, queue.id, receipt.message, receipt.proof).await?;
        let Some(flight) = found else {
            return Err(Refusal::value(format!(
                "Value {handle:.256} for parameter ReceiptHandle is invalid. Reason: Message does \
                 not exist or is not available for visibility timeout change."
            )));
        };
        let now = self.now();
        if flight.visible <= now {
            let message = "The specified message isn't in flight.";
            return Err(Refusal::new(Code::MessageNotInflight, message));
        }
        let until = now.saturating_add(Duration::from_secs(seconds.unsigned_abs()));
        if until.since(flight.received) > LONGEST {
            return Err(Refusal::value(format!(
                "Value {seconds} for parameter VisibilityTimeout is invalid. Reason: Total \
                 VisibilityTimeout for the message is beyond the limit [43200 seconds]."
            )));
        }
        message::hide(txn, receipt.message, until).await?;
        Ok(())
    }
}
