//! Who calls: users with long-lived keys, and roles whose sessions have a key each. Whoever calls
//! does so from one address for some dozens of calls.

use std::fmt::Write;

use cairn_core::{SeededEntropy, Timestamp};

use crate::events::account;

/// Calls of a session: at least, and how many more there may be.
const CALLS: (u64, u64) = (10, 60);
/// Addresses that sessions come from.
const ADDRESSES: u64 = 60_000;

#[derive(Debug)]
pub(crate) struct Identity {
    pub(crate) account: u64,
    pub(crate) name: String,
    pub(crate) role: bool,
    /// Without its leading four letters, which say what it is.
    unique: String,
    pub(crate) session: Session,
}

#[derive(Debug, Default)]
pub(crate) struct Session {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) address: String,
    pub(crate) agent: u64,
    began: Timestamp,
    pub(crate) left: u64,
}

/// Three of five are roles.
pub(crate) fn is_role(index: usize) -> bool {
    index % 5 < 3
}

impl Identity {
    pub(crate) fn new(index: usize) -> Self {
        const PURPOSES: [&str; 6] = ["deploy", "etl", "monitoring", "backup", "web", "batch"];
        let role = is_role(index);
        let name = if role {
            format!("{}-role-{index:03}", PURPOSES[index % PURPOSES.len()])
        } else {
            format!("user-{index:03}")
        };
        let unique = code((index as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15), 17);
        let session = Session { key: format!("AKIA{}", &unique[..16]), ..Session::default() };
        Self { account: account(index), name, role, unique, session }
    }

    /// The next session begins: another address and, for a role, another key and name.
    pub(crate) fn renew(&mut self, random: &SeededEntropy, now: Timestamp) {
        let session = &mut self.session;
        let place = random.below(ADDRESSES);
        // Spread over the whole range, and the same place has the same address.
        let spread = (place + 1).wrapping_mul(0x9e37_79b9) as u32;
        let part = |shift: u32| (spread >> shift) & 255;
        session.address =
            format!("{}.{}.{}.{}", 11 + part(24) % 180, part(16), part(8), 1 + part(0) % 254);
        session.agent = random.next_u64();
        session.began = now;
        session.left = CALLS.0 + random.below(CALLS.1);
        if self.role {
            session.key = format!("ASIA{}", code(random.next_u64(), 16));
            session.name = format!("botocore-session-{}", now.seconds());
        }
    }

    pub(crate) fn arn(&self) -> String {
        let Self { account, name, role, session, .. } = self;
        if *role {
            format!("arn:aws:sts::{account:012}:assumed-role/{name}/{}", session.name)
        } else {
            format!("arn:aws:iam::{account:012}:user/{name}")
        }
    }

    pub(crate) fn role_arn(&self) -> String {
        format!("arn:aws:iam::{:012}:role/{}", self.account, self.name)
    }

    pub(crate) fn role_id(&self) -> String {
        format!("AROA{}", self.unique)
    }

    /// The member `userIdentity`; `keyed` unless a password was the proof.
    pub(crate) fn write(&self, text: &mut String, keyed: bool) {
        let Self { account, name, role, unique, session } = self;
        let arn = self.arn();
        let key =
            if keyed { format!("\"accessKeyId\":\"{}\",", session.key) } else { String::new() };
        let _ = if *role {
            write!(
                text,
                "{{\"type\":\"AssumedRole\",\"principalId\":\"AROA{unique}:{}\",\"arn\":\"{arn}\",\
                 \"accountId\":\"{account:012}\",{key}\"sessionContext\":{{\"sessionIssuer\":{{\
                 \"type\":\"Role\",\"principalId\":\"AROA{unique}\",\"arn\":\"{}\",\"accountId\":\
                 \"{account:012}\",\"userName\":\"{name}\"}},\"attributes\":{{\"creationDate\":\
                 \"{}\",\"mfaAuthenticated\":\"false\"}}}}}}",
                session.name,
                self.role_arn(),
                session.began
            )
        } else {
            write!(
                text,
                "{{\"type\":\"IAMUser\",\"principalId\":\"AIDA{unique}\",\"arn\":\"{arn}\",\
                 \"accountId\":\"{account:012}\",{key}\"userName\":\"{name}\"}}"
            )
        };
    }
}

/// Letters and digits as identifiers of AWS have them.
pub(crate) fn code(mut bits: u64, length: usize) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(length);
    for _ in 0..length {
        text.push(char::from(LETTERS[(bits >> 59) as usize]));
        bits = bits.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
    }
    text
}
