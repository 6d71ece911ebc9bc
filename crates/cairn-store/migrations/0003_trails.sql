-- A trail that was deleted stays, with the time of it, until what it still has to deliver is
-- delivered; its name is free at once. selectors, insights: JSON as the API answers it; NULL for
-- the defaults. abilities: JSON, what was found out about the bucket's store.
CREATE TABLE trail (
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    home_region TEXT NOT NULL,
    name TEXT NOT NULL,
    bucket TEXT NOT NULL,
    prefix TEXT,
    topic_name TEXT,
    topic_arn TEXT,
    include_global INTEGER NOT NULL,
    multi_region INTEGER NOT NULL,
    log_validation INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    log_group_arn TEXT,
    log_role_arn TEXT,
    kms_key_arn TEXT,
    logging INTEGER NOT NULL,
    started INTEGER,
    stopped INTEGER,
    selectors TEXT,
    custom_selectors INTEGER NOT NULL,
    insights TEXT,
    abilities TEXT NOT NULL,
    created INTEGER NOT NULL,
    deleted INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX trail_name ON trail (account, home_region, name) WHERE deleted IS NULL;

-- What delivery does from the record event_id on. applied: that record's place in the journal,
-- once it was met. AUTOINCREMENT: the order of the changes, never given twice.
CREATE TABLE trail_plan (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trail TEXT NOT NULL REFERENCES trail (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL UNIQUE,
    document TEXT NOT NULL,
    applied INTEGER
) STRICT;

CREATE INDEX trail_plan_trail ON trail_plan (trail, applied);
CREATE INDEX trail_plan_pending ON trail_plan (id) WHERE applied IS NULL;

-- How deliveries of a trail went, for each Region that they are from. An error is the code of the
-- last attempt; NULL when that succeeded.
CREATE TABLE trail_status (
    trail TEXT NOT NULL REFERENCES trail (id) ON DELETE CASCADE,
    region TEXT NOT NULL,
    delivered INTEGER,
    delivery_attempted INTEGER,
    delivery_error TEXT,
    notified INTEGER,
    notification_attempted INTEGER,
    notification_error TEXT,
    digested INTEGER,
    digest_error TEXT,
    PRIMARY KEY (trail, region)
) STRICT, WITHOUT ROWID;

-- value: NULL for a tag that has none.
CREATE TABLE tag (
    resource TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT,
    PRIMARY KEY (resource, name)
) STRICT, WITHOUT ROWID;

-- Keys that digests are signed with. fingerprint: MD5 of the public key's DER, in hex. private_key:
-- PKCS #8, sealed for the fingerprint. public_key: RSAPublicKey of PKCS #1, DER.
CREATE TABLE digest_key (
    fingerprint TEXT PRIMARY KEY,
    region TEXT NOT NULL,
    private_key BLOB NOT NULL,
    public_key BLOB NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX digest_key_region ON digest_key (region, not_before);

PRAGMA user_version = 3;
