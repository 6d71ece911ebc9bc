//! Every changed bit is noticed, in whatever is stored: log files, digests, proofs, metadata.

use cairn_core::SeededEntropy;
use cairn_proof::verify::{Verdict, verify};

use super::kit::{Bucket, World};

/// How many bits are changed, one at a time; `CAIRN_BIT_FLIPS=all` changes every one, and any
/// number so many of a larger bucket.
const SAMPLES: u64 = 2_000;

/// Where a bit may be changed.
enum Spot {
    Bytes(String),
    Value(String, String),
    Name(String, String),
}

fn spots(world: &World) -> Vec<(Spot, u64)> {
    let mut all = Vec::new();
    for (key, versions) in &world.bucket.objects {
        all.push((Spot::Bytes(key.clone()), versions[0].bytes.len() as u64 * 8));
        for (name, value) in versions[0].metadata.iter().flatten() {
            all.push((Spot::Value(key.clone(), name.clone()), value.len() as u64 * 8));
            all.push((Spot::Name(key.clone(), name.clone()), name.len() as u64 * 8));
        }
    }
    all
}

fn flip_text(text: &str, bit: u64) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[bit as usize / 8] ^= 1 << (bit % 8);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn flip(bucket: &mut Bucket, spot: &Spot, bit: u64) {
    match spot {
        Spot::Bytes(key) => bucket.bytes(key)[bit as usize / 8] ^= 1 << (bit % 8),
        Spot::Value(key, name) => {
            let value = bucket.metadata(key).get_mut(name).unwrap();
            *value = flip_text(value, bit);
        }
        Spot::Name(key, name) => {
            let value = bucket.metadata(key).remove(name).unwrap();
            bucket.metadata(key).insert(flip_text(name, bit), value);
        }
    }
}

#[test]
fn every_changed_bit_is_detected() {
    let wanted = std::env::var("CAIRN_BIT_FLIPS").ok();
    let large = wanted.as_deref().is_some_and(|wanted| wanted != "all");
    let mut world = if large { World::whole() } else { World::small() };
    assert_eq!(world.verify().verdict(), Verdict::Ok);
    let spots = spots(&world);
    let total: u64 = spots.iter().map(|(_, bits)| bits).sum();
    let samples = match wanted.as_deref() {
        Some("all") => total,
        Some(number) => number.parse().expect("CAIRN_BIT_FLIPS is a number or 'all'"),
        None => SAMPLES,
    };
    let dice = SeededEntropy::new(4);
    let honest = world.bucket.clone();
    let mut missed = Vec::new();
    for sample in 0..samples {
        let mut bit = if samples == total { sample } else { dice.below(total) };
        let at = spots.iter().position(|(_, bits)| {
            let here = bit < *bits;
            if !here {
                bit -= bits;
            }
            here
        });
        let spot = &spots[at.unwrap()].0;
        flip(&mut world.bucket, spot, bit);
        let report = verify(world.bucket.inventory(), &world.bucket, world.settings());
        if report.verdict() == Verdict::Ok {
            missed.push((at, bit));
        }
        let key = match spot {
            Spot::Bytes(key) | Spot::Value(key, _) | Spot::Name(key, _) => key,
        };
        world.bucket.objects.insert(key.clone(), honest.objects[key].clone());
    }
    println!("{samples} of {total} bits changed, {} missed", missed.len());
    assert_eq!(missed, vec![]);
}
