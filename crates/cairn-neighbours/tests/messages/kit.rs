//! A store with two accounts, a clock to move, and calls in both protocols.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_core::{AccountId, ManualClock, SeededEntropy, Timestamp};
use cairn_neighbours::sqs::Sqs;
use cairn_ports::Actor;
use cairn_store::{Parts, Store, account};
use http::{Request, Response};
use serde_json::Value;

/// 2023-11-14T22:13:20Z.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_700_000_000);
pub(crate) const OWN: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";
pub(crate) const REGION: &str = "eu-central-1";
pub(crate) const ENDPOINT: &str = "http://cairn.test:7750";

pub(crate) struct House {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) store: Store,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) entropy: Arc<SeededEntropy>,
    pub(crate) sqs: Sqs,
}

impl House {
    pub(crate) async fn open() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new(NOW));
        let entropy = Arc::new(SeededEntropy::new(7));
        let parts = Parts { clock: clock.clone(), entropy: entropy.clone() };
        let store = Store::open_dir(dir.path(), parts).await.unwrap();
        let mut txn = store.begin().await.unwrap();
        account::create(&mut txn, Some(id(OWN)), "own").await.unwrap();
        account::create(&mut txn, Some(id(OTHER)), "other").await.unwrap();
        txn.commit().await.unwrap();
        let sqs = Sqs::new(store.clone(), clock.clone(), entropy.clone(), ENDPOINT);
        Self { dir, store, clock, entropy, sqs }
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// A call of SQS in JSON: the answer's body, and its fault if it is one.
    pub(crate) async fn call(&self, actor: &Actor, operation: &str, body: Value) -> Answer {
        let request = Request::post("/")
            .header("host", "127.0.0.1:9")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", format!("AmazonSQS.{operation}"))
            .body(Bytes::from(body.to_string()))
            .unwrap();
        let response = self.sqs.answer(actor, REGION, "request-1", &request).await;
        Answer::of(&response)
    }

    /// As an admin of [`OWN`]; the call succeeds.
    pub(crate) async fn sqs(&self, operation: &str, body: Value) -> Value {
        let answer = self.call(&admin(OWN), operation, body).await;
        assert_eq!(answer.status, 200, "{operation}: {}", answer.body);
        answer.body
    }

    /// As an admin of [`OWN`]; the call fails with this name.
    pub(crate) async fn refused(&self, operation: &str, body: Value, name: &str) -> Answer {
        let answer = self.call(&admin(OWN), operation, body).await;
        assert_eq!(answer.fault(), name, "{operation}: {}", answer.body);
        answer
    }

    /// A call of SQS in the query protocol.
    pub(crate) async fn form(&self, path: &str, form: &str) -> (u16, String) {
        let request = Request::post(path)
            .header("host", "127.0.0.1:9")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form.to_owned()))
            .unwrap();
        let response = self.sqs.answer(&admin(OWN), REGION, "request-1", &request).await;
        (response.status().as_u16(), text(&response))
    }

    /// A queue's URL.
    pub(crate) async fn queue(&self, name: &str, attributes: Value) -> String {
        let body = serde_json::json!({"QueueName": name, "Attributes": attributes});
        let made = self.sqs("CreateQueue", body).await;
        made["QueueUrl"].as_str().unwrap().to_owned()
    }

    /// The messages of one receive, up to ten.
    pub(crate) async fn receive(&self, url: &str) -> Vec<Value> {
        let body = serde_json::json!({
            "QueueUrl": url,
            "MaxNumberOfMessages": 10,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let found = self.sqs("ReceiveMessage", body).await;
        found["Messages"].as_array().cloned().unwrap_or_default()
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    /// `x-amzn-query-error`.
    pub(crate) query_error: String,
}

impl Answer {
    fn of(response: &Response<Bytes>) -> Self {
        let header = response.headers().get("x-amzn-query-error");
        Self {
            status: response.status().as_u16(),
            body: serde_json::from_slice(response.body()).unwrap(),
            query_error: header.map_or(String::new(), |text| text.to_str().unwrap().to_owned()),
        }
    }

    /// The name of the fault without its namespace.
    pub(crate) fn fault(&self) -> &str {
        let kind = self.body["__type"].as_str().unwrap_or("none");
        kind.rsplit('#').next().unwrap()
    }

    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap()
    }
}

pub(crate) fn text(response: &Response<Bytes>) -> String {
    String::from_utf8(response.body().to_vec()).unwrap()
}

pub(crate) fn id(text: &str) -> AccountId {
    text.parse().unwrap()
}

pub(crate) fn admin(account: &str) -> Actor {
    principal(account, "admin", true)
}

pub(crate) fn reader(account: &str) -> Actor {
    principal(account, "reader", false)
}

fn principal(account: &str, name: &str, admin: bool) -> Actor {
    let arn = format!("arn:aws:iam::{account}:user/{name}");
    Actor::Principal { account: id(account), arn, admin }
}
