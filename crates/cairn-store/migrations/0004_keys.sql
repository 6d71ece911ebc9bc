-- KMS keys. managed: a service's own, made when it was first asked for. policy: JSON text. deletion: when a key that waits for it goes; waiting: the days it was
-- given. rotation: days between automatic rotations, NULL while they are off; next_rotation: the
-- next of them.
CREATE TABLE kms_key (
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    region TEXT NOT NULL,
    description TEXT NOT NULL,
    policy TEXT NOT NULL,
    managed INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    deletion INTEGER,
    waiting INTEGER,
    rotation INTEGER,
    next_rotation INTEGER,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX kms_key_place ON kms_key (account, region, id);
CREATE INDEX kms_key_deletion ON kms_key (deletion) WHERE deletion IS NOT NULL;
CREATE INDEX kms_key_rotation ON kms_key (next_rotation) WHERE next_rotation IS NOT NULL;

-- What keys encrypt with: the highest number with the newest texts, the others with what they have
-- encrypted. sealed: 32 bytes, sealed for the key and the material. cause: 0 the key was made,
-- 1 an automatic rotation, 2 one on demand.
CREATE TABLE kms_material (
    key_id TEXT NOT NULL REFERENCES kms_key (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    id TEXT NOT NULL,
    sealed BLOB NOT NULL,
    cause INTEGER NOT NULL,
    created INTEGER NOT NULL,
    PRIMARY KEY (key_id, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE kms_tag (
    key_id TEXT NOT NULL REFERENCES kms_key (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (key_id, name)
) STRICT, WITHOUT ROWID;

-- name: with its 'alias/'.
CREATE TABLE kms_alias (
    account INTEGER NOT NULL REFERENCES account (id),
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    key_id TEXT NOT NULL REFERENCES kms_key (id) ON DELETE CASCADE,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    PRIMARY KEY (account, region, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX kms_alias_key ON kms_alias (key_id);

-- operations, constraints: JSON text. issuer: the account that granted.
CREATE TABLE kms_grant (
    id TEXT PRIMARY KEY,
    key_id TEXT NOT NULL REFERENCES kms_key (id) ON DELETE CASCADE,
    token TEXT NOT NULL UNIQUE,
    name TEXT,
    grantee TEXT NOT NULL,
    retiring TEXT,
    operations TEXT NOT NULL,
    constraints TEXT,
    issuer INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX kms_grant_key ON kms_grant (key_id, id);
CREATE INDEX kms_grant_grantee ON kms_grant (key_id, grantee);
CREATE INDEX kms_grant_retiring ON kms_grant (retiring, id) WHERE retiring IS NOT NULL;

PRAGMA user_version = 4;
