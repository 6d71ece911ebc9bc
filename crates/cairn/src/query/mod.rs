//! Statements, and what becomes of their rows.

pub(crate) mod files;
mod print;
pub(crate) mod remote;
pub(crate) mod shell;

pub(crate) use print::{Print, Rows};
