//! Bytes on their way to a file: hashed, sealed and written a batch at a time, so that an object of
//! any size takes the memory of one batch.

use std::io;

use cairn_store::objects::File;
use cairn_task::blocking;
use http_body_util::BodyExt;

use super::crypt::{FRAME, FileKey, Secret, TAG};
use super::disk::{Disk, NewFile, TempFile};
use super::sums::{Claims, Running, Sums};
use crate::Body;
use crate::ask::incomplete;
use crate::fault::Fault;

/// Bytes that are gathered before a thread writes them.
const BATCH: usize = 512 * 1024;

/// An object's bytes, durable and without a name in the index.
#[derive(Debug)]
pub(crate) struct Arrived {
    pub(crate) size: u64,
    pub(crate) sums: Sums,
    /// Of an empty object there is no file.
    pub(crate) file: Option<(File, NewFile)>,
}

/// Takes a body to disk and holds it against what the request claims. `most` is the largest size.
pub(crate) async fn receive(
    disk: &Disk,
    id: String,
    secret: &Secret,
    mut body: Body,
    mut claims: Claims,
    most: u64,
) -> Result<Arrived, Fault> {
    let mut writing = Writing::new(disk.clone(), id, secret, &claims);
    let mut batch = Vec::new();
    let mut size = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            tracing::debug!(%error, "a body broke off");
            incomplete()
        })?;
        match frame.into_data() {
            Ok(bytes) => {
                size += bytes.len() as u64;
                if size > most {
                    return Err(too_large(most));
                }
                batch.extend_from_slice(&bytes);
            }
            Err(frame) => {
                if let Ok(trailers) = frame.into_trailers() {
                    claims.add(&trailers)?;
                }
            }
        }
        if batch.len() >= BATCH {
            let full = std::mem::take(&mut batch);
            writing = blocking("s3-write", move || writing.push(&full).map(|()| writing)).await?;
        }
    }
    let written = blocking("s3-write", move || {
        writing.push(&batch)?;
        let (sums, sealed) = writing.seal()?;
        if let Err(fault) = claims.check(&sums) {
            return Ok(Err(fault));
        }
        let file = sealed.map(|(file, temp)| temp.settle().map(|new| (file, new))).transpose()?;
        Ok::<_, io::Error>(Ok(Arrived { size, sums, file }))
    });
    written.await?
}

fn too_large(most: u64) -> Fault {
    let text = "Your proposed upload exceeds the maximum allowed size";
    Fault::new(400, "EntityTooLarge", text).fact("MaxSizeAllowed", most.to_string())
}

struct Writing {
    disk: Disk,
    id: String,
    key: FileKey,
    sums: Running,
    /// Made with the first byte.
    file: Option<TempFile>,
    /// At most one frame: the last one is known when nothing follows.
    frame: Vec<u8>,
    number: u64,
    size: u64,
}

impl Writing {
    fn new(disk: Disk, id: String, secret: &Secret, claims: &Claims) -> Self {
        let key = FileKey::new(secret, &id);
        let sums = Running::new(claims);
        Self { disk, id, key, sums, file: None, frame: Vec::new(), number: 0, size: 0 }
    }

    fn push(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.sums.update(bytes);
        self.size += bytes.len() as u64;
        let mut sealed = Vec::with_capacity(bytes.len() + FRAME + TAG);
        while self.frame.len() + bytes.len() > FRAME {
            let (head, rest) = bytes.split_at(FRAME - self.frame.len());
            self.frame.extend_from_slice(head);
            self.key.seal(self.number, false, &self.frame, &mut sealed);
            self.number += 1;
            self.frame.clear();
            bytes = rest;
        }
        self.frame.extend_from_slice(bytes);
        self.write(&sealed)
    }

    fn seal(mut self) -> io::Result<(Sums, Option<(File, TempFile)>)> {
        if self.size == 0 {
            return Ok((self.sums.finish(), None));
        }
        let mut sealed = Vec::with_capacity(self.frame.len() + TAG);
        self.key.seal(self.number, true, &self.frame, &mut sealed);
        self.write(&sealed)?;
        let file = File { id: self.id, size: self.size };
        Ok((self.sums.finish(), self.file.map(|temp| (file, temp))))
    }

    fn write(&mut self, sealed: &[u8]) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(self.disk.begin(&self.id)?),
        };
        file.write(sealed)
    }
}
