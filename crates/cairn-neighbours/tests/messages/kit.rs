//! A store with two accounts, a clock to move, and calls in both protocols.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cairn_core::{AccountId, ManualClock, SeededEntropy, Timestamp};
use cairn_neighbours::sns::{self, Sns};
use cairn_neighbours::sqs::Sqs;
use cairn_ports::Actor;
use cairn_store::{Parts, Store, account};
use cairn_task::Stop;
use http::{Request, Response};
use serde_json::Value;

use crate::web::Web;

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
    pub(crate) sns: Sns,
    pub(crate) web: Arc<Web>,
    pub(crate) stop: Stop,
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
        Self::over(dir, store, clock, entropy, Arc::default()).await
    }

    /// The same directory again, after the store was closed.
    pub(crate) async fn reopen(self) -> Self {
        let parts = Parts { clock: self.clock.clone(), entropy: self.entropy.clone() };
        let store = Store::open_dir(self.dir.path(), parts).await.unwrap();
        Self::over(self.dir, store, self.clock, self.entropy, self.web).await
    }

    async fn over(
        dir: tempfile::TempDir,
        store: Store,
        clock: Arc<ManualClock>,
        entropy: Arc<SeededEntropy>,
        web: Arc<Web>,
    ) -> Self {
        let stop = Stop::new();
        let sqs = Sqs::new(store.clone(), clock.clone(), entropy.clone(), ENDPOINT, stop.clone());
        let parts = sns::Parts {
            store: store.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            transport: web.clone(),
            sqs: sqs.clone(),
        };
        let sns = Sns::open(parts, ENDPOINT).await.unwrap();
        Self { dir, store, clock, entropy, sqs, sns, web, stop }
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

    /// A call of SNS: status and document.
    pub(crate) async fn ask(&self, actor: &Actor, form: &str) -> (u16, String) {
        let request = Request::post("/")
            .header("host", "127.0.0.1:9")
            .body(Bytes::from(form.to_owned()))
            .unwrap();
        let response = self.sns.answer(actor, REGION, "request-1", &request).await;
        (response.status().as_u16(), text(&response))
    }

    /// As an admin of [`OWN`]; the call succeeds.
    pub(crate) async fn sns(&self, form: &str) -> String {
        let (status, document) = self.ask(&admin(OWN), form).await;
        assert_eq!(status, 200, "{form}: {document}");
        document
    }

    /// As an admin of [`OWN`]; the call fails with this code and message.
    pub(crate) async fn denied(&self, form: &str, status: u16, code: &str, message: &str) {
        let (found, document) = self.ask(&admin(OWN), form).await;
        assert_eq!(found, status, "{form}: {document}");
        let shown = element(&document, "Message").replace("&quot;", "\"");
        assert_eq!((element(&document, "Code"), &*shown), (code, message), "{form}");
    }

    /// Delivers everything that waits for a queue.
    pub(crate) async fn deliver(&self) {
        while self.sns.deliver_due(cairn_core::Clock::now(&*self.clock)).await.unwrap() {}
    }

    /// Posts what is due to web servers, once each.
    pub(crate) async fn post(&self) -> bool {
        self.sns.post_due(cairn_core::Clock::now(&*self.clock)).await.unwrap()
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

/// The text of the first element of this name.
pub(crate) fn element<'a>(document: &'a str, name: &str) -> &'a str {
    let (_, rest) = document.split_once(&format!("<{name}>")).unwrap_or(("", ""));
    rest.split_once(&format!("</{name}>")).map_or("", |(text, _)| text)
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
