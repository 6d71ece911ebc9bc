use std::str::FromStr;

use cairn_journal::Defect;

const USAGE: &str = "\
usage: cairn-sim [--schedules N] [--seed N] [--threads N] [--defect NAME]
       cairn-sim --replay SEED [--defect NAME]
       cairn-sim --score [--seed N] [--threads N]

  --schedules N   how many schedules to carry out (100000)
  --seed N        the seed of the first one; each further one has the next seed (1)
  --threads N     how many at a time (2)
  --replay SEED   shows the schedule of this seed and carries out only that
  --defect NAME   plants a defect into the journal, for example AckBeforeFsync
  --score         plants each defect in turn; fails if one is not found";

/// What is asked for on the command line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) schedules: u64,
    pub(crate) seed: u64,
    pub(crate) threads: usize,
    pub(crate) replay: Option<u64>,
    pub(crate) defect: Option<Defect>,
    pub(crate) score: bool,
}

impl Arguments {
    /// Reads what follows the program's name; the text to be shown where that cannot be read.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            schedules: 100_000,
            seed: 1,
            threads: 2,
            replay: None,
            defect: None,
            score: false,
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--schedules" => arguments.schedules = number(&word, words.next())?,
                "--seed" => arguments.seed = number(&word, words.next())?,
                "--threads" => arguments.threads = number(&word, words.next())?,
                "--replay" => arguments.replay = Some(number(&word, words.next())?),
                "--defect" => arguments.defect = Some(defect(words.next())?),
                "--score" => arguments.score = true,
                other => return Err(format!("unknown argument '{other}'\n\n{USAGE}")),
            }
        }
        Ok(arguments)
    }
}

fn number<T: FromStr>(name: &str, value: Option<String>) -> Result<T, String> {
    value
        .and_then(|value| value.parse().ok())
        .ok_or_else(|| format!("{name} needs a number\n\n{USAGE}"))
}

fn defect(value: Option<String>) -> Result<Defect, String> {
    let value = value.unwrap_or_default();
    let named = |defect: &&Defect| format!("{defect:?}").eq_ignore_ascii_case(&value);
    Defect::ALL.iter().find(named).copied().ok_or_else(|| {
        let names: Vec<String> = Defect::ALL.iter().map(|defect| format!("{defect:?}")).collect();
        format!("there is no defect '{value}'; there are {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Arguments, String> {
        Arguments::read(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn arguments_are_read_and_wrong_ones_refused() {
        let plain = read("").unwrap();
        assert_eq!((plain.schedules, plain.seed, plain.threads), (100_000, 1, 2));
        let replay = read("--replay 7 --defect nocrc").unwrap();
        assert_eq!((replay.replay, replay.defect), (Some(7), Some(Defect::NoCrc)));
        assert!(read("--score --seed 9").unwrap().score);
        for wrong in ["--seed", "--seed x", "--defect Nothing", "--quick", "7"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
