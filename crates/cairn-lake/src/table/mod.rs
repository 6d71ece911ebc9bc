//! Tables as queries see them: files, and what is not in files yet.

mod ahead;
mod batch;
mod bounds;
mod cache;
mod file;
mod filters;
mod held;
mod known;
mod live;
mod narrow;
mod older;
mod provider;
mod reader;
mod scan;
mod text;
mod view;

pub(crate) use batch::Batch;
pub(crate) use cache::Cache;
pub(crate) use file::TableFile;
pub(crate) use live::Live;
pub(crate) use provider::Provider;
pub(crate) use reader::sorted_rows;
pub(crate) use scan::{STORE_URL, is_coded, read_coded};
pub(crate) use view::{Frozen, View};
