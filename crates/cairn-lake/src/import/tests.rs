mod world;

use std::collections::BTreeSet;

use cairn_core::Timestamp;
use cairn_store::import::{self, Status};
use proptest::prelude::*;

use self::world::{Crash, House, START, log_file, record};

fn of(kind: &str, keys: &[&String]) -> BTreeSet<(String, String)> {
    keys.iter().map(|key| (kind.to_owned(), (*key).clone())).collect()
}

#[tokio::test]
async fn a_whole_bucket_is_brought_and_every_file_is_proven() {
    let house = House::open().await;
    house.knows_the_key().await;
    let trail = house.deliver(30, 4);
    let import = house.start("").await;
    house.run().await;
    let import = house.again(&import).await;
    assert_eq!(import.status, Status::Completed);
    assert_eq!(house.rows(), trail.ids());
    let figures = import::figures(&house.store, import.number).await.unwrap();
    assert_eq!(figures.digests, [0, 30, 0, 0]);
    assert_eq!((figures.counts.files, figures.counts.proven, figures.files_found), (120, 120, 120));
    assert_eq!((figures.failures, figures.remarks), (vec![], vec![]));
    assert_eq!(figures.statistics.prefixes_found, figures.statistics.prefixes_completed);
}

#[tokio::test]
async fn without_the_key_hashes_still_speak() {
    let house = House::open().await;
    let trail = house.deliver(6, 4);
    let (gzip, _) = log_file(&[record("planted", Timestamp::from_seconds(START))]);
    house.world.put(&trail.logs[9], gzip);
    let import = house.start("AWSLogs/111122223333/CloudTrail/").await;
    house.run().await;
    assert_eq!(house.again(&import).await.status, Status::Failed);
    let figures = import::figures(&house.store, import.number).await.unwrap();
    assert_eq!((figures.digests, figures.counts.matched), ([0, 0, 6, 0], 23));
    assert!(!house.rows().contains(&"planted".to_owned()));
    let named = of("TamperedLogFile", &[&trail.logs[9]]);
    assert_eq!(house.entries(&import, "FAILED").await, named);
}

/// What a thief did to a bucket.
#[derive(Debug, Clone)]
struct Theft {
    removed: BTreeSet<usize>,
    altered: BTreeSet<usize>,
    digests: usize,
}

const HOURS: i64 = 12;
const FILES: i64 = 5;

fn theft() -> impl Strategy<Value = Theft> {
    let files = 0..(HOURS * FILES) as usize;
    let some = proptest::collection::btree_set(files, 0..6);
    (some.clone(), some, 1..(HOURS - 3) as usize).prop_map(|(removed, altered, digests)| {
        let altered = altered.difference(&removed).copied().collect();
        Theft { removed, altered, digests }
    })
}

