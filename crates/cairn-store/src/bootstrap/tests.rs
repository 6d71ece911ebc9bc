use super::*;
use crate::store::tests::{FIRST, SECOND, id, open, raw};
use crate::{Principal, StoreError};

#[tokio::test]
async fn the_first_start_creates_an_admin_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    assert_eq!(store.first_account(), None);
    let first = store.bootstrap(id(FIRST)).await.unwrap().unwrap();
    assert_eq!(store.first_account(), Some(id(FIRST)));
    let credential = store.credential(&first.access_key_id).unwrap();
    assert_eq!(credential.secret, first.secret);
    assert!(
        matches!(&credential.principal, Principal::User { name, admin: true, .. } if name == ADMIN)
    );
    store.close().await;

    // Killed before the key was written down: the same key, whatever account is asked for now.
    let store = open(&dir).await;
    assert_eq!(store.bootstrap(id(SECOND)).await.unwrap(), Some(first));
    assert_eq!(account::list(&store).await.unwrap().len(), 1);
    store.bootstrap_handed_over().await.unwrap();
    assert_eq!(store.bootstrap(id(FIRST)).await.unwrap(), None);
    store.close().await;
    let store = open(&dir).await;
    assert_eq!(store.bootstrap(id(FIRST)).await.unwrap(), None);
    assert_eq!(store.first_account(), Some(id(FIRST)));
}

#[tokio::test]
async fn a_bootstrap_key_that_was_deleted_is_not_given() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let first = store.bootstrap(id(FIRST)).await.unwrap().unwrap();
    let mut txn = store.begin().await.unwrap();
    access_key::delete(&mut txn, id(FIRST), &first.access_key_id).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(store.bootstrap(id(FIRST)).await.unwrap(), None);
}

/// Fails at each table that the bootstrap writes, in turn; what is left is always nothing.
#[tokio::test]
async fn a_bootstrap_that_is_cut_short_has_not_happened() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let cuts = [
        "CREATE TRIGGER cut AFTER INSERT ON account BEGIN SELECT RAISE(ABORT, 'cut'); END",
        "CREATE TRIGGER cut AFTER INSERT ON user BEGIN SELECT RAISE(ABORT, 'cut'); END",
        "CREATE TRIGGER cut AFTER INSERT ON access_key BEGIN SELECT RAISE(ABORT, 'cut'); END",
        "CREATE TRIGGER cut AFTER INSERT ON setting WHEN NEW.name = 'first_account' \
         BEGIN SELECT RAISE(ABORT, 'cut'); END",
        "CREATE TRIGGER cut AFTER INSERT ON setting WHEN NEW.name = 'bootstrap_key' \
         BEGIN SELECT RAISE(ABORT, 'cut'); END",
    ];
    let mut outside = raw(&dir).await;
    for cut in cuts {
        sqlx::raw_sql(cut).execute(&mut outside).await.unwrap();
        let error = store.bootstrap(id(FIRST)).await.unwrap_err();
        assert!(matches!(error, StoreError::Database(_)), "{cut}: {error}");
        assert_eq!(store.first_account(), None, "{cut}");
        let rows = "SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM user) \
                    + (SELECT count(*) FROM access_key) + (SELECT count(*) - 2 FROM setting)";
        let left: i64 = sqlx::query_scalar(rows).fetch_one(&mut outside).await.unwrap();
        assert_eq!(left, 0, "{cut}");
        sqlx::raw_sql("DROP TRIGGER cut").execute(&mut outside).await.unwrap();
    }
    assert!(store.bootstrap(id(FIRST)).await.unwrap().is_some());
}
