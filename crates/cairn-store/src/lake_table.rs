//! Which metadata file each table of the lake is: the catalog's rows.
//!
//! The row is the point of commit. What a change of a table wrote takes effect when [`swap`]'s
//! transaction commits, together with whatever else is in it.

use crate::{Store, StoreError, Txn};

/// The catalog's name.
pub const CATALOG: &str = "cairn";
/// The database that AWS federates event data stores into.
pub const NAMESPACE: &str = "aws:cloudtrail";

/// A table as the catalog has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LakeTable {
    /// The event data store's id.
    pub name: String,
    pub metadata_location: String,
    /// What it was before the last change.
    pub previous: Option<String>,
}

/// Adds a table.
///
/// # Errors
/// [`StoreError::Superseded`] if one of that name is there.
pub async fn create(txn: &mut Txn, name: &str, metadata_location: &str) -> Result<(), StoreError> {
    let insert = "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, \
                  metadata_location, iceberg_type) VALUES (?, ?, ?, ?, 'TABLE') \
                  ON CONFLICT DO NOTHING";
    let added = sqlx::query(insert)
        .bind(CATALOG)
        .bind(NAMESPACE)
        .bind(name)
        .bind(metadata_location)
        .execute(txn.connection())
        .await?;
    if added.rows_affected() == 1 {
        return Ok(());
    }
    Err(StoreError::Superseded { table: name.to_owned() })
}

pub async fn get(store: &Store, name: &str) -> Result<Option<LakeTable>, StoreError> {
    let row = "SELECT table_name, metadata_location, previous_metadata_location \
               FROM iceberg_tables \
               WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?";
    let row: Option<Row> = sqlx::query_as(row)
        .bind(CATALOG)
        .bind(NAMESPACE)
        .bind(name)
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    row.map(from_row).transpose()
}

/// All tables, in the order of their names.
pub async fn list(store: &Store) -> Result<Vec<LakeTable>, StoreError> {
    let rows = "SELECT table_name, metadata_location, previous_metadata_location \
                FROM iceberg_tables \
                WHERE catalog_name = ? AND table_namespace = ? ORDER BY table_name";
    let rows: Vec<Row> = sqlx::query_as(rows)
        .bind(CATALOG)
        .bind(NAMESPACE)
        .fetch_all(&mut *store.reader().await?)
        .await?;
    rows.into_iter().map(from_row).collect()
}

/// Makes `new` what the table is, if it is `old` still.
///
/// # Errors
/// [`StoreError::Superseded`] if it is not: somebody else has changed the table, or dropped it.
pub async fn swap(txn: &mut Txn, name: &str, old: &str, new: &str) -> Result<(), StoreError> {
    let update = "UPDATE iceberg_tables \
                  SET metadata_location = ?1, previous_metadata_location = ?2 \
                  WHERE catalog_name = ?3 AND table_namespace = ?4 AND table_name = ?5 \
                  AND metadata_location = ?2";
    let swapped = sqlx::query(update)
        .bind(new)
        .bind(old)
        .bind(CATALOG)
        .bind(NAMESPACE)
        .bind(name)
        .execute(txn.connection())
        .await?;
    if swapped.rows_affected() == 1 {
        return Ok(());
    }
    Err(StoreError::Superseded { table: name.to_owned() })
}

/// Takes a table out of the catalog; its files stay. One that is not there is no error.
pub async fn drop(txn: &mut Txn, name: &str) -> Result<(), StoreError> {
    let delete = "DELETE FROM iceberg_tables \
                  WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?";
    sqlx::query(delete).bind(CATALOG).bind(NAMESPACE).bind(name).execute(txn.connection()).await?;
    Ok(())
}

type Row = (String, Option<String>, Option<String>);

fn from_row((name, metadata_location, previous): Row) -> Result<LakeTable, StoreError> {
    let missing = || StoreError::corrupt(format!("the table {name} has no metadata"));
    let metadata_location = metadata_location.ok_or_else(missing)?;
    Ok(LakeTable { name, metadata_location, previous })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::open;

    const NAME: &str = "11111111-2222-4333-8444-555555555555";

    #[tokio::test]
    async fn a_change_of_a_table_that_somebody_else_changed_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir).await;
        let mut txn = store.begin().await.unwrap();
        create(&mut txn, NAME, "s3://a/1").await.unwrap();
        assert!(create(&mut txn, NAME, "s3://a/2").await.is_err());
        swap(&mut txn, NAME, "s3://a/1", "s3://a/2").await.unwrap();
        txn.commit().await.unwrap();
        let found = LakeTable {
            name: NAME.to_owned(),
            metadata_location: "s3://a/2".to_owned(),
            previous: Some("s3://a/1".to_owned()),
        };
        assert_eq!(get(&store, NAME).await.unwrap(), Some(found.clone()));
        let mut txn = store.begin().await.unwrap();
        let stale = swap(&mut txn, NAME, "s3://a/1", "s3://a/3").await.unwrap_err();
        assert!(matches!(stale, StoreError::Superseded { table } if table == NAME));
        txn.commit().await.unwrap();
        assert_eq!(list(&store).await.unwrap(), [found]);
    }

    #[tokio::test]
    async fn a_dropped_table_is_gone_and_cannot_be_changed() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir).await;
        let mut txn = store.begin().await.unwrap();
        create(&mut txn, NAME, "s3://a/1").await.unwrap();
        drop(&mut txn, NAME).await.unwrap();
        assert!(swap(&mut txn, NAME, "s3://a/1", "s3://a/2").await.is_err());
        drop(&mut txn, NAME).await.unwrap();
        txn.commit().await.unwrap();
        assert_eq!(get(&store, NAME).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_swap_that_is_not_committed_has_changed_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir).await;
        let mut txn = store.begin().await.unwrap();
        create(&mut txn, NAME, "s3://a/1").await.unwrap();
        txn.commit().await.unwrap();
        let mut txn = store.begin().await.unwrap();
        swap(&mut txn, NAME, "s3://a/1", "s3://a/2").await.unwrap();
        std::mem::drop(txn);
        let found = get(&store, NAME).await.unwrap().unwrap();
        assert_eq!(found.metadata_location, "s3://a/1");
    }
}
