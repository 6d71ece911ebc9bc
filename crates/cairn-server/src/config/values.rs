//! The texts of the settings while they are joined, and their reading.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cairn_core::Region;

use super::check::check;
use super::setting::FAMILIES;
use super::{
    Auth, Config, ConfigError, History, Http, Journal, Kind, Log, SETTINGS, Setting, Shown,
    TlsFiles,
};

/// The text of each setting and its origin, by dotted key.
pub(super) struct Values(BTreeMap<String, (String, String)>);

impl Values {
    pub(super) fn defaults() -> Self {
        let value = |setting: &Setting| (setting.default.to_owned(), "default".to_owned());
        Self(SETTINGS.iter().map(|setting| (setting.key.to_owned(), value(setting))).collect())
    }

    pub(super) fn read_file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { path: path.to_owned(), error })?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            ConfigError::Syntax { path: path.to_owned(), message: error.to_string() }
        })?;
        let mut flat = Vec::new();
        flatten("", &table, &mut flat);
        for (key, value) in flat {
            self.set(&key, value, path.display().to_string())?;
        }
        Ok(())
    }

    /// `CAIRN_CONFIG` names the file itself and is no setting.
    pub(super) fn read_env(&mut self, env: &[(String, String)]) -> Result<(), ConfigError> {
        for (name, value) in env {
            if !name.starts_with("CAIRN_") || name == "CAIRN_CONFIG" {
                continue;
            }
            let known = SETTINGS.iter().find(|setting| setting.variable() == *name);
            if let Some(key) = FAMILIES.iter().find_map(|family| family.key_of(name)) {
                self.set(&key, value.clone(), name.clone())?;
                continue;
            }
            let Some(setting) = known else {
                let key = name["CAIRN_".len()..].to_lowercase();
                let nearest = nearest(&key);
                return Err(ConfigError::UnknownKey { key, origin: name.clone(), nearest });
            };
            self.set(setting.key, value.clone(), name.clone())?;
        }
        Ok(())
    }

    pub(super) fn set(
        &mut self,
        key: &str,
        value: String,
        origin: String,
    ) -> Result<(), ConfigError> {
        let Some(setting) = find(key) else {
            return Err(ConfigError::UnknownKey {
                key: key.to_owned(),
                origin,
                nearest: nearest(key),
            });
        };
        check(setting, key, &value, &origin)?;
        self.0.insert(key.to_owned(), (value, origin));
        Ok(())
    }

    /// Every setting's text and origin, by key.
    pub(super) fn shown(self) -> Vec<Shown> {
        let hide = |key: &str, value: String| match find(key).map(|setting| setting.kind) {
            Some(Kind::Secret) if !value.is_empty() => "(set)".to_owned(),
            _ => value,
        };
        let shown = self.0.into_iter().map(|(key, (value, origin))| Shown {
            value: hide(&key, value),
            key,
            origin,
        });
        shown.collect()
    }

    /// The names under which settings of a family were given.
    pub(super) fn names(&self, family: &str) -> Vec<String> {
        let of = |key: &String| {
            let (name, _) = key.strip_prefix(family)?.strip_prefix('.')?.rsplit_once('.')?;
            Some(name.to_owned())
        };
        let mut names: Vec<String> = self.0.keys().filter_map(of).collect();
        names.dedup();
        names
    }

    /// A setting of a family, or its default.
    pub(super) fn member(&self, family: &str, name: &str, field: &str) -> &str {
        let key = format!("{family}.{name}.{field}");
        match self.0.get(&key) {
            Some((value, _)) => value,
            None => find(&key).map_or("", |setting| setting.default),
        }
    }

    pub(super) fn text(&self, key: &str) -> &str {
        self.0.get(key).map_or("", |(value, _)| value.as_str())
    }

    pub(super) fn number(&self, key: &str) -> u64 {
        self.text(key).parse().expect("checked when it was set")
    }

    fn path(&self, key: &str) -> Option<PathBuf> {
        Some(self.text(key)).filter(|text| !text.is_empty()).map(PathBuf::from)
    }

    pub(super) fn mib(&self, key: &str) -> u64 {
        self.number(key) * 1024 * 1024
    }

    pub(super) fn build(&self) -> Result<Config, ConfigError> {
        let tls = match (self.path("tls.cert"), self.path("tls.key")) {
            (Some(cert), Some(key)) => Some(TlsFiles { cert, key }),
            (None, None) => None,
            _ => return Err(ConfigError::HalfTls),
        };
        let listen: SocketAddr = self.text("listen").parse().expect("checked when it was set");
        let insecure = self.text("insecure") == "true";
        if tls.is_none() && !listen.ip().is_loopback() && !insecure {
            return Err(ConfigError::PlainOffLoopback { listen });
        }
        let per_second = self.number("limits.lookup_per_second");
        Ok(Config {
            data: PathBuf::from(self.text("data")),
            listen,
            region: self.text("region").parse().expect("checked when it was set"),
            regions: self.regions(),
            account: self.text("account").parse().ok(),
            tls,
            log: Log {
                json: self.text("log.format") == "json",
                level: self.text("log.level").to_owned(),
            },
            auth: Auth {
                skew: Duration::from_secs(self.number("auth.skew_seconds")),
                replay_entries: self.number("auth.replay_entries") as usize,
            },
            http: self.http(),
            lookup_per_second: (per_second > 0).then_some(per_second),
            journal: Journal {
                segment: self.mib("journal.segment_mib"),
                reserve: self.mib("journal.reserve_mib"),
                queue: self.mib("journal.queue_mib") as usize,
                cache: self.mib("journal.cache_mib") as usize,
            },
            history: History {
                open_rows: self.number("history.open_rows") as usize,
                cache_bytes: self.mib("history.cache_mib") as usize,
                lag: Duration::from_millis(self.number("history.lag_ms")),
            },
            gateway: self.gateway()?,
            dev: self.text("dev") == "true",
            trail: self.trail(),
            lake: self.lake(),
            quotas: self.quotas(),
            destinations: self.destinations()?,
        })
    }

    fn regions(&self) -> Vec<Region> {
        let own = self.text("regions").split(',').chain([self.text("region")]);
        own.filter_map(|name| name.trim().parse().ok()).collect()
    }

    fn quotas(&self) -> cairn_control::Quotas {
        let number = |key| self.number(key) as usize;
        cairn_control::Quotas {
            trails: number("limits.trails"),
            event_data_stores: number("limits.event_data_stores"),
            channels: number("limits.channels"),
            selectors: cairn_event::selector::Quotas {
                selectors: number("limits.selectors"),
                data_resources: number("limits.data_resources"),
                values: number("limits.selector_values"),
            },
        }
    }

    fn trail(&self) -> cairn_trail::Settings {
        let seconds = |key| Duration::from_secs(self.number(key));
        cairn_trail::Settings {
            window: seconds("trail.window_seconds"),
            digest_period: seconds("trail.digest_seconds"),
            memory_bytes: self.mib("trail.memory_mib") as usize,
            level: self.number("trail.level") as u32,
            uploads: self.number("trail.uploads") as usize,
            pause: seconds("trail.pause_seconds"),
            retention: Duration::from_hours(24 * self.number("trail.redelivery_days")),
            ..cairn_trail::Settings::default()
        }
    }

    fn lake(&self) -> cairn_lake::Settings {
        let seconds = |key| Duration::from_secs(self.number(key));
        cairn_lake::Settings {
            memory_bytes: self.mib("lake.memory_mib") as usize,
            flush_after: seconds("lake.flush_seconds"),
            level: self.number("lake.level") as i32,
            keep_snapshots: Duration::from_secs(60 * self.number("lake.snapshot_minutes")),
            query_threads: self.number("lake.threads") as usize,
            running_queries: self.number("lake.running") as usize,
            query_timeout: seconds("lake.query_seconds"),
            query_memory: self.mib("lake.query_memory_mib") as usize,
            scanned_bytes: self.number("lake.scanned_gib") << 30,
            result_rows: self.number("lake.result_rows"),
            result_bytes: self.mib("lake.result_mib"),
            cache_bytes: self.mib("lake.cache_mib") as usize,
            ..cairn_lake::Settings::default()
        }
    }

    fn http(&self) -> Http {
        Http {
            connections: self.number("http.connections") as usize,
            header_timeout: Duration::from_secs(self.number("http.header_seconds")),
            body_timeout: Duration::from_secs(self.number("http.body_seconds")),
            body_memory: self.mib("http.body_memory_mib") as usize,
        }
    }
}

fn flatten(prefix: &str, table: &toml::Table, out: &mut Vec<(String, String)>) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(&key, inner, out),
            toml::Value::String(text) => out.push((key, text.clone())),
            other => out.push((key, other.to_string())),
        }
    }
}

/// The setting of a dotted key.
fn find(key: &str) -> Option<&'static Setting> {
    let single = SETTINGS.iter().find(|setting| setting.key == key);
    single.or_else(|| FAMILIES.iter().find_map(|family| Some(family.find(key)?.1)))
}

/// The known key most like `key`, if any is close enough to be what was meant.
fn nearest(key: &str) -> Option<&'static str> {
    let close = SETTINGS.iter().map(|setting| {
        let last = setting.key.rsplit('.').next().unwrap_or(setting.key);
        let score = strsim::jaro_winkler(setting.key, key).max(strsim::jaro_winkler(last, key));
        (score, setting.key)
    });
    let best = close.max_by(|a, b| a.0.total_cmp(&b.0))?;
    (best.0 > 0.8).then_some(best.1)
}
