//! Written by `cargo xtask codegen`, all but this file: change the model or the generator instead.

pub(crate) mod constraints;
pub mod errors;
pub mod operations;
pub mod shapes;
