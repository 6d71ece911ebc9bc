//! One object of gigabytes, in both directions: as fast as memory allows, and as over a link.

use std::io::Write;

use cairn_core::{Clock, SystemClock};
use cairn_wire::sigv4::{Claim, Hasher};
use http::Method;

use super::upstream::{LINK, write_paced};
use super::wire::{BLOCK, Connection};
use super::{Target, ask};
use crate::Failure;
use crate::server::{Key, Server};

/// Of the throughput without Cairn, over the link.
const TARGET: f64 = 0.9;

pub(super) struct Large {
    pub(super) name: &'static str,
    pub(super) method: Method,
    pub(super) claim: Claim,
    pub(super) bytes: u64,
    /// As over a link; as fast as it can where not.
    pub(super) paced: bool,
}

impl Large {
    /// How the upstream knows it.
    pub(super) fn kind(&self) -> &'static str {
        if self.paced { "link" } else { "full" }
    }

    /// Bytes a second.
    fn pass(&self, address: &str, key: &Key) -> Result<f64, Failure> {
        let clock = SystemClock::default();
        let request = ask::large(key, self)?;
        let mut connection = Connection::open(address, BLOCK)?;
        let began = clock.elapsed();
        connection.stream.write_all(&request)?;
        if self.method == Method::PUT {
            let sent = write_paced(&mut connection.stream, self.bytes, self.paced.then_some(LINK));
            // What was refused half way is explained by its answer.
            if let Err(error) = sent {
                connection.answer()?;
                return Err(error);
            }
        }
        let length = connection.answer()?;
        if self.method == Method::GET && length != self.bytes {
            return Err(Failure(format!("{length} of {} bytes came", self.bytes)));
        }
        Ok(self.bytes as f64 / clock.elapsed().saturating_sub(began).as_secs_f64())
    }
}

/// Passes an object of `bytes` through every target; prints each beside what is reached directly,
/// which the first one is.
pub(super) fn run(targets: &[Target], server: &Server, bytes: u64) -> Result<(), Failure> {
    let before = server.peak_mib();
    for large in kinds(bytes) {
        let mut direct = None;
        for target in targets {
            let cpu = target.cpu();
            let rate = large.pass(&target.address, &target.key)?;
            let busy = (target.cpu() - cpu) / (bytes as f64 / 1e9);
            let share = rate / *direct.get_or_insert(rate);
            let aim = match target.share {
                Some(_) if large.paced => format!(" (at least {TARGET:.2} aimed at)"),
                _ => String::new(),
            };
            println!(
                "gateway: {:16} {:15} {:.2} GB/s, {share:.2} of direct{aim}, {busy:.2} s of \
                 processor time a GB",
                large.name,
                target.name,
                rate / 1e9,
            );
        }
    }
    println!(
        "gateway: peak memory of Cairn {before} MiB before and {} MiB after objects of {:.1} GB",
        server.peak_mib(),
        bytes as f64 / 1e9
    );
    Ok(())
}

fn kinds(bytes: u64) -> Vec<Large> {
    let empty = Claim::Sha256(Hasher::new().finish());
    let large = |name, method, claim, paced| Large { name, method, claim, bytes, paced };
    vec![
        large("GET at 10 Gbit/s", Method::GET, empty, true),
        large("PUT at 10 Gbit/s", Method::PUT, Claim::Unsigned, true),
        large("GET, unbounded", Method::GET, empty, false),
        large("PUT, unbounded", Method::PUT, Claim::Unsigned, false),
        large("PUT with SHA-256", Method::PUT, Claim::Sha256(hash(bytes)), false),
    ]
}

/// Of what `write_paced` writes.
fn hash(bytes: u64) -> [u8; 32] {
    let (block, mut hasher, mut left) = (vec![7; BLOCK], Hasher::new(), bytes);
    while left > 0 {
        let size = left.min(BLOCK as u64);
        hasher.update(&block[..size as usize]);
        left -= size;
    }
    hasher.finish()
}
