-- verdict: what digests have said of a file whose events are in the table: 0 nothing, 1 its hash was
-- compared, 2 none names it although they cover its time. The rows of an import's files are kept until
-- it is completed.
ALTER TABLE import_file ADD COLUMN verdict INTEGER NOT NULL DEFAULT 0;

PRAGMA user_version = 14;
