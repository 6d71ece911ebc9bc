//! CloudTrail Lake.

mod function;
mod render;
