//! A server made of plain sockets, which answers what the test tells it to.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, mpsc};

use cairn_core::{ManualClock, Timestamp};

use super::Client;
use crate::credentials::{Key, Target};
use crate::session::Session;
use crate::terminal::testing::{self, Page};

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2026-11-21T09:30:00Z.
pub(crate) const NOW: Timestamp = Timestamp::from_seconds(1_795_253_400);

/// One request as it came over the wire.
pub(crate) struct Seen {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// What the server does with one request.
#[derive(Clone, Copy)]
pub(crate) enum Answer {
    Reply(u16, &'static str),
    /// Closes without a word.
    Hangup,
}

/// Answers one request after the other, then ends. Connections stay open between replies.
fn serve(listener: TcpListener, answers: Vec<Answer>, seen: mpsc::Sender<Seen>) {
    let mut stream: Option<TcpStream> = None;
    for answer in answers {
        let mut open = stream.take().unwrap_or_else(|| listener.accept().unwrap().0);
        let request = match read_request(&mut open) {
            Some(request) => request,
            None => {
                open = listener.accept().unwrap().0;
                read_request(&mut open).unwrap()
            }
        };
        seen.send(request).unwrap();
        if let Answer::Reply(status, body) = answer {
            let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n", body.len());
            open.write_all(head.as_bytes()).unwrap();
            open.write_all(body.as_bytes()).unwrap();
            stream = Some(open);
        }
    }
}

fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).unwrap() == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse().unwrap())
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).unwrap();
    Some(Seen { head, body })
}

pub(crate) fn client(url: String) -> Client {
    let key = Key {
        id: "AKIAEXAMPLE".to_owned(),
        secret: SECRET.to_owned(),
        session_token: Some("a/token+with=signs".to_owned()),
    };
    let target = Target { endpoint: url, region: "eu-west-1".to_owned(), key };
    Client::new(target, None, Arc::new(ManualClock::new(NOW))).unwrap()
}

/// Runs `work` against a server that gives `answers`; returns its result and the requests seen.
pub(crate) fn against<T>(
    answers: &[Answer],
    work: impl AsyncFnOnce(&mut Client) -> T,
) -> (T, Vec<Seen>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    let answers = answers.to_vec();
    let result = std::thread::scope(|scope| {
        scope.spawn(move || serve(listener, answers, sender));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut client = client(url);
        runtime.block_on(work(&mut client))
    });
    (result, receiver.try_iter().collect())
}

/// As [`against`], for a whole command: also returns what it printed and what it noted.
pub(crate) fn command<T>(
    answers: &[Answer],
    work: impl AsyncFnOnce(&mut Session) -> T,
) -> (T, Vec<Seen>, Page, Page) {
    let (mut terminal, out, err) = testing::terminal();
    let (result, seen) = against(answers, async |client| {
        let client = client.lane(super::Patience::SHORT);
        let clock = Arc::new(ManualClock::new(NOW));
        work(&mut Session { client, terminal: &mut terminal, clock }).await
    });
    (result, seen, out, err)
}

impl Seen {
    /// The request's body, read as JSON.
    pub(crate) fn input(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}
