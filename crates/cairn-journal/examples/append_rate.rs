//! How many events a second the journal makes durable, against a bare loop on the same disk.
//!
//! `cargo run --release -p cairn-journal --example append_rate [DIRECTORY] [SECONDS]`
#![expect(clippy::print_stdout, reason = "the figures are the purpose")]
#![expect(clippy::unchecked_time_subtraction, reason = "the clock never goes back")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use cairn_core::{AccountId, Clock, SeededEntropy, SystemClock, SystemEntropy};
use cairn_event::Event;
use cairn_journal::{Disk, Draft, FileDisk, Journal, Parts, Settings};

fn main() {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(5);
    let directory = directory.join(format!("append_rate-{}", std::process::id()));
    let time = Duration::from_secs(seconds);
    println!(
        "{:>28} {:>12} {:>10} {:>10} {:>12}",
        "", "events/s", "bytes/ev", "sync ms", "writer µs/ev"
    );
    bare(&directory.join("bare"), time);
    measure("4 writers, 1,000 a batch", &directory.join("batches"), time, 4, 1000);
    measure("64 writers, one by one", &directory.join("single"), time, 64, 1);
    measure("1 writer, one by one", &directory.join("alone"), time, 1, 1);
    std::fs::remove_dir_all(&directory).expect("the directory was made here");
}

/// The limit: events copied into a buffer, written and synced, nothing else.
fn bare(path: &Path, time: Duration) {
    let clock = SystemClock::default();
    let disk = open(path);
    let size = 256 * 1024 * 1024;
    let file = disk.create("bare", size).expect("there is space");
    let entropy = SeededEntropy::new(1);
    let events: Vec<Bytes> = (0..1000).map(|_| text(&entropy)).collect();
    let (mut offset, mut count, mut buffer) = (0, 0u64, Vec::new());
    let started = clock.elapsed();
    while clock.elapsed() - started < time {
        buffer.clear();
        for event in &events {
            buffer.extend_from_slice(event);
        }
        if offset + buffer.len() as u64 > size {
            offset = 0;
        }
        file.write_all_at(&buffer, offset).expect("the disk works");
        file.sync().expect("the disk works");
        offset += buffer.len() as u64;
        count += events.len() as u64;
    }
    let rate = count as f64 / time.as_secs_f64();
    println!("{:>28} {rate:>12.0} {:>10}", "bare, 1,000 a sync", buffer.len() / events.len());
}

fn measure(name: &str, path: &Path, time: Duration, writers: u64, batch: usize) {
    let clock = Arc::new(SystemClock::default());
    let parts = Parts { clock: clock.clone(), entropy: Arc::new(SystemEntropy) };
    let settings = Settings { reserve_bytes: 0, ..Settings::default() };
    let opened = Journal::open(Arc::new(open(path)), parts, settings);
    let (journal, mut writer, _) = opened.expect("the directory is new");
    let (preparer, merger) = (writer.preparer(), writer.merger());
    let made = AtomicU64::new(0);
    let (took, busy) = std::thread::scope(|scope| {
        let running = scope.spawn(|| {
            writer.run().expect("the disk works");
            busy()
        });
        scope.spawn(|| preparer.run());
        scope.spawn(|| merger.run());
        let started = clock.elapsed();
        let load: Vec<_> = (0..writers)
            .map(|number| {
                let (journal, clock, made) = (journal.clone(), clock.clone(), &made);
                scope.spawn(move || {
                    let entropy =
                        SeededEntropy::new(number << 32 | clock.elapsed().as_nanos() as u64);
                    // Two batches in flight: the writer finds one when it has synced the other.
                    let mut flying = None;
                    while clock.elapsed() - started < time {
                        let drafts = (0..batch).map(|_| draft(&entropy)).collect();
                        let ticket = journal.submit(drafts).expect("there is room");
                        made.fetch_add(batch as u64, Ordering::Relaxed);
                        let waiting =
                            if batch == 1 { Some(ticket) } else { flying.replace(ticket) };
                        if let Some(ticket) = waiting {
                            ticket.wait().expect("it is stored");
                        }
                    }
                    flying.map(|ticket| ticket.wait().expect("it is stored"));
                })
            })
            .collect();
        for thread in load {
            thread.join().expect("the load runs");
        }
        let took = clock.elapsed() - started;
        journal.stop();
        (took, running.join().expect("the writer runs"))
    });
    let stats = journal.stats();
    assert_eq!(stats.records, made.load(Ordering::Relaxed));
    let rate = stats.records as f64 / took.as_secs_f64();
    let sync = stats.sync_total.as_secs_f64() * 1000.0 / stats.syncs.max(1) as f64;
    let (size, each) =
        (stats.bytes / stats.records.max(1), busy.as_secs_f64() * 1e6 / stats.records as f64);
    println!("{name:>28} {rate:>12.0} {size:>10} {sync:>10.2} {each:>12.2}");
}

