//! LookupEvents finds what this program did before.

use std::collections::HashSet;

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::config::ProvideCredentials;
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{Event, LookupAttribute, LookupAttributeKey as Key};

use crate::Outcome;
use crate::tally::{equal, holds};

const CALL: &str = "GetCallerIdentity";
const PAGE: i32 = 2;

/// An attribute, and an event that it must find.
pub(crate) struct Question {
    pub(crate) key: Key,
    value: String,
    event_id: String,
}

/// One for each attribute: about the user's own call, and about how it assumed `role`.
pub(crate) async fn questions(config: &SdkConfig, role: &str) -> Outcome<Vec<Question>> {
    let trail = Client::new(config);
    let (call, key_id) = (own_call(config).await?, key_id(config).await?);
    let who = aws_sdk_sts::Client::new(config).get_caller_identity().send().await?;
    let user = who.arn().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    let assumed = all(&trail, &Key::EventName, "AssumeRole").await?;
    let by_user = assumed.iter().find(|event| event.access_key_id() == Some(&key_id));
    let (call, assumed) = (id(&call), id(by_user.ok_or("no AssumeRole of the user")?));
    let about = |event: &String, key, value: &str| Question {
        key,
        value: value.to_owned(),
        event_id: event.clone(),
    };
    Ok(vec![
        about(&call, Key::EventId, &call),
        about(&call, Key::EventName, CALL),
        about(&call, Key::EventSource, "sts.amazonaws.com"),
        about(&call, Key::Username, user),
        about(&call, Key::AccessKeyId, &key_id),
        about(&call, Key::ReadOnly, "true"),
        about(&assumed, Key::ResourceType, "AWS::IAM::Role"),
        about(&assumed, Key::ResourceName, role),
    ])
}

/// The event is among the answers, and none of them has another value.
pub(crate) async fn finds(trail: &Client, question: &Question) -> Outcome {
    let found = all(trail, &question.key, &question.value).await?;
    let listed = found.iter().any(|event| event.event_id() == Some(&question.event_id));
    holds(listed, || format!("{} is not among {} events", question.event_id, found.len()))?;
    let stray = found.iter().find(|event| !shows(event, question));
    holds(stray.is_none(), || format!("{:?} got {stray:?}", question.value))?;
    // Another value finds nothing of this.
    let other = all(trail, &question.key, &other(question)).await?;
    let listed = other.iter().any(|event| event.event_id() == Some(&question.event_id));
    holds(!listed, || "another value finds it as well".to_owned())
}

/// The event's record is the whole JSON, with the SDK's own name in it.
pub(crate) async fn record(config: &SdkConfig) -> Outcome {
    let call = own_call(config).await?;
    let record = call.cloud_trail_event().ok_or("an event without its record")?;
    for part in [r#""userAgent":"aws-sdk-rust/"#, r#""type":"IAMUser""#, &id(&call)] {
        holds(record.contains(part), || format!("no {part} in {record}"))?;
    }
    Ok(())
}

/// Pages of two give what one page gives, in the same order: newest first.
pub(crate) async fn pages(config: &SdkConfig) -> Outcome {
    let (trail, sts) = (Client::new(config), aws_sdk_sts::Client::new(config));
    for _ in 0..3 {
        sts.get_caller_identity().send().await?;
    }
    let by_name = attribute(&Key::EventName, CALL)?;
    let whole = trail.lookup_events().lookup_attributes(by_name.clone()).send().await?;
    let asked = trail.lookup_events().lookup_attributes(by_name).into_paginator().page_size(PAGE);
    let (mut pages, mut found) = (asked.send(), Vec::new());
    while let Some(page) = pages.next().await {
        let page = page?;
        let full = page.next_token().is_none() || page.events().len() == PAGE as usize;
        holds(full, || format!("a page of {} before the last", page.events().len()))?;
        found.extend(page.events().iter().map(id));
    }
    holds(found.len() > 2 * PAGE as usize, || format!("{} events only", found.len()))?;
    equal(found.iter().collect::<HashSet<_>>().len(), found.len())?;
    equal(found, whole.events().iter().map(id).collect())?;
    let times: Vec<_> = whole.events().iter().map(|event| event.event_time().copied()).collect();
    holds(times.is_sorted_by(|one, next| one >= next), || format!("{times:?}"))
}

pub(crate) async fn time_range(config: &SdkConfig) -> Outcome {
    let trail = Client::new(config);
    let call = own_call(config).await?;
    let at = call.event_time().ok_or("an event without a time")?.secs();
    for (start, end, inside) in [(at, at, true), (at + 1, at + 60, false), (0, at - 1, false)] {
        let asked = trail.lookup_events().lookup_attributes(attribute(&Key::EventId, &id(&call))?);
        let (start, end) = (DateTime::from_secs(start), DateTime::from_secs(end));
        let found = asked.start_time(start).end_time(end).send().await?;
        let listed = found.events().iter().any(|event| event.event_id() == call.event_id());
        holds(listed == inside, || format!("{start} to {end}: found is {listed}"))?;
    }
    Ok(())
}

/// The newest GetCallerIdentity with the key of the environment.
async fn own_call(config: &SdkConfig) -> Outcome<Event> {
    let key_id = key_id(config).await?;
    let calls = all(&Client::new(config), &Key::EventName, CALL).await?;
    let own = calls.into_iter().find(|event| event.access_key_id() == Some(&key_id));
    Ok(own.ok_or("no GetCallerIdentity of the user")?)
}

async fn all(trail: &Client, key: &Key, value: &str) -> Outcome<Vec<Event>> {
    let asked = trail.lookup_events().lookup_attributes(attribute(key, value)?);
    let found: Result<Vec<_>, _> = asked.into_paginator().items().send().collect().await;
    Ok(found?)
}

pub(crate) fn attribute(key: &Key, value: &str) -> Outcome<LookupAttribute> {
    let made = LookupAttribute::builder().attribute_key(key.clone()).attribute_value(value);
    Ok(made.build()?)
}

async fn key_id(config: &SdkConfig) -> Outcome<String> {
    let provider = config.credentials_provider().ok_or("no credentials in the environment")?;
    Ok(provider.provide_credentials().await?.access_key_id().to_owned())
}

fn id(event: &Event) -> String {
    event.event_id().unwrap_or_default().to_owned()
}

fn other(question: &Question) -> String {
    match question.key {
        Key::ReadOnly => "false".to_owned(),
        _ => format!("{}-other", question.value),
    }
}

/// Is the attribute's value in the member of the answer that shows it.
fn shows(event: &Event, Question { key, value, .. }: &Question) -> bool {
    let one = match key {
        Key::EventId => event.event_id(),
        Key::EventName => event.event_name(),
        Key::EventSource => event.event_source(),
        Key::Username => event.username(),
        Key::AccessKeyId => event.access_key_id(),
        Key::ReadOnly => event.read_only(),
        Key::ResourceType => event.resources().iter().find_map(|one| one.resource_type()),
        _ => event.resources().iter().find_map(|one| one.resource_name()),
    };
    one == Some(value)
}
