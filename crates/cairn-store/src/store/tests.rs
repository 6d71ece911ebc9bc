use std::os::unix::fs::PermissionsExt;

use cairn_core::{ErrorKind, ManualClock, SeededEntropy, Seq, Timestamp};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

use super::*;
use crate::{Entity, NewRole, Owner, Principal, Status, access_key, account, cursor, outbox};
use crate::{role, user};

pub(crate) const FIRST: u64 = 111_122_223_333;
pub(crate) const SECOND: u64 = 444_455_556_666;

pub(crate) fn id(value: u64) -> AccountId {
    AccountId::new(value).unwrap()
}

pub(crate) fn parts() -> Parts {
    Parts {
        clock: Arc::new(ManualClock::new(Timestamp::from_seconds(1_700_000_000))),
        entropy: Arc::new(cairn_core::SystemEntropy),
    }
}

pub(crate) async fn open(dir: &TempDir) -> Store {
    Store::open_dir(dir.path(), parts()).await.unwrap()
}

/// A store with two accounts.
async fn with_accounts() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let mut txn = store.begin().await.unwrap();
    account::create(&mut txn, Some(id(FIRST)), "first").await.unwrap();
    account::create(&mut txn, Some(id(SECOND)), "second").await.unwrap();
    txn.commit().await.unwrap();
    (dir, store)
}

/// A connection of its own, for what the store would never do.
pub(crate) async fn raw(dir: &TempDir) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(dir.path().join(STATE_FILE));
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn count(dir: &TempDir, table: &'static str) -> i64 {
    let sql = match table {
        "user" => "SELECT count(*) FROM user",
        "access_key" => "SELECT count(*) FROM access_key",
        _ => "SELECT count(*) FROM outbox",
    };
    sqlx::query_scalar(sql).fetch_one(&mut raw(dir).await).await.unwrap()
}

fn is_not_found(error: &StoreError, entity: Entity) -> bool {
    matches!(error, StoreError::NotFound { what, .. } if *what == entity)
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let (dir, store) = with_accounts().await;
    let mut txn = store.begin().await.unwrap();
    let alice = user::create(&mut txn, id(FIRST), "alice", true).await.unwrap();
    let new = NewRole { name: "ops", admin: false, trusted: &[id(SECOND), id(7)] };
    let ops = role::create(&mut txn, id(FIRST), new).await.unwrap();
    let owner = Owner::User("alice".to_owned());
    let (key, secret) = access_key::create(&mut txn, id(FIRST), owner.clone()).await.unwrap();
    let (root, _) = access_key::create(&mut txn, id(FIRST), Owner::Root).await.unwrap();
    cursor::advance(&mut txn, "outbox", Seq(7)).await.unwrap();
    outbox::put(&mut txn, id(FIRST), b"{\"a\":1}").await.unwrap();
    txn.commit().await.unwrap();
    let (instance, credential) = (store.instance_id().to_owned(), store.credential(&key.id));
    store.close().await;

    let store = open(&dir).await;
    assert_eq!(store.instance_id(), instance);
    assert_eq!(store.credential(&key.id), credential);
    let credential = credential.unwrap();
    assert_eq!(credential.secret, secret);
    assert_eq!(credential.account, id(FIRST));
    let arn = "arn:aws:iam::111122223333:user/alice".to_owned();
    assert_eq!(alice.arn(), arn);
    let principal =
        Principal::User { name: "alice".into(), id: alice.id.clone(), arn, admin: true };
    assert_eq!(credential.principal, principal);
    assert_eq!(store.credential(&root.id).unwrap().principal, Principal::Root);
    assert_eq!(user::get(&store, id(FIRST), "alice").await.unwrap(), alice);
    assert_eq!(role::get(&store, id(FIRST), "ops").await.unwrap(), ops);
    assert!(ops.trusts(id(FIRST)) && ops.trusts(id(7)) && !ops.trusts(id(8)));
    assert_eq!(access_key::list(&store, id(FIRST), owner).await.unwrap(), [key]);
    assert_eq!(access_key::list(&store, id(FIRST), Owner::Root).await.unwrap(), [root]);
    assert_eq!(cursor::get(&store, "outbox").await.unwrap(), Seq(7));
    let waiting = outbox::list(&store, 10).await.unwrap();
    assert_eq!((waiting[0].account, &waiting[0].record[..]), (id(FIRST), &b"{\"a\":1}"[..]));
    assert_eq!(account::list(&store).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_transaction_that_is_dropped_leaves_no_trace() {
    let (dir, store) = with_accounts().await;
    let mut txn = store.begin().await.unwrap();
    user::create(&mut txn, id(FIRST), "alice", false).await.unwrap();
    let owner = Owner::User("alice".to_owned());
    let (key, _) = access_key::create(&mut txn, id(FIRST), owner).await.unwrap();
    outbox::put(&mut txn, id(FIRST), b"record").await.unwrap();
    assert_eq!(store.credential(&key.id), None, "nothing is visible before the commit");
    // What a crash at this instant would leave on disk.
    let crashed = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), crashed.path().join(entry.file_name())).unwrap();
    }
    drop(txn);
    for (dir, store) in [(&dir, store), (&crashed, open(&crashed).await)] {
        assert_eq!(store.credential(&key.id), None);
        assert_eq!(count(dir, "user").await, 0);
        assert_eq!(count(dir, "access_key").await, 0);
        assert!(outbox::list(&store, 10).await.unwrap().is_empty());
        // The writer is free again.
        let mut txn = store.begin().await.unwrap();
        user::create(&mut txn, id(FIRST), "alice", false).await.unwrap();
        txn.commit().await.unwrap();
    }
}

