//! Configuration, assembly, listeners, and the one list of workers.
