use std::collections::HashSet;

use super::{Change, Index};
use crate::StoreError;

impl Index {
    /// The ids of all files whose ids begin with `prefix`.
    pub async fn files(&self, prefix: &str) -> Result<HashSet<String>, StoreError> {
        let query = "SELECT id FROM file WHERE id >= ?1 AND id < ?1 || 'g'";
        let ids: Vec<String> =
            sqlx::query_scalar(query).bind(prefix).fetch_all(&mut *self.reader().await?).await?;
        Ok(ids.into_iter().collect())
    }
}

impl Change {
    /// A file is named by one version or part at a time; completing an upload passes it on.
    pub(super) async fn name_file(&mut self, id: &str) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO file (id) VALUES (?)").bind(id).execute(self.connection()).await?;
        self.keep(id);
        Ok(())
    }

    pub(super) async fn forget_file(&mut self, id: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM file WHERE id = ?").bind(id).execute(self.connection()).await?;
        self.drop_later(id.to_owned());
        Ok(())
    }
}
