-- What the gateway learned of foreign access keys. lesson: JSON that says whose the key is, and how
-- that is known. expires: NULL for a key that lasts.
CREATE TABLE lesson (
    access_key_id TEXT PRIMARY KEY,
    lesson TEXT NOT NULL,
    expires INTEGER
) STRICT, WITHOUT ROWID;

PRAGMA user_version = 2;
