use std::collections::BTreeMap;

use tempfile::TempDir;

use super::*;
use crate::store::tests::{FIRST, SECOND, id, open};

const STORE: &str = "5e2676f8-9fce-46ef-8142-3e36a94e6691";
const DAY: &str = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/20/";
const NEXT: &str = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/11/21/";
const DIGESTS: &str = "AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/";

async fn house() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir).await;
    let mut txn = store.begin().await.unwrap();
    account::create(&mut txn, Some(id(FIRST)), "first").await.unwrap();
    account::create(&mut txn, Some(id(SECOND)), "second").await.unwrap();
    txn.commit().await.unwrap();
    (dir, store)
}

fn new(region: &Region) -> NewImport<'_> {
    NewImport {
        region,
        store: STORE,
        store_arn: "arn:s",
        source: ImportOrigin {
            uri: "s3://audit/AWSLogs/".to_owned(),
            bucket: "audit".to_owned(),
            prefix: "AWSLogs/".to_owned(),
            region: "eu-west-1".to_owned(),
            role: "arn:aws:iam::111122223333:role/reader".to_owned(),
        },
        start: Some(Timestamp::from_seconds(5)),
        end: None,
    }
}

async fn started(store: &Store) -> Import {
    let region = "eu-west-1".parse().unwrap();
    let mut txn = store.begin().await.unwrap();
    let import = create(&mut txn, id(FIRST), new(&region)).await.unwrap();
    txn.commit().await.unwrap();
    import
}

async fn listed(store: &Store, import: &Import) {
    let mut txn = store.begin().await.unwrap();
    let found = Page {
        folders: BTreeMap::from([(DAY.to_owned(), 2), (NEXT.to_owned(), 1)]),
        digests: vec![format!("{DIGESTS}2026/11/20/a.json.gz")],
        after: Some("k".to_owned()),
    };
    assert!(page(&mut txn, import, &found).await.unwrap());
    txn.commit().await.unwrap();
}

fn done(import: &Import, name: &str, events: u64) -> Note {
    let (name, etag, verdict) = (name.to_owned(), "e".to_owned(), Verdict::Nothing);
    let file = FileDone { name, size: 9, etag, events, verdict };
    Note {
        import: import.number,
        run: import.run,
        prefix: DAY.to_owned(),
        files: vec![file],
        counts: Counts { files: 1, events, proven: 1, ..Counts::default() },
        ..Note::default()
    }
}

fn fault(location: &str, last: bool) -> Fault {
    Fault {
        location: location.to_owned(),
        error_type: "AccessDenied".to_owned(),
        message: "no".to_owned(),
        status: FailureStatus::Failed,
        last,
    }
}

async fn noted(store: &Store, told: &Note) -> bool {
    let mut txn = store.begin().await.unwrap();
    let taken = note(&mut txn, told).await.unwrap();
    if taken {
        txn.commit().await.unwrap();
    }
    taken
}

#[tokio::test]
async fn an_import_reads_back_and_another_account_does_not_find_it() {
    let (_dir, store) = house().await;
    let import = started(&store).await;
    assert_eq!(import.status, Status::Initializing);
    assert_eq!(get(&store, id(FIRST), &import.id).await.unwrap(), import);
    let other = get(&store, id(SECOND), &import.id).await;
    assert!(matches!(other, Err(StoreError::NotFound { what: Entity::Import, .. })));
    assert_eq!(running(&store).await.unwrap(), [import]);
}

#[tokio::test]
async fn one_import_of_an_account_runs_at_a_time() {
    let (_dir, store) = house().await;
    let mut first = started(&store).await;
    let region = "eu-west-1".parse().unwrap();
    let mut txn = store.begin().await.unwrap();
    assert_eq!(ongoing(&mut txn, id(FIRST)).await.unwrap(), Some(first.id.clone()));
    assert!(is_importing(&mut txn, STORE).await.unwrap());
    let second = create(&mut txn, id(FIRST), new(&region)).await;
    assert!(matches!(second, Err(StoreError::AlreadyExists { .. })));
    drop(txn);
    let mut txn = store.begin().await.unwrap();
    create(&mut txn, id(SECOND), new(&region)).await.unwrap();
    stop(&mut txn, &mut first).await.unwrap();
    create(&mut txn, id(FIRST), new(&region)).await.unwrap();
    txn.commit().await.unwrap();
    let newest = list(&store, id(FIRST), ImportFilter::default(), 10).await.unwrap();
    assert_eq!(
        newest.iter().map(|import| import.status.as_str()).collect::<Vec<_>>(),
        ["INITIALIZING", "STOPPED"]
    );
    let stopped = ImportFilter { status: Some(Status::Stopped), ..ImportFilter::default() };
    assert_eq!(list(&store, id(FIRST), stopped, 10).await.unwrap(), [first]);
}

