//! Statements one after the other, from a terminal or from a pipe.

use std::io::{IsTerminal, Read};
use std::path::PathBuf;

use cairn_ports::lake::TableSchema;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{Context, Editor, Helper, Highlighter, Hinter, Validator};
use serde_json::{Value, json};

use super::Print;
use super::remote::Remote;
use crate::failure::Failure;
use crate::output::table_of;
use crate::session::Session;

const HELP: &str = "\
SQL up to a `;` runs. \\d lists event data stores, \\d STORE its columns, \\q ends.
$EDS_ID stands for the store of --store, or for the only one.";
const KEYWORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "HAVING",
    "LIMIT",
    "JOIN",
    "CROSS JOIN",
    "UNNEST",
    "WITH",
    "UNION ALL",
    "BETWEEN",
    "DISTINCT",
    "DESC",
    "count(*)",
    "element_at(",
    "json_extract_scalar(",
    "date_trunc(",
    "approx_distinct(",
    "$EDS_ID",
];
/// Statements that are remembered, and where.
const REMEMBERED: usize = 1000;
const HISTORY: &str = ".cairn_query_history";

/// Runs what is typed, or what a pipe gives, until its end.
pub(crate) async fn run(
    session: &mut Session<'_>,
    asked: &mut Remote,
    print: &Print,
) -> Result<(), Failure> {
    if !std::io::stdin().is_terminal() {
        let read = cairn_task::blocking("query-read", || {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map(|_| text)
        });
        for statement in statements(&read.await?) {
            asked.run(session, &statement, print).await?;
        }
        return Ok(());
    }
    session.terminal.note(HELP);
    let mut editor = Editor::<Words, DefaultHistory>::new().map_err(failed)?;
    editor.set_helper(Some(Words(words(asked))));
    let history = std::env::home_dir().map(|home| home.join(HISTORY));
    load(&mut editor, history.as_ref());
    let mut text = String::new();
    loop {
        let prompt = if text.is_empty() { "cairn> " } else { "   ...> " };
        let read = cairn_task::blocking("query-read", move || {
            let line = editor.readline(prompt);
            (editor, line)
        });
        let line;
        (editor, line) = read.await;
        match line {
            Ok(line) if text.is_empty() && line.trim_start().starts_with('\\') => {
                let mut command = line.split_whitespace();
                match (command.next(), command.next()) {
                    (Some("\\q"), _) => break,
                    (Some("\\d"), None) => stores(session, asked)?,
                    (Some("\\d"), Some(store)) => columns(session, asked, store).await?,
                    _ => session.terminal.note(HELP),
                }
            }
            Ok(line) => {
                text.push_str(&line);
                text.push('\n');
                if !text.trim_end().ends_with(';') {
                    continue;
                }
                let statement = std::mem::take(&mut text);
                let _ = editor.add_history_entry(statement.trim());
                match asked.run(session, &statement, print).await {
                    Ok(()) | Err(Failure::Interrupted) => {}
                    Err(failure) => session.terminal.error(failure),
                }
            }
            Err(ReadlineError::Interrupted) => text.clear(),
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(failed(error)),
        }
    }
    if let Some(path) = &history {
        let _ = editor.save_history(path);
    }
    Ok(())
}

/// The statements of a text, each up to its `;` outside of quotes and comments.
pub(crate) fn statements(text: &str) -> Vec<String> {
    let (mut found, mut one) = (Vec::new(), String::new());
    let mut quote: Option<char> = None;
    for line in text.lines() {
        if quote.is_none() && line.trim_start().starts_with("--") {
            continue;
        }
        for character in line.chars() {
            match quote {
                Some(open) if open == character => quote = None,
                None if matches!(character, '\'' | '"') => quote = Some(character),
                None if character == ';' => {
                    found.push(std::mem::take(&mut one));
                    continue;
                }
                _ => {}
            }
            one.push(character);
        }
        one.push('\n');
    }
    found.push(one);
    found.retain(|statement| !statement.trim().is_empty());
    found
}

fn stores(session: &mut Session<'_>, asked: &Remote) -> Result<(), Failure> {
    let headings = ["NAME".to_owned(), "ID".to_owned()];
    let rows: Vec<Vec<String>> =
        asked.stores.iter().map(|(name, id)| vec![name.clone(), id.clone()]).collect();
    Ok(table_of(&headings, &rows, &mut *session.terminal.out)?)
}

async fn columns(session: &mut Session<'_>, asked: &Remote, store: &str) -> Result<(), Failure> {
    let known = asked.stores.iter().find(|(name, id)| name == store || id == store);
    let Some((_, id)) = known else {
        session.terminal.note(format_args!("there is no event data store '{store}'"));
        return Ok(());
    };
    let input = json!({ "EventDataStore": id });
    let found: Value = session.client.read_trails("GetEventDataStore", &input).await?;
    let headings = ["COLUMN".to_owned(), "TYPE".to_owned()];
    let rows: Vec<Vec<String>> = cairn_lake::columns(schema(&found))
        .into_iter()
        .map(|(name, kind)| vec![name, kind])
        .collect();
    Ok(table_of(&headings, &rows, &mut *session.terminal.out)?)
}

/// What a store's selectors say of its events.
fn schema(store: &Value) -> TableSchema {
    let text = store["AdvancedEventSelectors"].to_string();
    let of = |category: &str| text.contains(&format!("\"{category}\""));
    match () {
        () if of("Insight") => TableSchema::Insights,
        () if of("ConfigurationItem") => TableSchema::ConfigurationItems,
        () if of("Evidence") => TableSchema::Evidence,
        () if of("ActivityAuditLog") => TableSchema::Activity,
        () => TableSchema::Events,
    }
}

fn words(asked: &Remote) -> Vec<String> {
    let columns = cairn_lake::columns(TableSchema::Events).into_iter().map(|(name, _)| name);
    let stores = asked.stores.iter().flat_map(|(name, id)| [name.clone(), id.clone()]);
    KEYWORDS.iter().map(|word| (*word).to_owned()).chain(columns).chain(stores).collect()
}

fn load(editor: &mut Editor<Words, DefaultHistory>, history: Option<&PathBuf>) {
    let _ = rustyline::history::History::set_max_len(editor.history_mut(), REMEMBERED);
    if let Some(path) = history {
        let _ = editor.load_history(path);
    }
}

fn failed(error: ReadlineError) -> Failure {
    Failure::Query(error.to_string())
}

/// Completes the word before the cursor.
#[derive(Helper, Highlighter, Hinter, Validator)]
struct Words(Vec<String>);

impl Completer for Words {
    type Candidate = String;

    fn complete(
        &self,
        line: &str,
        at: usize,
        _context: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<String>)> {
        let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ',' | '=' | '<' | '>' | '.');
        let start = line[..at].rfind(ends).map_or(0, |place| place + 1);
        let begun = line[start..at].to_lowercase();
        let fits = |word: &&String| word.to_lowercase().starts_with(&begun);
        Ok((start, self.0.iter().filter(fits).cloned().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_end_at_semicolons_outside_of_quotes() {
        let text = "-- a; b\nSELECT ';' AS a,\n \"x;y\" FROM t;\n\nSELECT 2;;\n";
        let found = statements(text);
        let trimmed: Vec<&str> = found.iter().map(|one| one.trim()).collect();
        assert_eq!(trimmed, ["SELECT ';' AS a,\n \"x;y\" FROM t", "SELECT 2"]);
        assert_eq!(statements(" \n"), Vec::<String>::new());
    }
}
