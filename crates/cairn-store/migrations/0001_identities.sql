-- Times are milliseconds since 1970; account ids are numbers; sealed columns are AES-256-GCM.

CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT;

-- Names differ in more than case within an account, as in IAM.
CREATE TABLE user (
    account INTEGER NOT NULL REFERENCES account (id),
    name TEXT NOT NULL COLLATE NOCASE,
    id TEXT NOT NULL UNIQUE,
    admin INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

-- trusted: account ids of twelve digits, joined by commas.
CREATE TABLE role (
    account INTEGER NOT NULL REFERENCES account (id),
    name TEXT NOT NULL COLLATE NOCASE,
    id TEXT NOT NULL UNIQUE,
    admin INTEGER NOT NULL,
    trusted TEXT NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (account, name)
) STRICT, WITHOUT ROWID;

-- user_id: NULL for a key of the account's root. secret: sealed for this id.
CREATE TABLE access_key (
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    user_id TEXT REFERENCES user (id) ON DELETE CASCADE,
    active INTEGER NOT NULL,
    secret BLOB NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX access_key_owner ON access_key (account, user_id);
CREATE INDEX access_key_user ON access_key (user_id);

CREATE TABLE cursor (
    name TEXT PRIMARY KEY,
    seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- AUTOINCREMENT: an id is never given twice, so a late removal cannot hit a newer record.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account (id),
    record BLOB NOT NULL
) STRICT;

PRAGMA user_version = 1;
