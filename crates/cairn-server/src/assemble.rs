//! Assembly: opens everything from the bottom floor up, binds the socket, starts nothing.

use std::fs::DirBuilder;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

use cairn_control::{Tails, Throttle, Tokens};
use cairn_core::{Clock, DevClock, Entropy, Seq, SystemClock, SystemEntropy};
use cairn_event::selector::Demand;
use cairn_gateway::{Authenticator, Gaps, HoldersWorker, Intents, Recorder, Regions};
use cairn_history::History;
use cairn_journal::{Disk, FileDisk, Journal, Writer};
use cairn_lake::{Home, Lake};
use cairn_neighbours::sns::Sns;
use cairn_ports::Ports;
use cairn_store::{Bootstrap, Store, account};
use cairn_task::{Stop, Supervisor, WorkerSpec};
use cairn_trail::{RegionKeys, Trails};
use cairn_wire::sigv4::Skew;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::announce::{self, Ready};
use crate::config::Config;
use crate::error::ServerError;
use crate::housekeeper::Housekeeper;
use crate::http::{Front, Listener, Memory, Status, Tables, acceptor};
use crate::metrics::Metrics;
use crate::neighbours::{self, Inside, Neighbours};
use crate::proxy;
use crate::proxy::{Book, Embedded, Gateway, Upstream};

/// A server whose parts are all open and none of which runs.
pub(crate) struct Server {
    pub(crate) trails: Trails,
    pub(crate) lake: Lake,
    pub(crate) inside: Inside,
    pub(crate) housekeeper: (WorkerSpec, Housekeeper),
    pub(crate) supervisor: Supervisor,
    pub(crate) floors: Floors,
    pub(crate) writer: Writer,
    pub(crate) recorder: Recorder,
    pub(crate) book: Book,
    pub(crate) upstreams: Vec<Arc<Upstream>>,
    pub(crate) holders: (WorkerSpec, HoldersWorker),
    pub(crate) listener: Listener,
    pub(crate) ready: Ready,
}

/// What keeps state.
pub(crate) struct Floors {
    pub(crate) journal: Journal,
    pub(crate) history: History,
    pub(crate) store: Store,
}

/// What comes in from outside: the real ones, here.
#[derive(Clone)]
struct Doors {
    clock: Arc<dyn Clock>,
    /// What signatures are held against, which no client can move.
    system: Arc<dyn Clock>,
    /// The same as `clock`, where it may be moved.
    dev: Option<Arc<DevClock>>,
    entropy: Arc<dyn Entropy>,
}

impl Doors {
    fn open(config: &Config) -> Self {
        let system: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let dev = config.dev.then(|| Arc::new(DevClock::default()));
        let clock = dev.clone().map_or_else(|| system.clone(), |dev| dev as Arc<dyn Clock>);
        Self { clock, system, dev, entropy: Arc::new(SystemEntropy) }
    }
}

impl Server {
    /// # Errors
    /// Whatever keeps the server from starting; each text says what to do.
    pub(crate) async fn assemble(config: &Config) -> Result<Self, ServerError> {
        let doors = Doors::open(config);
        let disk = directory(&config.data)?;
        let (journal, writer) = open_journal(&*disk, config, &doors)?;
        let (store, bootstrap) = open_store(config, &journal, &doors).await?;
        let history = open_history(&*disk, config, &journal, &doors)?;
        let floors = Floors { journal, history, store };
        let supervisor = Supervisor::new(doors.clock.clone());
        let recorder = Recorder::new(
            floors.journal.clone(),
            floors.store.clone(),
            doors.clock.clone(),
            doors.entropy.clone(),
        );
        let first = floors.store.first_account().expect("bootstrap made the first account");
        let book = book(config, &floors, &recorder, &supervisor)?;
        let failed = |error| ServerError::Listen { address: config.listen, error };
        let socket = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = socket.local_addr().map_err(failed)?;
        let beside = beside(config, &*disk, &floors, &doors, (address, supervisor.stop())).await?;
        let Beside { around, inside, housekeeper } = beside;
        let (trails, lake) = (around.trails.clone(), around.lake.clone());
        let front = front(config, &floors, &recorder, &book, &supervisor, &doors, around)?;
        let upstreams = front.gateway.upstreams.clone();
        let holders = front.gateway.holders().clone();
        holders.load(&floors.store).await?;
        let (store, clock) = (floors.store.clone(), doors.clock.clone());
        let holders = HoldersWorker::new(holders, store, clock);
        let tls = config.tls.as_ref().map(acceptor).transpose()?;
        let listener = Listener {
            socket,
            tls,
            front: Arc::new(front),
            settings: config.http.clone(),
            supervisor: supervisor.clone(),
        };
        let ready = Ready::new(config, address, first, bootstrap);
        Ok(Self {
            trails,
            lake,
            inside,
            housekeeper,
            supervisor,
            floors,
            writer,
            recorder,
            book,
            upstreams,
            holders,
            listener,
            ready,
        })
    }
}

