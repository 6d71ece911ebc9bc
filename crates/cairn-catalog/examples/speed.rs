//! Prints what the catalog costs: `cargo run --release -p cairn-catalog --example speed`.

use std::hint::black_box;
use std::io::Write;

use cairn_catalog::Catalog;
use cairn_core::{Clock, SystemClock};

const ROUNDS: usize = 20;
const LOOKUPS: usize = 10_000;

const LINES: &[(&str, &str, &str, &str)] = &[
    ("s3", "GET", "/bucket/some/long/key.txt", "x-id=GetObject"),
    ("s3", "PUT", "/bucket/some/long/key.txt", "partNumber=1&uploadId=abc"),
    ("s3", "GET", "/bucket", "list-type=2&prefix=a%2F&max-keys=100"),
    ("lambda", "POST", "/2015-03-31/functions/name/invocations", ""),
    ("apigateway", "GET", "/restapis/abc/resources/def/methods/GET", ""),
    ("eks", "GET", "/clusters/name/node-groups/other", ""),
];

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let clock = SystemClock::default();
    let seconds = || clock.elapsed().as_secs_f64();

    let start = seconds();
    let catalog = Catalog::embedded();
    writeln!(out, "open            {:8.3} ms", (seconds() - start) * 1e3)?;
    for name in ["s3", "sts", "ec2"] {
        let id = catalog.named(name).expect("the catalog knows the largest services");
        let start = seconds();
        black_box(catalog.service(id));
        writeln!(out, "unpack {name:8} {:8.3} ms", (seconds() - start) * 1e3)?;
    }
    let start = seconds();
    let operations: usize =
        catalog.services().map(|id| catalog.service(id).operations().len()).sum();
    writeln!(out, "unpack the rest {:8.3} ms", (seconds() - start) * 1e3)?;
    writeln!(out, "{} services, {operations} operations", catalog.services().count())?;

    for (name, method, path, query) in LINES {
        let id = catalog.named(name).expect("the lines are for services that there are");
        let service = catalog.service(id);
        let mut best = f64::MAX;
        for _ in 0..ROUNDS {
            let start = seconds();
            for _ in 0..LOOKUPS {
                black_box(service.route(method, black_box(path), query));
            }
            best = best.min((seconds() - start) / LOOKUPS as f64);
        }
        let found = service.route(method, path, query).map_or("none", |found| found.operation.name);
        writeln!(out, "route {name:10} {:5.0} ns {found}", best * 1e9)?;
    }
    Ok(())
}
