-- What records said of the tags of resources, by the place of the record in the journal. resource: an
-- ARN, `iam::role/NAME` or `iam::user/NAME`, or the access key of a session. key: '' where all tags
-- went. value: NULL where the tag went. ends: of a session, milliseconds. Rows that a later one at or
-- before the lake's cursor replaces are dropped.
CREATE TABLE tag_change (
    account INTEGER NOT NULL,
    resource TEXT NOT NULL,
    seq INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT,
    ends INTEGER,
    PRIMARY KEY (account, resource, seq, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX tag_change_ends ON tag_change (ends) WHERE ends IS NOT NULL;

PRAGMA user_version = 12;
