//! Parts of a date or a time: its year, its weekday, its hour.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Int64Array};
use arrow::datatypes::IntervalMonthDayNanoType;
use datafusion::common::Result;

use super::super::call::Call;
use super::super::civil::{Clock, Date, field, split};
use super::super::scalar::{Form, Function, function};
use super::interval::DAY_MILLIS;

pub(super) const FUNCTIONS: &[Function] = &[
    function("year", YEAR),
    function("quarter", QUARTER),
    function("month", MONTH),
    function("week", WEEK),
    function("week_of_year", WEEK),
    function("day", DAY),
    function("day_of_month", DAY),
    function("day_of_week", DAY_OF_WEEK),
    function("dow", DAY_OF_WEEK),
    function("day_of_year", DAY_OF_YEAR),
    function("doy", DAY_OF_YEAR),
    function("year_of_week", YEAR_OF_WEEK),
    function("yow", YEAR_OF_WEEK),
    function("hour", HOUR),
    function("minute", MINUTE),
    function("second", SECOND),
    function("millisecond", MILLISECOND),
];

macro_rules! of_date {
    ($part:expr $(, $of_interval:expr)?) => {
        &[
            Form {
                shape: "S -> bigint",
                result: None,
                run: |call| of_time(call, |date, _| $part(date)),
            },
            Form { shape: "date -> bigint", result: None, run: |call| of_date(call, $part) },
            $(Form {
                shape: "interval -> bigint",
                result: None,
                run: |call| of_interval(call, $of_interval),
            },)?
        ]
    };
}

macro_rules! of_clock {
    ($part:expr, $of_interval:expr) => {
        &[
            Form {
                shape: "S -> bigint",
                result: None,
                run: |call| of_time(call, |_, clock| i64::from($part(clock))),
            },
            Form {
                shape: "time -> bigint",
                result: None,
                run: |call| of_clock(call, |clock| i64::from($part(clock))),
            },
            Form {
                shape: "interval -> bigint",
                result: None,
                run: |call| of_interval(call, $of_interval),
            },
        ]
    };
}

const YEAR: &[Form] = of_date!(|date: Date| date.year, |months, _| months / 12);
const QUARTER: &[Form] = of_date!(field::quarter);
const MONTH: &[Form] = of_date!(|date: Date| i64::from(date.month), |months, _| months % 12);
const WEEK: &[Form] = of_date!(|date: Date| field::iso_week(date).1);
const DAY: &[Form] = of_date!(|date: Date| i64::from(date.day), |_, millis| millis / DAY_MILLIS);
const DAY_OF_WEEK: &[Form] = of_date!(field::day_of_week);
const DAY_OF_YEAR: &[Form] = of_date!(field::day_of_year);
const YEAR_OF_WEEK: &[Form] = of_date!(|date: Date| field::iso_week(date).0);
const HOUR: &[Form] = of_clock!(|clock: Clock| clock.hour, |_, millis| millis / 3_600_000 % 24);
const MINUTE: &[Form] = of_clock!(|clock: Clock| clock.minute, |_, millis| millis / 60_000 % 60);
const SECOND: &[Form] = of_clock!(|clock: Clock| clock.second, |_, millis| millis / 1000 % 60);
const MILLISECOND: &[Form] = of_clock!(Clock::millis, |_, millis| millis % 1000);

fn of_time(call: &Call<'_>, part: impl Fn(Date, Clock) -> i64) -> Result<ArrayRef> {
    let times = call.time(0)?;
    let of = |row| {
        times.get(row).map(|micros| {
            let (date, clock) = split(micros);
            part(date, clock)
        })
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Int64Array>()))
}

fn of_clock(call: &Call<'_>, part: impl Fn(Clock) -> i64) -> Result<ArrayRef> {
    let clocks = call.clock(0);
    let of = |row| clocks.get(row).map(|micros| part(split(micros).1));
    Ok(Arc::new((0..call.rows).map(of).collect::<Int64Array>()))
}

/// A part of an interval, from its months or from the milliseconds that it has besides.
fn of_interval(call: &Call<'_>, part: impl Fn(i64, i64) -> i64) -> Result<ArrayRef> {
    let intervals = call.array(0).as_primitive::<IntervalMonthDayNanoType>();
    let of = |row| {
        let place = call.place(0, row);
        intervals.is_valid(place).then(|| {
            let interval = intervals.value(place);
            let days = i64::from(interval.days) * DAY_MILLIS;
            part(interval.months.into(), days + interval.nanoseconds / 1_000_000)
        })
    };
    Ok(Arc::new((0..call.rows).map(of).collect::<Int64Array>()))
}

fn of_date(call: &Call<'_>, part: impl Fn(Date) -> i64) -> Result<ArrayRef> {
    let days = call.day(0);
    let of = |row| days.get(row).map(|day| part(Date::of_days(day.into())));
    Ok(Arc::new((0..call.rows).map(of).collect::<Int64Array>()))
}
