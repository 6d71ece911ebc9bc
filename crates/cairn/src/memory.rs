//! How long memory that was freed is kept for who wants some next.

use std::os::unix::process::CommandExt;
use std::process::Command;

/// The allocator's setting, which it reads before `main` begins and from nowhere else.
const SETTING: &str = "MIMALLOC_PURGE_DELAY";
/// Questions come in bursts, each wants hundreds of megabytes for a moment, and clearing pages that
/// the system gives anew takes up to a fifth of its time. The allocator's own second is too short.
const MILLIS: &str = "10000";

/// Begins the program anew with the setting, in the same process, unless someone has chosen it.
/// Where that fails it goes on: slower, and no worse.
pub(crate) fn keep() {
    if std::env::var_os(SETTING).is_some() {
        return;
    }
    let mut args = std::env::args_os();
    let (Some(name), Ok(program)) = (args.next(), std::env::current_exe()) else { return };
    _ = Command::new(program).arg0(name).args(args).env(SETTING, MILLIS).exec();
}
