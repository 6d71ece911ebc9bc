//! Workers, supervisor, stop: the only crate that spawns.
