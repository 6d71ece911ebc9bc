use cairn_core::Region;

use crate::fault::Fault;
use crate::well_known;

/// Beginnings and ends that AWS keeps for itself.
const BEGINNINGS: &[&str] = &["xn--", "sthree-", "amzn-s3-demo-"];
const ENDS: &[&str] = &["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// The rules for names of general purpose buckets.
pub(super) fn check(name: &str) -> Result<(), Fault> {
    let legal = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.')
    };
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    let fine = (3..=63).contains(&name.len())
        && name.bytes().all(legal)
        && edge(name.bytes().next())
        && edge(name.bytes().last())
        && !name.contains("..")
        && name.parse::<std::net::Ipv4Addr>().is_err()
        && !BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
        && !ENDS.iter().any(|end| name.ends_with(end));
    if !fine {
        let text = "The specified bucket is not valid.";
        return Err(Fault::new(400, "InvalidBucketName", text).fact("BucketName", name));
    }
    if well_known::is_reserved(name) {
        return Err(taken(name));
    }
    Ok(())
}

pub(super) fn taken(name: &str) -> Fault {
    let text = "The requested bucket name is not available. The bucket namespace is shared by all \
                users of the system. Please select a different name and try again.";
    Fault::new(409, "BucketAlreadyExists", text).fact("BucketName", name)
}

/// The Region of a location constraint.
pub(super) fn region(constraint: &str) -> Result<String, Fault> {
    let region = if constraint == "EU" { "eu-west-1" } else { constraint };
    let fine = region != "us-east-1" && region.parse::<Region>().is_ok() && region.contains('-');
    if !fine {
        let text = "The specified location-constraint is not valid";
        let fault = Fault::new(400, "InvalidLocationConstraint", text);
        return Err(fault.fact("LocationConstraint", constraint));
    }
    Ok(region.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{check, region};

    #[test]
    fn names_follow_the_rules() {
        for good in ["abc", "a-b.c1", "111122223333-trail", &"a".repeat(63)] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let bad = ["ab", "Abc", "-abc", "abc.", "a..b", "10.0.0.1", "xn--abc", "a_b", "abc--x-s3"];
        for bad in bad.iter().copied().chain([&*"a".repeat(64)]) {
            assert_eq!(check(bad).unwrap_err().code, "InvalidBucketName", "{bad}");
        }
        assert_eq!(check("awscloudtrail-policy-x").unwrap_err().code, "BucketAlreadyExists");
    }

    #[test]
    fn regions_are_regions() {
        assert_eq!(region("EU").unwrap(), "eu-west-1");
        assert_eq!(region("us-west-2").unwrap(), "us-west-2");
        assert!(region("us-east-1").is_err());
        assert!(region("Nowhere").is_err());
    }
}
