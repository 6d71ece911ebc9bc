//! Receipt handles: which message was received, and that it was.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::fault::{Code, Refusal};

/// What a handle says: opaque to clients, 24 bytes in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Receipt {
    pub(super) queue: i64,
    pub(super) message: i64,
    /// Random, and another one whenever the message is received.
    pub(super) proof: i64,
}

impl Receipt {
    pub(super) fn write(self) -> String {
        let parts = [self.queue, self.message, self.proof];
        let bytes: Vec<u8> = parts.iter().flat_map(|part| part.to_be_bytes()).collect();
        STANDARD.encode(bytes)
    }

    /// # Errors
    /// `ReceiptHandleIsInvalid` for what is none of this queue's.
    pub(super) fn read(text: &str, queue: i64) -> Result<Self, Refusal> {
        let bytes = STANDARD.decode(text).unwrap_or_default();
        let part = |index: usize| {
            let bytes = bytes.get(index * 8..index * 8 + 8)?;
            Some(i64::from_be_bytes(bytes.try_into().ok()?))
        };
        match (part(0), part(1), part(2)) {
            (Some(found), Some(message), Some(proof)) if found == queue && bytes.len() == 24 => {
                Ok(Self { queue, message, proof })
            }
            _ => Err(Refusal::new(
                Code::ReceiptHandleIsInvalid,
                format!("The input receipt handle \"{text:.256}\" is not a valid receipt handle."),
            )),
        }
    }
}
