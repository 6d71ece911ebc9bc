use aws_lc_rs::signature::{ED25519, UnparsedPublicKey};
use cairn_event::Json;
use cairn_gateway::Gaps;
use cairn_task::Worker;

use crate::kit::{Life, put};

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_record_counts_what_was_missed_and_is_signed() {
    let dir = tempfile::tempdir().unwrap();
    let life = Life::begin(dir.path(), 1).await;
    let gaps = Gaps::new(life.intents.clone(), &[7; 32], "eu-central-1".to_owned()).unwrap();
    for key in ["a", "b", "c"] {
        gaps.count(&put(key), "the disk is nearly full");
    }
    assert_eq!(gaps.untold(), 3);
    gaps.worker().1.tick().await.unwrap();
    assert_eq!(gaps.untold(), 0);
    let events = life.events();
    let event = &events[0];
    assert_eq!((events.len(), event["eventName"].as_str()), (1, Some("RecordingGap")));
    assert_eq!(event["eventType"], "AwsServiceEvent");
    let details = &event["serviceEventDetails"];
    assert_eq!(details["calls"], 3);
    assert_eq!(details["byOperation"]["s3.amazonaws.com:PutObject"], 3);
    // Read again in its own order: the signature is over the bytes without the last member.
    let text = details_text(&life);
    let Ok(Json::Map(mut members)) = Json::parse(text.as_bytes()) else { panic!("{text}") };
    let (name, signature) = members.pop().unwrap();
    assert_eq!(name, "signature");
    let signed = serde_json::to_vec(&Json::Map(members)).unwrap();
    let key = hex::decode(details["publicKey"].as_str().unwrap()).unwrap();
    let signature = hex::decode(signature.as_str().unwrap()).unwrap();
    let key = UnparsedPublicKey::new(&ED25519, key);
    key.verify(&signed, &signature).unwrap();
    let changed = String::from_utf8(signed).unwrap().replace("\"calls\":3", "\"calls\":2");
    assert!(key.verify(changed.as_bytes(), &signature).is_err());
    gaps.worker().1.tick().await.unwrap();
    assert_eq!(life.events().len(), 1, "what was told is not told again");
}

/// The details as they stand in the record.
fn details_text(life: &Life) -> String {
    let record = &life.journal.read(&[cairn_core::Seq(1)]).unwrap()[0];
    let Ok(Json::Map(members)) = Json::parse(&record.raw) else { panic!("a record is a map") };
    let details = members.into_iter().find(|(name, _)| name == "serviceEventDetails").unwrap();
    serde_json::to_string(&details.1).unwrap()
}
