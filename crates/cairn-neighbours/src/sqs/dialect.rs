//! The two protocols: JSON, and the query protocol that came before it.

use bytes::Bytes;
use cairn_wire::aws_json::{self, Version};
use cairn_wire::query::{self, Params, Shape, Xml};
use http::{Request, Response};
use serde_json::{Map, Value};

use super::NAMESPACE;
use super::fault::{Code, Refusal};
use super::form;
use super::input::Input;

/// What a call is written in, and its answer with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    Json(Version),
    Query,
}

impl Dialect {
    pub(super) fn of(request: &Request<Bytes>) -> Self {
        match Version::of(request.headers()) {
            Some(version) => Self::Json(version),
            None => Self::Query,
        }
    }

    /// The operation and its members.
    pub(super) fn read(self, request: &Request<Bytes>) -> Result<(String, Input), Refusal> {
        match self {
            Self::Json(_) => {
                let target = aws_json::target(request.headers());
                let operation = target.map(|target| target.operation.to_owned());
                let operation = operation.ok_or_else(|| unknown("null"))?;
                Ok((operation, Input::parse(request.body())?))
            }
            Self::Query => {
                let params = Params::parse(request.uri().query(), request.body())
                    .map_err(|fault| Refusal::new(Code::Serialization, fault.message))?;
                let operation = params.action().ok_or_else(|| unknown("null"))?.to_owned();
                let mut input = form::input(&params);
                // Before the protocol had bodies, the queue was the address of the request.
                if !input.0.contains_key("QueueUrl") && request.uri().path().len() > 1 {
                    input.0.insert("QueueUrl".to_owned(), request.uri().path().into());
                }
                Ok((operation, input))
            }
        }
    }

    pub(super) fn write(
        self,
        operation: &str,
        request_id: &str,
        output: Map<String, Value>,
    ) -> Response<Bytes> {
        match self {
            Self::Json(version) => aws_json::response(version, request_id, &output),
            Self::Query => {
                let shape = Shape { namespace: NAMESPACE, action: operation };
                query::response(shape, request_id, |xml| markup(xml, operation, &output))
            }
        }
    }
}

pub(super) fn unknown(operation: &str) -> Refusal {
    let message = format!("The action {operation:.128} is not valid for this endpoint.");
    Refusal::new(Code::InvalidAction, message)
}

/// Lists lie flat in their parent; each of their elements has the name of one.
fn markup(xml: &mut Xml, operation: &str, output: &Map<String, Value>) {
    for (name, value) in output {
        match value {
            Value::Array(list) => {
                let element = match name.as_str() {
                    "Messages" => "Message".to_owned(),
                    "QueueUrls" | "queueUrls" => "QueueUrl".to_owned(),
                    "Failed" => "BatchResultErrorEntry".to_owned(),
                    _ => format!("{operation}ResultEntry"),
                };
                for value in list {
                    element_of(xml, operation, &element, value);
                }
            }
            Value::Object(map) => {
                let (element, key) = match name.as_str() {
                    "Attributes" => ("Attribute", "Name"),
                    "MessageAttributes" => ("MessageAttribute", "Name"),
                    _ => ("Tag", "Key"),
                };
                for (text, value) in map {
                    xml.nest(element, |xml| {
                        xml.text(key, text);
                        element_of(xml, operation, "Value", value);
                    });
                }
            }
            value => element_of(xml, operation, name, value),
        }
    }
}

fn element_of(xml: &mut Xml, operation: &str, name: &str, value: &Value) {
    match value {
        Value::Object(map) => xml.nest(name, |xml| markup(xml, operation, map)),
        Value::String(text) => xml.text(name, text),
        value => xml.text(name, &value.to_string()),
    }
}
