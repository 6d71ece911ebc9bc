//! What the server refuses comes out as the error that the SDK has a type for.

use aws_config::SdkConfig;
use aws_sdk_cloudtrail::Client;
use aws_sdk_cloudtrail::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cloudtrail::operation::RequestId;
use aws_sdk_cloudtrail::operation::lookup_events::{LookupEventsError, LookupEventsOutput};
use aws_sdk_cloudtrail::primitives::DateTime;
use aws_sdk_cloudtrail::types::{EventCategory, LookupAttributeKey as Key};
use aws_sdk_sts::config::{Credentials, ProvideCredentials};

use crate::Outcome;
use crate::identity::with;
use crate::lookup::attribute;
use crate::tally::{equal, holds};

type Looked = Result<LookupEventsOutput, SdkError<LookupEventsError>>;

pub(crate) async fn max_results(trail: &Client) -> Outcome {
    let answer = trail.lookup_events().max_results(51).send().await;
    refused(answer, LookupEventsError::is_invalid_max_results_exception)
}

pub(crate) async fn attributes(trail: &Client) -> Outcome {
    let asked = trail.lookup_events().lookup_attributes(attribute(&Key::EventName, "CreateUser")?);
    let answer = asked.lookup_attributes(attribute(&Key::Username, "alice")?).send().await;
    refused(answer, LookupEventsError::is_invalid_lookup_attributes_exception)
}

pub(crate) async fn next_token(trail: &Client) -> Outcome {
    let answer = trail.lookup_events().next_token("not one of ours").send().await;
    refused(answer, LookupEventsError::is_invalid_next_token_exception)
}

pub(crate) async fn foreign_token(trail: &Client) -> Outcome {
    let page = trail.lookup_events().max_results(1).send().await?;
    let token = page.next_token().ok_or("one page only")?;
    let other = trail.lookup_events().lookup_attributes(attribute(&Key::ReadOnly, "true")?);
    let answer = other.next_token(token).send().await;
    refused(answer, LookupEventsError::is_invalid_next_token_exception)
}

pub(crate) async fn time_range(trail: &Client) -> Outcome {
    let (start, end) = (DateTime::from_secs(1_700_000_001), DateTime::from_secs(1_700_000_000));
    let answer = trail.lookup_events().start_time(start).end_time(end).send().await;
    refused(answer, LookupEventsError::is_invalid_time_range_exception)
}

pub(crate) async fn category(trail: &Client) -> Outcome {
    let answer = trail.lookup_events().event_category(EventCategory::from("data")).send().await;
    refused(answer, LookupEventsError::is_invalid_event_category_exception)
}

pub(crate) async fn wrong_secret(config: &SdkConfig) -> Outcome {
    let provider = config.credentials_provider().ok_or("no credentials in the environment")?;
    let right = provider.provide_credentials().await?;
    let wrong = right.secret_access_key().chars().rev().collect::<String>();
    let wrong = Credentials::new(right.access_key_id(), wrong, None, None, "wrong");
    let config = with(config, &wrong);
    unauthenticated(&config, "SignatureDoesNotMatch", "InvalidSignatureException").await
}

pub(crate) async fn unknown_key(config: &SdkConfig) -> Outcome {
    let unknown = Credentials::new("AKIAUNKNOWN111111111", "a secret", None, None, "unknown");
    let config = with(config, &unknown);
    unauthenticated(&config, "InvalidClientTokenId", "UnrecognizedClientException").await
}

/// The query protocol and the JSON protocol have their own names for the same refusal.
async fn unauthenticated(config: &SdkConfig, of_sts: &str, of_trail: &str) -> Outcome {
    let answer = aws_sdk_sts::Client::new(config).get_caller_identity().send().await;
    let error = answer.err().ok_or("STS let it through")?;
    equal(error.code(), Some(of_sts))?;
    let answer = Client::new(config).lookup_events().send().await;
    let error = answer.err().ok_or("CloudTrail let it through")?;
    equal(error.code(), Some(of_trail))
}

fn refused(answer: Looked, as_wanted: fn(&LookupEventsError) -> bool) -> Outcome {
    let error = answer.err().ok_or("the call went through")?;
    let modelled = error.as_service_error().is_some_and(as_wanted);
    holds(modelled, || format!("{error:?}"))?;
    let told = error.message().is_some_and(|text| !text.is_empty());
    holds(told && error.request_id().is_some(), || format!("no message or no id: {error:?}"))
}
