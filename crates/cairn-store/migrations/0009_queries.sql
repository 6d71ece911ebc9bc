-- Queries of the lake. id: a UUID. account: who started it; owner: whose event data stores it reads.
-- store: the first of stores, a JSON list of ids. delivery: NULL without a delivery_uri. labels: a
-- JSON list, once there is a result. Queries that ended are dropped with their results.
CREATE TABLE query (
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    region TEXT NOT NULL,
    owner INTEGER NOT NULL,
    store TEXT NOT NULL,
    stores TEXT NOT NULL,
    statement TEXT NOT NULL,
    alias TEXT,
    refresh TEXT,
    prompt TEXT,
    status TEXT NOT NULL,
    error TEXT,
    delivery_uri TEXT,
    delivery TEXT,
    labels TEXT NOT NULL,
    rows INTEGER NOT NULL,
    matched INTEGER NOT NULL,
    scanned INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    millis INTEGER NOT NULL,
    created INTEGER NOT NULL,
    started INTEGER,
    finished INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX query_account ON query (account, region, created);
CREATE INDEX query_alias_run ON query (account, region, alias, created) WHERE alias IS NOT NULL;
CREATE INDEX query_refresh ON query (account, region, refresh) WHERE refresh IS NOT NULL;
CREATE INDEX query_waiting ON query (created) WHERE status IN ('QUEUED', 'RUNNING');
CREATE INDEX query_deliveries ON query (created) WHERE delivery = 'PENDING';
CREATE INDEX query_created ON query (created);

-- Statements that are run by a name. store: what stands for the placeholder of a generated query.
-- dashboard: the id of the dashboard whose widget it fills.
CREATE TABLE query_alias (
    account INTEGER NOT NULL REFERENCES account (id),
    region TEXT NOT NULL,
    alias TEXT NOT NULL,
    statement TEXT NOT NULL,
    store TEXT,
    prompt TEXT,
    dashboard TEXT,
    created INTEGER NOT NULL,
    PRIMARY KEY (account, region, alias)
) STRICT, WITHOUT ROWID;

CREATE INDEX query_alias_dashboard ON query_alias (dashboard) WHERE dashboard IS NOT NULL;

-- Custom dashboards. widgets: a JSON list. schedule: JSON as the API answers it; NULL for none.
CREATE TABLE dashboard (
    id TEXT PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id),
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    widgets TEXT NOT NULL,
    schedule TEXT,
    termination_protection INTEGER NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    UNIQUE (account, region, name)
) STRICT, WITHOUT ROWID;

-- Refreshes of dashboards, managed ones too, by the dashboard's name. failure: NULL where every
-- widget's query was started.
CREATE TABLE dashboard_refresh (
    account INTEGER NOT NULL REFERENCES account (id),
    region TEXT NOT NULL,
    id TEXT NOT NULL,
    dashboard TEXT NOT NULL,
    started INTEGER NOT NULL,
    failure TEXT,
    PRIMARY KEY (account, region, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX dashboard_refresh_newest ON dashboard_refresh (account, region, dashboard, started);

PRAGMA user_version = 9;
