-- attributes and tags: JSON objects of texts. Times are milliseconds since 1970.

CREATE TABLE topic (
    arn TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    region TEXT NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    -- Subscriptions that it once had.
    unsubscribed INTEGER NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX topic_account ON topic (account, region, arn);

-- account: the subscriber's. token: NULL once the endpoint has confirmed. authenticated: whether
-- the owner of the endpoint was known when it confirmed.
CREATE TABLE subscription (
    arn TEXT PRIMARY KEY,
    topic TEXT NOT NULL REFERENCES topic (arn) ON DELETE CASCADE,
    account INTEGER NOT NULL REFERENCES account (id),
    principal TEXT NOT NULL,
    protocol TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    attributes TEXT NOT NULL,
    token TEXT,
    authenticated INTEGER NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (topic, protocol, endpoint)
) STRICT, WITHOUT ROWID;

CREATE INDEX subscription_topic ON subscription (topic, arn);
CREATE INDEX subscription_account ON subscription (account, arn);
CREATE INDEX subscription_pending ON subscription (created) WHERE token IS NOT NULL;

-- What was published, for as long as a notice of it waits.
CREATE TABLE publication (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    message_id TEXT NOT NULL,
    subject TEXT,
    message TEXT NOT NULL,
    attributes TEXT NOT NULL,
    published INTEGER NOT NULL
) STRICT;

-- One subscriber's copy on its way. publication: NULL for a request to confirm. own: the message in
-- the words that its publisher chose for the protocol. queued: 1 for a queue, 0 for a web server.
CREATE TABLE notice (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscription TEXT NOT NULL REFERENCES subscription (arn) ON DELETE CASCADE,
    publication INTEGER REFERENCES publication (id),
    own TEXT,
    queued INTEGER NOT NULL,
    due INTEGER NOT NULL,
    attempts INTEGER NOT NULL
) STRICT;

CREATE INDEX notice_due ON notice (queued, due, id);
CREATE INDEX notice_subscription ON notice (subscription);
CREATE INDEX notice_publication ON notice (publication);

-- The one key that notices are signed with. private: PKCS #8, sealed. certificate: X.509, DER.
CREATE TABLE notice_key (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    private BLOB NOT NULL,
    certificate BLOB NOT NULL
) STRICT;

-- dead_letter: the ARN of the queue that takes what nobody could work on. held: the messages in it,
-- kept by the triggers below.
CREATE TABLE queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER NOT NULL REFERENCES account (id),
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    dead_letter TEXT,
    held INTEGER NOT NULL,
    created INTEGER NOT NULL,
    modified INTEGER NOT NULL,
    purged INTEGER,
    UNIQUE (account, region, name)
) STRICT;

CREATE INDEX queue_dead_letter ON queue (dead_letter) WHERE dead_letter IS NOT NULL;

-- visible: from when it can be received. received: how often it was, in all its queues; tries: in
-- this one. receipt: what the latest receipt handle proves. source: the ARN of the queue that gave
-- it up.
CREATE TABLE message (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue INTEGER NOT NULL REFERENCES queue (id) ON DELETE CASCADE,
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    sent INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    visible INTEGER NOT NULL,
    received INTEGER NOT NULL,
    tries INTEGER NOT NULL,
    first_received INTEGER,
    last_received INTEGER,
    receipt INTEGER,
    source TEXT,
    trace TEXT,
    attributes TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX message_visible ON message (queue, visible);
CREATE INDEX message_expires ON message (expires);

CREATE TRIGGER message_comes AFTER INSERT ON message BEGIN
    UPDATE queue SET held = held + 1 WHERE id = new.queue;
END;

CREATE TRIGGER message_goes AFTER DELETE ON message BEGIN
    UPDATE queue SET held = held - 1 WHERE id = old.queue;
END;

PRAGMA user_version = 5;
