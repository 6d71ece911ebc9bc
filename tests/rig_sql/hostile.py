"""Texts of somebody who wants what is not theirs: the other account's store in every form, what
the server has on disk, and statements that do something else than read."""

import re

# {a}: own store; {b}: the other account's; {owner}: that account.
STORE = [
    "SELECT * FROM {b}", "SELECT eventJson FROM {B}", 'SELECT * FROM "{b}"', 'SELECT * FROM "{B}"',
    "SELECT count(*) FROM {b}", "SELECT max(eventJson) FROM {b} b", "SELECT * FROM '{b}'",
    "SELECT * FROM `{b}`", "SELECT * FROM [{b}]", 'SELECT * FROM "{arn}"', "SELECT * FROM {arn}",
    "SELECT * FROM '{arn}'", 'SELECT * FROM "{owner}"."{b}"', "SELECT * FROM {owner}.{b}",
    'SELECT * FROM "public"."{b}"', 'SELECT * FROM "datafusion"."public"."{b}"',
    'SELECT * FROM "lake"."{b}"', 'SELECT * FROM "cairn"."lake"."{b}"', 'SELECT * FROM "{b}" "{a}"',
    'SELECT * FROM "aws:cloudtrail"."default"."{b}"', "TABLE {b}", 'TABLE "{b}"', "FROM {b}",
    "FROM {b} SELECT *", "WITH t AS (SELECT * FROM {b}) SELECT * FROM t",
    "WITH t AS (SELECT eventID FROM {a}), u AS (SELECT * FROM {b}) SELECT * FROM t, u",
    'WITH "{a}" AS (SELECT * FROM {b}) SELECT * FROM "{a}"',
    "WITH {a} AS (SELECT * FROM {b}) SELECT * FROM {a}",
    'WITH "{b}" AS (SELECT * FROM "{b}") SELECT * FROM "{b}"',
    'WITH RECURSIVE "{b}" AS (SELECT * FROM "{b}") SELECT * FROM "{b}", {a}',
    "WITH t AS (WITH t AS (SELECT * FROM {b}) SELECT * FROM t) SELECT * FROM t",
    'SELECT * FROM (WITH "{b}" AS (SELECT 1) SELECT * FROM "{b}") x, "{b}"',
    "SELECT * FROM (SELECT * FROM {b}) x", "SELECT * FROM (({b}))", "SELECT * FROM ONLY {b}",
    "SELECT * FROM {a}, {b}", "SELECT b.* FROM {a} a JOIN {b} b ON true",
    "SELECT b.* FROM {a} a LEFT JOIN {b} b USING (eventSource)", "SELECT * FROM {a} NATURAL JOIN {b}",
    "SELECT b.* FROM {a} a CROSS JOIN LATERAL (SELECT * FROM {b}) b",
    "SELECT eventID FROM {a} UNION ALL SELECT eventID FROM {b}",
    "SELECT eventID FROM {a} EXCEPT SELECT eventID FROM {b}", "SELECT 1 FROM {a} UNION TABLE {b}",
    "SELECT * FROM {a} WHERE eventName IN (SELECT eventName FROM {b})",
    "SELECT * FROM {a} WHERE EXISTS (SELECT 1 FROM {b} WHERE eventJson LIKE '%secret%')",
    "SELECT (SELECT max(eventJson) FROM {b}) FROM {a}",
    "SELECT * FROM {a} ORDER BY (SELECT count(*) FROM {b})",
    "SELECT count(*) FROM {a} HAVING count(*) > (SELECT count(*) FROM {b})",
    "SELECT * FROM {a} LIMIT (SELECT count(*) FROM {b})", "VALUES ((SELECT max(eventJson) FROM {b}))",
    "SELECT * FROM {a}, (VALUES ((SELECT max(eventJson) FROM {b}))) AS v(x)",
    "SELECT transform(ARRAY[1], x -> (SELECT max(eventJson) FROM {b})) FROM {a}",
    "SELECT * FROM {a} CROSS JOIN UNNEST((SELECT array_agg(eventJson) FROM {b})) AS t(x)",
    "SELECT sum(1) OVER (ORDER BY (SELECT max(eventID) FROM {b})) FROM {a}",
    "SELECT CASE WHEN false THEN (SELECT max(eventID) FROM {b}) END FROM {a}",
    "SELECT count(*) FILTER (WHERE eventID > ALL (SELECT eventID FROM {b})) FROM {a}",
    "SELECT try((SELECT max(eventJson) FROM {b})) FROM {a}",
    "SELECT * FROM {a} a JOIN {a} c ON a.eventID = (SELECT max(eventID) FROM {b})",
    "SELECT 1 FROM {a} /* ; */ ; SELECT * FROM {b}", "SELECT 1 FROM {a};;SELECT * FROM {b};",
    "SELECT * FROM {a} --\n, {b}", "SELECT * FROM/**/{b}", "SELECT * FROM /*{a}*/ {b}",
    "SELECT * FROM /* /* */ {b} /* */", "SELECT * FROM {a} --\r, {b}\n, {b}", "SELECT * FROM {wide}",
    'SELECT * FROM "{b} "', 'SELECT * FROM " {b}"', 'SELECT * FROM "{b}\0"', 'SELECT * FROM "\ufeff{b}"',
    'SELECT * FROM U&"{b}"', 'SELECT * FROM U&"\\00{first}{tail}"', "SELECT * FROM {plain}",
    'SELECT * FROM "{plain}"', 'SELECT * FROM "{{{b}}}"', 'SELECT * FROM "{b}.parquet"',
    "SELECT * FROM IDENTIFIER('{b}')", "SELECT * FROM TABLE({b})", "SELECT * FROM table('{b}')",
    'SELECT * FROM "{b}" FOR TIMESTAMP AS OF current_timestamp', "SELECT {b}.* FROM {a}",
    "SELECT * FROM {a} WHERE {b}.eventID IS NOT NULL", "SELECT * FROM {b} TABLESAMPLE BERNOULLI (100)",
    "SELECT * FROM {b} PIVOT (max(eventJson) FOR eventName IN ('x'))",
]
# These say the other's id and read only what is their own, or are refused.
HARMLESS = [
    'WITH "{b}" AS (SELECT * FROM {a}) SELECT * FROM "{b}"', "SELECT '{b}', '{arn}' FROM {a}",
    'SELECT "{b}".eventID FROM {a} AS "{b}"', 'SELECT eventID AS "{b}" FROM {a}', "SELECT * FROM {a} -- {b}",
    "SELECT * FROM {a} /* , {b} */", "WITH {b} AS (SELECT 1 AS x FROM {a}) SELECT x FROM {b}",
    "SELECT * FROM {a} WHERE eventJson LIKE '%{b}%' OR recipientAccountId = '{owner}'",
    "SELECT * FROM {a} WHERE recipientAccountId <> '{own}' OR true", "SELECT _seq, _account FROM {a}",
]
ELSEWHERE = [
    "information_schema.tables", "information_schema.columns", "information_schema.df_settings",
    "information_schema.schemata", '"information_schema"."tables"', "tables", "columns", "df_settings",
    "pg_catalog.pg_tables", "pg_class", "sqlite_master", "sqlite_schema", "queries", "accounts",
    "access_keys", "event_data_stores", "system.runtime.queries", "system.metadata.catalogs",
    "system.jdbc.tables", '"{a}$files"', '"{a}$snapshots"', '"{a}$history"', '"{b}$files"',
    '"{b}$partitions"', "{a}.files", "{a}.snapshots", '"{a}"."{b}"', '"{file}"', "'{file}'",
    "'{table}'", '"{table}"', "'file://{table}'", '"file://{file}"', "read_parquet('{table}')",
    "read_csv('{file}')", "read_csv_auto('{file}')", "read_json('{file}')", "read_text('{file}')",
    "read_blob('{file}')", "parquet_scan('{table}')", "iceberg_scan('{folder}')", "glob('{folder}/*')",
    "parquet_metadata('{table}')", "metadata_cache()", "statistics_cache()", "list_files_cache()",
    "generate_series(1, 10)", "range(0, 10)", "TABLE(read_csv('{file}'))", "duckdb_tables()",
    "duckdb_settings()", "pragma_table_info('x')", "file('{file}')", "url('http://127.0.0.1:1/')",
    "s3('s3://x/y')", "'s3://x/y.parquet'", "'http://127.0.0.1:1/x.csv'", "sqlite_scan('{state}', 'x')",
    '"{state}"', "'{folder}'", "'../../{b}'", '"../{b}/data"', "'/proc/self/environ'", '"/etc/passwd"',
    "dual", "{a}@x", '"cairn-lake"."{a}"', "default.{a}", "OPENROWSET('x')", "system.query('x')",
    "TABLE(system.query(query => 'SELECT 1'))", "JSON_TABLE('[]', '$' COLUMNS (x INT PATH '$'))",
]
# Around a relation of ELSEWHERE.
AROUND = ["SELECT * FROM {x}", "SELECT x.* FROM {a} a, {x} x", "SELECT count(*) FROM {a} JOIN {x} ON true",
          "WITH t AS (SELECT * FROM {x}) SELECT * FROM t, {a}", "SELECT (SELECT max(1) FROM {x}) FROM {a}",
          "SELECT 1 FROM {a} UNION ALL SELECT 1 FROM {x}"]
