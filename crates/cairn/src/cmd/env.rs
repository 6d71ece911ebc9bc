//! `cairn env`: the variables that point clients at a server.

use std::path::PathBuf;

use clap::Args;

use crate::data_dir::DataDir;
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Print the variables that point AWS clients at a server: eval "$(cairn env)"
#[derive(Debug, Args)]
pub(crate) struct Env {
    /// The server's data directory
    #[arg(long, value_name = "DIR", env = "CAIRN_DATA", default_value = "./cairn-data")]
    data: PathBuf,
    /// Print what takes the variables back
    #[arg(long)]
    unset: bool,
}

const VARIABLES: [&str; 5] = [
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
];

impl Env {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        let out = &mut terminal.out;
        // A token left over from another identity would not fit the key.
        if std::env::var_os("AWS_SESSION_TOKEN").is_some() {
            writeln!(out, "unset AWS_SESSION_TOKEN")?;
        }
        if self.unset {
            for name in VARIABLES {
                writeln!(out, "unset {name}")?;
            }
            return Ok(());
        }
        let found = DataDir::read(&self.data)?;
        let values = [
            &found.endpoint,
            &found.access_key_id,
            &found.secret_access_key,
            &found.region,
            &found.region,
        ];
        for (name, value) in VARIABLES.into_iter().zip(values) {
            writeln!(out, "export {name}={}", quoted(value))?;
        }
        Ok(())
    }
}

/// `text` as one word of a POSIX shell.
pub(super) fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@%+,".contains(&byte);
    if !text.is_empty() && text.bytes().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_one_word_to_a_shell() {
        assert_eq!(quoted("http://[::1]:4586"), "'http://[::1]:4586'");
        assert_eq!(quoted("a/b+c"), "a/b+c");
        assert_eq!(quoted("it's $(x)"), r"'it'\''s $(x)'");
        assert_eq!(quoted(""), "''");
    }
}
