CREATE TABLE bucket (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    owner INTEGER NOT NULL,
    region TEXT NOT NULL,
    created INTEGER NOT NULL,
    settings TEXT NOT NULL
) STRICT;
CREATE INDEX bucket_owner ON bucket (owner, name);

CREATE TABLE version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    bucket INTEGER NOT NULL REFERENCES bucket,
    key BLOB NOT NULL,
    version TEXT NOT NULL,
    marker INTEGER NOT NULL,
    noncurrent INTEGER,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    mode TEXT,
    retained INTEGER,
    hold INTEGER NOT NULL,
    tags TEXT NOT NULL,
    detail TEXT NOT NULL,
    files TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX version_current ON version (bucket, key) WHERE noncurrent IS NULL;
CREATE UNIQUE INDEX version_name ON version (bucket, key, version);
CREATE INDEX version_order ON version (bucket, key, id DESC);

CREATE TABLE upload (
    id TEXT PRIMARY KEY,
    bucket INTEGER NOT NULL REFERENCES bucket,
    key BLOB NOT NULL,
    created INTEGER NOT NULL,
    detail TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_order ON upload (bucket, key, id);

CREATE TABLE part (
    upload TEXT NOT NULL REFERENCES upload,
    number INTEGER NOT NULL,
    size INTEGER NOT NULL,
    etag TEXT NOT NULL,
    modified INTEGER NOT NULL,
    detail TEXT NOT NULL,
    file TEXT NOT NULL,
    PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE file (
    id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    target TEXT NOT NULL,
    bucket TEXT NOT NULL,
    owner INTEGER NOT NULL,
    body TEXT NOT NULL
) STRICT;

PRAGMA user_version = 1;