#[tokio::test]
async fn a_file_counts_once_and_only_for_the_run_that_goes_on() {
    let (_dir, store) = house().await;
    let mut import = started(&store).await;
    listed(&store, &import).await;
    assert!(noted(&store, &done(&import, "a", 3)).await);
    assert!(!noted(&store, &done(&import, "a", 3)).await);
    let other = Note { run: 2, ..done(&import, "b", 4) };
    assert!(!noted(&store, &other).await);
    let mut txn = store.begin().await.unwrap();
    stop(&mut txn, &mut import).await.unwrap();
    txn.commit().await.unwrap();
    assert!(!noted(&store, &done(&import, "b", 4)).await);
    let statistics = statistics(&store, import.number).await.unwrap();
    assert_eq!((statistics.files_completed, statistics.events_completed), (1, 3));
    assert_eq!((statistics.prefixes_found, statistics.prefixes_completed), (2, 0));
    assert_eq!(brought(&store, import.number, DAY).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_retry_looks_again_at_what_failed_and_keeps_what_was_brought() {
    let (_dir, store) = house().await;
    let mut import = started(&store).await;
    listed(&store, &import).await;
    let faults = vec![fault("s3://audit/b", false), fault("s3://audit/c", true)];
    assert!(noted(&store, &Note { faults, ..done(&import, "a", 3) }).await);
    let mut txn = store.begin().await.unwrap();
    assert!(finish_folder(&mut txn, &import, DAY, true).await.unwrap());
    assert!(finish_folder(&mut txn, &import, NEXT, false).await.unwrap());
    assert_eq!(end(&mut txn, &import, true).await.unwrap(), Some(Status::Failed));
    import = get_for_change(&mut txn, id(FIRST), &import.id).await.unwrap();
    retry(&mut txn, &mut import).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!((import.status, import.run), (Status::Initializing, 2));
    let waiting = folders(&store, import.number, 10).await.unwrap();
    assert_eq!(waiting, [Folder { prefix: DAY.to_owned(), found: 0 }]);
    assert!(brought(&store, import.number, DAY).await.unwrap().contains_key("a"));
    let entries = failures(&store, import.number, 0, 10).await.unwrap();
    let states: Vec<_> = entries.iter().map(|entry| entry.status).collect();
    assert_eq!(states, [FailureStatus::Retry, FailureStatus::Failed]);
    // A retry that was cut short says nothing about what it did not come to.
    let mut txn = store.begin().await.unwrap();
    assert_eq!(end(&mut txn, &import, false).await.unwrap(), Some(Status::Failed));
    import = get_for_change(&mut txn, id(FIRST), &import.id).await.unwrap();
    txn.commit().await.unwrap();
    let entries = failures(&store, import.number, 0, 10).await.unwrap();
    assert_eq!(entries[0].status, FailureStatus::Failed);
    let mut txn = store.begin().await.unwrap();
    retry(&mut txn, &mut import).await.unwrap();
    txn.commit().await.unwrap();
    // What is not met again is well; what cannot be mended still fails the import.
    let mut txn = store.begin().await.unwrap();
    assert_eq!(end(&mut txn, &import, true).await.unwrap(), Some(Status::Failed));
    txn.commit().await.unwrap();
    let entries = failures(&store, import.number, 0, 10).await.unwrap();
    assert_eq!(entries[0].status, FailureStatus::Succeeded);
    assert_eq!(failures(&store, import.number, entries[0].number, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn what_digests_say_is_kept_until_they_are_disbelieved() {
    let (_dir, store) = house().await;
    let import = started(&store).await;
    listed(&store, &import).await;
    let key = unread(&store, import.number, 10).await.unwrap().remove(0);
    let digest = ImportDigest {
        key: key.clone(),
        state: DigestState::Signed,
        period: Some((Timestamp::from_seconds(1), Timestamp::from_seconds(2))),
        sha256: Some([1; 32]),
        signature: Some("ab".to_owned()),
        previous: Some(PreviousDigest {
            key: "p".to_owned(),
            here: true,
            sha256: [2; 32],
            signature: "cd".to_owned(),
        }),
    };
    let file =
        |name: &str| ListedFile { key: format!("{DAY}{name}"), sha256: [3; 32], signed: true };
    let files = [(DAY.to_owned(), file("a")), (format!("{DAY}x/"), file("x/b"))];
    let mut txn = store.begin().await.unwrap();
    assert!(put_digest(&mut txn, &import, &digest, &files).await.unwrap());
    txn.commit().await.unwrap();
    assert_eq!(folders_of_digests(&store, import.number).await.unwrap(), [DIGESTS]);
    assert_eq!(
        digests(&store, import.number, DIGESTS).await.unwrap(),
        std::slice::from_ref(&digest)
    );
    assert!(unread(&store, import.number, 10).await.unwrap().is_empty());
    assert_eq!(listed_under(&store, import.number, DAY).await.unwrap(), [file("a")]);
    let figures = figures(&store, import.number).await.unwrap();
    assert_eq!(figures.digests, [0, 1, 0, 0]);
    let covered = (Timestamp::from_seconds(1), Timestamp::from_seconds(2));
    assert_eq!((figures.files_found, figures.covered), (3, Some(covered)));
    // Another that nobody vouches for does not speak against it; one that is signed does.
    let listed = |sha256, signed| (DAY.to_owned(), ListedFile { sha256, signed, ..file("a") });
    let mut txn = store.begin().await.unwrap();
    let more = Page { digests: vec![format!("{DIGESTS}2026/11/20/b.json.gz")], ..Page::default() };
    page(&mut txn, &import, &more).await.unwrap();
    let mut other = ImportDigest { key: more.digests[0].clone(), ..digest.clone() };
    for (state, signed) in [(DigestState::Unsigned, false), (DigestState::Signed, true)] {
        other.state = state;
        put_digest(&mut txn, &import, &other, &[listed([9; 32], signed)]).await.unwrap();
        txn.commit().await.unwrap();
        let sha256 = if signed { [9; 32] } else { [3; 32] };
        let found = listed_under(&store, import.number, DAY).await.unwrap();
        assert_eq!(found, [ListedFile { sha256, ..file("a") }]);
        txn = store.begin().await.unwrap();
    }
    assert!(disbelieve(&mut txn, &import, &other.key).await.unwrap());
    assert!(disbelieve(&mut txn, &import, &key).await.unwrap());
    txn.commit().await.unwrap();
    assert!(listed_under(&store, import.number, DAY).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_a_retry_did_not_come_to_before_it_was_stopped_still_fails() {
    let (_dir, store) = house().await;
    let mut import = started(&store).await;
    listed(&store, &import).await;
    let faults = vec![fault("s3://audit/b", false)];
    assert!(noted(&store, &Note { faults, ..done(&import, "a", 3) }).await);
    let mut txn = store.begin().await.unwrap();
    assert_eq!(end(&mut txn, &import, true).await.unwrap(), Some(Status::Failed));
    import = get_for_change(&mut txn, id(FIRST), &import.id).await.unwrap();
    retry(&mut txn, &mut import).await.unwrap();
    stop(&mut txn, &mut import).await.unwrap();
    txn.commit().await.unwrap();
    assert_eq!(statistics(&store, import.number).await.unwrap().failed_entries, 1);
    let entries = failures(&store, import.number, 0, 10).await.unwrap();
    assert_eq!(entries[0].status, FailureStatus::Failed);
}

#[tokio::test]
async fn a_digest_that_turns_up_opens_the_folder_that_it_names_again() {
    let (_dir, store) = house().await;
    let mut import = started(&store).await;
    listed(&store, &import).await;
    assert!(noted(&store, &done(&import, "a", 3)).await);
    let mut txn = store.begin().await.unwrap();
    assert!(finish_folder(&mut txn, &import, DAY, false).await.unwrap());
    assert!(finish_folder(&mut txn, &import, NEXT, true).await.unwrap());
    retry(&mut txn, &mut import).await.unwrap();
    txn.commit().await.unwrap();
    listed(&store, &import).await;
    assert_eq!(folders(&store, import.number, 10).await.unwrap().len(), 1);
    let digest = ImportDigest {
        key: unread(&store, import.number, 10).await.unwrap().remove(0),
        state: DigestState::Signed,
        period: None,
        sha256: None,
        signature: None,
        previous: None,
    };
    let key = format!("{DAY}a");
    let files = [(DAY.to_owned(), ListedFile { key, sha256: [3; 32], signed: true })];
    let mut txn = store.begin().await.unwrap();
    assert!(put_digest(&mut txn, &import, &digest, &files).await.unwrap());
    txn.commit().await.unwrap();
    assert_eq!(folders(&store, import.number, 10).await.unwrap().len(), 2);
    let known = brought(&store, import.number, DAY).await.unwrap();
    assert_eq!(known.get("a"), Some(&Verdict::Nothing));
    let judged = vec![("a".to_owned(), Verdict::Compared)];
    let prefix = DAY.to_owned();
    let told = Note { import: import.number, run: 2, prefix, judged, ..Note::default() };
    assert!(noted(&store, &told).await);
    let known = brought(&store, import.number, DAY).await.unwrap();
    assert_eq!(known.get("a"), Some(&Verdict::Compared));
}

#[tokio::test]
async fn an_import_that_is_completed_keeps_nothing_of_its_files() {
    let (_dir, store) = house().await;
    let import = started(&store).await;
    listed(&store, &import).await;
    assert!(noted(&store, &done(&import, "a", 3)).await);
    let mut txn = store.begin().await.unwrap();
    assert!(finish_folder(&mut txn, &import, DAY, false).await.unwrap());
    assert!(finish_folder(&mut txn, &import, NEXT, false).await.unwrap());
    assert_eq!(end(&mut txn, &import, true).await.unwrap(), Some(Status::Completed));
    assert_eq!(end(&mut txn, &import, true).await.unwrap(), None);
    assert!(sweep(&mut txn).await.unwrap());
    assert!(!sweep(&mut txn).await.unwrap());
    txn.commit().await.unwrap();
    assert!(brought(&store, import.number, DAY).await.unwrap().is_empty());
    let statistics = statistics(&store, import.number).await.unwrap();
    assert_eq!((statistics.prefixes_completed, statistics.files_completed), (2, 1));
}
