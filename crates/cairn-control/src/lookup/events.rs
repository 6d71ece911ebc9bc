//! LookupEvents: the last 90 days of management events of one account and Region.

use cairn_api::errors::LookupEventsError as Error;
use cairn_api::shapes::{
    Event as View, EventCategory, LookupAttribute, LookupAttributeKey as Key, LookupEventsRequest,
    LookupEventsResponse, Resource,
};
use cairn_api::{Invalid, operations};
use cairn_core::{ErrorKind, limits};
use cairn_event::{Category, Event};
use cairn_gateway::Call;
use cairn_history::{Attribute, Query};

use super::{Binding, newest};
use crate::Services;
use crate::table::Serve;

impl Serve for operations::LookupEvents {
    const INSTANTS: &'static [&'static str] = &["StartTime", "EndTime"];

    async fn handle(
        services: &Services,
        call: &Call,
        input: LookupEventsRequest,
    ) -> Result<LookupEventsResponse, Error> {
        handle(services, call, input).await
    }

    fn invalid(invalid: &Invalid) -> Option<Error> {
        let first = invalid.violations().first()?;
        let message = invalid.to_string();
        match first.path.split('.').next()? {
            "maxResults" => Some(Error::InvalidMaxResults(message.into())),
            "lookupAttributes" => Some(Error::InvalidLookupAttributes(message.into())),
            "eventCategory" => Some(Error::InvalidEventCategory(message.into())),
            "nextToken" => Some(Error::InvalidNextToken(message.into())),
            _ => None,
        }
    }
}

async fn handle(
    services: &Services,
    call: &Call,
    input: LookupEventsRequest,
) -> Result<LookupEventsResponse, Error> {
    let (query, binding) = question(services, call, &input)?;
    let page = newest(services, call, Some(call.region.clone()), query).await;
    let page = page.map_err(|error| match error.kind() {
        ErrorKind::Unavailable => Error::Unavailable(error.to_string().into()),
        _ => Error::Internal(error.to_string().into()),
    })?;
    let events = page.records.iter().filter_map(|record| record.event().map(|event| view(&event)));
    Ok(LookupEventsResponse {
        events: Some(events.collect()),
        next_token: page.next.map(|position| services.tokens.seal(position, &binding)),
    })
}

fn question(
    services: &Services,
    call: &Call,
    input: &LookupEventsRequest,
) -> Result<(Query, Binding), Error> {
    let category = match &input.event_category {
        None => Category::Management,
        Some(EventCategory::Insight) => Category::Insight,
        Some(other) => {
            let text = format!("The event category {other} is not valid. Use insight, or none.");
            return Err(Error::InvalidEventCategory(text.into()));
        }
    };
    let attribute = attribute(input.lookup_attributes.as_deref().unwrap_or_default(), category)?;
    let limit = input.max_results.map_or(limits::LOOKUP_RESULTS, |limit| limit as usize);
    if limit == 0 || limit > limits::LOOKUP_RESULTS {
        let text = format!("MaxResults is {limit}. Use a value from 1 through 50.");
        return Err(Error::InvalidMaxResults(text.into()));
    }
    let start = input.start_time.map(|at| at.timestamp());
    let end = input.end_time.map(|at| at.timestamp());
    if let (Some(start), Some(end)) = (start, end)
        && start > end
    {
        let text = "The start time is after the end time. Use a start time that is not later.";
        return Err(Error::InvalidTimeRange(text.into()));
    }
    let binding = binding(call, category, attribute.as_ref(), input);
    let after = match &input.next_token {
        None => None,
        Some(token) => Some(services.tokens.open(token, &binding).ok_or_else(|| {
            let text = "The token is not valid, or belongs to a request with other parameters. \
                        Repeat the request without it.";
            Error::InvalidNextToken(text.into())
        })?),
    };
    let query = Query {
        attributes: attribute.into_iter().collect(),
        category: Some(category),
        start,
        end,
        after,
        limit,
        ..Query::default()
    };
    Ok((query, binding))
}

/// One attribute at most, and for insights only three of the keys.
fn attribute(
    given: &[LookupAttribute],
    category: Category,
) -> Result<Option<(Attribute, String)>, Error> {
    let invalid = |text: String| Error::InvalidLookupAttributes(text.into());
    let attribute = match given {
        [] => return Ok(None),
        [one] => one,
        _ => return Err(invalid("You can use only one lookup attribute in a request.".to_owned())),
    };
    let key = match &attribute.attribute_key {
        Key::EventId => Attribute::EventId,
        Key::EventName => Attribute::EventName,
        Key::ReadOnly => Attribute::ReadOnly,
        Key::Username => Attribute::Username,
        Key::ResourceType => Attribute::ResourceType,
        Key::ResourceName => Attribute::ResourceName,
        Key::EventSource => Attribute::EventSource,
        Key::AccessKeyId => Attribute::AccessKeyId,
        Key::Other(name) => {
            return Err(invalid(format!("The lookup attribute key {name} is not valid.")));
        }
    };
    let of_insights = [Attribute::EventId, Attribute::EventName, Attribute::EventSource];
    if category == Category::Insight && !of_insights.contains(&key) {
        let text = "Insights events can be looked up by EventId, EventName and EventSource only.";
        return Err(invalid(text.to_owned()));
    }
    Ok(Some((key, attribute.attribute_value.clone())))
}

/// A token answers the same question again: attribute, times and category, by the same account in
/// the same Region. The page size may change.
fn binding(
    call: &Call,
    category: Category,
    attribute: Option<&(Attribute, String)>,
    input: &LookupEventsRequest,
) -> Binding {
    let time =
        |at: Option<cairn_api::EpochSeconds>| at.map(|at| at.timestamp().millis().to_string());
    let account = call.caller.account.to_string();
    Binding::default()
        .with(Some("LookupEvents"))
        .with(Some(&account))
        .with(Some(call.region.as_str()))
        .with((category == Category::Insight).then_some("insight"))
        .with(attribute.map(|(key, _)| key.name()))
        .with(attribute.map(|(_, value)| value.as_str()))
        .with(time(input.start_time).as_deref())
        .with(time(input.end_time).as_deref())
}

fn view(event: &Event) -> View {
    let resource = |resource: cairn_event::Resource<'_>| Resource {
        resource_name: Some(resource.name.into_owned()),
        resource_type: resource.kind.map(|kind| kind.into_owned()),
    };
    View {
        access_key_id: event.access_key_id().map(|id| id.into_owned()),
        // Events are UTF-8 by the parser's rule.
        cloud_trail_event: Some(String::from_utf8_lossy(event.raw()).into_owned()),
        event_id: Some(event.id().into_owned()),
        event_name: Some(event.name().into_owned()),
        event_source: Some(event.source().into_owned()),
        event_time: Some(event.time().into()),
        read_only: event.read_only().map(|read| read.to_string()),
        resources: Some(event.resources().into_iter().map(resource).collect()),
        username: event.username().map(|name| name.into_owned()),
    }
}