async fn a_theft_is_told(theft: &Theft, known: bool) {
    let house = House::open().await;
    if known {
        house.knows_the_key().await;
    }
    let trail = house.deliver(HOURS, FILES);
    let gone = [theft.digests, theft.digests + 1];
    let vouched = |file: &usize| !gone.contains(&(file / FILES as usize));
    let (gzip, _) = log_file(&[record("planted", Timestamp::from_seconds(START))]);
    for file in &theft.altered {
        house.world.put(&trail.logs[*file], gzip.clone());
    }
    for key in theft.removed.iter().map(|file| &trail.logs[*file]) {
        house.world.remove(key);
    }
    for digest in gone {
        house.world.remove(&trail.digests[digest]);
    }
    let import = house.start("AWSLogs/").await;
    house.run().await;
    let keys = |files: &BTreeSet<usize>| {
        files.iter().filter(|file| vouched(file)).map(|file| &trail.logs[*file]).collect::<Vec<_>>()
    };
    let mut named = of("MissingLogFile", &keys(&theft.removed));
    named.extend(of("TamperedLogFile", &keys(&theft.altered)));
    named.extend(of("MissingDigestFile", &gone.map(|digest| &trail.digests[digest])));
    assert_eq!(house.entries(&import, "FAILED").await, named);
    assert_eq!(house.entries(&import, "SUCCEEDED").await, BTreeSet::new());
    let kept = |(at, key): (usize, &String)| {
        let there = !theft.removed.contains(&at) && !theft.altered.contains(&at);
        there.then(|| trail.events[key].clone())
    };
    let mut rows: Vec<String> = trail.logs.iter().enumerate().filter_map(kept).flatten().collect();
    // What was changed while nobody vouches for it is brought: nobody can tell.
    rows.extend(theft.altered.iter().filter(|file| !vouched(file)).map(|_| "planted".to_owned()));
    rows.sort_unstable();
    assert_eq!(house.rows(), rows);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn a_theft_is_told_by_name_and_nothing_else_is(theft in theft(), known: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(a_theft_is_told(&theft, known));
    }

    #[test]
    fn an_error_or_a_kill_at_any_portion_doubles_nothing_and_loses_nothing(
        crashes in proptest::collection::vec(0usize..3, 0..40),
        ends: bool,
    ) {
        let outcomes = [None, Some(Crash::BeforeCommit), Some(Crash::AfterCommit)];
        let crash = |which: usize| outcomes[which];
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let house = House::open().await;
            let trail = house.deliver(30, 3);
            *house.table.crashes.lock().unwrap() = crashes.into_iter().map(crash).collect();
            let import = house.start("").await;
            house.run_on(ends).await;
            assert_eq!(house.again(&import).await.status, Status::Completed);
            assert_eq!(house.rows(), trail.ids());
        });
    }
}

#[tokio::test]
async fn a_retry_brings_what_failed_and_nothing_twice() {
    let house = House::open().await;
    let trail = house.deliver(6, 4);
    let denied = trail.logs[7].clone();
    house.world.denied.lock().unwrap().insert(denied.clone());
    let digest = house.world.objects.lock().unwrap().remove(&trail.digests[2]).unwrap();
    let import = house.start("").await;
    house.run().await;
    assert_eq!(house.again(&import).await.status, Status::Failed);
    let mut failed = of("AccessDenied", &[&denied]);
    failed.extend(of("MissingDigestFile", &[&trail.digests[2]]));
    assert_eq!(house.entries(&import, "FAILED").await, failed);
    // Nothing was mended: the same fails again.
    house.retry(&import).await;
    assert_eq!(house.entries(&import, "RETRY").await, failed);
    house.run().await;
    assert_eq!(house.entries(&import, "FAILED").await, failed);
    house.world.denied.lock().unwrap().clear();
    house.world.objects.lock().unwrap().insert(trail.digests[2].clone(), digest);
    house.retry(&import).await;
    house.run().await;
    assert_eq!(house.again(&import).await.status, Status::Completed);
    assert_eq!(house.entries(&import, "SUCCEEDED").await, failed);
    assert_eq!(house.rows(), trail.ids());
}