OTHERS = [
    "COPY (SELECT * FROM {a}) TO '{folder}/x.csv'", "COPY {b} TO '{folder}/x'", "COPY {a} FROM '{file}'",
    "CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '{file}'", "CREATE TABLE x AS SELECT * FROM {b}",
    "CREATE VIEW v AS SELECT * FROM {b}", "CREATE SCHEMA x", "CREATE FUNCTION f() RETURNS INT RETURN 1",
    "CREATE OR REPLACE TABLE \"{a}\" AS SELECT 1", "INSERT INTO {a} SELECT * FROM {b}", "DELETE FROM {b}",
    "UPDATE {b} SET eventName = 'x'", "DROP TABLE {b}", "DROP VIEW IF EXISTS x", "TRUNCATE TABLE {b}",
    "MERGE INTO {a} USING {b} ON true WHEN MATCHED THEN DELETE", "ALTER TABLE {b} RENAME TO x",
    "SET datafusion.execution.batch_size = 1", "SET datafusion.catalog.information_schema = true",
    "RESET datafusion.execution.batch_size", "SHOW TABLES", "SHOW ALL", "SHOW FUNCTIONS",
    "SHOW COLUMNS FROM {b}",
    "SHOW CREATE TABLE {b}", "DESCRIBE {b}", "DESC {a}", "EXPLAIN SELECT * FROM {b}", "USE x",
    "EXPLAIN ANALYZE SELECT * FROM {a}", "EXPLAIN (TYPE IO, FORMAT JSON) SELECT * FROM {b}",
    "PREPARE p AS SELECT * FROM {b}", "EXECUTE p", "DEALLOCATE p", "CALL system.runtime.kill_query('x')",
    "ATTACH '{state}' AS x", "PRAGMA database_list", "LOAD httpfs", "INSTALL httpfs", "BEGIN", "COMMIT",
    "START TRANSACTION", "ROLLBACK", "GRANT SELECT ON {b} TO PUBLIC", "ANALYZE {b}", "KILL 1", "VACUUM",
    "DECLARE c CURSOR FOR SELECT * FROM {b}", "UNLOAD (SELECT * FROM {b}) TO 's3://x'", "REFRESH TABLE {b}",
    "SELECT * INTO x FROM {a}", "SELECT * INTO OUTFILE '{folder}/x' FROM {b}",
    "WITH x AS (DELETE FROM {b}) SELECT 1",
    "WITH x AS (INSERT INTO {a} SELECT * FROM {b} RETURNING *) SELECT * FROM x", "SELECT 1; DROP TABLE {a}",
    "SELECT eventID FROM {a} FOR UPDATE OF {b}", "(SELECT 1 FROM {a}); SELECT * FROM {b}", "",
    "SELECT 1 FROM {a}; SET x = 1", "VALUES 1", "SELECT 1", "SELECT version()", "SELECT current_user",
]
FUNCTIONS = ["version()", "getenv('RIG_MARKER')", "current_setting('x')", "pg_read_file('{file}')",
             "read_text('{file}')", "load_extension('x')", "current_database()", "arrow_typeof(eventID)",
             "lake_lower(eventID)", "lake_try_lower(eventID)", "get_field(userIdentity, 'arn')", "sleep(10)",
             "pg_sleep(10)", "file_name()", "input_file_name()", "system('id')", "named_struct('a', 1)",
             "struct(eventID)", "make_array(1)", "\"$path\"", "\"$file_modified_time\"", "_row_id", "ctid"]


