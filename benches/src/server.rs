//! A real server process on an empty directory, and what it uses.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Failure;

/// Ends with the value.
pub(crate) struct Server {
    child: Child,
    pub(crate) data: PathBuf,
    pub(crate) address: String,
    pub(crate) key: Key,
}

#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Server {
    /// Starts `cairn serve` from beside this program; returns when it is ready.
    pub(crate) fn start(data: &Path) -> Result<Self, Failure> {
        Self::start_with(data, &[])
    }

    /// The same, with settings as variables of its environment.
    pub(crate) fn start_with(data: &Path, settings: &[(&str, &str)]) -> Result<Self, Failure> {
        let binary = std::env::current_exe()?.with_file_name("cairn");
        let announced = data.join("server.json");
        let _ = std::fs::remove_file(&announced);
        let child = Command::new(&binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| Failure(format!("{}: {error}; build it first", binary.display())))?;
        let mut server =
            Self { child, data: data.to_owned(), address: String::new(), key: read_key(None) };
        for _ in 0..3000 {
            if let Ok(text) = std::fs::read_to_string(&announced) {
                server.address = member(&text, "endpoint").replace("http://", "");
                server.key = read_key(Some(data));
                return Ok(server);
            }
            if let Some(status) = server.child.try_wait()? {
                return Err(Failure(format!("the server ended: {status}")));
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(Failure("the server was not ready within 30 s".to_owned()))
    }

    /// The most memory that the process had, in MiB.
    pub(crate) fn peak_mib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
    }

    /// The process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Processor seconds that the process has used.
    pub(crate) fn cpu(&self) -> f64 {
        cpu(&self.id().to_string())
    }

    /// SIGKILL, as a crash would end it.
    pub(crate) fn kill(mut self) -> PathBuf {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.data.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor seconds of a process by its directory in `/proc`; `self` is this one. The kernel
/// counts in hundredths of a second.
pub(crate) fn cpu(process: &str) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name, in parentheses, may hold anything; user and system time are the 12th and 13th field
    // behind it.
    let rest = stat.rsplit(')').next().unwrap_or_default();
    let ticks = rest.split_whitespace().skip(11).take(2);
    ticks.filter_map(|text| text.parse::<f64>().ok()).sum::<f64>() / 100.0
}

fn read_key(data: Option<&Path>) -> Key {
    let text = data.and_then(|data| std::fs::read_to_string(data.join("bootstrap.json")).ok());
    let text = text.unwrap_or_default();
    Key { id: member(&text, "access_key_id"), secret: member(&text, "secret_access_key") }
}

fn member(json: &str, name: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(json).unwrap_or_default();
    value[name].as_str().unwrap_or_default().to_owned()
}
