//! `cairn dev`: for servers that are tried out.

use clap::{Args, Subcommand};
use serde_json::json;

use super::entity::{Shape, Show};
use crate::client::Operation;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Move the clock of a server that was started with --dev
#[derive(Debug, Args)]
pub(crate) struct Dev {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Let time pass: 90s, 5m, 2h, 1d
    Advance {
        #[arg(value_name = "DURATION", value_parser = seconds)]
        by: u64,
        #[command(flatten)]
        show: Show,
    },
}

impl Dev {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        let Verb::Advance { by, show } = self.verb;
        let shapes = [Shape { name: "Clock", columns: &["Now"] }];
        show.create(terminal, Operation::AdvanceClock, &json!({ "Seconds": by }), &shapes)
    }
}

fn seconds(text: &str) -> Result<u64, String> {
    let wrong = || "write a duration as 90s, 5m, 2h or 1d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let count: u64 = text[..text.len() - 1].parse().map_err(|_| wrong())?;
    count.checked_mul(factor).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_a_unit() {
        assert_eq!(seconds("90s"), Ok(90));
        assert_eq!(seconds("2h"), Ok(7200));
        for bad in ["", "5", "h", "1w", "-1s", "99999999999999999999d"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
