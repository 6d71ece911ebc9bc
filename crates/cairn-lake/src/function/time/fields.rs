//! Parts of a date or a time: its year, its weekday, its hour.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array};
use datafusion::common::Result;

use super::super::call::Call;
use super::super::civil::{Clock, Date, field, split};
use super::super::scalar::{Form, Function, function};

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
    ($part:expr) => {
        &[
            Form {
                shape: "S -> bigint",
                result: None,
                run: |call| of_time(call, |date, _| $part(date)),
            },
            Form { shape: "date -> bigint", result: None, run: |call| of_date(call, $part) },
        ]
    };
}

macro_rules! of_clock {
    ($part:expr) => {
        &[Form {
            shape: "S -> bigint",
            result: None,
            run: |call| of_time(call, |_, clock| i64::from($part(clock))),
        }]
    };
}

const YEAR: &[Form] = of_date!(|date: Date| date.year);
const QUARTER: &[Form] = of_date!(field::quarter);
const MONTH: &[Form] = of_date!(|date: Date| i64::from(date.month));
const WEEK: &[Form] = of_date!(|date: Date| field::iso_week(date).1);
const DAY: &[Form] = of_date!(|date: Date| i64::from(date.day));
const DAY_OF_WEEK: &[Form] = of_date!(field::day_of_week);
const DAY_OF_YEAR: &[Form] = of_date!(field::day_of_year);
const YEAR_OF_WEEK: &[Form] = of_date!(|date: Date| field::iso_week(date).0);
const HOUR: &[Form] = of_clock!(|clock: Clock| clock.hour);
const MINUTE: &[Form] = of_clock!(|clock: Clock| clock.minute);
const SECOND: &[Form] = of_clock!(|clock: Clock| clock.second);
const MILLISECOND: &[Form] = of_clock!(Clock::millis);

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

fn of_date(call: &Call<'_>, part: impl Fn(Date) -> i64) -> Result<ArrayRef> {
    let days = call.day(0);
    let of = |row| days.get(row).map(|day| part(Date::of_days(day.into())));
    Ok(Arc::new((0..call.rows).map(of).collect::<Int64Array>()))
}
