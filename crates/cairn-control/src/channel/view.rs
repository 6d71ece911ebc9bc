//! A channel as the API and the records show it.

use cairn_api::shapes::{Destination, DestinationType};
use cairn_event::Json;
use cairn_gateway::present;
use cairn_store::{Channel, event_data_store};

/// Destinations are at home where their channel is.
pub(crate) fn destinations(channel: &Channel) -> Vec<Destination> {
    let shown = |id: &String| Destination {
        location: event_data_store::arn(channel.account, &channel.region, id),
        r#type: DestinationType::EventDataStore,
    };
    channel.destinations.iter().map(shown).collect()
}

/// The `responseElements` of CreateChannel and UpdateChannel.
pub(crate) fn elements(channel: &Channel) -> Json {
    let destination = |to: Destination| {
        let kind = Json::from(to.r#type.as_str());
        Json::map([("type", kind), ("location", to.location.into())])
    };
    let list: Vec<Json> = destinations(channel).into_iter().map(destination).collect();
    present([
        ("channelArn", Some(channel.arn().into())),
        ("name", Some(channel.name.clone().into())),
        ("source", Some(channel.source.clone().into())),
        ("destinations", Some(list.into())),
    ])
}
