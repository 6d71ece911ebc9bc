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
    /// Shown to nobody once it is set.
    Secret,
    /// Where an upstream is: `http://` or `https://`, a host, perhaps a port.
    Url,
    DataEvents,
    /// Rules of recording.
    Rules,
    /// Members to hide.
    Hidden,
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

/// Settings that are there once for each name: `upstream.NAME.url`.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    pub name: &'static str,
    pub doc: &'static str,
    /// Their keys are what follows the name.
    pub settings: &'static [Setting],
}

impl Family {
    /// The setting of a dotted key, and the name in it.
    pub(crate) fn find<'k>(&self, key: &'k str) -> Option<(&'k str, &'static Setting)> {
        let rest = key.strip_prefix(self.name)?.strip_prefix('.')?;
        let (name, field) = rest.rsplit_once('.')?;
        let setting = self.settings.iter().find(|setting| setting.key == field)?;
        (!name.is_empty()).then_some((name, setting))
    }

    /// The dotted key of an environment variable such as `CAIRN_UPSTREAM_S3_URL`; `ANY` stands for
    /// the star, an underscore for a hyphen.
    pub(crate) fn key_of(&self, variable: &str) -> Option<String> {
        let prefix = format!("CAIRN_{}_", self.name.to_uppercase());
        let rest = variable.strip_prefix(&prefix)?;
        self.settings.iter().find_map(|setting| {
            let field = format!("_{}", setting.key.to_uppercase());
            let name = rest.strip_suffix(&field).filter(|name| !name.is_empty())?;
            let name = match (self.name, name) {
                ("upstream", "ANY") => "*".to_owned(),
                ("upstream" | "destination", _) => name.to_lowercase().replace('_', "-"),
                _ => name.to_owned(),
            };
            Some(format!("{}.{name}.{}", self.name, setting.key))
        })
    }
}

