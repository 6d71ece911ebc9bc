-- What trails deliver. Times are milliseconds since 1970; hashes are SHA-256.

-- How far the files of a trail reach where its plan changed, which may be further than the cursor of
-- all.
CREATE TABLE trail_cursor (
    trail TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    acct_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last acctSeq of each account that closed windows have covered.
CREATE TABLE covered (
    account INTEGER PRIMARY KEY,
    acct_seq INTEGER NOT NULL
) STRICT;

-- Log files: on their way while delivered is NULL. notice: 0 nobody is told, 1 somebody has to be,
-- 2 was told. digest: NULL not in a digest yet, 0 never in one, else the digest that names it.
-- pack, extents: where the bytes wait, as offset:length pairs joined by commas. block_bytes: how
-- much text was compressed at a time, and level: how hard, for making the same bytes again.
CREATE TABLE delivery (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trail TEXT NOT NULL,
    account INTEGER NOT NULL,
    region TEXT NOT NULL,
    folder TEXT NOT NULL,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    first_acct_seq INTEGER NOT NULL,
    last_acct_seq INTEGER NOT NULL,
    records INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    sha256 BLOB NOT NULL,
    gzip_bytes INTEGER NOT NULL,
    gzip_sha256 BLOB NOT NULL,
    oldest INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    closed INTEGER NOT NULL,
    pack TEXT NOT NULL,
    extents TEXT NOT NULL,
    block_bytes INTEGER NOT NULL,
    level INTEGER NOT NULL,
    delivered INTEGER,
    etag TEXT,
    version TEXT,
    notice INTEGER NOT NULL,
    digest INTEGER
) STRICT;

CREATE INDEX delivery_waiting ON delivery (trail, id, closed) WHERE delivered IS NULL;
CREATE INDEX delivery_unlisted ON delivery (trail, account, region) WHERE digest IS NULL;
CREATE INDEX delivery_unsaid ON delivery (trail, id) WHERE notice = 1 AND delivered IS NOT NULL;
CREATE INDEX delivery_packs ON delivery (pack) WHERE delivered IS NULL;
CREATE INDEX delivery_done ON delivery (delivered) WHERE delivered IS NOT NULL;
CREATE INDEX delivery_closed ON delivery (closed, trail);

-- The chain of digests of one trail, account and source Region. reason: why it starts. ended: why it
-- ended. fresh: whether it has no digest since its start. until: the end of its last period. covered:
-- the last acctSeq that its digests answer for. previous: its last digest ever. position: how many
-- digests it ever had.
CREATE TABLE chain (
    trail TEXT NOT NULL,
    account INTEGER NOT NULL,
    region TEXT NOT NULL,
    backfill INTEGER NOT NULL,
    reason TEXT NOT NULL,
    started INTEGER NOT NULL,
    ended TEXT,
    fresh INTEGER NOT NULL,
    until INTEGER NOT NULL,
    position INTEGER NOT NULL,
    covered INTEGER NOT NULL,
    previous INTEGER,
    PRIMARY KEY (trail, account, region, backfill)
) STRICT, WITHOUT ROWID;

-- Digests with the proof beside each. body, proof: the stored bytes, for as long as they may have
-- to be delivered again. seen: whether it was ever there. was_*: the chain before, for taking it back.
CREATE TABLE digest (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trail TEXT NOT NULL,
    account INTEGER NOT NULL,
    region TEXT NOT NULL,
    backfill INTEGER NOT NULL,
    period_start INTEGER NOT NULL,
    period_end INTEGER NOT NULL,
    bucket TEXT NOT NULL,
    key TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    signature TEXT NOT NULL,
    proof_key TEXT NOT NULL,
    proof_sha256 BLOB NOT NULL,
    metadata TEXT NOT NULL,
    body BLOB,
    proof BLOB,
    delivered INTEGER,
    seen INTEGER NOT NULL DEFAULT 0,
    was_fresh INTEGER NOT NULL,
    was_covered INTEGER NOT NULL,
    was_previous INTEGER
) STRICT;

CREATE INDEX digest_waiting ON digest (trail, id) WHERE delivered IS NULL;
CREATE INDEX digest_done ON digest (delivered) WHERE delivered IS NOT NULL;
CREATE INDEX digest_period ON digest (trail, account, region, backfill, period_end);

PRAGMA user_version = 6;
