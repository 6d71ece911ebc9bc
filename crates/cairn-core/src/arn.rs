//! Amazon Resource Names.

use std::fmt;

use crate::AccountId;

/// An ARN cut into its parts: `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    pub partition: &'a str,
    pub service: &'a str,
    /// Empty for global resources.
    pub region: &'a str,
    /// Empty for resources that no account owns.
    pub account: &'a str,
    /// Everything behind the fifth colon, colons included.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// `None` where the text does not have six parts or does not start with `arn:`.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let arn = Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        (!arn.partition.is_empty() && !arn.service.is_empty() && !arn.resource.is_empty())
            .then_some(arn)
    }

    pub fn account_id(&self) -> Option<AccountId> {
        self.account.parse().ok()
    }
}

impl fmt::Display for Arn<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { partition, service, region, account, resource } = self;
        write!(f, "arn:{partition}:{service}:{region}:{account}:{resource}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_read_and_written_back() {
        let text = "arn:aws:sts::111122223333:assumed-role/ops/alice";
        let arn = Arn::parse(text).unwrap();
        assert_eq!(arn.resource, "assumed-role/ops/alice");
        assert_eq!(arn.account_id().unwrap().to_string(), "111122223333");
        assert_eq!(arn.to_string(), text);
        for bad in ["", "arn", "arn:aws:s3:::", "urn:aws:s3:::bucket", "arn:aws:iam::1"] {
            assert_eq!(Arn::parse(bad), None, "{bad:?}");
        }
    }
}
