//! The Regions that are served. A call in a made-up Region would be in nobody's sight.

use std::collections::HashSet;

use cairn_core::Region;

/// AWS's public Regions, the China and GovCloud partitions included.
const PUBLIC: [&str; 38] = [
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];

/// The Regions that a call may be signed for.
#[derive(Debug, Clone)]
pub struct Regions(HashSet<Region>);

impl Regions {
    /// AWS's public Regions and those of a private cloud.
    pub fn new(own: impl IntoIterator<Item = Region>) -> Self {
        let public = PUBLIC.iter().filter_map(|name| name.parse().ok());
        Self(public.chain(own).collect())
    }

    /// The Region of this name, if it is served.
    pub fn find(&self, name: &str) -> Option<Region> {
        let region: Region = name.parse().ok()?;
        self.0.get(&region).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_regions_are_not_served() {
        let regions = Regions::new(["garage".parse().unwrap()]);
        for served in ["us-east-1", "eu-south-2", "garage"] {
            assert_eq!(regions.find(served).unwrap().as_str(), served);
        }
        for other in ["", "us-east-9", "xx-hidden-1", "US-EAST-1", "garage2"] {
            assert_eq!(regions.find(other), None, "{other}");
        }
    }
}
