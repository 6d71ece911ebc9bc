//! Tables and queries over a real journal and a real store.

mod kit;
mod life;
mod queries;
mod tables;
