//! Writes generated records as gzipped JSON lines, for whoever wants to load the same data.

use std::io::Write;
use std::path::Path;

use cairn_core::{Clock, SystemClock};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Failure;
use crate::events::Generator;

/// Records of one file.
const FILE: usize = 50_000;

/// Makes `total` records, the same at every call but for their times.
pub(crate) fn run(into: &Path, total: usize) -> Result<(), Failure> {
    std::fs::create_dir_all(into)?;
    let generator = Generator::new(1, SystemClock::default().now());
    for (number, first) in (0..total).step_by(FILE).enumerate() {
        let path = into.join(format!("{number:05}.jsonl.gz"));
        let file =
            std::fs::OpenOptions::new().create(true).truncate(true).write(true).open(path)?;
        let mut out = GzEncoder::new(std::io::BufWriter::new(file), Compression::fast());
        let mut line = Vec::new();
        for _ in first..total.min(first + FILE) {
            line.clear();
            generator.write(&mut line);
            line.push(b'\n');
            out.write_all(&line)?;
        }
        out.finish()?.flush()?;
    }
    println!("generate: {total} records in {}", into.display());
    Ok(())
}
