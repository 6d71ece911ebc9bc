//! The texts of the settings while they are joined, and their reading.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cairn_core::{AccountId, Region};

use super::{
    Auth, Config, ConfigError, History, Http, Journal, Kind, Log, SETTINGS, Setting, Shown,
    TlsFiles,
};

/// The text of each setting and its origin.
pub(super) struct Values(BTreeMap<&'static str, (String, String)>);

impl Values {
    pub(super) fn defaults() -> Self {
        let value = |setting: &Setting| (setting.default.to_owned(), "default".to_owned());
        Self(SETTINGS.iter().map(|setting| (setting.key, value(setting))).collect())
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
        let Some(setting) = SETTINGS.iter().find(|setting| setting.key == key) else {
            return Err(ConfigError::UnknownKey {
                key: key.to_owned(),
                origin,
                nearest: nearest(key),
            });
        };
        check(setting, &value, &origin)?;
        self.0.insert(setting.key, (value, origin));
        Ok(())
    }

    /// Every setting's text and origin, by key.
    pub(super) fn shown(self) -> Vec<Shown> {
        let shown = self.0.into_iter().map(|(key, (value, origin))| Shown {
            key: key.to_owned(),
            value,
            origin,
        });
        shown.collect()
    }

    fn text(&self, key: &str) -> &str {
        self.0.get(key).map_or("", |(value, _)| value.as_str())
    }

    fn number(&self, key: &str) -> u64 {
        self.text(key).parse().expect("checked when it was set")
    }

    fn path(&self, key: &str) -> Option<PathBuf> {
        Some(self.text(key)).filter(|text| !text.is_empty()).map(PathBuf::from)
    }

    fn mib(&self, key: &str) -> u64 {
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
        })
    }

    fn regions(&self) -> Vec<Region> {
        let own = self.text("regions").split(',').chain([self.text("region")]);
        own.filter_map(|name| name.trim().parse().ok()).collect()
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

fn check(setting: &Setting, value: &str, origin: &str) -> Result<(), ConfigError> {
    let expected = match setting.kind {
        Kind::Text => return Ok(()),
        Kind::Path => {
            (value.is_empty() && !setting.default.is_empty()).then(|| "a path".to_owned())
        }
        Kind::Address => value
            .parse::<SocketAddr>()
            .is_err()
            .then(|| "an address and port such as 127.0.0.1:4586".to_owned()),
        Kind::Region => value.parse::<Region>().err().map(|error| error.to_string()),
        Kind::Regions => value
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .find_map(|name| name.parse::<Region>().err())
            .map(|error| error.to_string()),
        Kind::Account if value.is_empty() => None,
        Kind::Account => value.parse::<AccountId>().err().map(|error| error.to_string()),
        Kind::Bool => (!matches!(value, "true" | "false")).then(|| "true or false".to_owned()),
        Kind::Number { min, max } => value
            .parse::<u64>()
            .map_or(true, |number| number < min || number > max)
            .then(|| format!("a whole number from {min} to {max}")),
        Kind::Word(words) => {
            (!words.contains(&value)).then(|| format!("one of {}", words.join(", ")))
        }
    };
    match expected {
        None => Ok(()),
        Some(expected) => Err(ConfigError::BadValue {
            key: setting.key,
            value: value.to_owned(),
            origin: origin.to_owned(),
            expected,
        }),
    }
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
