//! The durable, ordered, checksummed log of every record: the only truth.
