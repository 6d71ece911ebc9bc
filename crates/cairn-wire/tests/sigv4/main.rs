//! x
mod request;
mod vectors;
