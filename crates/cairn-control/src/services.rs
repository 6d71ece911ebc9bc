//! What handlers may reach.

use std::sync::Arc;
use std::time::Duration;

use cairn_core::{Clock, DevClock};
use cairn_event::selector::Demand;
use cairn_gateway::Recorder;
use cairn_history::History;
use cairn_journal::Journal;
use cairn_ports::Ports;
use cairn_ports::lake::Lake;
use cairn_store::Store;
use cairn_task::{Stop, Supervisor};
use cairn_trail::Trails;
use tokio::sync::Semaphore;

use crate::Quotas;
use crate::lookup::{Throttle, Tokens};
use crate::native::Tails;

/// Handles to the floors below, and nothing else. Made once by the server.
pub struct Services {
    pub journal: Journal,
    pub history: History,
    pub store: Store,
    pub recorder: Recorder,
    /// Where trails deliver to.
    pub ports: Ports,
    pub quotas: Quotas,
    pub trails: Trails,
    /// Tables of events, and SQL over them.
    pub lake: Arc<dyn Lake>,
    /// Is told which data events event data stores ask for.
    pub demand: Demand,
    /// The clock, where it may be moved.
    pub dev: Option<Arc<DevClock>>,
    pub clock: Arc<dyn Clock>,
    pub tokens: Tokens,
    pub throttle: Throttle,
    /// How long a lookup waits for the newest records to be indexed.
    pub lag: Duration,
    pub supervisor: Supervisor,
    pub stop: Stop,
    /// How many answers are put together at once: each may hold a page of records three times.
    pub answers: Semaphore,
    pub tails: Tails,
}

/// Places in [`Services::answers`].
pub const ANSWERS: usize = 8;
