//! The library of queries, and the questions that it answers.

mod generate;
mod library;
mod question;
mod rank;
mod refusals;
mod search;
mod services;
mod slots;
mod span;
mod template;
mod words;

pub(crate) use library::named;
pub(crate) use template::Parametric;
