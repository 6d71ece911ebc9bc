//! The documents of S3: read into a small tree, written from calls.

mod read;
mod write;

pub(crate) use read::Element;
pub(crate) use write::{Writer, time};
