-- The tags of resources as records up to the lake's cursor said. resource: an ARN,
-- `iam::ACCOUNT:role/NAME` or `iam::ACCOUNT:user/NAME`, or the access key of a session. ends: of a
-- session, milliseconds.
CREATE TABLE resource_tag (
    account INTEGER NOT NULL,
    resource TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    ends INTEGER,
    PRIMARY KEY (account, resource, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX resource_tag_ends ON resource_tag (ends) WHERE ends IS NOT NULL;

PRAGMA user_version = 12;
