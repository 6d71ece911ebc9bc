use std::borrow::Cow;

use bytes::Bytes;
use cairn_core::{AccountId, Seq, Timestamp, limits};
use cairn_event::Event;

/// Something to be stored.
#[derive(Clone)]
pub struct Draft {
    /// Whose history it belongs to. Idempotency and `acct_seq` are counted within it.
    pub account: AccountId,
    pub body: Body,
    /// Stored even when the disk is nearly full, as long as the current segment has room. For
    /// records of what operators do with Cairn itself.
    pub control: bool,
}

impl Draft {
    pub fn event(account: AccountId, event: Event) -> Self {
        Self { account, body: Body::Event(event), control: false }
    }

    /// `bytes` is an encoded [`cairn_event::Quarantine`].
    pub fn quarantine(account: AccountId, bytes: Bytes) -> Self {
        Self { account, body: Body::Quarantine(bytes), control: false }
    }

    /// `event` is what will be recorded of a call if nobody lives to see how it ended.
    pub fn intent(account: AccountId, event: &Event) -> Self {
        Self { account, body: Body::Intent(event.raw().clone()), control: false }
    }

    /// Marks the draft as one of Cairn's own control-plane records.
    pub fn control(self) -> Self {
        Self { control: true, ..self }
    }
}

/// What a draft holds.
#[derive(Clone)]
pub enum Body {
    /// Idempotent by event id.
    Event(Event),
    /// What could not be read as an event; idempotent by content.
    Quarantine(Bytes),
    /// A record that takes effect only if no event with its id ever follows.
    Intent(Bytes),
}

impl Body {
    /// The bytes that will be stored.
    pub fn raw(&self) -> &Bytes {
        match self {
            Self::Event(event) => event.raw(),
            Self::Quarantine(bytes) | Self::Intent(bytes) => bytes,
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Event(_) => Kind::Event,
            Self::Quarantine(_) => Kind::Quarantine,
            Self::Intent(_) => Kind::Intent,
        }
    }
}

/// What a record is. The numbers are part of the format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Event = 1,
    Quarantine = 2,
    /// Written by the journal about itself: a torn tail that was cut.
    Notice = 3,
    /// Written before a call is forwarded that may change something: how its record reads if the
    /// process does not see the outcome.
    Intent = 4,
}

impl Kind {
    pub fn from_number(number: u8) -> Option<Self> {
        let all = [Self::Event, Self::Quarantine, Self::Notice, Self::Intent];
        all.into_iter().find(|kind| *kind as u8 == number)
    }
}

/// A stored record.
#[derive(Clone)]
pub struct Record {
    /// The place in the journal: dense, over all accounts and kinds.
    pub seq: Seq,
    pub account: AccountId,
    /// The place within the account: dense from 1, over all kinds.
    pub acct_seq: u64,
    pub kind: Kind,
    /// When the journal took it; never goes back from one record to the next.
    pub ingested: Timestamp,
    /// Exactly the bytes that were given.
    pub raw: Bytes,
    /// Of a record that came through memory, or that somebody reads on from.
    pub(crate) parsed: Option<Event>,
}

impl Record {
    /// The event, parsed now if it came from disk. `None` for the other kinds, and for bytes that
    /// today's parser refuses although an earlier one took them.
    pub fn event(&self) -> Option<Cow<'_, Event>> {
        match &self.parsed {
            Some(event) => Some(Cow::Borrowed(event)),
            None => self.parse().map(Cow::Owned),
        }
    }

    /// With the event parsed.
    pub(crate) fn parsed(self) -> Self {
        let parsed = self.parsed.clone().or_else(|| self.parse());
        Self { parsed, ..self }
    }

    fn parse(&self) -> Option<Event> {
        if self.kind != Kind::Event {
            return None;
        }
        Event::parse_within(self.raw.clone(), limits::LARGE_RECORD_BYTES).ok()
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record")
            .field("seq", &self.seq.0)
            .field("account", &self.account)
            .field("acct_seq", &self.acct_seq)
            .field("kind", &self.kind)
            .field("ingested", &self.ingested)
            .field("raw", &self.raw)
            .finish_non_exhaustive()
    }
}

/// What became of one draft. In each case the record it names is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Stored {
        seq: Seq,
        acct_seq: u64,
    },
    /// The same id with the same bytes was there already.
    Duplicate {
        seq: Seq,
    },
    /// The same id with other bytes was there already. The new bytes are not stored.
    Conflict {
        seq: Seq,
    },
}

impl Outcome {
    /// The record that holds (or in conflict: holds instead) what was given.
    pub fn seq(self) -> Seq {
        match self {
            Self::Stored { seq, .. } | Self::Duplicate { seq } | Self::Conflict { seq } => seq,
        }
    }
}
