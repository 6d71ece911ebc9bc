//! Web servers that subscribe.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Mutex;
use std::time::Duration;

use bytes::Bytes;
use cairn_ports::{Transport, TransportError};
use http::{Request, Response};
use serde_json::Value;

type Sent<'a> = Pin<Box<dyn Future<Output = Result<Response<Bytes>, TransportError>> + Send + 'a>>;

/// The status by address.
type Rule = fn(&str) -> u16;

/// Notes what it is sent, and answers what it was told to; 200 when told nothing.
#[derive(Default)]
pub(crate) struct Web {
    requests: Mutex<Vec<Request<Bytes>>>,
    /// Statuses; 0 for no answer at all.
    answers: Mutex<VecDeque<u16>>,
    /// What is answered by address, where nothing else was said.
    rule: Mutex<Option<Rule>>,
}

impl Web {
    pub(crate) fn will_answer(&self, statuses: &[u16]) {
        self.answers.lock().unwrap().extend(statuses);
    }

    pub(crate) fn answer_as(&self, rule: Rule) {
        *self.rule.lock().unwrap() = Some(rule);
    }

    /// What came since the last look.
    pub(crate) fn taken(&self) -> Vec<Request<Bytes>> {
        std::mem::take(&mut *self.requests.lock().unwrap())
    }
}

impl Transport for Web {
    fn send(&self, request: Request<Bytes>, _: Duration) -> Sent<'_> {
        let uri = request.uri().to_string();
        self.requests.lock().unwrap().push(request);
        let rule = self.rule.lock().unwrap().map_or(200, |rule| rule(&uri));
        let status = self.answers.lock().unwrap().pop_front().unwrap_or(rule);
        Box::pin(async move {
            if status == 0 {
                let message = "connection reset".to_owned();
                return Err(TransportError { sent: true, message });
            }
            Ok(Response::builder().status(status).body(Bytes::new()).unwrap())
        })
    }
}

pub(crate) fn json(request: &Request<Bytes>) -> Value {
    serde_json::from_slice(request.body()).unwrap()
}

pub(crate) fn header<'a>(request: &'a Request<Bytes>, name: &str) -> &'a str {
    request.headers().get(name).map_or("", |value| value.to_str().unwrap())
}
