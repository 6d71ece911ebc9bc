//! The settings: one table of every key, its default, its environment variable and its meaning.

/// One setting as the user knows it.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Dotted key: the path in the TOML file.
    pub key: &'static str,
    /// Text form of the default; empty means "not set".
    pub default: &'static str,
    pub kind: Kind,
    /// One or two sentences, with the unit.
    pub doc: &'static str,
}

/// How a setting's text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Path,
    Address,
    Region,
    /// Regions, separated by commas.
    Regions,
    Account,
    Bool,
    /// A whole number within bounds, both inclusive.
    Number {
        min: u64,
        max: u64,
    },
    /// One of a few words.
    Word(&'static [&'static str]),
}

impl Setting {
    /// The environment variable: `CAIRN_` and the key in capitals, dots as underscores.
    pub fn variable(&self) -> String {
        format!("CAIRN_{}", self.key.replace('.', "_").to_uppercase())
    }
}

const fn number(min: u64, max: u64) -> Kind {
    Kind::Number { min, max }
}

const fn setting(
    key: &'static str,
    default: &'static str,
    kind: Kind,
    doc: &'static str,
) -> Setting {
    Setting { key, default, kind, doc }
}

/// Every setting, in the order in which the reference page shows them.
pub const SETTINGS: &[Setting] = &[
    setting("data", "./cairn-data", Kind::Path, "Directory that holds everything Cairn keeps."),
    setting(
        "listen",
        "127.0.0.1:4586",
        Kind::Address,
        "Address and port to listen on. Port 0 takes a free one.",
    ),
    setting("region", "us-east-1", Kind::Region, "Home Region: the one that `cairn env` prints."),
    setting(
        "regions",
        "",
        Kind::Regions,
        "Regions of a private cloud that calls may be signed for, separated by commas, beside \
         AWS's public ones and the home Region.",
    ),
    setting(
        "account",
        "",
        Kind::Account,
        "Id of the first account. Used at the first start only; made at random if not set.",
    ),
    setting(
        "insecure",
        "false",
        Kind::Bool,
        "Allow plain HTTP on an address that other machines can reach.",
    ),
    setting(
        "tls.cert",
        "",
        Kind::Path,
        "PEM file with the certificate chain. Set together with tls.key.",
    ),
    setting("tls.key", "", Kind::Path, "PEM file with the private key."),
    setting(
        "log.format",
        "text",
        Kind::Word(&["text", "json"]),
        "Form of the log on standard error.",
    ),
    setting(
        "log.level",
        "info",
        Kind::Word(&["error", "warn", "info", "debug", "trace"]),
        "What the log shows.",
    ),
    setting(
        "auth.skew_seconds",
        "300",
        number(1, 900),
        "How far a request's time may be from the server's. AWS services accept up to 900.",
    ),
    setting(
        "auth.replay_entries",
        "200000",
        number(1000, 50_000_000),
        "Signatures remembered to refuse replays of changing calls. About 50 bytes each.",
    ),
    setting(
        "http.connections",
        "1024",
        number(1, 1_000_000),
        "Open connections; further ones wait.",
    ),
    setting(
        "http.header_seconds",
        "10",
        number(1, 300),
        "Time a client has to send a request's head.",
    ),
    setting(
        "http.body_seconds",
        "60",
        number(1, 3600),
        "Time a client has to send a request's body.",
    ),
    setting(
        "http.body_memory_mib",
        "96",
        number(17, 65_536),
        "MiB of request bodies held in memory at once; further requests wait.",
    ),
    setting(
        "limits.lookup_per_second",
        "0",
        number(0, 1_000_000),
        "LookupEvents calls a second for each account and Region; 0 is no limit. AWS allows 2.",
    ),
    setting("journal.segment_mib", "32", number(1, 1024), "MiB of one journal segment."),
    setting(
        "journal.reserve_mib",
        "64",
        number(0, 1_048_576),
        "Free MiB on the disk below which new records are refused.",
    ),
    setting(
        "journal.queue_mib",
        "64",
        number(1, 4096),
        "MiB of records waiting for the disk; beyond it, callers wait.",
    ),
    setting(
        "journal.cache_mib",
        "16",
        number(1, 65_536),
        "MiB of decompressed journal kept for reads.",
    ),
    setting(
        "history.open_rows",
        "100000",
        number(1000, 10_000_000),
        "Records in the part of the history index that is still in memory.",
    ),
    setting("history.cache_mib", "32", number(1, 65_536), "MiB of index pages kept for reads."),
    setting(
        "history.lag_ms",
        "500",
        number(0, 60_000),
        "How long a lookup waits for the newest records to be indexed, in milliseconds.",
    ),
];