#[tokio::test]
async fn an_effect_and_its_record_are_there_together_or_not_at_all() {
    let (dir, store) = with_accounts().await;
    let fail = "CREATE TRIGGER t BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'cut'); END";
    sqlx::raw_sql(fail).execute(&mut raw(&dir).await).await.unwrap();
    let mut txn = store.begin().await.unwrap();
    user::create(&mut txn, id(FIRST), "alice", false).await.unwrap();
    assert!(outbox::put(&mut txn, id(FIRST), b"record").await.is_err());
    drop(txn);
    assert_eq!(count(&dir, "user").await, 0);
    sqlx::raw_sql("DROP TRIGGER t").execute(&mut raw(&dir).await).await.unwrap();

    let mut txn = store.begin().await.unwrap();
    user::create(&mut txn, id(FIRST), "alice", false).await.unwrap();
    let first = outbox::put(&mut txn, id(FIRST), b"one").await.unwrap();
    let second = outbox::put(&mut txn, id(FIRST), b"two").await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!((count(&dir, "user").await, count(&dir, "outbox").await), (1, 2));
    let mut txn = store.begin().await.unwrap();
    outbox::remove(&mut txn, &[first, first, second]).await.unwrap();
    let third = outbox::put(&mut txn, id(FIRST), b"three").await.unwrap();
    txn.commit().await.unwrap();
    assert!(third > second, "an id is not given again");
    assert_eq!(outbox::list(&store, 10).await.unwrap().len(), 1);
}

/// A commit is on its way when the caller hangs up: disk and memory still agree.
#[tokio::test]
async fn a_commit_outlives_its_caller() {
    let (dir, store) = with_accounts().await;
    for round in 0..20u64 {
        let mut txn = store.begin().await.unwrap();
        let name = format!("user{round}");
        user::create(&mut txn, id(FIRST), &name, false).await.unwrap();
        let (key, _) = access_key::create(&mut txn, id(FIRST), Owner::User(name)).await.unwrap();
        let _ = timeout(Duration::from_micros(round * 20), txn.commit()).await;
        drop(store.begin().await.unwrap());
        let on_disk = count(&dir, "access_key").await as u64 == round + 1;
        assert!(on_disk && store.credential(&key.id).is_some(), "round {round}");
    }
}

#[tokio::test]
async fn a_failed_commit_leaves_memory_as_the_disk_is() {
    let (dir, store) = with_accounts().await;
    let mut txn = store.begin().await.unwrap();
    let (old, _) = access_key::create(&mut txn, id(SECOND), Owner::Root).await.unwrap();
    txn.commit().await.unwrap();
    // A reference that is checked at the commit only.
    let broken = "CREATE TABLE child (parent INTEGER REFERENCES account (id) \
                  DEFERRABLE INITIALLY DEFERRED); \
                  CREATE TRIGGER t AFTER INSERT ON access_key BEGIN \
                  INSERT INTO child VALUES (1); END; \
                  DELETE FROM access_key";
    // The deletion stands for what memory does not know: an error leaves open what was done.
    sqlx::raw_sql(broken).execute(&mut raw(&dir).await).await.unwrap();
    let mut txn = store.begin().await.unwrap();
    let (key, _) = access_key::create(&mut txn, id(FIRST), Owner::Root).await.unwrap();
    assert!(txn.commit().await.is_err());
    assert_eq!(store.credential(&key.id), None);
    assert_eq!(store.credential(&old.id), None, "memory was read anew");
    sqlx::raw_sql("DROP TRIGGER t").execute(&mut raw(&dir).await).await.unwrap();
    let mut txn = store.begin().await.unwrap();
    let (key, _) = access_key::create(&mut txn, id(FIRST), Owner::Root).await.unwrap();
    txn.commit().await.unwrap();
    assert!(store.credential(&key.id).is_some());
}

