//! Where events go.

use std::pin::Pin;

use cairn_event::Event;
use cairn_store::import::Note;

use super::fault::ImportError;

/// What a sink gives back: a trait with `async fn` cannot be shared behind a pointer.
pub(super) type SinkAnswer<'a> =
    Pin<Box<dyn Future<Output = Result<bool, ImportError>> + Send + 'a>>;

/// A store's table.
pub(super) trait Sink: Send + Sync + 'static {
    /// Puts events into the table of a store and takes the note of it, by
    /// [`cairn_store::import::note`], in the one transaction that makes them visible.
    ///
    /// False where the note was not taken: the import was stopped, or these files were brought
    /// already. Then nothing was changed.
    fn bring<'a>(&'a self, store: &'a str, events: Vec<Event>, note: &'a Note) -> SinkAnswer<'a>;
}
