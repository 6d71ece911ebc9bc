use cairn_core::{AccountId, Timestamp};

use super::{File, Index, Lock, NewVersion, Settings};

async fn index(dir: &std::path::Path) -> Index {
    Index::open(&dir.join("objects.sqlite")).await.unwrap()
}

fn owner() -> AccountId {
    "111122223333".parse().unwrap()
}

fn object<'a>(key: &'a str, version: &'a str, files: &'a [File]) -> NewVersion<'a> {
    NewVersion {
        key,
        version,
        marker: false,
        size: 1,
        etag: "e",
        modified: Timestamp::EPOCH,
        lock: Lock::default(),
        tags: &[],
        detail: "{}".to_owned(),
        files,
    }
}

fn file(id: &str) -> File {
    File { id: id.to_owned(), size: 1 }
}

#[tokio::test]
async fn a_replaced_version_gives_its_files_back() {
    let dir = tempfile::tempdir().unwrap();
    let index = index(dir.path()).await;
    let mut change = index.begin().await.unwrap();
    assert!(
        change.create_bucket("b", owner(), "r", Timestamp::EPOCH, &Settings::new()).await.unwrap()
    );
    assert!(
        !change.create_bucket("b", owner(), "r", Timestamp::EPOCH, &Settings::new()).await.unwrap()
    );
    let bucket = change.bucket("b").await.unwrap().unwrap();
    change.add(&bucket, &object("k", "null", &[file("aa")])).await.unwrap();
    assert_eq!(change.commit().await.unwrap(), Vec::<String>::new());

    let mut change = index.begin().await.unwrap();
    change.add(&bucket, &object("k", "null", &[file("ab")])).await.unwrap();
    assert_eq!(change.commit().await.unwrap(), ["aa"]);
    assert_eq!(index.files("a").await.unwrap(), ["ab".to_owned()].into());
    assert_eq!(index.list(bucket.id, b"", None, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_next_older_version_becomes_current() {
    let dir = tempfile::tempdir().unwrap();
    let index = index(dir.path()).await;
    let mut change = index.begin().await.unwrap();
    change.create_bucket("b", owner(), "r", Timestamp::EPOCH, &Settings::new()).await.unwrap();
    let bucket = change.bucket("b").await.unwrap().unwrap();
    for version in ["1", "2", "3"] {
        change.add(&bucket, &object("k", version, &[file(version)])).await.unwrap();
    }
    let newest = change.current(bucket.id, "k").await.unwrap().unwrap();
    assert_eq!(newest.version, "3");
    change.remove(bucket.id, &newest).await.unwrap();
    assert_eq!(change.commit().await.unwrap(), ["3"]);
    assert_eq!(index.current(bucket.id, "k").await.unwrap().unwrap().version, "2");
    let all = index.list_versions(bucket.id, (b"", i64::MAX), None, 10).await.unwrap();
    assert_eq!(all.iter().map(|found| found.version.as_str()).collect::<Vec<_>>(), ["2", "1"]);
    let rest = index.list_versions(bucket.id, (b"k", all[0].id), None, 10).await.unwrap();
    assert_eq!(rest.len(), 1);
}

#[tokio::test]
async fn a_bucket_with_versions_stays() {
    let dir = tempfile::tempdir().unwrap();
    let index = index(dir.path()).await;
    let mut change = index.begin().await.unwrap();
    change.create_bucket("b", owner(), "r", Timestamp::EPOCH, &Settings::new()).await.unwrap();
    let bucket = change.bucket("b").await.unwrap().unwrap();
    change.add(&bucket, &object("k", "null", &[])).await.unwrap();
    assert!(!change.delete_bucket(&bucket).await.unwrap());
    let object = change.current(bucket.id, "k").await.unwrap().unwrap();
    change.remove(bucket.id, &object).await.unwrap();
    assert!(change.delete_bucket(&bucket).await.unwrap());
    change.commit().await.unwrap();
    assert_eq!(index.bucket("b").await.unwrap(), None);
}

#[tokio::test]
async fn a_change_that_is_dropped_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let index = index(dir.path()).await;
    let mut change = index.begin().await.unwrap();
    change.create_bucket("b", owner(), "r", Timestamp::EPOCH, &Settings::new()).await.unwrap();
    drop(change);
    assert_eq!(index.bucket("b").await.unwrap(), None);
}
