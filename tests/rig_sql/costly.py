"""Texts that ask for more time, memory or rows than a query has."""

JOINS = ", ".join(f"{{a}} t{at}" for at in range(6))
FORMS = [
    f"SELECT count(*) FROM {JOINS} WHERE t0.eventJson < concat(t5.eventJson, t3.eventID)",
    f"SELECT * FROM {JOINS}",
    f"SELECT t0.eventJson FROM {JOINS} ORDER BY t3.eventID || t4.eventJson DESC",
    f"SELECT array_agg(t0.eventJson) FROM {JOINS}",
    f"SELECT listagg(t0.eventJson, ',') WITHIN GROUP (ORDER BY t1.eventID) FROM {JOINS}",
    f"SELECT DISTINCT t0.eventID || t1.eventID || t2.eventID || t3.eventID FROM {JOINS}",
    f"SELECT t0.eventID || t1.eventID || t2.eventID AS x, count(*) FROM {JOINS} GROUP BY 1",
    f"SELECT sum(1) OVER (PARTITION BY t0.eventName ORDER BY t3.eventID) FROM {JOINS}",
    f"SELECT row_number() OVER (ORDER BY t0.eventJson) FROM {JOINS} LIMIT 1",
    f"SELECT max(levenshtein_distance(t0.eventJson, t1.eventJson)) FROM {JOINS}",
    f"SELECT map_agg(t0.eventID || t1.eventID || t2.eventID, t3.eventJson) FROM {JOINS}",
    f"SELECT histogram(t0.eventID || t1.eventID || t2.eventID || t3.eventID) FROM {JOINS}",
    f"SELECT approx_percentile(length(t0.eventJson) * rand(), 0.5) FROM {JOINS}",
    f"SELECT count(DISTINCT t0.eventJson || t1.eventJson || t2.eventID || t3.eventID) FROM {JOINS}",
    f"SELECT max_by(t0.eventJson, t1.eventJson, 10000) FROM {JOINS}",
    f"SELECT t0.eventID FROM {JOINS} EXCEPT ALL SELECT t0.eventID FROM {JOINS}",
    f"SELECT count_if(regexp_like(t0.eventJson, '(.*a){{{{20}}}}.*b')) FROM {JOINS}",
    "SELECT lpad('', 16777216, eventName) FROM {a}",
    "SELECT rpad(lpad('', 16777216, 'x'), 16777216, 'y') || lpad('', 16777216, eventID) FROM {a}",
    "SELECT sum(length(replace(lpad('', 1000000, 'x'), 'x', lpad('', 1000, 'y')))) FROM {a}",
    "SELECT replace(lpad('', 16777216, 'x'), 'x', lpad('', 16777216, eventID)) FROM {a}",
    "SELECT array_join(repeat(eventJson, 10000), ',') FROM {a}",
    "SELECT repeat(repeat(eventJson, 10000), 10000) FROM {a}",
    "SELECT flatten(repeat(repeat(eventJson, 10000), 10000)) FROM {a}",
    "SELECT cardinality(flatten(transform(sequence(1, 10000), x -> sequence(1, 10000)))) FROM {a}",
    "SELECT transform(sequence(1, 10000), x -> transform(sequence(1, 10000), y -> x * y)) FROM {a}",
    "SELECT reduce(sequence(1, 10000), 0, (s, x) -> s + reduce(sequence(1, 10000), 0, (t, y) -> t + y, "
    "t -> t), s -> s) FROM {a}",
    "SELECT length(reduce(sequence(1, 60), 'x', (s, x) -> s || s, s -> s)) FROM {a}",
    "SELECT cardinality(reduce(sequence(1, 40), ARRAY[1], (s, x) -> s || s, s -> s)) FROM {a}",
    "SELECT count(*) FROM {a} CROSS JOIN UNNEST(sequence(1, 10000)) AS p(x) CROSS JOIN "
    "UNNEST(sequence(1, 10000)) AS q(y) CROSS JOIN UNNEST(sequence(1, 10000)) AS r(z)",
    "SELECT x, y FROM {a} CROSS JOIN UNNEST(sequence(1, 10000)) AS p(x) CROSS JOIN "
    "UNNEST(sequence(1, 10000)) AS q(y) ORDER BY x * y",
    "SELECT array_agg(repeat(eventJson, 100)) FROM {a} CROSS JOIN UNNEST(sequence(1, 10000)) AS p(x)",
    "SELECT array_sort(transform(sequence(1, 10000), x -> lpad('', 10000, eventID))) FROM {a}",
    "SELECT combinations(sequence(1, 100), 5) FROM {a}", "SELECT combinations(sequence(1, 30), 5) FROM {a}",
    "SELECT ngrams(transform(sequence(1, 10000), x -> eventJson), 5000) FROM {a}",
    "SELECT levenshtein_distance(lpad('', 100000, 'ab'), lpad('', 100000, 'ba')) FROM {a}",
    "SELECT regexp_replace(lpad('', 1000000, 'ab'), '(a|b)*?c|x', eventJson) FROM {a}",
    "SELECT regexp_like(lpad('', 100000, 'a'), '(a*)*(a*)*(a*)*b') FROM {a}",
    "SELECT regexp_like(eventJson, '(((a{{1,300}}){{1,300}}){{1,300}})') FROM {a}",
    "SELECT split(lpad('', 16777216, 'a,'), ',') FROM {a}",
    "SELECT regexp_extract_all(lpad('', 10000000, 'ab'), 'a') FROM {a}",
    "SELECT json_format(json_parse(lpad('', 1000000, '['))) FROM {a}",
    "SELECT json_parse('[' || array_join(transform(sequence(1, 10000), x -> eventJson), ',') || ']') "
    "FROM {a}",
    "SELECT translate(lpad('', 10000000, eventID), eventJson, eventJson) FROM {a}",
    "SELECT to_base64(to_utf8(lpad('', 16777216, eventID))) FROM {a}",
    "SELECT format('%10000s%10000s', eventID, lpad('', 10000000, 'x')) FROM {a}",
    "SELECT array_distinct(transform(sequence(1, 10000), x -> x % 7)) FROM {a} CROSS JOIN "
    "UNNEST(sequence(1, 10000)) AS p(x)",
    "SELECT array_intersect(sequence(1, 10000), sequence(1, 10000)) FROM {a} a, {a} b",
    "WITH RECURSIVE t(n) AS (SELECT 1 FROM {a} UNION ALL SELECT n + 1 FROM t) SELECT * FROM t",
    "WITH RECURSIVE t(n) AS (SELECT eventJson FROM {a} UNION ALL SELECT n || n FROM t) "
    "SELECT count(*) FROM t",
]
# Statements made of one piece, many times.
REPEATED = [
    ("SELECT count(*) FROM ", "(SELECT * FROM {a} UNION ALL SELECT * FROM {a}) x{n}", ", "),
    ("", "SELECT * FROM {a}", " UNION ALL "), ("", "SELECT eventJson FROM {a}", " EXCEPT "),
    ("SELECT count(*) FROM ", "{a} x{n}", ", "),
    ("SELECT eventID FROM {a} WHERE ", "eventJson LIKE '%{n}%'", " OR "),
    ("SELECT 1 FROM {a} WHERE ", "eventID IN (SELECT eventID FROM {a} LIMIT {n})", " AND "),
    ("SELECT ", "sum({n}) OVER (ORDER BY eventID, {n})", ", "),
    ("SELECT ", "lpad('', 1000000, '{n}')", " || "),
]


def write(names, chance):
    if chance.random() < 0.8:
        form = chance.choice(FORMS).replace("{{", "{").replace("}}", "}")
        text = form.replace("{a}", names.a)
        if chance.random() < 0.2:
            text = f"SELECT count(*) FROM ({text}) AS q"
        return text
    before, piece, with_ = chance.choice(REPEATED)
    count = chance.choice([5, 12, 30, 80])
    text = before + with_.join(piece.replace("{n}", str(at)) for at in range(count))
    if " FROM " not in text:
        text += " FROM {a}"
    return text.replace("{a}", names.a)
