//! Times of records, in microseconds since 1970.

use cairn_core::Timestamp;
use jiff::tz::Offset;

/// Reads an RFC 3339 instant; what lies before 1970 or after 9999 is none.
pub(super) fn parse(text: &str) -> Option<i64> {
    let time = Timestamp::parse(text)?;
    if text.len() <= "2026-01-01T00:00:00Z".len() {
        return Some(time.millis() * 1000);
    }
    let instant: jiff::Timestamp = text.parse().ok()?;
    Some(instant.as_microsecond())
}

/// Appends `YYYY-MM-DDThh:mm:ssZ`.
pub(super) fn write_seconds(micros: i64, out: &mut Vec<u8>) {
    write_civil(micros, out);
    out.push(b'Z');
}

/// Appends `YYYY-MM-DDThh:mm:ss.mmmZ`.
pub(super) fn write_millis(micros: i64, out: &mut Vec<u8>) {
    write_civil(micros, out);
    let millis = micros.rem_euclid(1_000_000) / 1000;
    out.push(b'.');
    out.push(b'0' + (millis / 100) as u8);
    push_two(millis % 100, out);
    out.push(b'Z');
}

fn write_civil(micros: i64, out: &mut Vec<u8>) {
    let Ok(instant) = jiff::Timestamp::from_second(micros.div_euclid(1_000_000)) else { return };
    let civil = Offset::UTC.to_datetime(instant);
    push_two(i64::from(civil.year()) / 100, out);
    push_two(i64::from(civil.year()) % 100, out);
    for (before, value) in [
        (b'-', civil.month()),
        (b'-', civil.day()),
        (b'T', civil.hour()),
        (b':', civil.minute()),
        (b':', civil.second()),
    ] {
        out.push(before);
        push_two(i64::from(value), out);
    }
}

fn push_two(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(&[b'0' + (value / 10) as u8, b'0' + (value % 10) as u8]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written() {
        let micros = parse("2026-04-18T07:05:09Z").unwrap();
        assert_eq!(micros, 1_776_495_909_000_000);
        let mut out = Vec::new();
        write_seconds(micros, &mut out);
        out.push(b' ');
        write_millis(parse("2026-04-18T07:05:09.042Z").unwrap(), &mut out);
        assert_eq!(out, b"2026-04-18T07:05:09Z 2026-04-18T07:05:09.042Z");
        assert_eq!(parse("2026-04-18T07:05:09.000042Z").unwrap(), micros + 42);
        assert_eq!(parse("1969-12-31T23:59:59Z"), None);
        assert_eq!(parse("yesterday"), None);
    }
}
