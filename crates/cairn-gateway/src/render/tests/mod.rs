//! What records say of real operations: the forms are those of CloudTrail's own records.

mod data;
mod ec2;
mod failure;
mod json;
mod query;
mod resources;
mod rest;
mod s3;

use cairn_catalog::Catalog;
use cairn_core::AccountId;
use cairn_event::Json;
use cairn_wire::aws_json::Version;
use cairn_wire::{Parts, Protocol};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::*;

pub(super) const JSON: Protocol = Protocol::Json(Version::V1_1);

/// A call and its answer, for tests.
pub(super) struct Sample<'a> {
    service: &'a str,
    operation: &'a str,
    protocol: Protocol,
    method: Method,
    path: &'a str,
    query: Option<&'a str>,
    headers: HeaderMap,
    body: &'a [u8],
    whole: bool,
    bucket: Option<&'a str>,
    host: Option<&'a str>,
    status: u16,
    answer_headers: HeaderMap,
    answer: &'a [u8],
    rules: Rules,
}

impl<'a> Sample<'a> {
    pub(super) fn new(service: &'a str, operation: &'a str, protocol: Protocol) -> Self {
        Self {
            service,
            operation,
            protocol,
            method: Method::POST,
            path: "/",
            query: None,
            headers: HeaderMap::new(),
            body: b"",
            whole: true,
            bucket: None,
            host: None,
            status: 200,
            answer_headers: HeaderMap::new(),
            answer: b"",
            rules: Rules::default(),
        }
    }

    /// `GET /path?query`
    pub(super) fn line(mut self, line: &'a str) -> Self {
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        self.method = method.parse().unwrap();
        (self.path, self.query) = (path, query);
        self
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).unwrap();
        self.headers.append(HeaderName::from_static(name), value);
        self
    }

    pub(super) fn body(mut self, body: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.body = body.as_ref();
        self
    }

    pub(super) fn cut(mut self) -> Self {
        self.whole = false;
        self
    }

    pub(super) fn bucket(mut self, bucket: &'a str, host: &'a str) -> Self {
        self.bucket = Some(bucket);
        self.host = Some(host);
        self
    }

    pub(super) fn host(mut self, host: &'a str) -> Self {
        self.host = Some(host);
        self
    }

    pub(super) fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    pub(super) fn answer_header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_str(value).unwrap();
        self.answer_headers.append(HeaderName::from_static(name), value);
        self
    }

    pub(super) fn answered(mut self, status: u16, answer: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        self.status = status;
        self.answer = answer.as_ref();
        self
    }

    /// Calls `then` with the call as a proxy would have it.
    pub(super) fn with<T>(&self, then: impl FnOnce(&Asked<'_>, &Answered<'_>) -> T) -> T {
        let catalog = Catalog::embedded();
        let service = catalog.named(self.service).map(|id| catalog.service(id));
        let operation = service.and_then(|service| service.operation(self.operation));
        let is_rest = matches!(self.protocol, Protocol::RestJson | Protocol::RestXml);
        let path = match self.bucket {
            Some(bucket) => format!("/{bucket}{}", self.path),
            None => self.path.to_owned(),
        };
        let labels = match service {
            Some(service) if is_rest && operation.is_some() => {
                let found =
                    service.route(self.method.as_str(), &path, self.query.unwrap_or_default());
                let found = found.expect("the test's request has a route");
                assert_eq!(found.operation.name, self.operation);
                found.labels
            }
            _ => Vec::new(),
        };
        let asked = Asked {
            service,
            operation,
            protocol: self.protocol,
            parts: Parts {
                method: &self.method,
                path: self.path,
                query: self.query,
                headers: &self.headers,
            },
            labels: &labels,
            bucket: self.bucket,
            host: self.host,
            body: self.body,
            whole: self.whole,
        };
        let answered = Answered {
            status: self.status,
            headers: &self.answer_headers,
            body: self.answer,
            whole: true,
        };
        then(&asked, &answered)
    }

    pub(super) fn parameters(&self) -> String {
        self.with(|asked, _| written(request_parameters(asked, &self.rules)))
    }

    pub(super) fn elements(&self) -> String {
        self.with(|asked, answered| written(response_elements(asked, answered, &self.rules)))
    }

    /// Types and ARNs.
    pub(super) fn resources(&self) -> Vec<String> {
        let place = Place {
            partition: "aws",
            region: "eu-west-1",
            account: AccountId::new(111122223333).unwrap(),
        };
        self.with(|asked, answered| {
            let parameters = request_parameters(asked, &self.rules);
            let elements = response_elements(asked, answered, &self.rules);
            resources(asked.operation.unwrap(), &place, parameters.as_ref(), elements.as_ref())
                .into_iter()
                .map(|found| {
                    format!("{} {} {}", found.account, found.kind.unwrap_or_default(), found.arn)
                })
                .collect()
        })
    }
}

pub(super) fn written(json: Option<Json>) -> String {
    serde_json::to_string(&json.unwrap_or(Json::Null)).unwrap()
}

/// Compares JSON, without regard to white space.
#[track_caller]
pub(super) fn same(found: &str, expected: &str) {
    let expected = written(Some(Json::parse(expected.as_bytes()).unwrap()));
    assert_eq!(found, expected);
}
