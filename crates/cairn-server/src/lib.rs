//! Configuration, assembly, listeners, and the one list of workers.

mod config;

pub use config::{Config, ConfigError, Loaded, SETTINGS, Setting, Shown};
