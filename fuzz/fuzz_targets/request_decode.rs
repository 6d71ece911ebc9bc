//! Any bytes as a request body: decoders refuse with a client's fault or decode, and never panic.

#![no_main]

use std::collections::HashMap;

use cairn_wire::Fault;
use cairn_wire::aws_json::{self, Target, Version};
use cairn_wire::query::{self, Params, Shape};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|data: &[u8]| {
    json(data);
    form(data);
    if let Ok(text) = std::str::from_utf8(data) {
        Target::parse(text);
    }
});

fn json(data: &[u8]) {
    match aws_json::decode::<HashMap<String, Value>>(data) {
        Ok(members) => {
            let response = aws_json::response(Version::V1_1, "id", &members);
            let again = aws_json::decode::<HashMap<String, Value>>(response.body());
            assert_eq!(again.as_ref().map(HashMap::len), Ok(members.len()));
        }
        Err(fault) => refused(&fault),
    }
}

fn form(data: &[u8]) {
    let (query, body) = data.split_at(data.len() / 3);
    match Params::parse(std::str::from_utf8(query).ok(), body) {
        Ok(params) => {
            let shape =
                Shape { namespace: "https://sts.amazonaws.com/doc/2011-06-15/", action: "A" };
            let response = query::response(shape, "id", |xml| {
                for (name, value) in params.iter() {
                    xml.text("Name", name);
                    xml.text("Value", value);
                    params.list(name);
                }
            });
            // Whatever the parameters say, the document's elements are the ones written above.
            let opened = response.body().iter().filter(|byte| **byte == b'<').count();
            assert_eq!(opened, 8 + 4 * params.iter().count());
        }
        Err(fault) => refused(&fault),
    }
}

fn refused(fault: &Fault) {
    assert_eq!(fault.status, 400);
    aws_json::fault_response(Version::V1_1, "id", fault);
    query::fault_response("https://sts.amazonaws.com/doc/2011-06-15/", "id", fault);
}
