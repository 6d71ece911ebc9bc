-- Channels, by which events from outside come in. attempted, succeeded: the newest PutAuditEvents of
-- it and the last one that stored something, each with the eventID; error: of the newest event that
-- failed, NULL when the newest attempt stored all.
CREATE TABLE channel (
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    source TEXT NOT NULL,
    created INTEGER NOT NULL,
    attempted INTEGER,
    attempted_event TEXT,
    succeeded INTEGER,
    succeeded_event TEXT,
    error TEXT
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX channel_name ON channel (account, region, name);
CREATE UNIQUE INDEX channel_source ON channel (account, region, source);

-- place: in the order in which they were given.
CREATE TABLE channel_destination (
    channel TEXT NOT NULL REFERENCES channel (id) ON DELETE CASCADE,
    store TEXT NOT NULL REFERENCES event_data_store (id),
    place INTEGER NOT NULL,
    PRIMARY KEY (channel, store)
) STRICT, WITHOUT ROWID;

CREATE INDEX channel_destination_store ON channel_destination (store);

-- Policies of event data stores, channels and dashboards, as they were given.
CREATE TABLE resource_policy (
    resource TEXT PRIMARY KEY,
    policy TEXT NOT NULL
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 8;
