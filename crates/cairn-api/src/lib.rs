//! CloudTrail's operations, shapes and errors, generated from the public service model.
