//! Files that came so late that the digest of their own period is long there.

use cairn_store::delivery::LogFile;
use cairn_store::digest::{Chain, ChainId};
use cairn_store::{PlanDocument, digest};

use super::cut::Cut;
use super::{Digester, Span};
use crate::TrailError;

/// Late files by the period that they belong to.
pub(super) type Late = Vec<(Span, Vec<LogFile>)>;

impl Digester {
    /// Late files, and the others.
    pub(super) async fn late(
        &self,
        chain: &Chain,
        period: Span,
        files: Vec<LogFile>,
    ) -> Result<(Late, Vec<LogFile>), TrailError> {
        let oldest = period.0.saturating_sub(self.shared.settings.digest_period);
        let (mut late, mut rest): (Late, Vec<LogFile>) = (Vec::new(), Vec::new());
        for file in files {
            let old = file.closed < oldest && file.closed >= chain.started;
            let span = if old { self.free_span(chain, &file).await? } else { None };
            match span {
                Some(span) => match late.iter_mut().find(|(known, _)| *known == span) {
                    Some((_, files)) => files.push(file),
                    None => late.push((span, vec![file])),
                },
                None => rest.push(file),
            }
        }
        Ok((late, rest))
    }

    /// The period that a file belongs to, if it has no backfill digest: there is one key for it.
    /// What comes later still goes into the next digest of all.
    async fn free_span(&self, chain: &Chain, file: &LogFile) -> Result<Option<Span>, TrailError> {
        let store = &self.shared.store;
        let Some(span) = digest::period_at(store, &chain.id, file.closed).await? else {
            return Ok(None);
        };
        let backfilled = ChainId { backfill: true, ..chain.id.clone() };
        let taken = digest::period_at(store, &backfilled, span.1).await?;
        Ok(Some(span).filter(|span| taken.is_none_or(|taken| taken != *span)))
    }

    pub(super) async fn backfill(
        &mut self,
        document: &PlanDocument,
        id: &ChainId,
        late: Late,
    ) -> Result<(), TrailError> {
        let id = ChainId { backfill: true, ..id.clone() };
        for (period, files) in late {
            let chains = digest::chains(&self.shared.store, &id.trail).await?;
            let chain = chains.into_iter().find(|chain| chain.id == id);
            let chain = chain.unwrap_or_else(|| Chain {
                id: id.clone(),
                reason: "start-logging".to_owned(),
                started: period.0,
                ended: None,
                fresh: true,
                until: period.0,
                position: 0,
                covered: 0,
                previous: None,
            });
            let cut = Cut { chain, period, files, ending: None, through: None };
            let made = cut.make(&self.shared, document, &mut self.keys).await?;
            let mut txn = self.shared.store.begin().await?;
            cut.note(&mut txn, &made).await?;
            txn.commit().await?;
        }
        Ok(())
    }
}
