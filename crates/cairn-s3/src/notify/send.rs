use cairn_core::AccountId;
use cairn_ports::{Actor, PortError, PortErrorKind, S3 as SERVICE};

use crate::fault::Fault;
use crate::s3::S3;

/// Events that are read at once.
const BATCH: u32 = 100;

const SUBJECT: &str = "Amazon S3 Notification";

/// Sends what waits. What cannot be reached stays for the next time; what is refused is dropped,
/// as S3 does.
pub(crate) async fn send(s3: &S3) {
    if let Err(fault) = send_all(s3).await {
        tracing::warn!(code = %fault.code, "notifications could not be sent");
    }
}

async fn send_all(s3: &S3) -> Result<(), Fault> {
    let _turn = s3.sending().lock().await;
    loop {
        let events = s3.index().events(BATCH).await?;
        let full = events.len() == BATCH as usize;
        let mut done = Vec::new();
        for event in &events {
            match publish(s3, &event.target, &event.bucket, event.owner, &event.body).await {
                Ok(()) => done.push(event.id),
                Err(error) if is_passing(&error) => {
                    tracing::warn!(target = event.target, %error, "a notification has to wait");
                }
                Err(error) => {
                    tracing::warn!(target = event.target, %error, "a notification was refused");
                    done.push(event.id);
                }
            }
        }
        if done.is_empty() {
            return Ok(());
        }
        let mut change = s3.index().begin().await?;
        for id in done {
            change.drop_event(id).await?;
        }
        change.commit().await?;
        if !full {
            return Ok(());
        }
    }
}

fn is_passing(error: &PortError) -> bool {
    matches!(error.kind, PortErrorKind::Unavailable | PortErrorKind::Conflict)
}

pub(super) async fn publish(
    s3: &S3,
    target: &str,
    bucket: &str,
    owner: AccountId,
    body: &str,
) -> Result<(), PortError> {
    let actor = Actor::Service {
        principal: SERVICE,
        source_arn: format!("arn:aws:s3:::{bucket}"),
        source_account: owner,
    };
    match target.split(':').nth(2) {
        Some("sns") => {
            s3.parts().topics.publish(&actor, target, Some(SUBJECT), body).await.map(drop)
        }
        Some("sqs") => s3.parts().queues.send(&actor, target, body, &Vec::new()).await.map(drop),
        _ => Err(PortError::missing("InvalidArgument", "The ARN is not well formed")),
    }
}

impl S3 {
    /// Sends the notifications that still wait: one unit of a worker's work.
    pub async fn notify(&self) {
        send(self).await;
    }
}
