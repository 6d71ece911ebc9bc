//! Honest buckets verify; attacked ones do not.

mod attacks;
mod flips;
mod honest;
mod kit;
