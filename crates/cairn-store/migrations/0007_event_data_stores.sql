-- Event data stores. schema: which columns its table has. selectors, insights, event_configuration:
-- JSON as the API answers it; NULL for what was never set. federation_role: NULL while the store is
-- not federated. deleted: since when it waits for its end, at most seven days. dropped: when it
-- ended; the row stays until its table is gone, and its name is free.
CREATE TABLE event_data_store (
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    home_region TEXT NOT NULL,
    name TEXT NOT NULL,
    schema TEXT NOT NULL,
    selectors TEXT NOT NULL,
    multi_region INTEGER NOT NULL,
    organization INTEGER NOT NULL,
    retention_days INTEGER NOT NULL,
    billing TEXT NOT NULL,
    termination_protection INTEGER NOT NULL,
    kms_key_arn TEXT,
    ingesting INTEGER NOT NULL,
    federation_role TEXT,
    insights TEXT,
    insights_destination TEXT,
    event_configuration TEXT,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    deleted INTEGER,
    dropped INTEGER
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX event_data_store_name ON event_data_store (account, home_region, name)
    WHERE dropped IS NULL;
CREATE INDEX event_data_store_deleted ON event_data_store (deleted) WHERE deleted IS NOT NULL;

-- What the lake does from the record event_id on; a change of a channel is one of several stores.
-- The end of a store has no record. applied: the place in the journal, once it was met.
CREATE TABLE lake_plan (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    store TEXT NOT NULL REFERENCES event_data_store (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    document TEXT NOT NULL,
    applied INTEGER,
    UNIQUE (event_id, store)
) STRICT;

CREATE INDEX lake_plan_store ON lake_plan (store, applied);
CREATE INDEX lake_plan_pending ON lake_plan (id) WHERE applied IS NULL;

-- JSON of a trail's aggregation, as the API answers it.
ALTER TABLE trail ADD COLUMN event_configuration TEXT;

PRAGMA user_version = 7;
