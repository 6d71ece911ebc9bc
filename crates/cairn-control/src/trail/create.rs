//! CreateTrail: a trail that does not log yet.

use cairn_api::errors::CreateTrailError as Error;
use cairn_api::shapes::{CreateTrailRequest, CreateTrailResponse};
use cairn_api::{Operation, operations};
use cairn_core::AccountId;
use cairn_gateway::Call;
use cairn_store::{NewTrail, StoreError, Tag, Trail, TrailSettings, Txn, tag, trail};

use super::abilities::{encode, plan};
use super::check::{self, Subject};
use super::name::check_name;
use super::view::{created, elements};
use super::{folders, quota};
use crate::Services;
use crate::effect::{Change, Changed};
use crate::refusal::Refusal;
use crate::tag::{tags, too_many};

impl Change for operations::CreateTrail {
    async fn change(
        services: &Services,
        call: &Call,
        input: CreateTrailRequest,
    ) -> Result<Changed<CreateTrailResponse>, Error> {
        check_name(&input.name)?;
        let multi_region = input.is_multi_region_trail.unwrap_or(false);
        check::combination(multi_region, input.include_global_service_events.unwrap_or(true))?;
        check::organization(input.is_organization_trail.unwrap_or(false))?;
        let tags = tags(input.tags_list.as_deref().unwrap_or_default())?;
        let account = call.caller.account;
        let named = (&*input.name, multi_region);
        // Asked again when the trail is made; here, so that a taken name is told first.
        let trails = trail::list(&services.store, account).await.map_err(Refusal::from)?;
        quota::check(&trails, call, named, services.quotas.trails)?;
        let arn = trail::arn(account, &call.region, &input.name);
        let subject = Subject { account, home_region: &call.region, arn: &arn };
        let mut settings = settings(&input);
        let abilities = check::destinations(services, subject, &mut settings).await?;
        let mut txn = services.store.begin().await.map_err(Refusal::from)?;
        let trails = trail::list_for_change(&mut txn, account).await.map_err(Refusal::from)?;
        quota::check(&trails, call, named, services.quotas.trails)?;
        let new = NewTrail {
            home_region: &call.region,
            name: &input.name,
            settings,
            abilities: encode(abilities),
        };
        let trail = make(&mut txn, account, new, &tags).await?;
        let (plan, shown) = (Some(plan(&trail, Self::NAME)), Some(elements(&trail)));
        Ok(Changed { txn, output: created(&trail), shown, plan })
    }

    async fn after(services: &Services, call: &Call, output: &CreateTrailResponse) {
        folders::make(&*services.ports.buckets, call.caller.account, output).await;
    }
}

fn settings(input: &CreateTrailRequest) -> TrailSettings {
    let text = |given: &Option<String>| given.clone().filter(|text| !text.is_empty());
    TrailSettings {
        bucket: input.s3_bucket_name.clone(),
        prefix: text(&input.s3_key_prefix),
        topic_name: text(&input.sns_topic_name),
        topic_arn: None,
        include_global: input.include_global_service_events.unwrap_or(true),
        multi_region: input.is_multi_region_trail.unwrap_or(false),
        log_validation: input.enable_log_file_validation.unwrap_or(false),
        organization: false,
        log_group_arn: text(&input.cloud_watch_logs_log_group_arn),
        log_role_arn: text(&input.cloud_watch_logs_role_arn),
        kms_key_arn: text(&input.kms_key_id),
    }
}

async fn make(
    txn: &mut Txn,
    account: AccountId,
    new: NewTrail<'_>,
    tags: &[Tag],
) -> Result<Trail, Refusal> {
    let name = new.name;
    let made = trail::create(txn, account, new).await;
    let trail = made.map_err(|error| match error {
        StoreError::AlreadyExists { .. } => quota::taken(name, account),
        other => other.into(),
    })?;
    tag::put(txn, &trail.arn(), tags).await.map_err(too_many)?;
    Ok(trail)
}
