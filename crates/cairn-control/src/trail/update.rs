//! UpdateTrail: what is not named stays, what is named empty goes, and everything is looked at
//! again.

use cairn_api::errors::UpdateTrailError as Error;
use cairn_api::shapes::{UpdateTrailRequest, UpdateTrailResponse};
use cairn_api::{Operation, operations};
use cairn_gateway::Call;
use cairn_store::{Trail, TrailSettings, trail};

use super::abilities::{encode, plan};
use super::check::{self, Subject};
use super::find::find_for_change;
use super::quota;
use super::view::{elements, updated};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::{Refusal, Why};

impl Change for operations::UpdateTrail {
    async fn change(
        services: &Services,
        call: &Call,
        input: UpdateTrailRequest,
    ) -> Result<Changed<UpdateTrailResponse>, Error> {
        // Not within the change: the services are asked at their own pace.
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let before = find_for_change(&mut txn, call, &input.name).await?;
        drop(txn);
        let mut settings = settings(&before.settings, &input)?;
        check::organization(settings.organization)?;
        let arn = before.arn();
        let subject =
            Subject { account: before.account, home_region: &before.home_region, arn: &arn };
        let abilities = check::destinations(services, subject, &mut settings).await?;
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let found = find_for_change(&mut txn, call, &input.name).await?;
        if (&found.id, &found.settings) != (&before.id, &before.settings) {
            let text = format!("The trail {arn} was changed meanwhile. Try again.");
            return Err(Refusal::new(Why::Conflict, text).into());
        }
        if settings.multi_region && !found.settings.multi_region {
            let trails = trail::list_for_change(&mut txn, found.account).await;
            let mut trails = trails.map_err(Refusal::from)?;
            trails.retain(|trail| trail.id != found.id);
            let named = (&*found.name, true);
            quota::check(&trails, call, named, services.quotas.trails)
                // UpdateTrail has no names of its own for these.
                .map_err(|refusal| Refusal::new(Why::InvalidParameterCombination, refusal.text))?;
        }
        let trail = Trail { settings, abilities: encode(abilities), ..found };
        trail::update(&mut txn, &trail).await.map_err(Refusal::from)?;
        let (plan, shown) = (Some(plan(&trail, Self::NAME)), Some(elements(&trail)));
        Ok(Changed { txn, output: updated(&trail), shown, plan })
    }
}

fn settings(before: &TrailSettings, input: &UpdateTrailRequest) -> Result<TrailSettings, Refusal> {
    let text = |given: &Option<String>, before: &Option<String>| match given {
        None => before.clone(),
        Some(given) => Some(given.clone()).filter(|text| !text.is_empty()),
    };
    let multi_region = input.is_multi_region_trail.unwrap_or(before.multi_region);
    // A trail that turns to all Regions takes the events of global services with it; one that
    // turns to its own Region loses them.
    let include_global = match input.include_global_service_events {
        Some(given) => given,
        None if multi_region == before.multi_region => before.include_global,
        None => multi_region,
    };
    check::combination(multi_region, include_global)?;
    Ok(TrailSettings {
        bucket: input.s3_bucket_name.clone().unwrap_or_else(|| before.bucket.clone()),
        prefix: text(&input.s3_key_prefix, &before.prefix),
        topic_name: text(&input.sns_topic_name, &before.topic_name),
        topic_arn: before.topic_arn.clone(),
        include_global,
        multi_region,
        log_validation: input.enable_log_file_validation.unwrap_or(before.log_validation),
        organization: input.is_organization_trail.unwrap_or(before.organization),
        log_group_arn: text(&input.cloud_watch_logs_log_group_arn, &before.log_group_arn),
        log_role_arn: text(&input.cloud_watch_logs_role_arn, &before.log_role_arn),
        kms_key_arn: text(&input.kms_key_id, &before.kms_key_arn),
    })
}