/// Every family.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "upstream",
        doc: "Where the calls of a service are forwarded to. NAME is the name of a service as \
              clients sign for it (`s3`, `dynamodb`), or `*` for every service that has no \
              upstream of its own. `cairn serve --upstream NAME=URL` sets the URL. Cairn answers \
              `cloudtrail` and `cairn` itself, and `sts` unless an upstream is named for it. In \
              variables, `ANY` stands for `*`.",
        settings: &[
            setting("url", "", Kind::Url, "Address: `http://` or `https://`, host and port."),
            setting(
                "mode",
                "",
                Kind::Word(&["passthrough", "resign"]),
                "`passthrough` forwards signatures untouched, and checks those of Cairn's own \
                 keys; `resign` demands a signature of one of Cairn's keys and signs anew with the \
                 upstream's credentials. If not set: `resign` where there are credentials.",
            ),
            setting("access_key_id", "", Kind::Text, "The upstream's credentials, for `resign`."),
            setting("secret_access_key", "", Kind::Secret, "The secret of `access_key_id`."),
            setting("session_token", "", Kind::Secret, "The token of temporary credentials."),
            setting(
                "region",
                "",
                Kind::Text,
                "Region to sign for in `resign`; if not set, the one that the client signed for.",
            ),
            setting(
                "ca",
                "",
                Kind::Path,
                "PEM file with the certificates to trust instead of \
             the public ones.",
            ),
            setting(
                "accounts",
                "first",
                Kind::Text,
                "Cairn's accounts that may call the upstream with their own keys: `first`, `*`, or \
                 ids separated by commas.",
            ),
            setting(
                "writers",
                "admins",
                Kind::Word(&["admins", "all"]),
                "Who of them may call what changes something: administrators, or all.",
            ),
            setting(
                "account",
                "",
                Kind::Account,
                "Account whose history gets the calls of keys that Cairn does not know; the first \
                 one if not set.",
            ),
            setting("connect_seconds", "5", number(1, 300), "Time to reach the upstream."),
            setting(
                "answer_seconds",
                "900",
                number(1, 86_400),
                "Time the upstream has to begin its answer after it has the request.",
            ),
        ],
    },
    Family {
        name: "destination",
        doc: "Where trails deliver to, if not to the services inside Cairn. NAME is `s3`, `kms` or \
              `sns`. `cairn serve --s3-endpoint URL` sets `destination.s3.url`.",
        settings: &[
            setting("url", "", Kind::Url, "Address: `http://` or `https://`, host and port."),
            setting("access_key_id", "", Kind::Text, "Whose requests Cairn's are."),
            setting("secret_access_key", "", Kind::Secret, "The secret of `access_key_id`."),
            setting("session_token", "", Kind::Secret, "The token of temporary credentials."),
            setting(
                "region",
                "",
                Kind::Text,
                "Region that requests are signed for; if not set, the home Region.",
            ),
            setting(
                "ca",
                "",
                Kind::Path,
                "PEM file with the certificates to trust instead of the public ones.",
            ),
        ],
    },
    Family {
        name: "identity",
        doc: "Who holds an access key of the upstream, for `passthrough`. NAME is the access key \
              id.",
        settings: &[
            setting(
                "arn",
                "",
                Kind::Text,
                "ARN of the user, role session or root user that holds the key.",
            ),
            setting("principal_id", "", Kind::Text, "The holder's id, for example `AIDA…`."),
        ],
    },
];

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
    setting(
        "dev",
        "false",
        Kind::Bool,
        "For trying out and for tests: the server's clock can be moved ahead with \
         `cairn dev advance`, so that windows and digest hours pass at once.",
    ),
    setting(
        "trail.window_seconds",
        "300",
        number(1, 3600),
        "How long events are collected before their log files are delivered. CloudTrail: 300.",
    ),
    setting(
        "trail.digest_seconds",
        "3600",
        number(10, 86_400),
        "What one digest file covers. CloudTrail: 3600.",
    ),
    setting(
        "trail.memory_mib",
        "64",
        number(1, 65_536),
        "MiB of open log files in memory; what is beyond it waits in the spool.",
    ),
    setting("trail.level", "3", number(1, 9), "Level of compression of log files."),
    setting("trail.uploads", "8", number(1, 256), "Log files on their way to buckets at once."),
    setting(
        "trail.pause_seconds",
        "60",
        number(1, 3600),
        "The longest pause before a bucket or topic that refused is tried again.",
    ),
    setting(
        "trail.redelivery_days",
        "90",
        number(1, 36_500),
        "How long files and digests can be delivered again. Undelivered ones are kept for ever.",
    ),
    setting(
        "lake.memory_mib",
        "128",
        number(8, 65_536),
        "MiB of rows in memory at which they go into files; while they do, as many may come again.",
    ),
    setting(
        "lake.flush_seconds",
        "60",
        number(1, 3600),
        "How long rows are in memory at the most before they go into files. Queries see them at \
         once either way.",
    ),
    setting(
        "lake.level",
        "2",
        number(1, 19),
        "Level of compression (zstd) of data files once they are joined. Higher ones hardly make \
         them smaller.",
    ),
    setting(
        "lake.snapshot_minutes",
        "120",
        number(1, 100_000),
        "How long what a table was before stays for other engines that are reading it: the newest \
         1000 changes at the most.",
    ),
    setting("lake.threads", "2", number(1, 1024), "Threads that run queries."),
    setting("lake.running", "4", number(1, 1000), "Queries that run at once; others wait."),
    setting(
        "lake.query_seconds",
        "3600",
        number(1, 86_400),
        "How long a query may run. CloudTrail Lake: an hour.",
    ),
    setting("lake.query_memory_mib", "1024", number(16, 1_048_576), "MiB of memory of one query."),
    setting("lake.scanned_gib", "1024", number(1, 1_048_576), "GiB that one query may read."),
    setting(
        "lake.result_rows",
        "10000000",
        number(1, 1_000_000_000),
        "Rows that the result of a query may have.",
    ),
    setting(
        "lake.result_mib",
        "2048",
        number(1, 1_048_576),
        "MiB of text that the result of a query may have.",
    ),
    setting(
        "lake.cache_mib",
        "128",
        number(1, 65_536),
        "MiB of data files' footers in memory, and as many of their bloom filters.",
    ),
    setting(
        "limits.trails",
        "5",
        number(1, 10_000),
        "Trails that an account sees in a Region, shadow trails included. AWS: 5.",
    ),
    setting(
        "limits.event_data_stores",
        "10",
        number(1, 10_000),
        "Event data stores that an account has in a Region, those of all Regions and those that \
         wait for their deletion included. AWS: 10.",
    ),
    setting(
        "limits.channels",
        "25",
        number(1, 10_000),
        "Channels of an account in a Region. AWS: 25.",
    ),
    setting(
        "limits.selectors",
        "5",
        number(1, 10_000),
        "Basic event selectors of a trail, advanced event selectors of an event data store. AWS: \
         5.",
    ),
    setting(
        "limits.data_resources",
        "250",
        number(1, 1_000_000),
        "Data resources in the basic selectors of a trail. AWS: 250.",
    ),
    setting(
        "limits.selector_values",
        "500",
        number(1, 1_000_000),
        "Values in the conditions of a trail's advanced selectors. AWS: 500.",
    ),
    setting(
        "gateway.data_events",
        "none",
        Kind::DataEvents,
        "Data events that are recorded beside those that a trail selects: `none`, `all`, or types \
         such as AWS::S3::Object, separated by commas. Management events are recorded in any case.",
    ),
    setting(
        "gateway.record",
        "",
        Kind::Rules,
        "Exceptions, separated by commas: `SERVICE[:OPERATION]=off|closed|open`, with `*` for any. \
         `off` does not record; `closed` refuses what cannot be recorded, which is the default; \
         `open` forwards it all the same and counts it in a signed gap record.",
    ),
    setting(
        "gateway.redact",
        "",
        Kind::Hidden,
        "Members to hide in parameters and response elements, separated by commas: \
         `SERVICE:OPERATION:MEMBER`, with `*` for any service or operation.",
    ),
    setting(
        "gateway.capture_kib",
        "256",
        number(16, 16_384),
        "KiB of a request or an answer that are held to read its parameters from.",
    ),
    setting(
        "gateway.body_mib",
        "72",
        number(1, 4096),
        "MiB of a request body that are held where a signature has to be verified over all of it. \
         S3 signs differently, and its bodies stream at any size.",
    ),
    setting(
        "gateway.memory_mib",
        "192",
        number(16, 65_536),
        "MiB of forwarded bodies held at once; further requests wait.",
    ),
    setting(
        "gateway.patience_ms",
        "900",
        number(10, 60_000),
        "How long a call waits for the journal before it is refused, in milliseconds.",
    ),
    setting(
        "gateway.domains",
        "",
        Kind::Text,
        "Host names, separated by commas, under which `BUCKET.NAME` means a bucket of S3, beside \
         AWS's own.",
    ),
];
