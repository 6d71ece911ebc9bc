//! The subset of the neighbouring services that audit needs: STS, the identities that IAM and
//! Organizations would keep, topics of SNS and queues of SQS.

pub mod identities;
pub mod kms;
mod services;
pub mod sns;
pub mod sqs;
pub mod sts;

pub use services::Services;
