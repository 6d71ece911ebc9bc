//! How far each consumer of the journal has come.

use cairn_core::Seq;

use crate::{Store, StoreError, Txn};

/// [`Seq::ZERO`] for a cursor that has not moved yet.
pub async fn get(store: &Store, name: &str) -> Result<Seq, StoreError> {
    let seq: Option<i64> = sqlx::query_scalar("SELECT seq FROM cursor WHERE name = ?")
        .bind(name)
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    Ok(seq.map_or(Seq::ZERO, |seq| Seq(seq as u64)))
}

/// Moves a cursor in the transaction of the output that it stands for. It never goes back; staying
/// is no error.
pub async fn advance(txn: &mut Txn, name: &str, to: Seq) -> Result<(), StoreError> {
    let upsert = "INSERT INTO cursor (name, seq) VALUES (?, ?) \
                  ON CONFLICT (name) DO UPDATE SET seq = max(seq, excluded.seq) RETURNING seq";
    let at: i64 =
        sqlx::query_scalar(upsert).bind(name).bind(to.0 as i64).fetch_one(txn.connection()).await?;
    if at as u64 != to.0 {
        return Err(StoreError::CursorGoesBack { name: name.to_owned(), at: at as u64, to: to.0 });
    }
    Ok(())
}
