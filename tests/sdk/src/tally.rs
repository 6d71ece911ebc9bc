//! Counts the checks, and says which failed and why.

use std::fmt::Debug;
use std::process::ExitCode;

use aws_sdk_sts::error::DisplayErrorContext;

use crate::Outcome;

#[derive(Default)]
pub(crate) struct Tally {
    passed: u32,
    failed: u32,
}

impl Tally {
    pub(crate) fn add(&mut self, name: &str, outcome: Outcome) {
        match outcome {
            Ok(()) => {
                self.passed += 1;
                println!("ok      {name}");
            }
            Err(why) => {
                self.failed += 1;
                println!("FAILED  {name}: {}", DisplayErrorContext(&*why));
            }
        }
    }

    pub(crate) fn finish(self) -> ExitCode {
        println!("{} passed, {} failed", self.passed, self.failed);
        ExitCode::from(u8::from(self.failed > 0))
    }
}

pub(crate) fn equal<T: PartialEq + Debug>(found: T, wanted: T) -> Outcome {
    holds(found == wanted, || format!("found {found:?}, wanted {wanted:?}"))
}

pub(crate) fn holds(it_does: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if it_does { Ok(()) } else { Err(otherwise().into()) }
}
