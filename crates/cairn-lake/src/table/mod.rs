//! Tables as queries see them: files, and what is not in files yet.

mod file;
mod live;
mod provider;
mod reader;
mod text;
mod view;

pub(crate) use file::TableFile;
pub(crate) use live::Live;
pub(crate) use provider::{Provider, STORE_URL};
pub(crate) use reader::{Cache, Readers};
pub(crate) use view::{Frozen, View};
