//! The subset of the neighbouring services that audit needs: STS, and the identities that IAM and
//! Organizations would keep.

pub mod identities;
pub mod kms;
mod services;
pub mod sts;

pub use services::Services;
