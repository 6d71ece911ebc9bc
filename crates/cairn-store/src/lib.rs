//! Control-plane state in SQLite: accounts, identities, keys, cursors, outbox.
