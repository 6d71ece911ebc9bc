//! HTTP/1.1 with as little work as possible: the generator shares its cores with what it measures.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::Failure;

/// Bytes that are read or written at once.
pub(super) const BLOCK: usize = 256 * 1024;

/// The first line of a message, the length of its body, and how much of that was read already.
pub(super) struct Head {
    pub(super) line: String,
    pub(super) length: u64,
    pub(super) body: u64,
}

/// One keep-alive connection that sends what is signed already.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    /// Reads up to `block` bytes at once.
    pub(super) fn open(address: &str, block: usize) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; block] })
    }

    /// Sends a whole request and reads the whole answer; gives the bytes of its body.
    pub(super) fn call(&mut self, request: &[u8]) -> Result<u64, Failure> {
        self.stream.write_all(request)?;
        self.answer()
    }

    /// Reads the whole answer; one that is not a 200 is an error.
    pub(super) fn answer(&mut self) -> Result<u64, Failure> {
        let head = read_head(&mut self.stream, &mut self.buffer)?;
        let Some(Head { line, length, mut body }) = head else {
            return Err(Failure("the connection was closed before an answer".to_owned()));
        };
        while body < length {
            let read = self.stream.read(&mut self.buffer)?;
            if read == 0 {
                return Err(Failure(format!("the answer ended at {body} of {length} bytes")));
            }
            body += read as u64;
        }
        if !line.starts_with("HTTP/1.1 200") {
            let text = String::from_utf8_lossy(&self.buffer[..2048.min(self.buffer.len())]);
            return Err(Failure(format!("{line}: {text}")));
        }
        Ok(length)
    }
}

/// The whole answer to a `GET`, head and body.
pub(super) fn page(address: &str, path: &str) -> Result<String, Failure> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    Ok(page)
}

/// Reads until the end of a head; `None` when the peer closed. Of a
/// body that follows, bytes are counted and not kept.
pub(super) fn read_head(
    stream: &mut TcpStream,
    buffer: &mut [u8],
) -> Result<Option<Head>, Failure> {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..])?;
        if read == 0 {
            return Ok(None);
        }
        let seen = filled.saturating_sub(3);
        filled += read;
        let found = buffer[seen..filled].windows(4).position(|window| window == b"\r\n\r\n");
        let Some(end) = found.map(|at| seen + at) else { continue };
        let text = std::str::from_utf8(&buffer[..end])?;
        let mut lines = text.split("\r\n");
        let line = lines.next().unwrap_or_default().to_owned();
        let length = lines.find_map(content_length).unwrap_or(0);
        return Ok(Some(Head { line, length, body: (filled - end - 4) as u64 }));
    }
}

fn content_length(line: &str) -> Option<u64> {
    let (name, value) = line.split_once(':')?;
    name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
}
