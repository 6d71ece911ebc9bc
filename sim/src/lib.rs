//! A simulated disk and the crash schedules that run over it.

mod campaign;
mod dice;
mod disk;
mod ledger;
mod parcel;
mod rule;
mod run;
mod schedule;
mod trace;

pub use campaign::{Campaign, Found, Score, Totals, current_seed};
pub use disk::{Class, Copy, Fault, Plan, Rot, SECTOR, SimDisk, Struck};
pub use parcel::Item;
pub use rule::{Rule, Violation};
pub use run::{Summary, Twist, run};
pub use schedule::{Act, End, Schedule, Sizes, Theme};
