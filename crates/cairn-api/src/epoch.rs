//! Time on the wire.

use cairn_core::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

/// Seconds since 1970-01-01T00:00:00Z, as AWS JSON carries time: a number, maybe with a fraction.
///
/// It keeps what the caller sent; [`EpochSeconds::timestamp`] says which instant that is here.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Deserialize)]
#[serde(transparent)]
pub struct EpochSeconds(pub f64);

impl EpochSeconds {
    /// The instant, to the millisecond; one that a record cannot write becomes the nearest that it
    /// can.
    pub fn timestamp(self) -> Timestamp {
        // The cast saturates, so that no number overflows on its way to the bounds.
        let millis = (self.0 * 1000.0).round() as i64;
        Timestamp::from_millis(millis).clamp(Timestamp::EPOCH, Timestamp::MAX)
    }
}

impl From<Timestamp> for EpochSeconds {
    fn from(timestamp: Timestamp) -> Self {
        Self(timestamp.millis() as f64 / 1000.0)
    }
}

/// Whole seconds are written without a fraction.
impl Serialize for EpochSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.fract() == 0.0 {
            serializer.serialize_i64(self.0 as i64)
        } else {
            serializer.serialize_f64(self.0)
        }
    }
}
