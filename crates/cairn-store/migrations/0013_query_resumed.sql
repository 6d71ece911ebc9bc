-- resumed: how often a query was taken up again by a server that found it begun.
ALTER TABLE query ADD COLUMN resumed INTEGER NOT NULL DEFAULT 0;

PRAGMA user_version = 13;
