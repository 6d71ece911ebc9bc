//! The upstream that everything is measured against: a process of its own that answers as cheaply
//! as a socket allows. `GET` gives 1 KiB, or as much as the key's name says; `PUT` swallows.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cairn_core::{Clock, SystemClock};

use super::wire::{BLOCK, Head, read_head};
use crate::Failure;

/// Bytes of a small object.
pub(super) const SMALL: usize = 1024;
/// Bytes a second of a link of 10 Gbit/s.
pub(super) const LINK: f64 = 1.25e9;
/// A stack that holds no block.
const STACK: usize = 128 * 1024;

/// The process; ends with the value.
pub(super) struct Upstream {
    child: Child,
    pub(super) address: String,
}

impl Upstream {
    pub(super) fn start() -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("upstream")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut address = String::new();
        if let Some(out) = child.stdout.take() {
            BufReader::new(out).read_line(&mut address)?;
        }
        Ok(Self { child, address: address.trim().to_owned() })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says its address on standard output and serves until it is killed.
pub(crate) fn serve() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    std::thread::scope(|scope| {
        for stream in listener.incoming() {
            let stream = stream?;
            let thread = std::thread::Builder::new().stack_size(STACK);
            thread.spawn_scoped(scope, || {
                let _ = answer(stream);
            })?;
        }
        Ok(())
    })
}

/// Answers one connection until it closes.
fn answer(mut stream: TcpStream) -> Result<(), Failure> {
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; BLOCK];
    let small = [head(SMALL as u64).into_bytes(), vec![7; SMALL]].concat();
    while let Some(Head { line, length, mut body }) = read_head(&mut stream, &mut buffer)? {
        let mut words = line.split(' ');
        let (method, path) = (words.next(), words.next().unwrap_or_default());
        if method == Some("PUT") {
            while body < length {
                let read = stream.read(&mut buffer)?;
                if read == 0 {
                    return Ok(());
                }
                body += read as u64;
            }
            stream.write_all(head(0).as_bytes())?;
            continue;
        }
        match sized(path) {
            Some((bytes, pace)) => pour(&mut stream, bytes, pace)?,
            None => stream.write_all(&small)?,
        }
    }
    Ok(())
}

/// `/bucket/full-BYTES` comes as fast as it can, `/bucket/link-BYTES` as over a link.
fn sized(path: &str) -> Option<(u64, Option<f64>)> {
    let (kind, bytes) = path.rsplit('/').next()?.split_once('-')?;
    match kind {
        "full" => Some((bytes.parse().ok()?, None)),
        "link" => Some((bytes.parse().ok()?, Some(LINK))),
        _ => None,
    }
}

fn pour(stream: &mut TcpStream, bytes: u64, pace: Option<f64>) -> Result<(), Failure> {
    stream.write_all(head(bytes).as_bytes())?;
    write_paced(stream, bytes, pace)
}

/// Writes `bytes`, at most `pace` of them a second.
pub(super) fn write_paced(
    stream: &mut TcpStream,
    bytes: u64,
    pace: Option<f64>,
) -> Result<(), Failure> {
    let clock = SystemClock::default();
    let (block, began) = (vec![7; BLOCK], clock.elapsed());
    let mut left = bytes;
    while left > 0 {
        let size = left.min(BLOCK as u64);
        stream.write_all(&block[..size as usize])?;
        left -= size;
        let Some(pace) = pace else { continue };
        let due = began + Duration::from_secs_f64((bytes - left) as f64 / pace);
        let ahead = due.saturating_sub(clock.elapsed());
        // Sleeps shorter than this cost more than they even out.
        if ahead > Duration::from_millis(1) {
            std::thread::sleep(ahead);
        }
    }
    Ok(())
}

/// The head of an answer as S3 gives it.
fn head(length: u64) -> String {
    format!(
        "HTTP/1.1 200 OK\r\n\
         x-amz-id-2: Uuag1LuByRx9e6j5Onimru9pO4ZVKnJ2Qz7/C1NPcfTWAtRPfTaOFg==\r\n\
         x-amz-request-id: 656C76696E6727732072657175657374\r\n\
         Date: Thu, 26 Nov 2026 08:00:00 GMT\r\n\
         Last-Modified: Thu, 26 Nov 2026 07:00:00 GMT\r\n\
         ETag: \"5f70bf18a086007016e948b04aed3b82\"\r\n\
         Accept-Ranges: bytes\r\n\
         Content-Type: binary/octet-stream\r\n\
         Content-Length: {length}\r\n\
         Server: bench\r\n\r\n"
    )
}