#[tokio::test]
async fn cursors_move_only_forward() {
    let (_dir, store) = with_accounts().await;
    assert_eq!(cursor::get(&store, "history").await.unwrap(), Seq::ZERO);
    for (to, moves) in [(5, true), (5, true), (4, false), (6, true)] {
        let mut txn = store.begin().await.unwrap();
        let moved = cursor::advance(&mut txn, "history", Seq(to)).await;
        assert_eq!(moved.is_ok(), moves, "to {to}");
        if moves {
            txn.commit().await.unwrap();
        }
    }
    assert_eq!(cursor::get(&store, "history").await.unwrap(), Seq(6));
}

#[tokio::test]
async fn another_account_finds_nothing() {
    let (_dir, store) = with_accounts().await;
    let (mine, other) = (id(FIRST), id(SECOND));
    let owner = Owner::User("alice".to_owned());
    let mut txn = store.begin().await.unwrap();
    user::create(&mut txn, mine, "alice", false).await.unwrap();
    let new = NewRole { name: "ops", admin: true, trusted: &[other] };
    role::create(&mut txn, mine, new).await.unwrap();
    let (key, _) = access_key::create(&mut txn, mine, owner.clone()).await.unwrap();
    txn.commit().await.unwrap();

    let error = user::get(&store, other, "alice").await.unwrap_err();
    assert!(is_not_found(&error, Entity::User));
    let error = role::get(&store, other, "ops").await.unwrap_err();
    assert!(is_not_found(&error, Entity::Role));
    let error = access_key::list(&store, other, owner.clone()).await.unwrap_err();
    assert!(is_not_found(&error, Entity::User));
    assert!(user::list(&store, other).await.unwrap().is_empty());
    assert!(role::list(&store, other).await.unwrap().is_empty());

    let mut txn = store.begin().await.unwrap();
    let error = access_key::create(&mut txn, other, owner).await.unwrap_err();
    assert!(is_not_found(&error, Entity::User));
    let error = access_key::set_status(&mut txn, other, &key.id, Status::Inactive).await;
    assert!(is_not_found(&error.unwrap_err(), Entity::AccessKey));
    let error = access_key::delete(&mut txn, other, &key.id).await.unwrap_err();
    assert!(is_not_found(&error, Entity::AccessKey));
    let error = user::delete(&mut txn, other, "alice").await.unwrap_err();
    assert!(is_not_found(&error, Entity::User));
    let error = role::delete(&mut txn, other, "ops").await.unwrap_err();
    assert!(is_not_found(&error, Entity::Role));
    // An account that does not exist owns nothing either.
    let error = user::create(&mut txn, id(1), "bob", false).await.unwrap_err();
    assert!(is_not_found(&error, Entity::Account));
    let error = access_key::create(&mut txn, id(1), Owner::Root).await.unwrap_err();
    assert!(is_not_found(&error, Entity::Account));
    txn.commit().await.unwrap();
    assert!(store.credential(&key.id).unwrap().active);
    // The same name is free there.
    let mut txn = store.begin().await.unwrap();
    user::create(&mut txn, other, "alice", false).await.unwrap();
}

