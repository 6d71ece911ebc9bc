//! Parameters as CloudTrail writes them.

use cairn_core::Timestamp;
use cairn_event::Json;
use serde_json::Value;

/// A request's members as `requestParameters`: the first letters in lower case, instants as text,
/// `None` when there are no members.
///
/// `instants` names the members (as sent) that hold epoch seconds. Right for shapes whose objects
/// are all structures; the keys of a map are data and must not pass here.
pub fn request_parameters(body: &[u8], instants: &[&str]) -> Option<Json> {
    let Ok(Json::Map(mut members)) = Json::parse(body) else { return None };
    members.retain(|(_, value)| *value != Json::Null);
    for (name, value) in &mut members {
        if let Json::Number(number) = value
            && instants.contains(&name.as_str())
            && let Ok(seconds) = number.as_str().parse::<f64>()
        {
            *value = instant(Timestamp::from_millis((seconds * 1000.0) as i64)).into();
        }
    }
    let mut parameters = Json::Map(members);
    parameters.lower_camel();
    (parameters != Json::Map(Vec::new())).then_some(parameters)
}

/// An answer's members as `responseElements`.
pub fn response_elements(output: &Value) -> Option<Json> {
    let mut elements = Json::parse(output.to_string().as_bytes()).ok()?;
    elements.lower_camel();
    Some(elements)
}

/// A map of the members that are there.
pub fn present<const N: usize>(members: [(&str, Option<Json>); N]) -> Json {
    Json::map(members.into_iter().filter_map(|(name, value)| Some((name, value?))))
}

/// An instant as it stands inside parameters and response elements: `Nov 21, 2026, 9:05:00 AM`.
pub fn instant(at: Timestamp) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = at.to_string();
    let part = |range: std::ops::Range<usize>| text[range].parse::<usize>().unwrap_or(0);
    let (year, month, day, hour) = (part(0..4), part(5..7), part(8..10), part(11..13));
    let half = if hour < 12 { "AM" } else { "PM" };
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    let name = MONTHS[(month + 11) % 12];
    format!("{name} {day}, {year}, {twelve}:{} {half}", &text[14..19])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_is_written_as_cloudtrail_writes_it() {
        let sent = br#"{"LookupAttributes":[{"AttributeKey":"ReadOnly","AttributeValue":"false"}],
            "StartTime":1700000000,"MaxResults":5,"NextToken":null}"#;
        let written =
            br#"{"lookupAttributes":[{"attributeKey":"ReadOnly","attributeValue":"false"}],
            "startTime":"Nov 14, 2023, 10:13:20 PM","maxResults":5}"#;
        let expected = Json::parse(written).unwrap();
        assert_eq!(request_parameters(sent, &["StartTime", "EndTime"]), Some(expected));
        for nothing in ["{}", "", "[]", "{\"NextToken\":null}"] {
            assert_eq!(request_parameters(nothing.as_bytes(), &[]), None, "{nothing}");
        }
    }

    #[test]
    fn midnight_and_noon_are_twelve() {
        let at = |text| instant(Timestamp::parse(text).unwrap());
        assert_eq!(at("2026-01-01T00:00:09Z"), "Jan 1, 2026, 12:00:09 AM");
        assert_eq!(at("2026-12-31T12:30:00Z"), "Dec 31, 2026, 12:30:00 PM");
    }
}
