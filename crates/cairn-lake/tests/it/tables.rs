//! Files are joined, dropped and forgotten.

use std::collections::BTreeSet;
use std::time::Duration;

use cairn_ports::lake::{Lake as _, LakeError};
use cairn_store::{EventDataStore, event_data_store, lake_plan, lake_table};

use crate::kit::{DAY, House, NOW};

/// The time in which a store can be restored is over.
async fn end(house: &House, store: &EventDataStore) {
    let mut txn = house.store.begin().await.unwrap();
    let mut document = lake_plan::LakeDocument::of(store, "DropEventDataStore", Vec::new());
    document.dropped = true;
    lake_plan::put(&mut txn, "drop", &document).await.unwrap();
    txn.commit().await.unwrap();
    house.lake.note_end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_files_become_few_and_the_rows_stay() {
    let mut house = House::new().await;
    let store = house.create("small").await;
    let mut expected = BTreeSet::new();
    for at in 0..12 {
        expected.extend(house.put("RunInstances", 40, NOW - DAY + at));
        house.flush().await;
    }
    let before = house.lake.figures(&store.id).await.unwrap();
    assert!(before.files >= 12, "{before:?}");
    house.tend().await.unwrap();
    let after = house.lake.figures(&store.id).await.unwrap();
    assert!(after.files <= 4, "{after:?}");
    assert_eq!(after.events, before.events);
    assert_eq!(house.ids(&store).await, expected);
    // Old snapshots go, with the files that only they had; the newest one stays whole.
    house.clock.advance(Duration::from_mins(2));
    house.tend().await.unwrap();
    house.restart().await;
    house.settle().await;
    assert_eq!(house.ids(&store).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whole_days_go_when_their_retention_is_over() {
    let mut house = House::new().await;
    let store = house.create("days").await;
    let old = house.put("RunInstances", 5, NOW - 30 * DAY);
    let young = house.put("RunInstances", 5, NOW - 29 * DAY);
    // Past its retention when it comes: it makes no row.
    house.put("RunInstances", 5, NOW - 31 * DAY);
    house.flush().await;
    let all: BTreeSet<String> = old.union(&young).cloned().collect();
    assert_eq!(house.ids(&store).await, all);
    house.clock.advance(Duration::from_secs(DAY as u64));
    house.tend().await.unwrap();
    assert_eq!(house.ids(&store).await, young);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_ended_takes_its_table_along() {
    let mut house = House::new().await;
    let store = house.create("ends").await;
    house.put("RunInstances", 5, NOW);
    house.flush().await;
    assert!(house.lake.metadata(&store.id).await.is_ok());
    end(&house, &store).await;
    house.settle().await;
    assert!(matches!(house.lake.metadata(&store.id).await, Err(LakeError::Missing)));
    house.restart().await;
    assert!(matches!(house.lake.metadata(&store.id).await, Err(LakeError::Missing)));
    assert!(event_data_store::by_id(&house.store, &store.id).await.is_ok());
}

/// What readers that came just before a change read stays for as long as is promised, however long
/// it had been there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_stay_for_a_while_after_they_were_replaced() {
    let mut house = House::new().await;
    house.create("quiet").await;
    for at in 0..3 {
        house.put("RunInstances", 4, NOW - DAY + at);
        house.flush().await;
    }
    house.clock.advance(Duration::from_hours(5));
    house.tend().await.unwrap();
    assert_eq!(house.data_files().len(), 4);
    house.clock.advance(Duration::from_mins(2));
    house.tend().await.unwrap();
    assert_eq!(house.data_files().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_folder_that_cannot_be_removed_doubles_nothing_and_goes_later() {
    let mut house = House::new().await;
    let (ends, stays) = (house.create("ends").await, house.create("stays").await);
    house.put("RunInstances", 5, NOW);
    house.flush().await;
    let file = house.data_files().remove(0);
    let folder = file.ancestors().nth(4).unwrap().join(&ends.id);
    std::fs::copy(&file, folder.join("stray")).unwrap();
    let expected = house.put("RunInstances", 5, NOW);
    end(&house, &ends).await;
    house.flush().await;
    assert_eq!(house.rows(&stays, "SELECT eventID FROM $EDS").await.len(), 10);
    assert!(house.ids(&stays).await.is_superset(&expected));
    assert!(folder.exists());
    house.restart().await;
    assert!(folder.exists());
    std::fs::remove_file(folder.join("stray")).unwrap();
    house.restart().await;
    house.settle().await;
    assert!(!folder.exists());
    assert_eq!(house.rows(&stays, "SELECT eventID FROM $EDS").await.len(), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_that_somebody_else_changed_is_read_again() {
    let mut house = House::new().await;
    let store = house.create("shared").await;
    let mut expected = house.put("RunInstances", 5, NOW);
    house.flush().await;
    let (location, _) = house.lake.metadata(&store.id).await.unwrap();
    let name = location.rsplit('/').next().unwrap();
    let folder = house.data_files()[0].ancestors().nth(3).unwrap().join("metadata");
    let other = format!("00099-{}", &name[6..]);
    std::fs::copy(folder.join(name), folder.join(&other)).unwrap();
    let mut txn = house.store.begin().await.unwrap();
    let to = location.replace(name, &other);
    lake_table::swap(&mut txn, &store.id, &location, &to).await.unwrap();
    txn.commit().await.unwrap();
    expected.extend(house.put("RunInstances", 5, NOW));
    house.settle().await;
    house.clock.advance(house.settings.flush_after);
    while house.collector.step().await.unwrap() {}
    assert!(house.flusher.step().await.is_err());
    assert_eq!(house.data_files().len(), 1, "what was written for nothing is gone");
    house.flush().await;
    assert_eq!(house.data_files().len(), 2);
    assert_eq!(house.ids(&store).await, expected);
    let all = house.rows(&store, "SELECT eventID FROM $EDS").await;
    assert_eq!(all.len(), expected.len());
}
