//! `cairn quarantine`: what was ingested and is no record.

use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use super::entity::Show;
use crate::client::Operation;
use crate::credentials::ConnectArgs;
use crate::failure::Failure;
use crate::output::{List, print_list};
use crate::session::{self, Session};
use crate::terminal::Terminal;

/// What was ingested and is no record, kept with the reason
#[derive(Debug, Args)]
pub(crate) struct Quarantine {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// List the pieces of this account, oldest first
    List {
        #[command(flatten)]
        show: Show,
    },
    /// Print the exact bytes of one piece
    Show {
        /// Its place, as `list` shows it
        #[arg(value_name = "SEQ")]
        seq: u64,
        #[command(flatten)]
        connect: ConnectArgs,
    },
}

const NAME: &str = "Pieces";
const COLUMNS: &[&str] = &["Seq", "Reason", "At", "Length", "Submitter", "Sha256"];

impl Quarantine {
    pub(crate) fn run(self, terminal: &mut Terminal) -> Result<(), Failure> {
        match self.verb {
            Verb::List { show } => {
                session::run(show.connect(), terminal, async |session: &mut Session| {
                    let items = pieces(session).await?;
                    let list = List { name: NAME, columns: COLUMNS, items: &items };
                    let format = show.format(session.terminal);
                    Ok(print_list(&list, format, session.terminal)?)
                })
            }
            Verb::Show { seq, connect } => {
                session::run(&connect, terminal, async |session: &mut Session| {
                    let input = json!({ "Seq": seq });
                    let reply: Shown =
                        session.client.call(Operation::ListQuarantine, &input).await?;
                    for piece in &reply.pieces {
                        session.terminal.out.write_all(&piece.content)?;
                    }
                    Ok(session.terminal.out.flush()?)
                })
            }
        }
    }
}

/// The answer to the question for one piece.
#[derive(Deserialize)]
struct Shown {
    #[serde(rename = "Pieces")]
    pieces: Vec<Piece>,
}

#[derive(Deserialize)]
struct Piece {
    #[serde(rename = "Content", deserialize_with = "bytes")]
    content: Vec<u8>,
}

fn bytes<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
    STANDARD.decode(String::deserialize(from)?).map_err(serde::de::Error::custom)
}

/// All of them: a call passes over a bounded number of records, so there may be many.
async fn pieces(session: &mut Session<'_>) -> Result<Vec<Value>, Failure> {
    let mut found = Vec::new();
    let mut after = json!(0);
    loop {
        let input = json!({ "After": after, "MaxResults": 1000 });
        let reply: Value = session.client.call(Operation::ListQuarantine, &input).await?;
        found.extend(reply[NAME].as_array().cloned().unwrap_or_default());
        if reply["End"] != json!(false) {
            return Ok(found);
        }
        after = reply["Cursor"].clone();
    }
}
