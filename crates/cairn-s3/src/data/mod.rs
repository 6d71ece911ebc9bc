//! The bytes of objects: files, their encryption, their checksums, and the streams in and out.

mod crc;
mod crypt;
mod disk;
mod intake;
mod outflow;
mod sums;

pub(crate) use crypt::{SECRET_BYTES, Secret, derive};
pub(crate) use disk::{Disk, NewFile};
pub(crate) use intake::{Arrived, receive};
pub(crate) use outflow::{Outflow, Source, empty, full, stream};
pub(crate) use sums::combined;
pub(crate) use sums::{Algorithm, Claims, Sums};
