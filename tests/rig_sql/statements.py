"""Random statements that mean something: expressions have the types that their places want."""

TEXTS = ["eventName", "eventSource", "eventID", "userIdentity.arn", "awsRegion", "errorCode", "eventJson",
         "userIdentity.sessionContext.sessionIssuer.userName", "requestParameters.bucketName",
         "element_at(responseElements, 'x')", "tlsDetails.tlsVersion", "recipientAccountId",
         "resources[1].arn", "eventContext.tagContext.principalTags.team", "'x'", "''", "NULL",
         "'2026-11-20'", "CAST(eventTime AS varchar)", "userIdentity.userName", "'\U0001f600'"]
NUMBERS = ["1", "0", "-1", "length(eventName)", "cardinality(resources)", "1.5", "3", "7", "NULL",
           "hour(eventTime)", "9223372036854775807", "rand()", "month(current_date)"]
FLAGS = ["readOnly", "managementEvent", "true", "false", "errorCode IS NULL", "resources IS NOT NULL",
         "eventName IN ('PutThing', 'x')", "eventName LIKE 'Put%'", "NULL"]
TIMES = ["eventTime", "current_timestamp", "TIMESTAMP '2026-11-20 00:00:00'", "current_date",
         "userIdentity.sessionContext.attributes.creationDate", "DATE '2026-02-28'"]
LISTS = ["ARRAY['a', NULL, 'b']", "split(eventName, 'e')", "transform(resources, x -> x.arn)",
         "map_keys(requestParameters)", "ARRAY[eventName, eventID]", "regexp_extract_all(eventID, '[a-f]+')",
         "CAST(ARRAY[] AS array(varchar))"]
AGGREGATES = ["count(*)", "count(DISTINCT {t})", "max({t})", "min({n})", "sum({n})", "avg({n})",
              "array_agg({t})", "max_by({t}, {n})", "count_if({f})", "bool_and({f})", "arbitrary({t})",
              "approx_distinct({t})", "approx_percentile({n}, 0.5)", "map_agg({t}, {n})", "histogram({t})",
              "listagg({t}, ',') WITHIN GROUP (ORDER BY {t})", "stddev({n})", "checksum({t})",
              "array_agg({t} ORDER BY {n} DESC)", "count(*) FILTER (WHERE {f})", "multimap_agg({t}, {t})"]
WINDOWS = ["row_number()", "rank()", "lag({t})", "lead({n}, 2)", "first_value({t})", "ntile(3)",
           "sum({n})", "count(*)", "nth_value({t}, 2)", "percent_rank()", "max({t})"]
FRAMES = ["", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", " ROWS UNBOUNDED PRECEDING",
          " RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING"]
FORMS = {
    "t": ["lower({t})", "concat({t}, {t})", "{t} || {t}", "substr({t}, {n})", "coalesce({t}, {t})",
          "CASE WHEN {f} THEN {t} ELSE {t} END", "if({f}, {t}, {t})", "CAST({n} AS varchar)", "try({t})",
          "split_part({t}, 'e', 2)", "regexp_replace({t}, '[aeiou]', '.')", "reverse({t})",
          "json_extract_scalar(eventJson, '$.userIdentity.arn')", "array_join({l}, '-')", "({q}t)",
          "date_format({d}, '%Y-%m-%d')", "element_at({l}, {n})", "replace({t}, {t}, {t})",
          "lpad({t}, 20, '-')", "to_hex(md5(to_utf8({t})))", "nullif({t}, {t})", "CAST({f} AS varchar)",
          "reduce({l}, '', (s, x) -> s || coalesce(x, ''), s -> s)", "format('%s', {t})"],
    "n": ["{n} + {n}", "{n} * {n}", "{n} / {n}", "{n} % 7", "length({t})", "cardinality({l})", "abs({n})",
          "CAST({t} AS bigint)", "try_cast({t} AS double)", "round({n}, 1)", "date_diff('hour', {d}, {d})",
          "strpos({t}, {t})", "({q}n)", "greatest({n}, {n})", "year({d})", "to_unixtime({d})",
          "json_array_length({t})", "try({n} / 0)", "sequence(1, 5)[{n}]", "coalesce({n}, 0)"],
    "f": ["{n} < {n}", "{t} = {t}", "{t} LIKE {t}", "{f} AND {f}", "{f} OR {f}", "NOT {f}", "{t} IS NULL",
          "{n} BETWEEN {n} AND {n}", "{d} > {d}", "any_match({l}, x -> x = {t})", "contains({l}, {t})",
          "{t} IN ({t}, {t})", "regexp_like({t}, '^[A-Z]')", "{t} IN ({q}t)", "EXISTS ({q}n)",
          "{t} IS DISTINCT FROM {t}", "all_match({l}, x -> length(x) > {n})", "starts_with({t}, 'a')"],
    "d": ["date_trunc('hour', {d})", "date_add('day', {n}, {d})", "{d} + INTERVAL '1' DAY",
          "from_unixtime({n})", "try(from_iso8601_timestamp({t}))", "CAST({d} AS date)",
          "coalesce({d}, {d})"],
    "l": ["transform({l}, x -> upper(x))", "filter({l}, x -> x > {t})", "array_sort({l})",
          "array_distinct({l})", "{l} || {l}", "slice({l}, 1, 2)", "array_union({l}, {l})", "repeat({t}, 3)",
          "split({t}, ',')", "map_values(CAST(requestParameters AS map(varchar, varchar)))",
          "flatten(ARRAY[{l}])",
          "zip_with({l}, {l}, (x, y) -> x || y)"],
}
LEAVES = {"t": TEXTS, "n": NUMBERS, "f": FLAGS, "d": TIMES, "l": LISTS}


