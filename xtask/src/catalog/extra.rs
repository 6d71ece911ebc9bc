//! Operations of S3 that records know and no SDK has: what browsers send.

use super::model::{Http, Model, Operation, Reference};

/// Name, method, route, and the request whose members it shares.
const BROWSERS: &[(&str, &str, &str, &str)] = &[
    ("PostObject", "POST", "/{Bucket}", "HeadBucketRequest"),
    ("PreflightRequest", "OPTIONS", "/{Bucket}/{Key+}", "HeadObjectRequest"),
];

pub(super) fn add(service: &str, model: &mut Model) {
    if service != "s3" {
        return;
    }
    for (name, method, route, input) in BROWSERS {
        let http = Http { method: (*method).to_owned(), request_uri: (*route).to_owned() };
        let input = Reference { shape: (*input).to_owned(), ..Reference::default() };
        let operation = Operation {
            http,
            input: Some(input),
            output: None,
            deprecated: false,
            readonly: false,
        };
        model.operations.insert((*name).to_owned(), operation);
    }
}
