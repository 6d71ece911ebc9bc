//! One connection that takes parcels from the queue and posts them.

use tokio::sync::Mutex;
use tokio::sync::mpsc::Receiver;

use super::batch::Parcel;
use super::tally::Shared;
use super::{IngestError, Load};
use crate::client::{Client, ClientError};

pub(super) struct Lane<'a> {
    pub(super) client: Client,
    pub(super) queue: &'a Mutex<Receiver<Load>>,
    pub(super) tally: &'a Shared,
    pub(super) account_from_record: bool,
}

impl Lane<'_> {
    /// Works until the queue is empty and closed. A parcel that the server refuses is counted; a
    /// server that cannot be reached or does not let the caller in ends the run.
    pub(super) async fn run(mut self) -> Result<(), IngestError> {
        loop {
            let load = self.queue.lock().await.recv().await;
            match load {
                None => return Ok(()),
                Some(Load::Done) => self.tally.borrow_mut().files += 1,
                Some(Load::Unread(reason)) => self.tally.borrow_mut().unread(reason),
                Some(Load::Parcel(parcel)) => self.post(parcel).await?,
            }
        }
    }

    async fn post(&mut self, parcel: Parcel) -> Result<(), IngestError> {
        let records = parcel.records;
        match self.client.ingest(parcel.body, self.account_from_record).await {
            Ok(ingested) => self.tally.borrow_mut().add(ingested),
            Err(error) if !concerns_parcel(&error) => return Err(error.into()),
            Err(error) => self.tally.borrow_mut().refused(records, error.to_string()),
        }
        Ok(())
    }
}

/// Whether another parcel may fare better.
fn concerns_parcel(error: &ClientError) -> bool {
    matches!(error, ClientError::Refused(_)) && !error.is_authentication() && !error.is_passing()
}
