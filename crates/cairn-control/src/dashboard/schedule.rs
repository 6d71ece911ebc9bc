//! When a dashboard is refreshed by itself.

use cairn_api::shapes::{
    RefreshSchedule, RefreshScheduleFrequency, RefreshScheduleFrequencyUnit as Unit,
    RefreshScheduleStatus as Status,
};
use cairn_core::Timestamp;
use serde_json::{Value, json};

const HOUR: i64 = 60 * 60;
const DAY: i64 = 24 * HOUR;

/// What is wrong with a schedule.
pub(super) fn invalid(schedule: &RefreshSchedule) -> Option<String> {
    let status = schedule.status.as_ref();
    if !matches!(status, None | Some(Status::Enabled | Status::Disabled)) {
        return Some("The status of a refresh schedule is ENABLED or DISABLED".to_owned());
    }
    let frequency = schedule.frequency.as_ref();
    let unit = frequency.and_then(|frequency| frequency.unit.as_ref());
    let value = frequency.and_then(|frequency| frequency.value);
    let legal = match (unit, value) {
        (None, None) => matches!(status, None | Some(Status::Disabled)),
        (Some(Unit::Hours), Some(value)) => [1, 6, 12, 24].contains(&value),
        (Some(Unit::Days), Some(value)) => value == 1,
        _ => false,
    };
    if !legal {
        let text = "The frequency of a refresh schedule is 1, 6, 12 or 24 HOURS, or 1 DAYS";
        return Some(text.to_owned());
    }
    let time = schedule.time_of_day.as_deref();
    let wrong = time.filter(|time| seconds_of_day(time).is_none())?;
    Some(format!("The time of day '{wrong:.16}' of a refresh schedule is not hh:mm"))
}

/// Whether it is what the Highlights dashboard has: enabled, every six hours.
pub(super) fn is_of_highlights(schedule: Option<&RefreshSchedule>) -> bool {
    schedule.is_some_and(|schedule| {
        schedule.status == Some(Status::Enabled)
            && schedule.frequency.is_some()
            && is_for_highlights(schedule)
    })
}

/// Whether the Highlights dashboard may have it: it is every six hours, if it is ever.
pub(super) fn is_for_highlights(schedule: &RefreshSchedule) -> bool {
    match &schedule.frequency {
        Some(frequency) => frequency.unit == Some(Unit::Hours) && frequency.value == Some(6),
        None => schedule.status == Some(Status::Disabled),
    }
}

/// As it is kept.
pub(super) fn encode(schedule: &RefreshSchedule) -> String {
    let frequency = schedule.frequency.as_ref();
    let unit = frequency.and_then(|frequency| frequency.unit.as_ref());
    let kept = json!({
        "Unit": unit.map(Unit::as_str),
        "Value": frequency.and_then(|frequency| frequency.value),
        "Status": schedule.status.as_ref().map_or("ENABLED", Status::as_str),
        "TimeOfDay": schedule.time_of_day.as_deref().unwrap_or("00:00"),
    });
    kept.to_string()
}

/// As it is answered.
pub(super) fn decode(kept: &str) -> RefreshSchedule {
    let kept: Value = serde_json::from_str(kept).unwrap_or_default();
    let text = |name: &str| kept[name].as_str().map(str::to_owned);
    let value = kept["Value"].as_i64().and_then(|value| i32::try_from(value).ok());
    let unit = text("Unit").map(Unit::from);
    let frequency = (unit.is_some()).then_some(RefreshScheduleFrequency { unit, value });
    RefreshSchedule {
        frequency,
        status: text("Status").map(Status::from),
        time_of_day: text("TimeOfDay"),
    }
}

/// Whether a refresh is due, the last of which was started at `last`.
pub(super) fn is_due(kept: &str, last: Timestamp, now: Timestamp) -> bool {
    let schedule = decode(kept);
    let Some(RefreshScheduleFrequency { unit: Some(unit), value: Some(value) }) =
        schedule.frequency
    else {
        return false;
    };
    if schedule.status != Some(Status::Enabled) {
        return false;
    }
    let time = schedule.time_of_day.as_deref().and_then(seconds_of_day).unwrap_or(0);
    // Of a schedule by hours the time tells the minute.
    let (every, from) = match unit {
        Unit::Hours => (i64::from(value) * HOUR, time % HOUR),
        Unit::Days => (DAY, time),
        Unit::Other(_) => return false,
    };
    if every <= 0 {
        return false;
    }
    let newest = (now.seconds() - from).div_euclid(every) * every + from;
    last.seconds() < newest
}

/// Of `hh:mm`.
fn seconds_of_day(text: &str) -> Option<i64> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str, below: i64| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|number| digits && *number < below)
    };
    Some(number(hours, 24)? * HOUR + number(minutes, 60)? * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_due_after_its_hours_or_at_its_time_of_day() {
        let at = |text: &str| Timestamp::parse(text).unwrap();
        let schedule = |unit: &str, value: i32, status: &str, time: &str| {
            let unit = Some(Unit::from(unit.to_owned()));
            let schedule = RefreshSchedule {
                frequency: Some(RefreshScheduleFrequency { unit, value: Some(value) }),
                status: Some(Status::from(status.to_owned())),
                time_of_day: Some(time.to_owned()),
            };
            assert_eq!(invalid(&schedule), None);
            assert_eq!(decode(&encode(&schedule)), schedule);
            encode(&schedule)
        };
        let hours = schedule("HOURS", 6, "ENABLED", "00:00");
        let last = at("2026-11-20T10:00:00Z");
        assert!(!is_due(&hours, last, at("2026-11-20T11:59:59Z")));
        assert!(is_due(&hours, last, at("2026-11-20T12:00:00Z")));
        let half_past = schedule("HOURS", 1, "ENABLED", "14:30");
        assert!(!is_due(&half_past, last, at("2026-11-20T10:29:59Z")));
        assert!(is_due(&half_past, last, at("2026-11-20T10:30:00Z")));
        assert!(!is_due(&half_past, at("2026-11-20T10:30:02Z"), at("2026-11-20T11:29:00Z")));
        let off = schedule("HOURS", 6, "DISABLED", "00:00");
        assert!(!is_due(&off, last, at("2026-12-20T16:00:00Z")));
        let daily = schedule("DAYS", 1, "ENABLED", "09:30");
        assert!(!is_due(&daily, last, at("2026-11-21T09:29:00Z")));
        assert!(is_due(&daily, last, at("2026-11-21T09:30:00Z")));
        assert!(!is_due(&daily, at("2026-11-21T09:30:00Z"), at("2026-11-21T23:00:00Z")));
    }

    #[test]
    fn other_schedules_are_refused() {
        let given = |unit: &str, value, time: &str| RefreshSchedule {
            frequency: Some(RefreshScheduleFrequency {
                unit: Some(Unit::from(unit.to_owned())),
                value,
            }),
            status: None,
            time_of_day: Some(time.to_owned()),
        };
        let wrong = [
            given("HOURS", Some(5), "00:00"),
            given("DAYS", Some(2), "00:00"),
            given("WEEKS", Some(1), "00:00"),
            given("HOURS", None, "00:00"),
            given("DAYS", Some(1), "24:00"),
            given("DAYS", Some(1), "9:30"),
        ];
        for schedule in wrong {
            assert!(invalid(&schedule).is_some(), "{schedule:?}");
        }
    }
}