/// What stands beside the floors, and who looks after it.
struct Beside {
    around: Around,
    inside: Inside,
    housekeeper: (WorkerSpec, Housekeeper),
}

async fn beside(
    config: &Config,
    disk: &dyn Disk,
    floors: &Floors,
    doors: &Doors,
    (address, stop): (SocketAddr, Stop),
) -> Result<Beside, ServerError> {
    let parts = neighbours::Parts {
        config,
        store: floors.store.clone(),
        journal: floors.journal.clone(),
        clock: doors.clock.clone(),
        entropy: doors.entropy.clone(),
        endpoint: announce::endpoint(config, address),
        stop,
    };
    let Neighbours { ports, embedded, inside } = Neighbours::open(parts).await?;
    let demand = Demand::default();
    cairn_control::load_demand(&floors.store, &demand).await?;
    let trails = open_trails(disk, config, floors, &ports, doors, &demand).await?;
    let lake = open_lake(disk, config, floors, &ports, &demand, doors).await?;
    let (store, clock) = (floors.store.clone(), doors.clock.clone());
    let housekeeper = Housekeeper::new(inside.clone(), store, clock, lake.clone());
    let (home, sns) = (open_home(disk, config)?, inside.sns.clone());
    let around = Around { home, ports, embedded, trails, lake, demand, sns };
    Ok(Beside { around, inside, housekeeper })
}

fn directory(data: &Path) -> Result<Arc<dyn Disk>, ServerError> {
    let failed = |error| ServerError::Data { path: data.to_owned(), error };
    // What is in it is nobody else's to read.
    DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(failed)?;
    Ok(Arc::new(FileDisk::open(data).map_err(failed)?))
}

fn open_journal(
    disk: &dyn Disk,
    config: &Config,
    doors: &Doors,
) -> Result<(Journal, Writer), ServerError> {
    let failed = |error| ServerError::Data { path: config.data.join("journal"), error };
    let child = disk.child("journal").map_err(failed)?;
    let parts = cairn_journal::Parts { clock: doors.clock.clone(), entropy: doors.entropy.clone() };
    let settings = cairn_journal::Settings {
        segment_bytes: config.journal.segment,
        reserve_bytes: config.journal.reserve,
        queue_bytes: config.journal.queue,
        cache_bytes: config.journal.cache,
        ..cairn_journal::Settings::default()
    };
    let (journal, writer, recovery) = Journal::open(child, parts, settings)?;
    tracing::info!(durable = %recovery.durable, epoch = recovery.epoch, "the journal is open");
    if let Some(cut) = recovery.cut {
        tracing::warn!(
            segment = cut.segment,
            offset = cut.offset,
            bytes = cut.bytes,
            "a torn tail was cut: it was never acknowledged"
        );
    }
    Ok((journal, writer))
}

async fn open_store(
    config: &Config,
    journal: &Journal,
    doors: &Doors,
) -> Result<(Store, Option<Bootstrap>), ServerError> {
    let parts = cairn_store::Parts { clock: doors.clock.clone(), entropy: doors.entropy.clone() };
    let store = Store::open_dir(&config.data, parts).await?;
    // Records without identities: the state was lost, and a new first account would not see them.
    if store.first_account().is_none() && journal.durable() > Seq::ZERO {
        return Err(ServerError::StateLost { data: config.data.clone() });
    }
    let account = config.account.unwrap_or_else(|| account::random_id(&*doors.entropy));
    let bootstrap = store.bootstrap(account).await?;
    Ok((store, bootstrap))
}

fn open_history(
    disk: &dyn Disk,
    config: &Config,
    journal: &Journal,
    doors: &Doors,
) -> Result<History, ServerError> {
    let failed = |error| ServerError::Data { path: config.data.join("history"), error };
    let child = disk.child("history").map_err(failed)?;
    let settings = cairn_history::Settings {
        table_records: config.history.open_rows,
        cache_bytes: config.history.cache_bytes,
        ..cairn_history::Settings::default()
    };
    Ok(History::open(child, journal.clone(), doors.clock.clone(), settings)?)
}

async fn open_trails(
    disk: &dyn Disk,
    config: &Config,
    floors: &Floors,
    ports: &Ports,
    doors: &Doors,
    demand: &Demand,
) -> Result<Trails, ServerError> {
    let failed = |error| ServerError::Data { path: config.data.join("trails"), error };
    let parts = cairn_trail::Parts {
        journal: floors.journal.clone(),
        store: floors.store.clone(),
        clock: doors.clock.clone(),
        entropy: doors.entropy.clone(),
        disk: disk.child("trails").map_err(failed)?,
        buckets: ports.buckets.clone(),
        topics: ports.topics.clone(),
        name: format!("cairn-{}", floors.store.instance_id()),
        demand: demand.clone(),
    };
    Ok(Trails::open(parts, config.trail.clone()).await?)
}

