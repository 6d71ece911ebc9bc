//! Taking the framing apart.

use bytes::Bytes;
use http::HeaderName;

use super::line::{self, Tail};
use super::{CHUNK_BYTES, Event, Flaw, Frame, LINE_BYTES, TRAILER_BYTES, TRAILERS};
use crate::sigv4::Streaming;

const CRLF: &[u8] = b"\r\n";

/// Reads the framing, and checks nothing else than that the data has its declared length.
#[derive(Debug)]
pub struct Decoder {
    form: Streaming,
    /// How many bytes of data there are to be, and how many the chunks begun so far hold.
    declared: u64,
    begun: u64,
    /// The chunk that is read or was read last; the first is 1.
    number: u64,
    state: State,
    /// A line of which the end has not come yet.
    line: Vec<u8>,
    /// Whose names must not come twice.
    trailers: Vec<HeaderName>,
}

#[derive(Debug, Clone, Copy)]
enum State {
    Line,
    Data {
        left: u64,
    },
    DataEnd,
    /// The last chunk's line was read, and its end is to be told.
    Last,
    Tail {
        signed: bool,
        blank: bool,
    },
    End {
        padded: bool,
    },
    Failed(Flaw),
}

impl Decoder {
    /// `declared` is [`super::decoded_length`], in bytes.
    pub fn new(form: Streaming, declared: u64) -> Self {
        Self {
            form,
            declared,
            begun: 0,
            number: 0,
            state: State::Line,
            line: Vec::new(),
            trailers: Vec::new(),
        }
    }

    pub fn form(&self) -> Streaming {
        self.form
    }

    /// Takes the next event from the front of `input`; `None` once all of that is taken.
    pub fn next(&mut self, input: &mut Bytes) -> Result<Option<Event>, Flaw> {
        while let Some(frame) = self.frame(input)? {
            if frame.event.is_some() {
                return Ok(frame.event);
            }
        }
        Ok(None)
    }

    /// To be asked when there are no more bytes: whether the body was whole.
    pub fn finish(&self) -> Result<(), Flaw> {
        match self.state {
            State::End { .. } if self.line.is_empty() => Ok(()),
            State::End { .. } => Err(Flaw::Surplus),
            State::Failed(flaw) => Err(flaw),
            _ => Err(Flaw::Truncated),
        }
    }

