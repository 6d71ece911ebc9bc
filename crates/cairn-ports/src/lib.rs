//! What Cairn needs of the services beside it: buckets to deliver to, keys to encrypt with, topics
//! and queues to notify.
//!
//! Each port has an implementation inside Cairn and one that calls somebody else's service, so a
//! trail does not know whose bucket it writes to. Whoever asks is named by an [`Actor`], because
//! policies decide by it.

mod actor;
mod buckets;
mod error;
mod keys;
pub mod lake;
pub mod remote;
mod topics;
mod transport;

use std::pin::Pin;
use std::sync::Arc;

pub use actor::{Actor, CLOUDTRAIL, S3, SNS};
pub use buckets::{
    Abilities, BucketInfo, Buckets, Condition, Encryption, Listed, Meta, Object, Page, Put, Stored,
};
pub use error::{PortError, PortErrorKind};
pub use keys::{DataKey, EncryptionContext, KeyInfo, KeyState, Keys};
pub use topics::{Attributes, Queues, TopicInfo, Topics};
pub use transport::{Transport, TransportError};

/// What a port gives back: traits with `async fn` cannot be shared behind a pointer.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, PortError>> + Send + 'a>>;

/// The services that trails deliver with.
#[derive(Clone)]
pub struct Ports {
    pub buckets: Arc<dyn Buckets>,
    pub keys: Arc<dyn Keys>,
    pub topics: Arc<dyn Topics>,
}
