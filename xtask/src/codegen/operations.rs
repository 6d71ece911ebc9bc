//! Writes the table of operations.

use super::model::Model;
use super::names;

/// How the names of operations that change nothing begin.
const READING: &[&str] = &["Describe", "Get", "List", "Lookup", "Search"];

pub(crate) fn write(model: &Model) -> String {
    let mut text = String::from("The operations, one unit type each.\n");
    text.push_str("use crate::operation::operations;\n\noperations! {\n");
    for (name, operation) in &model.operations {
        let access = if is_reading(name) { "Read" } else { "Write" };
        let (input, output) = (&operation.input.shape, &operation.output.shape);
        let constraints = names::screaming(input);
        text.push_str(&format!("    {name}: {access} {{\n"));
        text.push_str(&format!("        input: {input} under {constraints},\n"));
        text.push_str(&format!("        output: {output},\n"));
        text.push_str(&format!("        error: {name}Error,\n    }}\n"));
    }
    text.push_str("}\n");
    text
}

/// Whether a call changes nothing.
pub(crate) fn is_reading(operation: &str) -> bool {
    READING.iter().any(|verb| operation.starts_with(verb))
}
