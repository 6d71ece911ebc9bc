//! One call.

use cairn_core::AccountId;
use cairn_ports::Actor;
use cairn_wire::{Fault, aws_json};
use serde::de::DeserializeOwned;

/// Who asks for what, and where.
#[derive(Clone, Copy)]
pub(super) struct Ask<'a> {
    pub(super) actor: &'a Actor,
    /// The actor's.
    pub(super) account: AccountId,
    pub(super) region: &'a str,
    pub(super) operation: &'a str,
    pub(super) body: &'a [u8],
    /// The service that asks for the actor: `s3`.
    pub(super) via: Option<&'a str>,
}

impl Ask<'_> {
    pub(super) fn input<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        aws_json::decode(self.body)
    }

    /// `kms:DescribeKey`.
    pub(super) fn action(&self) -> String {
        format!("kms:{}", self.operation)
    }

    /// The ARN of something of the caller's, here: `key/…`, `alias/…`.
    pub(super) fn arn(&self, resource: &str) -> String {
        format!("arn:aws:kms:{}:{}:{resource}", self.region, self.account)
    }
}