/// The processor time of this thread.
fn busy() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let spent = text.split_whitespace().next().and_then(|first| first.parse().ok());
    Duration::from_nanos(spent.unwrap_or(0))
}

fn open(path: &Path) -> FileDisk {
    std::fs::create_dir_all(path).expect("the directory can be made");
    FileDisk::open(path).expect("the directory can be opened")
}

fn draft(entropy: &SeededEntropy) -> Draft {
    let account = AccountId::new(111_122_223_333 + entropy.below(20)).expect("twelve digits");
    Draft::event(account, Event::parse(text(entropy)).expect("the event is well formed"))
}

/// An event of about 1.5 KB, with the mixture of fixed and random text that real ones have.
fn text(entropy: &SeededEntropy) -> Bytes {
    let (user, bucket) = (entropy.below(500), entropy.below(300));
    let id = cairn_core::event_id(entropy);
    let request = cairn_core::event_id(entropy);
    let key = cairn_core::unique_id("ASIA", entropy);
    let (host, number) = (entropy.next_u64(), entropy.next_u64());
    let filler = "arn:aws:s3:::archive/year=2024/month=05/part-of-a-long-object-key/".repeat(3);
    format!(
        concat!(
            r#"{{"eventVersion":"1.11","userIdentity":{{"type":"AssumedRole","#,
            r#""principalId":"AROAEXAMPLEEXAMPLE{user:03}:session-{user}","#,
            r#""arn":"arn:aws:sts::111122223333:assumed-role/analytics/session-{user}","#,
            r#""accountId":"111122223333","accessKeyId":"{key}","#,
            r#""sessionContext":{{"sessionIssuer":{{"type":"Role","#,
            r#""principalId":"AROAEXAMPLEEXAMPLE{user:03}","#,
            r#""arn":"arn:aws:iam::111122223333:role/analytics","accountId":"111122223333","#,
            r#""userName":"analytics"}},"attributes":{{"creationDate":"2024-05-01T09:00:00Z","#,
            r#""mfaAuthenticated":"false"}}}}}},"eventTime":"2024-05-01T10:00:00Z","#,
            r#""eventSource":"s3.amazonaws.com","eventName":"GetObject","#,
            r#""awsRegion":"us-east-1","sourceIPAddress":"10.0.{}.{}","#,
            r#""userAgent":"[aws-sdk-java/2.20.0 Linux/5.10 OpenJDK_64-Bit_Server_VM/17.0.6]""#,
            r#","requestParameters":{{"bucketName":"bucket-{bucket}","#,
            r#""Host":"bucket-{bucket}.s3.us-east-1.amazonaws.com","#,
            r#""key":"{filler}{number:016x}"}},"responseElements":null,"#,
            r#""additionalEventData":{{"SignatureVersion":"SigV4","#,
            r#""CipherSuite":"TLS_AES_128_GCM_SHA256","bytesTransferredIn":0,"#,
            r#""bytesTransferredOut":{bucket},"x-amz-id-2":"{host:016x}{number:016x}"}},"#,
            r#""requestID":"{request}","eventID":"{id}","readOnly":true,"#,
            r#""resources":[{{"type":"AWS::S3::Object","#,
            r#""ARN":"arn:aws:s3:::bucket-{bucket}/object"}}],"eventType":"AwsApiCall","#,
            r#""managementEvent":false,"recipientAccountId":"111122223333","#,
            r#""eventCategory":"Data"}}"#,
        ),
        user % 256,
        bucket % 256,
        user = user,
        key = key,
        bucket = bucket,
        filler = filler,
        number = number,
        host = host,
        request = request,
        id = id,
    )
    .into()
}
