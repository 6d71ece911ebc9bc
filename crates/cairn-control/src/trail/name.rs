//! How a request names a trail: by its name in the call's Region, or by its ARN.

use cairn_core::{AccountId, Arn, Region};
use cairn_gateway::Call;
use cairn_store::trail;

use crate::refusal::{Refusal, Why};

/// Where a named trail would be at home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The ARN's account; the caller's for a name.
    pub(crate) account: AccountId,
    /// The ARN's Region; the call's for a name.
    pub(crate) region: Region,
    pub(crate) name: String,
    pub(crate) by_arn: bool,
}

impl Named {
    /// Takes a name or an ARN apart.
    pub(crate) fn parse(call: &Call, given: &str) -> Result<Self, Refusal> {
        if given.starts_with("arn:") {
            return parse_arn(given);
        }
        check_name(given)?;
        Ok(Self {
            account: call.caller.account,
            region: call.region.clone(),
            name: given.to_owned(),
            by_arn: false,
        })
    }

    /// Refuses another account's ARN.
    pub(crate) fn own(call: &Call, given: &str) -> Result<Self, Refusal> {
        let named = Self::parse(call, given)?;
        let own = call.caller.account;
        if named.account != own {
            return Err(Refusal::new(
                Why::CloudTrailARNInvalid,
                format!(
                    "AccountID in ARN is wrong, you can only access resources with AccountID {own}."
                ),
            ));
        }
        Ok(named)
    }

    pub(crate) fn arn(&self) -> String {
        trail::arn(self.account, &self.region, &self.name)
    }

    /// No such trail, in the words of most operations.
    pub(crate) fn unknown(&self) -> Refusal {
        let text = format!("Unknown trail: {} for the user: {}", self.arn(), self.account);
        Refusal::new(Why::TrailNotFound, text)
    }
}

fn parse_arn(given: &str) -> Result<Named, Refusal> {
    let invalid = || {
        let text = format!(
            "{given:.256} is not a valid trail ARN. The following is the format of a trail ARN: \
             arn:aws:cloudtrail:us-east-2:123456789012:trail/MyTrail"
        );
        Refusal::new(Why::CloudTrailARNInvalid, text)
    };
    let arn = Arn::parse(given).filter(|arn| arn.service == "cloudtrail").ok_or_else(invalid)?;
    let name = arn.resource.strip_prefix("trail/").ok_or_else(invalid)?;
    let account = arn.account_id().ok_or_else(invalid)?;
    let region: Region = arn.region.parse().map_err(|_| invalid())?;
    let named = Named { account, region, name: name.to_owned(), by_arn: true };
    // The partition belongs to the Region.
    if check_name(name).is_err() || named.arn() != given {
        return Err(invalid());
    }
    Ok(named)
}

/// The rules for a name, in the order in which they are told.
pub(crate) fn check_name(name: &str) -> Result<(), Refusal> {
    let refuse = |text: String| Err(Refusal::new(Why::InvalidTrailName, text));
    let length = name.chars().count();
    if length < 3 {
        return refuse(format!(
            "Trail name too short. Minimum allowed length: 3 characters. \
             Specified name length: {length} characters."
        ));
    }
    if length > 128 {
        return refuse(format!(
            "Trail name too long. Maximum allowed length: 128 characters. \
             Specified name length: {length} characters."
        ));
    }
    if !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return refuse("Trail name must starts with a letter or number.".to_owned());
    }
    if !name.ends_with(|last: char| last.is_ascii_alphanumeric()) {
        return refuse("Trail name must ends with a letter or number.".to_owned());
    }
    let mark = |byte: u8| matches!(byte, b'.' | b'_' | b'-');
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || mark(byte)) {
        let text = "Trail name or ARN can only contain uppercase letters, lowercase letters, \
                    numbers, periods (.), hyphens (-), and underscores (_).";
        return refuse(text.to_owned());
    }
    if name.as_bytes().windows(2).any(|pair| pair.iter().all(|byte| mark(*byte))) {
        let text = "Trail name cannot have adjacent periods (.), hyphens (-), or underscores (_).";
        return refuse(text.to_owned());
    }
    if name.parse::<std::net::Ipv4Addr>().is_ok() {
        return refuse("Trail name cannot be in IP address format.".to_owned());
    }
    Ok(())
}
