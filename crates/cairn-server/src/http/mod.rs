//! HTTP: the listener, the front door, bodies, TLS.

mod body;
mod front;
mod ingest;
mod listen;
mod peer;
mod recognise;
mod status;
mod tables;
mod tls;

pub(crate) use body::{Memory, decoded, discard};
pub(crate) use front::{Front, is_link};
pub(crate) use ingest::payload as hashed;
pub(crate) use listen::Listener;
pub(crate) use peer::{Peer, Seen};
pub(crate) use status::Status;
pub(crate) use tables::{Stream, Tables};
pub use tls::TlsError;
pub(crate) use tls::acceptor;
