//! `cairn`: the server and everything one does with it from a shell.
//!
//! Data goes to standard output, everything else to standard error. Exit codes: 0 done, 1 failed,
//! 2 wrong usage, 3 nothing found (with `--fail-empty`), 5 not allowed in, 130 interrupted. What
//! `verify` finds has codes of its own, see `cmd/verify.rs`.

mod cli;
mod client;
mod cmd;
mod credentials;
mod data_dir;
mod failure;
mod filter;
mod hint;
mod ingest;
mod memory;
mod output;
mod profile;
mod query;
mod session;
mod terminal;
mod time;
mod verify;

/// Requests of many sizes come and go on several threads; the system's allocator spends a fifth of
/// a small call's time on that. This one gives memory back to the system after ten seconds without
/// use: buffers of rows are used again until then, and not zeroed by the system each time.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    cairn_task::abort_on_panic();
    cli::run()
}
