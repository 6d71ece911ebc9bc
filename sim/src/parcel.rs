use bytes::Bytes;
use cairn_core::AccountId;
use cairn_event::Event;
use cairn_journal::{Draft, Kind};

use crate::dice::Dice;

/// A draft as a schedule writes it down: all of its bytes follow from these numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// Which of the accounts, from 0.
    pub account: u64,
    pub id: u64,
    /// Items with one id and different variants contradict each other.
    pub variant: u64,
    /// Bytes of the body, roughly.
    pub size: usize,
    pub quarantine: bool,
    pub control: bool,
}

/// A draft and what the ledger has to know of it.
#[derive(Debug, Clone)]
pub(crate) struct Parcel {
    pub(crate) account: AccountId,
    pub(crate) key: Key,
    pub(crate) raw: Bytes,
    control: bool,
}

/// What a record must be the only one of.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    Event(AccountId, u64),
    Content(AccountId, Bytes),
}

impl Parcel {
    pub(crate) fn of(item: &Item) -> Self {
        let number = 111_122_223_333 + item.account;
        let account = AccountId::new(number).expect("the number has twelve digits");
        let control = item.control;
        if item.quarantine {
            let raw = Bytes::from(text(item, item.size.max(1)));
            return Self { account, key: Key::Content(account, raw.clone()), raw, control };
        }
        let raw = Bytes::from(event(item));
        Self { account, key: Key::Event(account, item.id), raw, control }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self.key {
            Key::Event(..) => Kind::Event,
            Key::Content(..) => Kind::Quarantine,
        }
    }

    pub(crate) fn draft(&self) -> Draft {
        let draft = match self.key {
            Key::Event(..) => {
                let event = Event::parse(self.raw.clone());
                Draft::event(self.account, event.expect("the bytes were written as an event"))
            }
            Key::Content(..) => Draft::quarantine(self.account, self.raw.clone()),
        };
        if self.control { draft.control() } else { draft }
    }
}

/// The `eventID` of an id.
pub(crate) fn event_id(id: u64) -> String {
    format!("e{id}")
}

fn event(item: &Item) -> String {
    let (id, variant) = (event_id(item.id), item.variant);
    let head = format!(
        concat!(
            r#"{{"eventID":"{}","eventTime":"2026-01-02T03:04:05Z","eventName":"N{}","#,
            r#""eventSource":"s","awsRegion":"r","x":""#
        ),
        id, variant
    );
    let filling = item.size.saturating_sub(head.len() + 2);
    format!("{head}{}\"}}", text(item, filling))
}

/// Letters that zstd can hardly make smaller, or that it can: every third text is one letter.
fn text(item: &Item, length: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    if item.id.is_multiple_of(3) {
        let letter = LETTERS[(item.id / 3 + item.variant) as usize & 63];
        return char::from(letter).to_string().repeat(length);
    }
    let dice = Dice::new(item.id, item.variant);
    let mut text = String::with_capacity(length + 10);
    while text.len() < length {
        let bits = dice.next();
        let letter = |at: u64| char::from(LETTERS[(bits >> (at * 6)) as usize & 63]);
        text.extend((0..10).map(letter));
    }
    text.truncate(length);
    text
}