#[tokio::test]
async fn a_digest_that_turns_up_speaks_of_what_was_brought_without_it() {
    let house = House::open().await;
    house.knows_the_key().await;
    let trail = house.deliver(8, 4);
    let hidden: Vec<_> =
        trail.digests.iter().map(|key| house.world.objects.lock().unwrap().remove(key)).collect();
    let at = Timestamp::from_seconds(START);
    let original = house.world.remove(&trail.logs[9]);
    house.world.put(&trail.logs[9], log_file(&[record("altered", at)]).0);
    house.world.remove(&trail.logs[14]);
    let planted = trail.logs[10].replace("0000000000002002", "PLANTEDPLANTEDPL");
    assert_ne!(planted, trail.logs[10]);
    house.world.put(&planted, log_file(&[record("planted", at)]).0);
    // One file that cannot be read keeps the import from being completed; it is of another day.
    let foreign = trail.logs[0].replace("2026/11/20", "2026/11/19").replace("20261120", "20261119");
    assert_ne!(foreign, trail.logs[0]);
    house.world.put(&foreign, log_file(&[record("before", at)]).0);
    house.world.denied.lock().unwrap().insert(foreign.clone());
    let import = house.start("AWSLogs/").await;
    house.run().await;
    assert_eq!(house.entries(&import, "FAILED").await, of("AccessDenied", &[&foreign]));
    let brought = house.rows();
    house.world.denied.lock().unwrap().clear();
    for (key, kept) in trail.digests.iter().zip(hidden) {
        house.world.objects.lock().unwrap().insert(key.clone(), kept.unwrap());
    }
    let mut told = of("TamperedLogFile", &[&trail.logs[9]]);
    told.extend(of("MissingLogFile", &[&trail.logs[14]]));
    for _ in 0..2 {
        house.retry(&import).await;
        house.run().await;
        assert_eq!(house.again(&import).await.status, Status::Failed);
        assert_eq!(house.entries(&import, "FAILED").await, told);
        let remarks = house.entries(&import, "SUCCEEDED").await;
        assert!(remarks.is_superset(&of("UnlistedLogFile", &[&planted])), "{remarks:?}");
        let figures = import::figures(&house.store, import.number).await.unwrap();
        assert_eq!((figures.counts.files, figures.counts.proven), (33, 30));
        assert_eq!(figures.counts.unlisted, 1);
        let mut rows = brought.clone();
        rows.push("before".to_owned());
        rows.sort_unstable();
        assert_eq!(house.rows(), rows);
        // That the file is put back does not mend what was imported of it.
        house.world.put(&trail.logs[9], original.clone());
    }
    house.world.remove(&trail.logs[9]);
    house.retry(&import).await;
    house.run().await;
    assert_eq!(house.entries(&import, "FAILED").await, told);
}

#[tokio::test]
async fn what_was_stopped_goes_on_where_it_was() {
    let house = House::open().await;
    let trail = house.deliver(60, 2);
    let import = house.start("").await;
    let mut importer = house.importer();
    while house.rows().is_empty() {
        importer.step().await.unwrap();
    }
    let mut txn = house.store.begin().await.unwrap();
    let id = world::ACCOUNT.parse().unwrap();
    let mut running = import::get_for_change(&mut txn, id, &import.id).await.unwrap();
    import::stop(&mut txn, &mut running).await.unwrap();
    txn.commit().await.unwrap();
    let rows = house.rows().len();
    assert!(!importer.step().await.unwrap());
    assert!(rows < trail.ids().len());
    house.retry(&import).await;
    house.run().await;
    assert_eq!(house.again(&import).await.status, Status::Completed);
    assert_eq!(house.rows(), trail.ids());
}

#[tokio::test]
async fn foreign_files_fail_by_name_and_the_rest_is_brought() {
    let house = House::open().await;
    let at = Timestamp::from_seconds(START);
    let (good, _) = log_file(&[record("good", at)]);
    let plain = format!("{{\"Records\":[{}]}}", record("plain", at));
    let (mixed, _) = log_file(&[record("half", at), "{\"no\":\"record\"}".to_owned()]);
    let mut torn = good.clone();
    torn.truncate(40);
    let mut two = good.clone();
    two.extend(&good);
    let mut deflater = cairn_proof::Deflater::new(1);
    for (name, bytes) in [
        ("good.json.gz", good),
        ("plain.json", plain.into_bytes()),
        ("mixed.json.gz", mixed),
        ("torn.json.gz", torn),
        ("two.json.gz", two),
        ("other.gz", deflater.gzip(b"{\"configurationItems\":[]}")),
        ("picture.png", b"\x89PNG".to_vec()),
    ] {
        house.world.put(&format!("logs/{name}"), bytes);
    }
    house.world.put("logs/", &b""[..]);
    let import = house.start("logs/").await;
    house.run().await;
    let failed = ["mixed.json.gz", "other.gz", "picture.png", "plain.json", "torn.json.gz"];
    let failed: Vec<String> =
        failed.iter().chain(&["two.json.gz"]).map(|name| format!("logs/{name}")).collect();
    let failed = of("InvalidLogFile", &failed.iter().collect::<Vec<_>>());
    assert_eq!(house.entries(&import, "FAILED").await, failed);
    assert_eq!(house.rows(), ["good", "half"]);
    // The half that was brought stays one half.
    house.retry(&import).await;
    house.run().await;
    assert_eq!(house.rows(), ["good", "half"]);
    assert_eq!(house.entries(&import, "FAILED").await, failed);
}

