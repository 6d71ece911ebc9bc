//! What the settings of a store have to fulfil together.

use cairn_api::shapes::BillingMode;
use cairn_store::StoreSettings;
use cairn_store::event_data_store::{Billing, Schema};

use crate::refusal::{Refusal, Why};

/// Days, for events that are kept for longer only at a price.
const EXTENDABLE: (u32, u32) = (366, 3653);
const FIXED: (u32, u32) = (2557, 2557);

/// The pricing mode of a request.
pub(crate) fn billing(given: Option<&BillingMode>) -> Result<Option<Billing>, Refusal> {
    let Some(mode) = given else { return Ok(None) };
    match Billing::from_name(mode.as_str()) {
        Some(mode) => Ok(Some(mode)),
        None => {
            let text = format!("Value {:.256} for BillingMode is invalid.", mode.as_str());
            Err(Refusal::new(Why::InvalidParameter, text))
        }
    }
}

/// What is kept where nothing is said about it, and at most.
pub(crate) fn retention(billing: Billing) -> (u32, u32) {
    match billing {
        Billing::Extendable => EXTENDABLE,
        Billing::Fixed => FIXED,
    }
}

pub(crate) fn check(settings: &StoreSettings, schema: Schema) -> Result<(), Refusal> {
    let refuse = |why, text: String| Err(Refusal::new(why, text));
    if settings.organization {
        let text = "Your account is not a member of an organization. To make this request, you \
                    must use the credentials of an account that belongs to an organization.";
        return refuse(Why::OrganizationsNotInUse, text.to_owned());
    }
    let (_, longest) = retention(settings.billing);
    if settings.retention_days > longest {
        let (days, mode) = (settings.retention_days, settings.billing.as_str());
        let text = format!(
            "The retention period {days} is not valid: the maximum for {mode} is {longest} days."
        );
        return refuse(Why::InvalidParameter, text);
    }
    if schema == Schema::Activity && settings.multi_region {
        let text = "An event data store for the ActivityAuditLog event category cannot be a \
                    multi-Region event data store.";
        return refuse(Why::InvalidParameter, text.to_owned());
    }
    Ok(())
}
