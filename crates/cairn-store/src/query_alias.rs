//! Names for statements: of generated queries, and of the widgets of dashboards.

use cairn_core::{AccountId, Region};

use crate::error::on_insert;
use crate::{Entity, Store, StoreError, Txn};

type Row = (String, Option<String>, Option<String>, Option<String>);

/// A statement that StartQuery runs by its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryAlias {
    pub account: AccountId,
    pub region: Region,
    /// Unique in its account and Region.
    pub alias: String,
    pub statement: String,
    /// The id of the event data store that stands for the statement's placeholder.
    pub store: Option<String>,
    /// The question that the statement was made from.
    pub prompt: Option<String>,
    /// The id of the dashboard whose widget it fills; it goes with that.
    pub dashboard: Option<String>,
}

pub async fn put(txn: &mut Txn, alias: &QueryAlias) -> Result<(), StoreError> {
    let insert = "INSERT INTO query_alias \
                  (account, region, alias, statement, store, prompt, dashboard, created) \
                  VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    let now = txn.now().millis();
    sqlx::query(insert)
        .bind(alias.account.as_u64() as i64)
        .bind(alias.region.as_str())
        .bind(&alias.alias)
        .bind(&alias.statement)
        .bind(&alias.store)
        .bind(&alias.prompt)
        .bind(&alias.dashboard)
        .bind(now)
        .execute(txn.connection())
        .await
        .map_err(|error| {
            let missing = || StoreError::not_found(Entity::Account, alias.account);
            on_insert(error, Entity::QueryAlias, &alias.alias, missing)
        })?;
    Ok(())
}

pub async fn get(
    store: &Store,
    account: AccountId,
    region: &Region,
    alias: &str,
) -> Result<QueryAlias, StoreError> {
    let row = "SELECT statement, store, prompt, dashboard FROM query_alias \
               WHERE account = ? AND region = ? AND alias = ?";
    let row: Option<Row> = sqlx::query_as(row)
        .bind(account.as_u64() as i64)
        .bind(region.as_str())
        .bind(alias)
        .fetch_optional(&mut *store.reader().await?)
        .await?;
    let (statement, store, prompt, dashboard) =
        row.ok_or_else(|| StoreError::not_found(Entity::QueryAlias, alias))?;
    let (region, alias) = (region.clone(), alias.to_owned());
    Ok(QueryAlias { account, region, alias, statement, store, prompt, dashboard })
}

/// Removes the oldest names of generated queries, so that an account keeps at most `limit` in a
/// Region.
pub async fn trim(
    txn: &mut Txn,
    account: AccountId,
    region: &Region,
    limit: usize,
) -> Result<(), StoreError> {
    let delete = "DELETE FROM query_alias WHERE account = ?1 AND region = ?2 \
                  AND dashboard IS NULL AND alias NOT IN (SELECT alias FROM query_alias \
                  WHERE account = ?1 AND region = ?2 AND dashboard IS NULL \
                  ORDER BY created DESC, alias LIMIT ?3)";
    sqlx::query(delete)
        .bind(account.as_u64() as i64)
        .bind(region.as_str())
        .bind(limit as i64)
        .execute(txn.connection())
        .await?;
    Ok(())
}

/// Removes the names of a dashboard's widgets.
pub async fn remove_of(txn: &mut Txn, dashboard: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM query_alias WHERE dashboard = ?")
        .bind(dashboard)
        .execute(txn.connection())
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account;
    use crate::store::tests::{FIRST, SECOND, id, open};

    #[tokio::test]
    async fn a_name_is_kept_for_its_account_and_the_oldest_go() {
        let dir = tempfile::tempdir().unwrap();
        let store = open(&dir).await;
        let region: Region = "us-east-1".parse().unwrap();
        let mut alias = QueryAlias {
            account: id(FIRST),
            region: region.clone(),
            alias: "a".to_owned(),
            statement: "SELECT 1".to_owned(),
            store: Some("s".to_owned()),
            prompt: Some("p".to_owned()),
            dashboard: None,
        };
        let mut txn = store.begin().await.unwrap();
        account::create(&mut txn, Some(id(FIRST)), "first").await.unwrap();
        put(&mut txn, &alias).await.unwrap();
        let taken = put(&mut txn, &alias).await.unwrap_err();
        assert!(matches!(taken, StoreError::AlreadyExists { .. }));
        let widget = QueryAlias {
            alias: "w".to_owned(),
            store: None,
            prompt: None,
            dashboard: Some("d".to_owned()),
            ..alias.clone()
        };
        put(&mut txn, &widget).await.unwrap();
        txn.commit().await.unwrap();
        assert_eq!(get(&store, id(FIRST), &region, "a").await.unwrap(), alias);
        assert_eq!(get(&store, id(FIRST), &region, "w").await.unwrap(), widget);
        assert!(get(&store, id(SECOND), &region, "a").await.is_err());

        let mut txn = store.begin().await.unwrap();
        // Both are of one instant: the name decides.
        alias.alias = "b".to_owned();
        put(&mut txn, &alias).await.unwrap();
        trim(&mut txn, id(FIRST), &region, 1).await.unwrap();
        remove_of(&mut txn, "d").await.unwrap();
        txn.commit().await.unwrap();
        assert!(get(&store, id(FIRST), &region, "a").await.is_ok());
        assert!(get(&store, id(FIRST), &region, "b").await.is_err());
        assert!(get(&store, id(FIRST), &region, "w").await.is_err());
    }
}
