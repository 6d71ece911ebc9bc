//! Writes one closed error type per operation.

use std::collections::BTreeSet;

use super::model::Model;
use super::names;

pub(crate) fn write(model: &Model) -> String {
    let mut text = String::from("One closed error type per operation.\n");
    text.push_str("use crate::error::operation_error;\n");
    for (name, operation) in &model.operations {
        text.push_str("\noperation_error! {\n");
        text.push_str(&format!("    /// Why `{name}` does not succeed.\n    {name}Error {{\n"));
        // The model lists some errors of some operations twice, and none in an order that means
        // anything.
        let codes: BTreeSet<&str> =
            operation.errors.iter().map(|error| error.shape.as_str()).collect();
        for code in codes {
            text.push_str(&format!("        {} => \"{code}\",\n", names::error_variant(code)));
        }
        text.push_str("    }\n}\n");
    }
    text
}