#[tokio::test]
async fn a_file_that_no_digest_names_is_told_and_brought() {
    let house = House::open().await;
    let mut trail = house.deliver(8, 2);
    let planted = trail.logs[4].replace("0000000000002000", "PLANTEDPLANTEDPL");
    assert_ne!(planted, trail.logs[4]);
    let at = Timestamp::from_seconds(START + 2 * world::HOUR);
    house.world.put(&planted, log_file(&[record("planted", at)]).0);
    trail.events.insert(planted.clone(), vec!["planted".to_owned()]);
    // After the end of the last digest it is usual.
    let fresh = trail.logs[15].replace("0000000000007001", "FRESHFRESHFRESHF");
    house.world.put(&fresh, log_file(&[record("fresh", at)]).0);
    trail.events.insert(fresh, vec!["fresh".to_owned()]);
    let import = house.start("").await;
    house.run().await;
    assert_eq!(house.again(&import).await.status, Status::Completed);
    assert_eq!(house.entries(&import, "SUCCEEDED").await, of("UnlistedLogFile", &[&planted]));
    assert_eq!(house.rows(), trail.ids());
}

#[tokio::test]
async fn events_that_are_older_than_the_store_keeps_stay_out() {
    let house = House::open().await;
    let at = Timestamp::from_seconds(START - 400 * 86_400);
    let records = [record("old", at), record("new", Timestamp::from_seconds(START))];
    house.world.put("logs/a.json.gz", log_file(&records).0);
    let import = house.start("logs/").await;
    house.run().await;
    assert_eq!(house.rows(), ["new"]);
    let figures = import::figures(&house.store, import.number).await.unwrap();
    assert_eq!((figures.counts.events, figures.counts.expired), (1, 1));
}

#[tokio::test]
async fn a_source_that_is_away_is_waited_for() {
    let house = House::open().await;
    let trail = house.deliver(3, 3);
    let import = house.start("").await;
    *house.world.away.lock().unwrap() = 30;
    house.run().await;
    assert_eq!(house.again(&import).await.status, Status::Completed);
    assert_eq!(house.rows(), trail.ids());
}

#[tokio::test]
async fn a_source_that_stays_away_ends_the_import_and_a_retry_goes_on() {
    let house = House::open().await;
    let trail = house.deliver(3, 3);
    let import = house.start("").await;
    *house.world.away.lock().unwrap() = u32::MAX;
    house.run().await;
    assert_eq!(house.again(&import).await.status, Status::Failed);
    assert!(!house.entries(&import, "FAILED").await.is_empty());
    *house.world.away.lock().unwrap() = 0;
    house.retry(&import).await;
    house.run().await;
    assert_eq!(house.again(&import).await.status, Status::Completed);
    assert_eq!(house.rows(), trail.ids());
}

#[tokio::test]
async fn who_may_not_list_digests_imports_without_them() {
    let house = House::open().await;
    let trail = house.deliver(4, 3);
    let digests = "AWSLogs/111122223333/CloudTrail-Digest/";
    house.world.denied.lock().unwrap().insert(digests.to_owned());
    let import = house.start("AWSLogs/111122223333/CloudTrail/").await;
    house.run().await;
    assert_eq!(house.again(&import).await.status, Status::Completed);
    let told = house.entries(&import, "SUCCEEDED").await;
    assert_eq!(told, of("AccessDenied", &[&digests.to_owned()]));
    assert_eq!(house.rows(), trail.ids());
}

#[tokio::test]
async fn a_source_that_may_not_be_listed_ends_the_import() {
    let house = House::open().await;
    house.deliver(2, 2);
    house.world.denied.lock().unwrap().insert("AWSLogs/".to_owned());
    let import = house.start("AWSLogs/").await;
    house.run().await;
    assert_eq!(house.again(&import).await.status, Status::Failed);
    let told = house.entries(&import, "FAILED").await;
    assert_eq!(told, of("AccessDenied", &[&"AWSLogs/".to_owned()]));
    house.world.denied.lock().unwrap().clear();
    house.retry(&import).await;
    house.run().await;
    assert_eq!(house.again(&import).await.status, Status::Completed);
}
