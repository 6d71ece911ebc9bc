//! The fields of one event, read for all selectors together.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::class::Class;
use super::member::Member;
use crate::Event;
use crate::resource::ListedResource;

/// What selectors look at in one event. Each field is read when it is first asked for, so an event
/// that goes past many matchers is read once.
#[derive(Debug)]
pub struct Fields<'e> {
    event: &'e Event,
    pub(super) class: Option<Class>,
    name: OnceCell<Cow<'e, str>>,
    source: OnceCell<Cow<'e, str>>,
    event_type: Lazy<'e>,
    error_code: Lazy<'e>,
    user_arn: Lazy<'e>,
    console: Lazy<'e>,
    endpoint: Lazy<'e>,
    resources: OnceCell<Listed<'e>>,
}

type Lazy<'e> = OnceCell<Option<Cow<'e, str>>>;

impl<'e> Fields<'e> {
    pub fn of(event: &'e Event) -> Self {
        Self {
            event,
            class: Class::of(event),
            name: OnceCell::new(),
            source: OnceCell::new(),
            event_type: OnceCell::new(),
            error_code: OnceCell::new(),
            user_arn: OnceCell::new(),
            console: OnceCell::new(),
            endpoint: OnceCell::new(),
            resources: OnceCell::new(),
        }
    }

    /// The text of a field; `None` where the event has none. Fields with several values have no
    /// text.
    #[inline]
    pub(super) fn text(&self, member: Member) -> Option<&str> {
        let event = self.event;
        match member {
            Member::ReadOnly => event.read_only().map(flag),
            Member::Access => Some(flag(event.read_only().unwrap_or_else(|| reads(self.name())))),
            Member::EventName => Some(self.name()),
            Member::EventSource => Some(self.source.get_or_init(|| event.source())),
            Member::EventType => self.event_type.get_or_init(|| event.event_type()).as_deref(),
            Member::ErrorCode => self.error_code.get_or_init(|| event.error_code()).as_deref(),
            Member::UserArn => self.user_arn.get_or_init(|| event.user_arn()).as_deref(),
            Member::ConsoleSession => {
                let read = || event.text_member("sessionCredentialFromConsole");
                self.console.get_or_init(read).as_deref()
            }
            Member::VpcEndpoint => {
                self.endpoint.get_or_init(|| event.text_member("vpcEndpointId")).as_deref()
            }
            Member::EventCategory | Member::ResourceType | Member::ResourceArn => None,
        }
    }

    pub(super) fn resources(&self) -> &Listed<'e> {
        self.resources.get_or_init(|| {
            let mut listed = Listed::default();
            self.event.each_listed_resource(|resource| listed.push(resource));
            listed
        })
    }

    fn name(&self) -> &str {
        self.name.get_or_init(|| self.event.name())
    }
}

/// The resources that a record lists. Few records have more than these have room for.
#[derive(Debug, Default)]
pub(super) struct Listed<'e> {
    first: [Option<ListedResource<'e>>; 3],
    more: Vec<ListedResource<'e>>,
}

impl<'e> Listed<'e> {
    fn push(&mut self, resource: ListedResource<'e>) {
        match self.first.iter_mut().find(|place| place.is_none()) {
            Some(place) => *place = Some(resource),
            None => self.more.push(resource),
        }
    }

    /// Those of a type.
    #[inline]
    pub(super) fn of_kind<'s>(
        &'s self,
        kind: &'s str,
    ) -> impl Iterator<Item = &'s ListedResource<'e>> {
        let all = self.first.iter().flatten().chain(&self.more);
        all.filter(move |resource| resource.kind.as_deref() == Some(kind.as_bytes()))
    }
}

/// A boolean as selectors write it.
pub(super) fn flag(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Whether an action of this name is one that reads.
fn reads(name: &str) -> bool {
    const BEGINNINGS: [&str; 19] = [
        "Get", "List", "Describe", "Head", "Lookup", "BatchGet", "Query", "Scan", "Search",
        "Select", "Check", "Test", "Simulate", "Discover", "View", "Validate", "Verify", "Preview",
        "Estimate",
    ];
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
}
