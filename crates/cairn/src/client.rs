//! A signed HTTP/1.1 client for one Cairn server. It keeps one connection open, and asks again
//! where that cannot do the same thing twice.

mod connection;
mod endpoint;
mod error;
#[cfg(test)]
pub(crate) mod fake;
mod operation;
mod patience;
mod sign;
#[cfg(test)]
mod tests;
mod tls;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cairn_core::{Clock, Entropy, SystemEntropy};
use hyper::body::Bytes;
use hyper::{HeaderMap, Method};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_rustls::TlsConnector;

use connection::{Connection, Reply};
use endpoint::Endpoint;
pub(crate) use error::{ClientError, Refusal};
pub(crate) use operation::Operation;
pub(crate) use patience::{Patience, pause};

use crate::credentials::{Key, Target};

/// How long a reply may take, beyond the time that the call itself asks the server to wait.
const REPLY: Duration = Duration::from_mins(1);
/// What Cairn's own API is signed for.
const CAIRN: &str = "cairn";

/// Talks to one server with one key. Not shared: every lane of an ingest has its own.
pub(crate) struct Client {
    endpoint: Endpoint,
    region: String,
    key: Key,
    tls: Option<TlsConnector>,
    clock: Arc<dyn Clock>,
    patience: Patience,
    connection: Option<Connection>,
}

/// What the server did with one body of records.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Ingested {
    pub(crate) stored: u64,
    pub(crate) duplicates: u64,
    pub(crate) quarantined: u64,
    pub(crate) conflicts: Vec<Conflict>,
}

/// A record whose `eventID` is taken by other bytes.
#[derive(Debug, Clone, Deserialize, serde::Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Conflict {
    #[serde(default)]
    pub(crate) event_id: String,
    #[serde(default)]
    pub(crate) message: String,
}

/// One request before it is signed; signing is done anew for every attempt.
struct Call {
    method: Method,
    /// What it is signed for.
    service: &'static str,
    /// Percent-encoded.
    path: String,
    query: Option<String>,
    target: Option<String>,
    body: Bytes,
    /// Whether doing it twice is the same as doing it once.
    repeatable: bool,
    timeout: Duration,
}

impl Client {
    /// Does not connect yet. `ca` replaces the system's trusted certificates.
    pub(crate) fn new(
        target: Target,
        ca: Option<&Path>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, ClientError> {
        let endpoint = Endpoint::parse(&target.endpoint)?;
        let tls = if endpoint.tls { Some(tls::connector(ca)?) } else { None };
        Ok(Self {
            endpoint,
            region: target.region,
            key: target.key,
            tls,
            clock,
            patience: Patience::SHORT,
            connection: None,
        })
    }

    /// The same server and key on a connection of its own.
    pub(crate) fn lane(&self, patience: Patience) -> Self {
        Self {
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            key: self.key.clone(),
            tls: self.tls.clone(),
            clock: self.clock.clone(),
            patience,
            connection: None,
        }
    }

    /// The same key at another endpoint, if one is given.
    pub(crate) fn at(&self, url: Option<&str>, ca: Option<&Path>) -> Result<Self, ClientError> {
        let Some(url) = url else { return Ok(self.lane(self.patience)) };
        let (region, key) = (self.region.clone(), self.key.clone());
        Self::new(Target { endpoint: url.to_owned(), region, key }, ca, self.clock.clone())
    }

    /// The same server and key, for another Region.
    pub(crate) fn in_region(&self, region: &str) -> Self {
        Self { region: region.to_owned(), ..self.lane(self.patience) }
    }

    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint.url
    }

    /// Calls an operation of Cairn's own API.
    pub(crate) async fn call<T: DeserializeOwned>(
        &mut self,
        operation: Operation,
        input: &Value,
    ) -> Result<T, ClientError> {
        self.call_waiting(operation, input, Duration::ZERO).await
    }

    /// Calls an operation that the server answers after up to `wait`.
    pub(crate) async fn call_waiting<T: DeserializeOwned>(
        &mut self,
        operation: Operation,
        input: &Value,
        wait: Duration,
    ) -> Result<T, ClientError> {
        let call = Call {
            method: Method::POST,
            service: CAIRN,
            path: "/".to_owned(),
            query: None,
            target: Some(format!("Cairn_20261121.{}", operation.name())),
            body: Bytes::from(input.to_string()),
            repeatable: operation.repeatable(),
            timeout: REPLY + wait,
        };
        self.exchange(&call).await
    }

