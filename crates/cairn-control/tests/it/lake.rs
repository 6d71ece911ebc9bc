//! A lake in memory that knows just enough SQL: what stands behind FROM and JOIN.

use std::collections::BTreeMap;
use std::sync::Mutex;

use bytes::Bytes;
use cairn_ports::lake::{Figures, Lake, LakeAnswer, LakeError, Progress, Refused, Row, Table};
use tokio::sync::watch;

/// What the tests look at and set.
#[derive(Default)]
pub(crate) struct Pond {
    pub(crate) woken: Mutex<usize>,
    pub(crate) cancelled: Mutex<Vec<String>>,
    /// How many queries have ended.
    pub(crate) ended: watch::Sender<u64>,
    pub(crate) running: Mutex<BTreeMap<String, Progress>>,
    pub(crate) results: Mutex<BTreeMap<String, Vec<Row>>>,
    /// The tables of the newest check.
    pub(crate) checked: Mutex<Vec<Table>>,
}

impl Pond {
    pub(crate) fn woken(&self) -> usize {
        *self.woken.lock().unwrap()
    }

    /// A query has ended.
    pub(crate) fn end(&self) {
        self.ended.send_modify(|ended| *ended += 1);
    }
}

impl Lake for Pond {
    fn stores(&self, statement: &str) -> Result<Vec<String>, Refused> {
        let words: Vec<&str> = statement.split_whitespace().collect();
        if !words.first().is_some_and(|word| word.eq_ignore_ascii_case("select")) {
            let text = "line 1:1: only one SELECT statement is allowed";
            return Err(Refused::Statement(text.to_owned()));
        }
        let mut stores: Vec<String> = Vec::new();
        for pair in words.windows(2) {
            let before = ["from", "join"].iter().any(|word| pair[0].eq_ignore_ascii_case(word));
            let name = pair[1].trim_matches(|char| matches!(char, '(' | ')' | ';'));
            if before && name.len() == 36 && !stores.iter().any(|store| store == name) {
                stores.push(name.to_owned());
            }
        }
        Ok(stores)
    }

    fn check<'a>(
        &'a self,
        statement: &'a str,
        tables: &'a [Table],
    ) -> LakeAnswer<'a, Result<(), Refused>> {
        Box::pin(async move {
            *self.checked.lock().unwrap() = tables.to_vec();
            if let Some(at) = statement.find("nocolumn") {
                let text = format!("line 1:{}: Column 'nocolumn' cannot be resolved", at + 1);
                return Err(Refused::Statement(text));
            }
            Ok(())
        })
    }

    fn wake(&self) {
        *self.woken.lock().unwrap() += 1;
    }

    fn cancel(&self, query: &str) {
        self.cancelled.lock().unwrap().push(query.to_owned());
        self.end();
    }

    fn ended(&self) -> u64 {
        *self.ended.borrow()
    }

    fn ended_after(&self, seen: u64) -> LakeAnswer<'_, ()> {
        let mut ended = self.ended.subscribe();
        Box::pin(async move {
            ended.wait_for(|ended| *ended > seen).await.unwrap();
        })
    }

    fn progress(&self, query: &str) -> Option<Progress> {
        self.running.lock().unwrap().get(query).copied()
    }

    fn rows<'a>(
        &'a self,
        query: &'a str,
        from: u64,
        limit: usize,
        bytes: usize,
    ) -> LakeAnswer<'a, Result<Vec<Row>, LakeError>> {
        Box::pin(async move {
            let results = self.results.lock().unwrap();
            let rows = results.get(query).ok_or(LakeError::Missing)?;
            let mut left = bytes;
            let fits = |row: &&Row| {
                let size = row.iter().flat_map(|(label, text)| [Some(label), text.as_ref()]);
                let fits = left > 0;
                left = left.saturating_sub(size.flatten().map(String::len).sum());
                fits
            };
            Ok(rows.iter().skip(from as usize).take(limit).take_while(fits).cloned().collect())
        })
    }

    fn figures<'a>(&'a self, _store: &'a str) -> LakeAnswer<'a, Result<Figures, LakeError>> {
        Box::pin(async { Ok(Figures::default()) })
    }

    fn metadata<'a>(
        &'a self,
        _store: &'a str,
    ) -> LakeAnswer<'a, Result<(String, Bytes), LakeError>> {
        Box::pin(async { Err(LakeError::Missing) })
    }
}
