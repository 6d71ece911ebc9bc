//! The scan that fills a head.

use cairn_core::{Timestamp, limits};

use super::{Head, Place, REQUIRED, Stop, is_envelope};
use crate::field::Field;
use crate::scan::{self, Text};
use crate::text::{decode, decode_exactly};
use crate::{Category, Flaw, Reason};

/// The state of one scan. A flaw of meaning is noted and the scan goes on: only where the record
/// ends can tell a splitter where the next one begins.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    envelopes: bool,
    places: [Place; Field::PLACED],
    seen: u64,
    flaw: Option<Flaw>,
    read_only: Option<bool>,
    management: Option<bool>,
    category: Option<Category>,
    insight_name: Place,
    insight_source: Place,
    outside: [Place; Field::NOTED],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], envelopes: bool) -> Self {
        Self {
            bytes,
            envelopes,
            places: [Place::default(); Field::PLACED],
            seen: 0,
            flaw: None,
            read_only: None,
            management: None,
            category: None,
            insight_name: Place::default(),
            insight_source: Place::default(),
            outside: [Place::default(); Field::NOTED],
        }
    }

    #[inline(always)]
    pub(super) fn record_member(&mut self, name: Text, at: usize) -> Result<usize, Stop> {
        let bytes = self.bytes;
        let Some(field) = self.see(name, Field::of_record) else {
            let may_be_envelope = self.envelopes && self.seen & REQUIRED == 0;
            if may_be_envelope && is_envelope(bytes, &bytes[name.start..name.end], at) {
                return Err(Stop::Envelope(at));
            }
            return Ok(scan::skip_value(bytes, at, 1)?);
        };
        let end = match (field, scan::peek(bytes, at)) {
            (Field::ReadOnly, _) => self.flag(at, |reader| &mut reader.read_only),
            (Field::ManagementEvent, _) => self.flag(at, |reader| &mut reader.management),
            (Field::UserIdentity, b'{') => self.identity(at),
            (Field::Resources, b'[') => self.resources(at),
            (Field::InsightDetails, b'{') => self.insight(at),
            (Field::EventData, b'{') => self.event_data(at),
            (Field::EventCategory, b'"') => {
                let text = scan::text(bytes, at + 1)?;
                self.category = Some(Category::of(&decode(&bytes[text.start..text.end])));
                Ok(text.end + 1)
            }
            (Field::RequestParameters, _) => {
                let end = scan::skip_value(bytes, at, 1)?;
                self.places[field as usize] = Place::new(at, end);
                Ok(end)
            }
            (Field::UserIdentity | Field::Resources, _) => scan::skip_value(bytes, at, 1),
            (Field::InsightDetails | Field::EventCategory | Field::EventData, _) => {
                scan::skip_value(bytes, at, 1)
            }
            _ => self.text(field, at, 1),
        };
        Ok(end?)
    }

    fn identity(&mut self, open: usize) -> Result<usize, Flaw> {
        let bytes = self.bytes;
        scan::object(bytes, open, |name, at| match self.see(name, Field::of_identity) {
            Some(Field::SessionContext) if scan::peek(bytes, at) == b'{' => self.session(at),
            Some(Field::SessionContext) | None => scan::skip_value(bytes, at, 2),
            Some(field) => self.text(field, at, 2),
        })
    }

    fn session(&mut self, open: usize) -> Result<usize, Flaw> {
        let bytes = self.bytes;
        scan::object(bytes, open, |name, at| match self.see(name, Field::of_session) {
            Some(_) if scan::peek(bytes, at) == b'{' => self.issuer(at),
            _ => scan::skip_value(bytes, at, 3),
        })
    }

    fn issuer(&mut self, open: usize) -> Result<usize, Flaw> {
        let bytes = self.bytes;
        scan::object(bytes, open, |name, at| match self.see(name, Field::of_issuer) {
            Some(field) => self.text(field, at, 4),
            None => scan::skip_value(bytes, at, 4),
        })
    }

    fn insight(&mut self, open: usize) -> Result<usize, Flaw> {
        let bytes = self.bytes;
        scan::object(bytes, open, |name, at| {
            let field = self.see(name, Field::of_insight);
            let end = scan::skip_value(bytes, at, 2)?;
            if scan::peek(bytes, at) == b'"' {
                match field {
                    Some(Field::InsightName) => self.insight_name = Place::new(at + 1, end - 1),
                    Some(_) => self.insight_source = Place::new(at + 1, end - 1),
                    None => {}
                }
            }
            Ok(end)
        })
    }

    fn event_data(&mut self, open: usize) -> Result<usize, Flaw> {
        let bytes = self.bytes;
        scan::object(bytes, open, |name, at| match self.see(name, Field::of_event_data) {
            Some(Field::OutsideIdentity) if scan::peek(bytes, at) == b'{' => {
                self.outside_identity(at)
            }
            Some(Field::OutsideIdentity) | None => scan::skip_value(bytes, at, 2),
            Some(Field::OutsideParameters) => {
                let end = scan::skip_value(bytes, at, 2)?;
                self.outside[Field::OutsideParameters.outside()] = Place::new(at, end);
                Ok(end)
            }
            Some(field) => self.outside_text(field, at, 2),
        })
    }

    fn outside_identity(&mut self, open: usize) -> Result<usize, Flaw> {
        let bytes = self.bytes;
        scan::object(bytes, open, |name, at| match self.see(name, Field::of_outside_identity) {
            Some(field) => self.outside_text(field, at, 3),
            None => scan::skip_value(bytes, at, 3),
        })
    }

    fn outside_text(&mut self, field: Field, at: usize, depth: usize) -> Result<usize, Flaw> {
        let end = scan::skip_value(self.bytes, at, depth)?;
        if scan::peek(self.bytes, at) == b'"' {
            self.outside[field.outside()] = Place::new(at + 1, end - 1);
        }
        Ok(end)
    }

    /// Looks into the elements only for members that are there twice; [`crate::Event::resources`]
    /// reads them when asked.
    fn resources(&mut self, open: usize) -> Result<usize, Flaw> {
        let bytes = self.bytes;
        let end = scan::array(bytes, open, |at| {
            if scan::peek(bytes, at) != b'{' {
                return scan::skip_value(bytes, at, 2);
            }
            self.seen &= !OF_RESOURCE;
            scan::object(bytes, at, |name, at| {
                self.see(name, Field::of_resource);
                scan::skip_value(bytes, at, 3)
            })
        })?;
        self.places[Field::Resources as usize] = Place::new(open, end);
        Ok(end)
    }

    /// Finds the field of a name and notes that it was seen. An escaped name is the same name.
    #[inline(always)]
    fn see(&mut self, name: Text, find: fn(&[u8]) -> Option<Field>) -> Option<Field> {
        let written = &self.bytes[name.start..name.end];
        let field = if name.escaped { find(decode(written).as_bytes()) } else { find(written) }?;
        if self.seen & field.bit() != 0 {
            self.note(Reason::DuplicateKey, name.start);
        }
        self.seen |= field.bit();
        Some(field)
    }

    #[cold]
    fn note(&mut self, reason: Reason, at: usize) {
        self.flaw.get_or_insert(Flaw::new(reason, at));
    }

    /// Keeps the place of a text. A value of another type counts as absent.
    #[inline(always)]
    fn text(&mut self, field: Field, at: usize, depth: usize) -> Result<usize, Flaw> {
        if scan::peek(self.bytes, at) != b'"' {
            return scan::skip_value(self.bytes, at, depth);
        }
        let text = scan::text(self.bytes, at + 1)?;
        self.places[field as usize] = Place::new(text.start, text.end);
        Ok(text.end + 1)
    }

    /// Reads a boolean, which older records write as text.
    #[inline(always)]
    fn flag(
        &mut self,
        at: usize,
        slot: impl Fn(&mut Self) -> &mut Option<bool>,
    ) -> Result<usize, Flaw> {
        let end = scan::skip_value(self.bytes, at, 1)?;
        *slot(self) = match &self.bytes[at..end] {
            b"true" | b"\"true\"" => Some(true),
            b"false" | b"\"false\"" => Some(false),
            _ => None,
        };
        Ok(end)
    }

    /// Checks what the whole record must fulfil. The weightiest flaw is reported.
    pub(super) fn finish(mut self, open: usize, end: usize) -> Result<Head, Flaw> {
        let bytes = &self.bytes[..end];
        scan::check_utf8(bytes)?;
        if let Some(flaw) = self.flaw {
            return Err(flaw);
        }
        self.take_insight();
        if self.category == Some(Category::ActivityAuditLog) {
            self.take_outside();
        }
        let by_member = || match self.management {
            _ if self.seen & Field::InsightDetails.bit() != 0 => Category::Insight,
            Some(false) => Category::Data,
            _ => Category::Management,
        };
        let category = self.category.unwrap_or_else(by_member);
        self.require(open, category)?;
        let time = self.time(bytes)?;
        Ok(Head { places: self.places, time, category, read_only: self.read_only })
    }

    /// An Insights event says inside `insightDetails` which action and service it is about.
    fn take_insight(&mut self) {
        let found =
            [(Field::EventName, self.insight_name), (Field::EventSource, self.insight_source)];
        for (field, inside) in found {
            let place = &mut self.places[field as usize];
            if place.start == 0 {
                *place = inside;
            }
        }
    }

    /// An event from outside says inside `eventData` what was done, by whom, and how it went.
    fn take_outside(&mut self) {
        for (from, to) in Field::OUTSIDE {
            let place = &mut self.places[to as usize];
            if place.start == 0 {
                *place = self.outside[from.outside()];
            }
        }
    }

    fn require(&self, open: usize, category: Category) -> Result<(), Flaw> {
        let required = [
            (Field::EventId, Reason::MissingEventId),
            (Field::EventTime, Reason::MissingEventTime),
            (Field::EventName, Reason::MissingEventName),
            (Field::EventSource, Reason::MissingEventSource),
            (Field::AwsRegion, Reason::MissingAwsRegion),
        ];
        for (field, missing) in required {
            let of_action = matches!(field, Field::EventName | Field::EventSource);
            if of_action && !category.names_action() {
                continue;
            }
            let place = self.places[field as usize];
            if place.start == place.end {
                return Err(Flaw::new(missing, open));
            }
        }
        let id = self.places[Field::EventId as usize];
        let written = &self.bytes[id.start as usize..id.end as usize];
        if decode_exactly(written).is_some_and(|id| id.len() <= limits::EVENT_ID_BYTES) {
            Ok(())
        } else {
            Err(Flaw::new(Reason::BadEventId, id.start as usize))
        }
    }

    fn time(&self, bytes: &[u8]) -> Result<Timestamp, Flaw> {
        let place = self.places[Field::EventTime as usize];
        let written = place.of(bytes).unwrap_or_default();
        Timestamp::parse(&decode(written))
            .ok_or_else(|| Flaw::new(Reason::BadEventTime, place.start as usize))
    }
}

const OF_RESOURCE: u64 =
    Field::ResourceArn.bit() | Field::ResourceArnPrefix.bit() | Field::ResourceType.bit();
