use cairn_store::objects::Bucket;

use super::{LOCK, VERSIONING, tree};
use crate::fault::Fault;
use crate::xml::Element;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Versioning {
    /// It was never enabled.
    Never,
    Enabled,
    Suspended,
}

pub(crate) fn versioning(bucket: &Bucket) -> Versioning {
    match tree(bucket, VERSIONING).as_ref().and_then(|root| root.text_of("Status")) {
        Some("Enabled") => Versioning::Enabled,
        Some(_) => Versioning::Suspended,
        None => Versioning::Never,
    }
}

pub(super) fn check(root: &mut Element) -> Result<(), Fault> {
    match root.text_of("MfaDelete") {
        Some("Enabled") => {
            let text = "Mfa Authentication must be used for this request";
            return Err(Fault::new(403, "AccessDenied", text));
        }
        None | Some("Disabled") => {}
        Some(_) => return Err(Fault::malformed_xml()),
    }
    if !matches!(root.text_of("Status"), Some("Enabled" | "Suspended")) {
        let text = "The Versioning element must be specified";
        return Err(Fault::new(400, "IllegalVersioningConfigurationException", text));
    }
    root.children.retain(|child| child.name == "Status");
    Ok(())
}

pub(super) fn check_change(bucket: &Bucket, value: Option<&str>) -> Result<(), Fault> {
    let suspends = value.is_none_or(|text| text.contains("Suspended"));
    if suspends && bucket.settings.contains_key(LOCK) {
        let text = "An Object Lock configuration is present on this bucket, so the versioning \
                    state cannot be changed.";
        return Err(Fault::new(409, "InvalidBucketState", text));
    }
    Ok(())
}