class Statements:
    def __init__(self, names, chance):
        self.names, self.chance = names, chance

    def fill(self, form, depth):
        """The form with expressions in its places; `{q}t` is a sub-query of one text."""
        out, rest = "", form
        while "{" in rest:
            before, _, rest = rest.partition("{")
            place, _, rest = rest.partition("}")
            out += before
            if place == "q":
                out, rest = out + self._one(rest[0], depth), rest[1:]
            else:
                out += self.expression(place, depth)
        return out + rest

    def expression(self, kind, depth):
        if depth <= 0 or self.chance.random() < 0.2:
            return self.chance.choice(LEAVES[kind])
        return self.fill(self.chance.choice(FORMS[kind]), depth - 1)

    def select(self, depth):
        text = self._select(depth)
        shape = self.chance.random()
        if shape < 0.12:
            inner, outer = self._select(0), self.chance.choice(["count(*)", "*", "DISTINCT *"])
            text = f"WITH q AS ({inner}), r AS (SELECT {outer} FROM q) SELECT * FROM r"
        elif shape < 0.22:
            how = self.chance.choice(["UNION", "UNION ALL", "EXCEPT", "INTERSECT"])
            item = self.expression("t", depth)
            other = self.expression("t", 1)
            text = (f"SELECT {item} AS x FROM {self.names.a} {how} "
                    f"SELECT {other} FROM {self.names.more} ORDER BY x")
        elif shape < 0.28:
            text = f"SELECT count(*) FROM ({text}) z"
        return text

    def _one(self, kind, depth):
        item = self.expression(kind, min(depth, 1))
        end = self.chance.choice([" LIMIT 1", f" WHERE {self.expression('f', 0)}", ""])
        return f"SELECT {self.chance.choice(['max', 'min', ''])}({item}) FROM {self.names.more}{end}"

    def _select(self, depth):
        chance = self.chance
        if chance.random() < 0.3:
            return self._grouped(depth)
        items = [self.expression(chance.choice("ttnnfdl"), depth) for _ in range(chance.randrange(1, 5))]
        if chance.random() < 0.15:
            items.append(chance.choice(["*", "e.*", "userIdentity", "resources", "requestParameters"]))
        if chance.random() < 0.2:
            by = chance.choice(["", f"PARTITION BY {self.expression('t', 0)} "])
            window = self.fill(chance.choice(WINDOWS), 0)
            items.append(f"{window} OVER ({by}ORDER BY eventTime{chance.choice(FRAMES)})")
        text = f"SELECT {chance.choice(['', '', 'DISTINCT '])}{', '.join(items)} FROM {self._from(depth)}"
        if chance.random() < 0.5:
            text += f" WHERE {self.expression('f', depth)}"
        if chance.random() < 0.4:
            by = chance.choice(["1", "eventTime", "1 DESC NULLS FIRST", "length(eventName)"])
            text += f" ORDER BY {by}"
        if chance.random() < 0.5:
            text += chance.choice([" LIMIT 5", " LIMIT 0", " OFFSET 3", " OFFSET 1 LIMIT 2", " LIMIT ALL",
                                   " FETCH FIRST 2 ROWS ONLY"])
        return text

    def _grouped(self, depth):
        chance = self.chance
        keys = [self.expression("t", min(depth, 1)) for _ in range(chance.randrange(1, 3))]
        sums = [self.fill(chance.choice(AGGREGATES), min(depth, 1)) for _ in range(chance.randrange(1, 4))]
        how = chance.choice(["{}", "{}", "ROLLUP ({})", "CUBE ({})", "GROUPING SETS (({}), ())"])
        places = ", ".join(keys if "(" in how else [str(at + 1) for at in range(len(keys))])
        text = (f"SELECT {', '.join(keys + sums)} FROM {self._from(depth)} "
                f"GROUP BY {how.format(places)}")
        if chance.random() < 0.3:
            text += f" HAVING count(*) > {chance.choice(['0', '1', '-1'])}"
        return text + chance.choice(["", " ORDER BY 1", " LIMIT 10"])

    def _from(self, depth):
        a, more = self.names.a, self.names.more
        form = self.chance.choice([
            "{a} e", "{a} e", "{a} e", "{a} AS e", "{a} e CROSS JOIN UNNEST(e.resources) AS t(r)",
            "(SELECT * FROM {a} LIMIT 9) e", "{a} e, UNNEST(e.resources) WITH ORDINALITY AS t(r, o)",
            "(SELECT e.* FROM {a} e JOIN {more} m ON e.eventID = m.eventID) e",
            "(SELECT e.* FROM {a} e LEFT JOIN {more} m ON e.eventName = m.eventName AND {f}) e",
            "(SELECT * FROM {a} UNION ALL SELECT * FROM {more}) e", "{a} e TABLESAMPLE BERNOULLI (50)",
            "{a} e LEFT JOIN UNNEST(sequence(1, 3)) AS u(i) ON true",
        ])
        condition = self.chance.choice(["e.readOnly", "m.eventSource LIKE '%'", "true"])
        return form.replace("{a}", a).replace("{more}", more).replace("{f}", condition)