    /// Calls an operation of CloudTrail's API that reads.
    pub(crate) async fn read_trails<T: DeserializeOwned>(
        &mut self,
        operation: &str,
        input: &Value,
    ) -> Result<T, ClientError> {
        self.trails(operation, input, true).await
    }

    /// Calls an operation of CloudTrail's API that changes something.
    pub(crate) async fn change_trails<T: DeserializeOwned>(
        &mut self,
        operation: &str,
        input: &Value,
    ) -> Result<T, ClientError> {
        self.trails(operation, input, false).await
    }

    async fn trails<T: DeserializeOwned>(
        &mut self,
        operation: &str,
        input: &Value,
        repeatable: bool,
    ) -> Result<T, ClientError> {
        const API: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101";
        let call = Call {
            method: Method::POST,
            service: "cloudtrail",
            path: "/".to_owned(),
            query: None,
            target: Some(format!("{API}.{operation}")),
            body: Bytes::from(input.to_string()),
            repeatable,
            timeout: REPLY,
        };
        self.exchange(&call).await
    }

    /// Reads from S3. Path and query are percent-encoded; the path begins with the bucket.
    pub(crate) async fn get(
        &mut self,
        path: String,
        query: Option<String>,
    ) -> Result<(HeaderMap, Bytes), ClientError> {
        let call = Call {
            method: Method::GET,
            service: "s3",
            path,
            query,
            target: None,
            body: Bytes::new(),
            repeatable: true,
            timeout: REPLY,
        };
        let Reply { headers, body, .. } = self.ask(&call).await?;
        Ok((headers, body))
    }

    /// Sends records. `account_from_record` puts each into the account that it names itself.
    pub(crate) async fn ingest(
        &mut self,
        body: Bytes,
        account_from_record: bool,
    ) -> Result<Ingested, ClientError> {
        let call = Call {
            method: Method::POST,
            service: CAIRN,
            path: "/ingest".to_owned(),
            query: account_from_record.then(|| "account=record".to_owned()),
            target: None,
            body,
            repeatable: true,
            timeout: REPLY,
        };
        self.exchange(&call).await
    }

    async fn exchange<T: DeserializeOwned>(&mut self, call: &Call) -> Result<T, ClientError> {
        let body = self.ask(call).await?.body;
        serde_json::from_slice(&body)
            .map_err(|error| ClientError::NotCairn { url: self.url(), error })
    }

    async fn ask(&mut self, call: &Call) -> Result<Reply, ClientError> {
        let mut attempt = 0;
        loop {
            let error = match self.attempt(call).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            if !error.may_repeat(call.repeatable) || attempt >= self.patience.retries {
                return Err(error);
            }
            let mut dice = [0; 1];
            SystemEntropy.fill(&mut dice);
            tokio::time::sleep(pause(attempt, dice[0])).await;
            attempt += 1;
        }
    }

    /// One request, one reply, which is a success.
    async fn attempt(&mut self, call: &Call) -> Result<Reply, ClientError> {
        let mut connection = match self.connection.take().filter(Connection::is_open) {
            Some(connection) => connection,
            None => Connection::open(&self.endpoint, self.tls.as_ref()).await?,
        };
        let now = self.clock.now();
        let identity = sign::Identity { key: &self.key, region: &self.region, now };
        let request = sign::request(&identity, &self.endpoint, call)?;
        let answer = tokio::time::timeout(call.timeout, connection.send(request)).await;
        let Ok(answer) = answer else {
            return Err(ClientError::Timeout { url: self.url(), after: call.timeout });
        };
        let Reply { status, headers, body } =
            answer.map_err(|error| ClientError::Broken { url: self.url(), error })?;
        self.connection = Some(connection);
        if status.is_success() {
            return Ok(Reply { status, headers, body });
        }
        Err(ClientError::Refused(Refusal::read(status, &headers, &body)))
    }

    fn url(&self) -> String {
        self.endpoint.url.clone()
    }
}
