-- Imports of log files into event data stores. Times are milliseconds since 1970; hashes are SHA-256.

-- account, region: whose it is, and where it was started. store: the destination's id. bucket,
-- prefix: the URI taken apart. start_time, end_time: the range of dates in keys; NULL for no bound.
-- stage: 0 lists the source, 1 lists digests elsewhere, 2 reads digests, 3 judges them, 4 brings
-- files. after: the last key that was listed. run: counts starts and retries. AUTOINCREMENT: the order
-- of starts.
CREATE TABLE import (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES account (id),
    region TEXT NOT NULL,
    store TEXT NOT NULL,
    store_arn TEXT NOT NULL,
    uri TEXT NOT NULL,
    bucket TEXT NOT NULL,
    prefix TEXT NOT NULL,
    bucket_region TEXT NOT NULL,
    role TEXT NOT NULL,
    start_time INTEGER,
    end_time INTEGER,
    status TEXT NOT NULL,
    stage INTEGER NOT NULL,
    after TEXT,
    run INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX import_running ON import (account)
    WHERE status IN ('INITIALIZING', 'IN_PROGRESS');
CREATE INDEX import_store ON import (store, status);
CREATE INDEX import_account ON import (account, number);

-- Folders of log files, a day each. found: files that were listed. files, events: what was brought.
-- proven, matched: files with the hash that a digest has for them, where its signature was checked
-- and where no key was known. unlisted: files that no digest names although digests cover their
-- time. expired: events older than the store keeps. other: events of no category of the store's.
-- bytes: text of the files. state: 0 waits, 1 done, 2 done with failures.
CREATE TABLE import_prefix (
    import INTEGER NOT NULL REFERENCES import (number) ON DELETE CASCADE,
    prefix TEXT NOT NULL,
    found INTEGER NOT NULL DEFAULT 0,
    files INTEGER NOT NULL DEFAULT 0,
    events INTEGER NOT NULL DEFAULT 0,
    proven INTEGER NOT NULL DEFAULT 0,
    matched INTEGER NOT NULL DEFAULT 0,
    unlisted INTEGER NOT NULL DEFAULT 0,
    expired INTEGER NOT NULL DEFAULT 0,
    other INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    state INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (import, prefix)
) STRICT, WITHOUT ROWID;

CREATE INDEX import_prefix_waiting ON import_prefix (import, prefix) WHERE state = 0;

-- Files whose events are in the table, while their folder waits or has failures: what a retry
-- passes over. name: what follows the folder.
CREATE TABLE import_file (
    import INTEGER NOT NULL REFERENCES import (number) ON DELETE CASCADE,
    prefix TEXT NOT NULL,
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    events INTEGER NOT NULL,
    PRIMARY KEY (import, prefix, name)
) STRICT, WITHOUT ROWID;

-- Digests beside the log files. state: 0 was listed, 1 is signed with a known key, 2 is signed with
-- a key that is not known, 3 is not believed. The rest is known of one that was read. previous_*:
-- what it says of the one before; previous_key is NULL where it names none.
CREATE TABLE import_digest (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    import INTEGER NOT NULL REFERENCES import (number) ON DELETE CASCADE,
    key TEXT NOT NULL,
    state INTEGER NOT NULL,
    start_time INTEGER,
    end_time INTEGER,
    sha256 BLOB,
    signature TEXT,
    previous_key TEXT,
    previous_here INTEGER,
    previous_sha256 BLOB,
    previous_signature TEXT,
    UNIQUE (import, key)
) STRICT;

CREATE INDEX import_digest_unread ON import_digest (import, number) WHERE state = 0;

-- What digests say that there is, until its folder is done without failures.
CREATE TABLE import_listed (
    import INTEGER NOT NULL REFERENCES import (number) ON DELETE CASCADE,
    key TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    digest INTEGER NOT NULL,
    PRIMARY KEY (import, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX import_listed_digest ON import_listed (digest);

-- What ListImportFailures answers, one for each location. final: a retry does not look at it again.
-- AUTOINCREMENT: the order of pages.
CREATE TABLE import_failure (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    import INTEGER NOT NULL REFERENCES import (number) ON DELETE CASCADE,
    location TEXT NOT NULL,
    status TEXT NOT NULL,
    error_type TEXT NOT NULL,
    message TEXT NOT NULL,
    final INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    UNIQUE (import, location)
) STRICT;

CREATE INDEX import_failure_status ON import_failure (import, status);

PRAGMA user_version = 10;
