//! Delivery over a real journal and a real store, into a bucket that can be made to fail.

mod bucket;
mod disk;
mod kit;

mod crash;
mod digests;
mod files;