async fn open_lake(
    disk: &dyn Disk,
    config: &Config,
    floors: &Floors,
    ports: &Ports,
    demand: &Demand,
    doors: &Doors,
) -> Result<Lake, ServerError> {
    let failed = |error| ServerError::Data { path: config.data.join("lake"), error };
    let parts = cairn_lake::Parts {
        journal: floors.journal.clone(),
        store: floors.store.clone(),
        clock: doors.clock.clone(),
        entropy: doors.entropy.clone(),
        disk: disk.child("lake").map_err(failed)?,
        buckets: ports.buckets.clone(),
        keys: Arc::new(RegionKeys::new(floors.store.clone(), doors.clock.clone())),
        demand: demand.clone(),
    };
    Ok(Lake::open(parts, config.lake.clone()).await?)
}

/// Where the lake's tables lie.
fn open_home(disk: &dyn Disk, config: &Config) -> Result<Home, ServerError> {
    let failed = |error| ServerError::Data { path: config.data.join("lake"), error };
    Ok(Home::new(disk.child("lake").map_err(failed)?))
}

/// What stands beside the floors.
struct Around {
    home: Home,
    ports: Ports,
    embedded: Vec<Embedded>,
    trails: Trails,
    lake: Lake,
    demand: Demand,
    sns: Sns,
}

fn book(
    config: &Config,
    floors: &Floors,
    recorder: &Recorder,
    supervisor: &Supervisor,
) -> Result<Book, ServerError> {
    let patience = config.gateway.patience;
    let intents = Intents::new(recorder.clone(), supervisor.clone(), patience);
    let seed = floors.store.derive_key("gap-records");
    let gaps = Gaps::new(intents.clone(), &seed, config.region.to_string());
    Ok(Book { intents, gaps: gaps.map_err(ServerError::GapKey)? })
}

fn front(
    config: &Config,
    floors: &Floors,
    recorder: &Recorder,
    book: &Book,
    supervisor: &Supervisor,
    doors: &Doors,
    mut around: Around,
) -> Result<Front, ServerError> {
    let store = &floors.store;
    let skew = Skew::new(config.auth.skew).expect("the setting's bound is the skew's");
    let authenticator =
        Authenticator::new(store.clone(), doors.system.clone(), skew, config.auth.replay_entries);
    let authenticator = Arc::new(authenticator);
    let parts = proxy::Parts {
        book: book.clone(),
        authenticator: authenticator.clone(),
        store: store.clone(),
        clock: doors.clock.clone(),
        home: config.region.clone(),
        body_timeout: config.http.body_timeout,
        embedded: std::mem::take(&mut around.embedded),
        demand: around.demand.clone(),
    };
    let gateway = Gateway::open(&config.gateway, parts)?;
    let tables = Tables {
        home: around.home.clone(),
        store: store.clone(),
        authenticator: authenticator.clone(),
        region: config.region.to_string(),
        domains: config.gateway.domains.clone(),
    };
    let certificate = around.sns.certificate().to_owned();
    let control = Arc::new(control(config, floors, recorder, supervisor, doors, around));
    let neighbours =
        Arc::new(cairn_neighbours::Services { store: store.clone(), recorder: recorder.clone() });
    Ok(Front {
        authenticator,
        tables,
        recorder: recorder.clone(),
        status: Status {
            services: control.clone(),
            reserve: config.journal.reserve,
            upstreams: gateway.upstreams.clone(),
            book: book.clone(),
            certificate,
        },
        gateway,
        control,
        neighbours,
        metrics: Metrics::new(),
        memory: Memory::new(config.http.body_memory),
        regions: Regions::new(config.regions.iter().cloned()),
        settings: config.http.clone(),
        clock: doors.clock.clone(),
        entropy: doors.entropy.clone(),
    })
}

/// What CloudTrail's operations reach.
fn control(
    config: &Config,
    floors: &Floors,
    recorder: &Recorder,
    supervisor: &Supervisor,
    doors: &Doors,
    around: Around,
) -> cairn_control::Services {
    let Floors { journal, history, store } = floors;
    cairn_control::Services {
        journal: journal.clone(),
        history: history.clone(),
        store: store.clone(),
        recorder: recorder.clone(),
        ports: around.ports,
        quotas: config.quotas,
        trails: around.trails,
        lake: Arc::new(around.lake),
        demand: around.demand,
        dev: doors.dev.clone(),
        clock: doors.clock.clone(),
        tokens: Tokens::new(&store.derive_key("page-tokens")),
        throttle: Throttle::new(config.lookup_per_second, doors.clock.clone()),
        lag: config.history.lag,
        supervisor: supervisor.clone(),
        stop: supervisor.stop(),
        answers: Semaphore::new(cairn_control::ANSWERS),
        tails: Tails::default(),
    }
}