    /// The chunk that is read or was read last; the first is 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    pub(super) fn frame(&mut self, input: &mut Bytes) -> Result<Option<Frame>, Flaw> {
        let found = match self.state {
            State::Line => self.chunk(input),
            State::Data { left } => Ok(self.data(left, input)),
            State::DataEnd => self.data_end(input),
            State::Last => {
                self.state = State::Tail { signed: false, blank: false };
                Ok(Some(Frame::plain(Event::ChunkEnd, Bytes::new())))
            }
            State::Tail { signed, blank } => self.tail(signed, blank, input),
            State::End { padded } => self.surplus(padded, input),
            State::Failed(flaw) => Err(flaw),
        };
        found.map_err(|flaw| self.fail(flaw))
    }

    pub(super) fn fail(&mut self, flaw: Flaw) -> Flaw {
        self.state = State::Failed(flaw);
        flaw
    }

    fn chunk(&mut self, input: &mut Bytes) -> Result<Option<Frame>, Flaw> {
        let flaw = Flaw::Line { number: self.number + 1 };
        let Some(raw) = self.line(input, LINE_BYTES, flaw)? else {
            return Ok(None);
        };
        self.number += 1;
        let (size, signed) = line::chunk(&raw).ok_or(flaw)?;
        if signed.is_some() != self.form.is_signed() {
            return Err(flaw);
        }
        if self.form.is_signed() && size > CHUNK_BYTES {
            return Err(Flaw::ChunkSize { number: self.number, size });
        }
        let over = Flaw::Length { declared: self.declared };
        self.begun = self.begun.checked_add(size).ok_or(over)?;
        if self.begun > self.declared || (size == 0 && self.begun < self.declared) {
            return Err(over);
        }
        self.state = if size == 0 { State::Last } else { State::Data { left: size } };
        Ok(Some(Frame { event: Some(Event::Chunk { size }), raw, signed }))
    }

    fn data(&mut self, left: u64, input: &mut Bytes) -> Option<Frame> {
        if input.is_empty() {
            return None;
        }
        let count = left.min(input.len() as u64);
        let data = input.split_to(count as usize);
        let left = left - count;
        self.state = if left == 0 { State::DataEnd } else { State::Data { left } };
        Some(Frame::plain(Event::Data(data.clone()), data))
    }

    fn data_end(&mut self, input: &mut Bytes) -> Result<Option<Frame>, Flaw> {
        if !self.crlf(input).ok_or(Flaw::DataEnd { number: self.number })? {
            return Ok(None);
        }
        self.state = State::Line;
        Ok(Some(Frame::plain(Event::ChunkEnd, Bytes::from_static(CRLF))))
    }

    fn tail(
        &mut self,
        signed: bool,
        blank: bool,
        input: &mut Bytes,
    ) -> Result<Option<Frame>, Flaw> {
        let Some(raw) = self.line(input, TRAILER_BYTES, Flaw::Trailer)? else {
            return Ok(None);
        };
        let wants_signature = self.form == Streaming::SignedTrailer;
        let frame = match line::tail(&raw).ok_or(Flaw::Trailer)? {
            Tail::Trailer(name, value) => {
                let known = self.trailers.contains(&name) || self.trailers.len() == TRAILERS;
                if signed || known || !self.form.has_trailers() {
                    return Err(Flaw::TrailerPlace);
                }
                self.trailers.push(name.clone());
                Frame::plain(Event::Trailer(name, value), raw)
            }
            Tail::Signature(found) => {
                if signed || !wants_signature {
                    return Err(Flaw::TrailerPlace);
                }
                self.state = State::Tail { signed: true, blank };
                Frame { event: Some(Event::TrailersEnd), raw, signed: Some(found) }
            }
            // Clients have been seen to put an empty line before the signature of the trailers.
            Tail::Empty if wants_signature && !signed => {
                if blank {
                    return Err(Flaw::TrailerPlace);
                }
                self.state = State::Tail { signed, blank: true };
                Frame { event: None, raw, signed: None }
            }
            Tail::Empty => {
                self.state = State::End { padded: false };
                Frame::plain(Event::End, raw)
            }
        };
        Ok(Some(frame))
    }

    /// Clients have been seen to end a body without signatures with an empty line too many.
    fn surplus(&mut self, padded: bool, input: &mut Bytes) -> Result<Option<Frame>, Flaw> {
        if input.is_empty() {
            return Ok(None);
        }
        if padded || self.form.is_signed() {
            return Err(Flaw::Surplus);
        }
        if !self.crlf(input).ok_or(Flaw::Surplus)? {
            return Ok(None);
        }
        self.state = State::End { padded: true };
        Ok(Some(Frame { event: None, raw: Bytes::from_static(CRLF), signed: None }))
    }

    /// The line that ends in `input`, with its end; `None` where it goes on.
    fn line(&mut self, input: &mut Bytes, most: usize, long: Flaw) -> Result<Option<Bytes>, Flaw> {
        let room = most - self.line.len();
        let end = input.iter().take(room).position(|byte| *byte == b'\n');
        if end.is_none() && input.len() >= room {
            return Err(long);
        }
        let count = end.map_or(input.len(), |at| at + 1);
        self.line.extend_from_slice(&input.split_to(count));
        Ok(end.map(|_| Bytes::from(std::mem::take(&mut self.line))))
    }

    /// Whether CRLF was read whole; `None` where something else came.
    fn crlf(&mut self, input: &mut Bytes) -> Option<bool> {
        let count = input.len().min(CRLF.len() - self.line.len());
        self.line.extend_from_slice(&input.split_to(count));
        if !CRLF.starts_with(&self.line) {
            return None;
        }
        let whole = self.line.len() == CRLF.len();
        if whole {
            self.line.clear();
        }
        Some(whole)
    }
}