#[tokio::test]
async fn names_are_taken_whatever_their_case_and_limits_hold() {
    let (_dir, store) = with_accounts().await;
    let mut txn = store.begin().await.unwrap();
    user::create(&mut txn, id(FIRST), "alice", false).await.unwrap();
    let error = user::create(&mut txn, id(FIRST), "Alice", false).await.unwrap_err();
    assert!(matches!(error, StoreError::AlreadyExists { what: Entity::User, .. }));
    let error = user::create(&mut txn, id(FIRST), "a b", false).await.unwrap_err();
    assert!(matches!(error, StoreError::InvalidName { what: Entity::User, .. }));
    let error = account::create(&mut txn, Some(id(FIRST)), "again").await.unwrap_err();
    assert!(matches!(error, StoreError::AlreadyExists { what: Entity::Account, .. }));
    let drawn = account::create(&mut txn, None, "drawn").await.unwrap();
    assert!(drawn.id.as_u64() >= 100_000_000_000);

    let owner = Owner::User("alice".to_owned());
    for _ in 0..access_key::KEYS {
        access_key::create(&mut txn, id(FIRST), owner.clone()).await.unwrap();
        access_key::create(&mut txn, id(FIRST), Owner::Root).await.unwrap();
    }
    for owner in [owner, Owner::Root] {
        let error = access_key::create(&mut txn, id(FIRST), owner).await.unwrap_err();
        assert!(matches!(error, StoreError::LimitExceeded { limit: access_key::KEYS, .. }));
    }
    let trusted = vec![id(SECOND); role::TRUSTED_ACCOUNTS + 1];
    let new = NewRole { name: "ops", admin: false, trusted: &trusted };
    assert!(role::create(&mut txn, id(FIRST), new).await.is_err());
    let new = NewRole { trusted: &trusted[1..], ..new };
    role::create(&mut txn, id(FIRST), new).await.unwrap();
}

#[tokio::test]
async fn a_full_account_takes_no_more_users_and_no_more_roles() {
    let (_dir, store) = with_accounts().await;
    let mut txn = store.begin().await.unwrap();
    for number in 0..user::USERS {
        user::create(&mut txn, id(FIRST), &format!("u{number}"), false).await.unwrap();
    }
    let error = user::create(&mut txn, id(FIRST), "more", false).await.unwrap_err();
    assert!(matches!(error, StoreError::LimitExceeded { limit: user::USERS, .. }));
    user::create(&mut txn, id(SECOND), "more", false).await.unwrap();
    for number in 0..role::ROLES {
        let name = format!("r{number}");
        let new = NewRole { name: &name, admin: false, trusted: &[] };
        role::create(&mut txn, id(FIRST), new).await.unwrap();
    }
    let new = NewRole { name: "more", admin: false, trusted: &[] };
    let error = role::create(&mut txn, id(FIRST), new).await.unwrap_err();
    assert!(matches!(error, StoreError::LimitExceeded { limit: role::ROLES, .. }));
}

#[tokio::test]
async fn keys_follow_their_status_and_their_user() {
    let (dir, store) = with_accounts().await;
    let mut txn = store.begin().await.unwrap();
    user::create(&mut txn, id(FIRST), "alice", false).await.unwrap();
    let owner = Owner::User("ALICE".to_owned());
    let (kept, _) = access_key::create(&mut txn, id(FIRST), owner.clone()).await.unwrap();
    let (deleted, _) = access_key::create(&mut txn, id(FIRST), owner.clone()).await.unwrap();
    txn.commit().await.unwrap();

    let mut txn = store.begin().await.unwrap();
    access_key::set_status(&mut txn, id(FIRST), &kept.id, Status::Inactive).await.unwrap();
    access_key::delete(&mut txn, id(FIRST), &deleted.id).await.unwrap();
    assert!(store.credential(&kept.id).unwrap().active, "not before the commit");
    txn.commit().await.unwrap();
    assert!(!store.credential(&kept.id).unwrap().active);
    assert_eq!(store.credential(&deleted.id), None);
    let listed = access_key::list(&store, id(FIRST), owner).await.unwrap();
    assert_eq!(listed[0].status, Status::Inactive);

    let mut txn = store.begin().await.unwrap();
    user::delete(&mut txn, id(FIRST), "alice").await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(store.credential(&kept.id), None);
    assert_eq!(count(&dir, "access_key").await, 0);
}

