//! The lake of a server that has none yet: every statement is refused.

use bytes::Bytes;
use cairn_ports::lake::{Figures, Lake, LakeAnswer, LakeError, Progress, Refused, Row, Table};

/// Refuses everything.
pub(crate) struct NoLake;

fn refused() -> Refused {
    Refused::Statement("this server has no lake".to_owned())
}

fn missing<T>() -> LakeAnswer<'static, Result<T, LakeError>>
where
    T: Send + 'static,
{
    Box::pin(async { Err(LakeError::Missing) })
}

impl Lake for NoLake {
    fn stores(&self, _statement: &str) -> Result<Vec<String>, Refused> {
        Err(refused())
    }

    fn check<'a>(
        &'a self,
        _statement: &'a str,
        _tables: &'a [Table],
    ) -> LakeAnswer<'a, Result<(), Refused>> {
        Box::pin(async { Err(refused()) })
    }

    fn wake(&self) {}

    fn cancel(&self, _query: &str) {}

    fn progress(&self, _query: &str) -> Option<Progress> {
        None
    }

    fn rows<'a>(
        &'a self,
        _query: &'a str,
        _from: u64,
        _limit: usize,
    ) -> LakeAnswer<'a, Result<Vec<Row>, LakeError>> {
        missing()
    }

    fn figures<'a>(&'a self, _store: &'a str) -> LakeAnswer<'a, Result<Figures, LakeError>> {
        missing()
    }

    fn metadata<'a>(
        &'a self,
        _store: &'a str,
    ) -> LakeAnswer<'a, Result<(String, Bytes), LakeError>> {
        missing()
    }
}
