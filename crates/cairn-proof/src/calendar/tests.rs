use proptest::prelude::*;

use super::*;

const HOUR: Duration = Duration::from_hours(1);

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

#[test]
fn periods_end_at_their_phase() {
    let phase = Duration::from_secs(91);
    let mut calendar = Calendar::new(phase, HOUR, at("2026-03-01T12:30:00Z"));
    assert_eq!(calendar.take(at("2026-03-01T13:01:30Z")), None);
    let first = calendar.take(at("2026-03-01T15:30:00Z")).unwrap();
    assert_eq!((first.start, first.end), (at("2026-03-01T12:30:00Z"), at("2026-03-01T13:01:31Z")));
    let second = calendar.take(at("2026-03-01T15:30:00Z")).unwrap();
    assert_eq!((second.start, second.end), (first.end, at("2026-03-01T14:01:31Z")));
    let last = calendar.take_last(at("2026-03-01T14:20:00Z"));
    assert_eq!((last.start, last.end), (second.end, at("2026-03-01T14:20:00Z")));
    let again = calendar.take_last(at("2026-03-01T14:20:00Z"));
    assert_eq!((again.start, again.end), (last.end, at("2026-03-01T14:20:01Z")));
}

#[test]
fn a_jump_is_followed_only_when_it_is_confirmed() {
    let start = at("2026-03-01T12:00:00Z");
    let mut clock = SteadyClock::start(Timestamp::EPOCH, start, Duration::ZERO);
    let years = at("2029-03-01T12:00:00Z");
    let read = clock.read(years, Duration::from_secs(10));
    assert_eq!((read, clock.astray()), (at("2026-03-01T12:00:10Z"), true));
    let past = at("2023-03-01T12:00:00Z");
    let read = clock.read(past, Duration::from_secs(20));
    assert_eq!((read, clock.astray()), (at("2026-03-01T12:00:20Z"), true));
    let read = clock.read(at("2026-03-01T12:00:25Z"), Duration::from_secs(30));
    assert_eq!((read, clock.astray()), (at("2026-03-01T12:00:25Z"), false));
    clock.confirm(years, Duration::from_secs(31));
    let read = clock.read(years, Duration::from_secs(31));
    assert_eq!((read, clock.astray()), (years, false));
}

#[test]
fn a_restart_does_not_go_back() {
    let high = at("2026-03-01T12:00:00Z");
    let mut clock = SteadyClock::start(high, at("2026-03-01T11:00:00Z"), Duration::ZERO);
    assert_eq!(
        clock.read(at("2026-03-01T11:00:01Z"), Duration::from_secs(1)),
        at("2026-03-01T12:00:01Z")
    );
    let mut clock = SteadyClock::start(high, at("2026-03-05T12:00:00Z"), Duration::ZERO);
    assert_eq!(
        clock.read(at("2026-03-05T12:00:01Z"), Duration::from_secs(1)),
        at("2026-03-05T12:00:01Z")
    );
}

proptest! {
    /// Every reading is the real time, plus what some fault adds to the wall clock.
    #[test]
    fn periods_tile_time_whatever_the_clock_does(
        phase in 0u64..3600,
        steps in proptest::collection::vec(
            (0u64..7200, -200_000_000i64..200_000_000, 0u8..6),
            1..80,
        ),
    ) {
        let start = at("2026-03-01T12:00:00Z");
        let mut clock = SteadyClock::start(start, start, Duration::ZERO);
        let mut calendar = Calendar::new(Duration::from_secs(phase), HOUR, start);
        let (mut elapsed, mut end, mut given) = (Duration::ZERO, start, start);
        for (passed, fault, kind) in steps {
            elapsed += Duration::from_secs(passed);
            let fault = match kind { 0 => fault, 1 => fault % 120, _ => 0 };
            let wall = Timestamp::from_seconds(start.seconds() + elapsed.as_secs() as i64 + fault);
            let now = clock.read(wall, elapsed);
            prop_assert!(now >= given);
            given = now;
            let error = now.since(start).as_secs().abs_diff(elapsed.as_secs());
            prop_assert!(error <= 600, "{error} s off");
            let taken = std::iter::from_fn(|| calendar.take(now));
            for period in taken {
                prop_assert_eq!(period.start, end);
                prop_assert!(period.end > period.start && period.end <= now);
                prop_assert_eq!(period.end.seconds() % 3600, phase as i64);
                end = period.end;
            }
            prop_assert!(calendar.next() > now);
        }
        let last = calendar.take_last(given);
        prop_assert_eq!(last.start, end);
        prop_assert!(last.end > last.start);
    }
}
