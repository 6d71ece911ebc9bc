//! The peer: nginx as a plain reverse proxy, with one worker per core and nothing logged.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::wire::Connection;
use crate::Failure;

/// How often it is tried whether it listens, every 10 ms.
const TRIES: usize = 500;

/// The master and its workers; ends with the value.
pub(super) struct Nginx {
    child: Child,
    prefix: PathBuf,
    pub(super) address: String,
}

impl Nginx {
    /// `None` where it is not installed.
    pub(super) fn start(prefix: &Path, upstream: &str) -> Result<Option<Self>, Failure> {
        std::fs::create_dir_all(prefix)?;
        // A port that was free a moment ago.
        let address = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        #[expect(clippy::disallowed_methods, reason = "nothing of it has to outlive the run")]
        std::fs::write(prefix.join("nginx.conf"), configuration(&address, upstream))?;
        let started = command(prefix).stdin(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = match started {
            Ok(child) => child,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let mut nginx = Self { child, prefix: prefix.to_owned(), address };
        for _ in 0..TRIES {
            if Connection::open(&nginx.address, 1).is_ok() {
                return Ok(Some(nginx));
            }
            if let Some(status) = nginx.child.try_wait()? {
                return Err(Failure(format!("nginx ended: {status}; see {}", prefix.display())));
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        Err(Failure("nginx does not listen".to_owned()))
    }

    /// The workers, who do the work.
    pub(super) fn ids(&self) -> Vec<u32> {
        let id = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children"));
        let children = children.unwrap_or_default();
        children.split_whitespace().filter_map(|id| id.parse().ok()).collect()
    }
}

impl Drop for Nginx {
    /// The workers outlive a master that is killed: it is asked to end.
    fn drop(&mut self) {
        let _ = command(&self.prefix).args(["-s", "stop"]).stderr(Stdio::null()).status();
        let _ = self.child.wait();
    }
}

fn command(prefix: &Path) -> Command {
    let mut command = Command::new("nginx");
    command.arg("-p").arg(prefix).args(["-c", "nginx.conf", "-e", "error.log"]);
    // Debian keeps it where only administrators look.
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{path}:/usr/sbin:/usr/local/sbin"));
    command
}

fn configuration(address: &str, upstream: &str) -> String {
    format!(
        "daemon off;
worker_processes 2;
pid nginx.pid;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    client_max_body_size 0;
    keepalive_requests 1000000000;
    upstream bench {{
        server {upstream};
        keepalive 256;
        keepalive_requests 1000000000;
    }}
    server {{
        listen {address} reuseport;
        location / {{
            proxy_pass http://bench;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
            proxy_set_header Host $http_host;
            proxy_request_buffering off;
            proxy_max_temp_file_size 0;
        }}
    }}
}}
"
    )
}
