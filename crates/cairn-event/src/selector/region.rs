//! Which Regions' events a trail receives.

use cairn_core::Region;

use crate::Event;

/// Where a trail stands, and how far it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrailScope {
    pub home_region: Region,
    pub multi_region: bool,
    pub include_global: bool,
}

impl TrailScope {
    /// Whether the event happened where the trail looks. An event of a global service is recorded
    /// in one Region, and reaches the trails of that Region and those of all Regions, unless they
    /// leave global services out.
    pub fn covers(&self, event: &Event) -> bool {
        let in_region = self.multi_region || *event.region() == *self.home_region.as_str();
        in_region && (self.include_global || !is_global_service(event))
    }
}

/// Whether the event is one of a service that has no Regions.
pub fn is_global_service(event: &Event) -> bool {
    match &*event.source() {
        "iam.amazonaws.com"
        | "cloudfront.amazonaws.com"
        | "route53.amazonaws.com"
        | "organizations.amazonaws.com"
        | "support.amazonaws.com"
        | "account.amazonaws.com"
        | "waf.amazonaws.com"
        | "globalaccelerator.amazonaws.com" => true,
        "sts.amazonaws.com" => *event.region() == *"us-east-1" && !was_regional(event),
        _ => false,
    }
}

/// STS has a global endpoint, whose calls are recorded in us-east-1, and one there as in any
/// Region. Only the host that the client asked for tells the two apart.
fn was_regional(event: &Event) -> bool {
    const HOST: &[u8] = b"\"sts.us-east-1.amazonaws.com\"";
    event.member("tlsDetails").is_some_and(|tls| memchr::memmem::find(tls, HOST).is_some())
}
