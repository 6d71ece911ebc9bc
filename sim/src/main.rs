//! Crash schedules from the command line.

mod arguments;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use arguments::Arguments;
use cairn_core::{Clock, SystemClock};
use cairn_journal::Defect;
use cairn_sim::{Campaign, Found, Schedule, Score, Totals, Twist, current_seed, run};

/// Schedules within which a planted defect has to be found.
const SCORE_SCHEDULES: u64 = 20_000;

fn main() -> io::Result<ExitCode> {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(usage) => {
            writeln!(io::stderr(), "{usage}")?;
            return Ok(ExitCode::from(2));
        }
    };
    name_seed_on_panic();
    let passed = match arguments {
        Arguments { replay: Some(seed), .. } => replay(&arguments, seed)?,
        Arguments { score: true, .. } => score(&arguments)?,
        _ => campaign(&arguments)?,
    };
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn campaign(arguments: &Arguments) -> io::Result<bool> {
    let clock = SystemClock::default();
    let campaign = Campaign {
        first_seed: arguments.seed,
        schedules: arguments.schedules,
        threads: arguments.threads,
        twist: Twist { defect: arguments.defect, ..Twist::default() },
    };
    let totals = campaign.run();
    report(&totals, clock.elapsed().as_secs_f64())?;
    match &totals.violation {
        Some(found) => {
            violation(found, arguments.defect)?;
            Ok(false)
        }
        None => Ok(true),
    }
}

fn report(totals: &Totals, seconds: f64) -> io::Result<()> {
    let Totals { schedules, replayed, crashes, acknowledged, .. } = totals;
    let Totals { records, faults, rots, halts, .. } = totals;
    let violations = u8::from(totals.violation.is_some());
    let rate = *schedules as f64 / seconds;
    writeln!(
        io::stdout().lock(),
        "schedules     {schedules}\n\
         replayed      {replayed}\n\
         crashes       {crashes}\n\
         acknowledged  {acknowledged}\n\
         stored        {records}\n\
         disk errors   {faults}\n\
         rotten bits   {rots}\n\
         halts         {halts}\n\
         violations    {violations}\n\
         schedules/s   {rate:.0}"
    )
}

fn violation(found: &Found, defect: Option<Defect>) -> io::Result<()> {
    let planted = defect.map(|defect| format!(" --defect {defect:?}")).unwrap_or_default();
    let Found { seed, violation } = found;
    writeln!(
        io::stdout().lock(),
        "\nseed {seed} violates {violation}\n\
         again: cargo run --release -p cairn-sim -- --replay {seed}{planted}"
    )
}

fn replay(arguments: &Arguments, seed: u64) -> io::Result<bool> {
    let schedule = Schedule::new(seed);
    let mut out = io::stdout().lock();
    writeln!(out, "seed {seed}, {:?}, {:?}", schedule.theme, schedule.sizes)?;
    for act in &schedule.acts {
        writeln!(out, "  {act:?}")?;
    }
    match run(&schedule, Twist { defect: arguments.defect, ..Twist::default() }) {
        Ok(summary) => writeln!(out, "{summary:?}")?,
        Err(violation) => {
            writeln!(out, "violates {violation}")?;
            return Ok(false);
        }
    }
    Ok(true)
}

fn score(arguments: &Arguments) -> io::Result<bool> {
    let (next, scores) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some(defect) = Defect::ALL.get(next.fetch_add(1, Ordering::Relaxed)) {
            let score = Score::of(*defect, arguments.seed, SCORE_SCHEDULES);
            scores.lock().expect("no thread panics while it holds this").push(score);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..arguments.threads.max(1) {
            scope.spawn(work);
        }
        work();
    });
    let mut scores = scores.into_inner().expect("all threads have ended well");
    scores.sort_by_key(|score| Defect::ALL.iter().position(|defect| *defect == score.defect));
    let mut out = io::stdout().lock();
    writeln!(out, "{:<24}{:>10}  {:<10}rule", "defect", "schedules", "seed")?;
    for Score { defect, caught } in &scores {
        let name = format!("{defect:?}");
        match caught {
            Some((at, Found { seed, violation })) => {
                writeln!(out, "{name:<24}{at:>10}  {seed:<10}{violation}")?;
            }
            None => writeln!(out, "{name:<24}{SCORE_SCHEDULES:>10}  {:<10}missed", "-")?,
        }
    }
    let missed = scores.iter().filter(|score| score.caught.is_none()).count();
    writeln!(out, "\n{} of {} defects caught", scores.len() - missed, scores.len())?;
    Ok(missed == 0)
}

/// A panic ends the process at once; without the seed it could not be looked into.
fn name_seed_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        before(info);
        let seed = current_seed();
        // Nothing can be done where even this cannot be said.
        _ = writeln!(
            io::stderr(),
            "seed {seed} panicked; again: cargo run --release -p cairn-sim -- --replay {seed}"
        );
    }));
}