#[tokio::test]
async fn another_key_or_a_moved_secret_is_refused() {
    let (dir, store) = with_accounts().await;
    let mut txn = store.begin().await.unwrap();
    let (one, _) = access_key::create(&mut txn, id(FIRST), Owner::Root).await.unwrap();
    access_key::create(&mut txn, id(SECOND), Owner::Root).await.unwrap();
    txn.commit().await.unwrap();
    store.close().await;
    let other = Keyring::create(&dir.path().join("other.key"), &SeededEntropy::new(9)).unwrap();
    let error = Store::open(&dir.path().join(STATE_FILE), other, parts()).await.unwrap_err();
    assert!(matches!(error, StoreError::WrongKey));

    // Someone with the file, but without the key, gives one key's secret to another.
    let swap = "UPDATE access_key SET secret = (SELECT secret FROM access_key WHERE id = ?1) \
                WHERE id <> ?1";
    let mut connection = raw(&dir).await;
    sqlx::query(swap).bind(&one.id).execute(&mut connection).await.unwrap();
    let error = Store::open_dir(dir.path(), parts()).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn what_must_not_be_opened_is_refused_with_what_to_do() {
    let (dir, store) = with_accounts().await;
    store.close().await;
    let mode = std::fs::metadata(dir.path().join(STATE_FILE)).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let version = async |sql| sqlx::raw_sql(sql).execute(&mut raw(&dir).await).await.unwrap();
    version("PRAGMA user_version = 99").await;
    let error = Store::open_dir(dir.path(), parts()).await.unwrap_err();
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{error}");
    version("PRAGMA user_version = 2").await;
    std::fs::remove_file(dir.path().join(KEY_FILE)).unwrap();
    let error = Store::open_dir(dir.path(), parts()).await.unwrap_err();
    assert!(matches!(error, StoreError::Keyring(KeyringError::Missing(_))), "{error}");
    assert!(!dir.path().join(KEY_FILE).exists(), "no new key for an old state");

    let damaged = tempfile::tempdir().unwrap();
    open(&damaged).await.close().await;
    let file = OpenOptions::new().write(true).open(damaged.path().join(STATE_FILE)).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &[0xff; 4096], 0).unwrap();
    let error = Store::open_dir(damaged.path(), parts()).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn the_connection_is_set_for_durability() {
    let (_dir, store) = with_accounts().await;
    let mut txn = store.begin().await.unwrap();
    let mut pragma = async |sql: &'static str| -> String {
        let value: sqlx::sqlite::SqliteRow =
            sqlx::query(sql).fetch_one(txn.connection()).await.unwrap();
        sqlx::Row::try_get_unchecked(&value, 0).unwrap()
    };
    assert_eq!(pragma("PRAGMA journal_mode").await, "wal");
    assert_eq!(pragma("SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous").await, "2");
    assert_eq!(pragma("SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys").await, "1");
}

#[tokio::test]
async fn a_full_disk_and_a_long_wait_have_their_own_errors() {
    let (_dir, store) = with_accounts().await;
    let mut txn = store.begin().await.unwrap();
    // SQLite raises the bound to the size that the file has.
    sqlx::raw_sql("PRAGMA max_page_count = 1").execute(txn.connection()).await.unwrap();
    let error = outbox::put(&mut txn, id(FIRST), &vec![b'x'; 100_000]).await.unwrap_err();
    assert!(matches!(error, StoreError::DiskFull), "{error:?}");
    drop(txn);
    let held = store.begin().await.unwrap();
    tokio::time::pause();
    assert!(matches!(store.begin().await, Err(StoreError::Busy)));
    tokio::time::resume();
    drop(held);
    store.begin().await.unwrap();
}

#[tokio::test]
async fn a_full_outbox_refuses_for_now() {
    let (_dir, store) = with_accounts().await;
    let mut txn = store.begin().await.unwrap();
    let fill = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) \
                INSERT INTO outbox (account, record) SELECT ?2, x'00' FROM n";
    let fill = sqlx::query(fill).bind(outbox::WAITING as i64).bind(FIRST as i64);
    fill.execute(txn.connection()).await.unwrap();
    let error = outbox::put(&mut txn, id(FIRST), b"one more").await.unwrap_err();
    assert!(matches!(error, StoreError::OutboxFull { limit: outbox::WAITING }), "{error}");
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn random_accounts_have_twelve_digits_and_no_leading_zero() {
    let entropy = SeededEntropy::new(3);
    let ids: Vec<AccountId> = (0..1000).map(|_| account::random_id(&entropy)).collect();
    assert!(ids.iter().all(|id| id.as_u64() >= 100_000_000_000 && *id <= AccountId::MAX));
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn nobody_writes_while_a_turn_is_held() {
    let (_dir, store) = with_accounts().await;
    let mut txn = store.begin().await.unwrap();
    user::create(&mut txn, id(FIRST), "alice", false).await.unwrap();
    let turn = txn.commit_and_hold().await.unwrap();
    assert_eq!(user::list(&store, id(FIRST)).await.unwrap().len(), 1);
    tokio::time::pause();
    assert!(matches!(store.begin().await.unwrap_err(), StoreError::Busy));
    tokio::time::resume();
    drop(turn);
    store.begin().await.unwrap();
}
