//! DynamoDB: records show the keys of items and the names of their attributes, no other values.

use cairn_event::Json;

use super::names::upper_first;

type Members = Vec<(String, Json)>;

/// The parameters of a call as records show them.
pub(super) fn rewrite(members: Members) -> Members {
    members.into_iter().filter_map(|(name, value)| member(name, value)).collect()
}

fn member(name: String, value: Json) -> Option<(String, Json)> {
    let value = match (&*name, value) {
        // Values of attributes, wherever a request has them.
        ("expressionAttributeValues" | "parameters", _) => return None,
        ("item", item) => return Some(("items".to_owned(), names_of(item))),
        ("key" | "exclusiveStartKey", key) => plain_key(key),
        ("keys", Json::List(keys)) => Json::List(keys.into_iter().map(plain_key).collect()),
        (
            "attributeUpdates" | "expected" | "keyConditions" | "queryFilter" | "scanFilter",
            conditions,
        ) => names_of(conditions),
        ("statement", Json::Text(statement)) => without_literals(&statement).into(),
        ("transactItems" | "transactStatements" | "statements", Json::List(actions)) => {
            let each = actions.into_iter().map(action);
            return Some(("requestItems".to_owned(), Json::List(each.collect())));
        }
        ("requestItems", Json::Map(tables)) => Json::Map(
            tables.into_iter().map(|(table, requests)| (table, nested(requests))).collect(),
        ),
        (_, value) => value,
    };
    Some((name, value))
}

/// Requests below the name of a table.
fn nested(value: Json) -> Json {
    match value {
        Json::List(requests) => Json::List(requests.into_iter().map(nested).collect()),
        Json::Map(members) => Json::Map(
            members
                .into_iter()
                .filter_map(|(name, value)| match &*name {
                    "putRequest" | "deleteRequest" => Some((name, nested(value))),
                    _ => member(name, value),
                })
                .collect(),
        ),
        other => other,
    }
}

/// `{"put": {…}}` as `{"operation": "Put", …}`; statements stay as they are.
fn action(value: Json) -> Json {
    let Json::Map(mut members) = value else { return Json::Map(Vec::new()) };
    match members.pop() {
        Some((name, Json::Map(inside))) if members.is_empty() => {
            let mut out = vec![("operation".to_owned(), upper_first(&name).into())];
            out.extend(rewrite(inside));
            Json::Map(out)
        }
        Some(last) => {
            members.push(last);
            Json::Map(rewrite(members))
        }
        None => Json::Map(Vec::new()),
    }
}

fn names_of(item: Json) -> Json {
    match item {
        Json::Map(attributes) => {
            Json::List(attributes.into_iter().map(|(name, _)| name.into()).collect())
        }
        _ => Json::List(Vec::new()),
    }
}

/// A key with the types of its values taken off.
fn plain_key(key: Json) -> Json {
    let Json::Map(attributes) = key else { return Json::Map(Vec::new()) };
    let plain = |value: Json| match value {
        Json::Map(mut typed) => typed.pop().map_or(Json::Null, |(_, value)| value),
        other => other,
    };
    Json::Map(attributes.into_iter().map(|(name, value)| (name, plain(value))).collect())
}

/// A PartiQL statement without its literals. CloudTrail shows those of keys; which attributes are
/// keys only the table knows.
fn without_literals(statement: &str) -> String {
    const REDACTED: &str = "***(Redacted)";
    let mut out = String::with_capacity(statement.len());
    let mut rest = statement;
    let mut in_word = false;
    while let Some(first) = rest.chars().next() {
        let literal = match first {
            '\'' => quoted(rest, '\''),
            '0'..='9' if !in_word => digits(rest),
            '"' => {
                let name = quoted(rest, '"');
                out.push_str(&rest[..name]);
                rest = &rest[name..];
                in_word = false;
                continue;
            }
            _ => 0,
        };
        if literal > 0 {
            out.push_str(REDACTED);
            rest = &rest[literal..];
            in_word = false;
        } else {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            in_word = first.is_alphanumeric() || first == '_';
        }
    }
    out
}

/// The length of a quoted text, in which a doubled quote is one; all that is left where no quote
/// ends it.
fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(found) = text[at..].find(quote) {
        at += found + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}

fn digits(text: &str) -> usize {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '.';
    text.find(|c| !part(c)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewritten(text: &str) -> String {
        let Ok(Json::Map(members)) = Json::parse(text.as_bytes()) else { panic!("{text}") };
        serde_json::to_string(&Json::Map(rewrite(members))).unwrap()
    }

    #[test]
    fn items_show_names_and_keys_show_values() {
        assert_eq!(
            rewritten(
                r#"{"tableName":"T","item":{"A":{"S":"x"},"B":{"N":"1"}},"key":{"A":{"S":"x"}},
                    "expressionAttributeValues":{":v":{"S":"secret"}}}"#
            ),
            r#"{"tableName":"T","items":["A","B"],"key":{"A":"x"}}"#
        );
        assert_eq!(
            rewritten(r#"{"transactItems":[{"put":{"tableName":"T","item":{"A":{"S":"x"}}}}]}"#),
            r#"{"requestItems":[{"operation":"Put","tableName":"T","items":["A"]}]}"#
        );
        assert_eq!(
            rewritten(
                r#"{"requestItems":{"T":[{"putRequest":{"item":{"A":{"S":"x"}}}},
                    {"deleteRequest":{"key":{"A":{"S":"x"}}}}]}}"#
            ),
            r#"{"requestItems":{"T":[{"putRequest":{"items":["A"]}},"#.to_owned()
                + r#"{"deleteRequest":{"key":{"A":"x"}}}]}}"#
        );
    }

    #[test]
    fn statements_lose_their_literals() {
        for (statement, expected) in [
            (
                "SELECT * FROM T1 WHERE a='it''s' AND b=-12.5e3",
                "SELECT * FROM T1 WHERE a=***(Redacted) AND b=-***(Redacted)",
            ),
            (
                "SELECT \"a1\" FROM \"T-2\" WHERE x='open",
                "SELECT \"a1\" FROM \"T-2\" WHERE x=***(Redacted)",
            ),
            ("é'", "é***(Redacted)"),
        ] {
            assert_eq!(without_literals(statement), expected);
        }
    }
}