def write(names, chance):
    """A text, whether its acceptance is a fault, and further members of the call."""
    kind, more = chance.random(), {}
    barred = True
    if kind < 0.5:
        text = chance.choice(STORE)
    elif kind < 0.58:
        text, barred = chance.choice(HARMLESS), False
    elif kind < 0.76:
        text = chance.choice(AROUND).replace("{x}", chance.choice(ELSEWHERE))
    elif kind < 0.92:
        text = chance.choice(OTHERS)
    elif kind < 0.97:
        text = f"SELECT {chance.choice(FUNCTIONS)} FROM {{a}}"
    else:
        text, more = "SELECT * FROM ?", {"QueryParameters": [chance.choice(["{b}", '"{b}"', "{a}, {b}"])]}
        more["QueryParameters"] = [fill(parameter, names) for parameter in more["QueryParameters"]]
    text = disguise(fill(text, names), chance)
    if chance.random() < 0.1:
        more["EventDataStoreOwnerAccountId"] = names.owner
    return text, barred, more


def fill(text, names):
    """The names in their places."""
    places = {
        "a": names.a, "b": names.b, "B": names.b.upper(), "arn": names.arn, "owner": names.owner,
        "own": names.own, "file": names.file, "table": names.table, "state": names.state,
        "folder": names.folder, "plain": names.b.replace("-", ""), "first": f"{ord(names.b[0]):02x}",
        "tail": names.b[1:], "wide": "".join(_wide(letter) for letter in names.b),
    }
    return re.sub(r"\{(\w+)\}", lambda found: places.get(found[1], found[0]), text)


def disguise(text, chance):
    """The same to whoever parses it."""
    if "--" in text or "'" in text or '"' in text or "/*" in text:
        return text + chance.choice(["", "", "\n", " "])
    form = chance.randrange(6)
    if form == 0:
        text = "".join(chance.choice([letter.lower(), letter.upper()]) for letter in text)
    elif form == 1:
        text = text.replace(" ", chance.choice(["\n", "\t", " /* x */ ", "\r\n", " -- x\n"]))
    elif form == 2:
        text = chance.choice(["/* SELECT 1 */ ", "-- x\n", "\n\n"]) + text
    elif form == 3 and text.startswith("SELECT") and ";" not in text:
        text = f"SELECT * FROM ({text}) AS outermost"
    elif form == 4 and ";" not in text:
        text += ";"
    return text


def _wide(letter):
    return chr(ord(letter) + 0xFEE0) if letter.isalnum() else letter
