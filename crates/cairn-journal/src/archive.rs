//! Reads records back: which segment, which block, which chunk, and the caches in between.

use std::io;
use std::sync::{Arc, RwLock};

use bytes::Bytes;
use cairn_core::{Lru, Seq};

use crate::format::block::{BlockHeader, Chunk, HEADER};
use crate::format::footer::BlockEntry;
use crate::format::segment::SegmentHeader;
use crate::segment::{Active, Sealed, name};
use crate::{Damage, Disk, DiskFile, Fault, ReadError, Record, content, read_lock, write_lock};

/// Blocks up to this size are read whole when their directory is needed.
const WHOLE: u32 = 64 * 1024;
/// Sealed segments whose file and index are kept open.
const OPEN_SEGMENTS: usize = 48;

/// All segments that hold records, in order. Knows nothing of durability: callers do.
pub(crate) struct Archive {
    disk: Arc<dyn Disk>,
    volumes: RwLock<Vec<Arc<Volume>>>,
    open: Lru<u64, Arc<Opened>>,
    blocks: Lru<(u64, u64), Arc<Block>>,
    chunks: Lru<(u64, u64, usize), Bytes>,
}

/// One segment as readers see it.
struct Volume {
    header: SegmentHeader,
    body: RwLock<Body>,
}

enum Body {
    Sealed(Sealed),
    Active { file: Arc<dyn DiskFile>, entries: Vec<BlockEntry> },
}

struct Opened {
    file: Arc<dyn DiskFile>,
    entries: Vec<BlockEntry>,
}

/// Where a block is.
type Located = (Arc<dyn DiskFile>, BlockEntry);

/// A block whose header and directory were read. It does not hold on to its file: many blocks of
/// many segments are cached, and only [`OPEN_SEGMENTS`] files are to stay open.
struct Block {
    segment: u64,
    offset: u64,
    header: BlockHeader,
    chunks: Vec<Chunk>,
}

impl Archive {
    pub(crate) fn new(disk: Arc<dyn Disk>, cache_bytes: usize) -> Self {
        Self {
            disk,
            volumes: RwLock::default(),
            open: Lru::new(OPEN_SEGMENTS),
            blocks: Lru::new(cache_bytes / 8),
            chunks: Lru::new(cache_bytes),
        }
    }

    pub(crate) fn add_sealed(&self, sealed: Sealed) {
        let header = sealed.header;
        let volume = Volume { header, body: RwLock::new(Body::Sealed(sealed)) };
        write_lock(&self.volumes).push(Arc::new(volume));
    }

    pub(crate) fn add_active(&self, active: &Active) {
        let body = Body::Active { file: active.file().clone(), entries: Vec::new() };
        let volume = Volume { header: *active.header(), body: RwLock::new(body) };
        write_lock(&self.volumes).push(Arc::new(volume));
    }

    /// Shows a block of the newest segment to readers.
    pub(crate) fn add_block(&self, entry: BlockEntry) {
        if let Some(volume) = read_lock(&self.volumes).last()
            && let Body::Active { entries, .. } = &mut *write_lock(&volume.body)
        {
            entries.push(entry);
        }
    }

    /// The newest segment was sealed.
    pub(crate) fn seal_last(&self, sealed: Sealed) {
        if let Some(volume) = read_lock(&self.volumes).last() {
            *write_lock(&volume.body) = Body::Sealed(sealed);
        }
    }

    pub(crate) fn segments(&self) -> usize {
        read_lock(&self.volumes).len()
    }

    /// The sealed segments, oldest first.
    pub(crate) fn sealed(&self) -> Vec<Sealed> {
        let volumes = read_lock(&self.volumes);
        let sealed = volumes.iter().filter_map(|volume| match &*read_lock(&volume.body) {
            Body::Sealed(sealed) => Some(sealed.clone()),
            Body::Active { .. } => None,
        });
        sealed.collect()
    }

    /// The record at one place, through the caches.
    pub(crate) fn record(&self, seq: u64) -> Result<Record, ReadError> {
        let (file, block) = self.block_of(seq)?;
        let number = (seq - block.header.first_seq) as u32;
        let index = block.chunks.partition_point(|chunk| chunk.records.end <= number);
        let chunk = block.chunks.get(index).ok_or_else(|| block.content(0))?;
        let raw = self.chunk(&*file, &block, index, chunk)?;
        let frames = content::frames(chunk, &raw).ok_or_else(|| block.content(chunk.at.start))?;
        let frame = frames.into_iter().nth((number - chunk.records.start) as usize);
        frame
            .and_then(|frame| content::record(seq, frame, &raw))
            .ok_or_else(|| block.content(chunk.at.start))
    }

    /// Records from `seq` to at most `last`, all of one block, past the chunk cache: the way of
    /// readers that go through everything once.
    pub(crate) fn run(&self, seq: u64, last: u64, max: usize) -> Result<Vec<Record>, ReadError> {
        let (file, block) = self.block_of(seq)?;
        let last = last.min(block.header.last_seq());
        let mut records = Vec::with_capacity(max.min((last - seq + 1) as usize));
        for chunk in &block.chunks {
            let first = block.header.first_seq + u64::from(chunk.records.start);
            if records.len() == max || first > last {
                break;
            }
            if block.header.first_seq + u64::from(chunk.records.end) <= seq {
                continue;
            }
            let raw = Bytes::from(block.read(&*file, chunk)?);
            let damaged = || block.content(chunk.at.start);
            let frames = content::frames(chunk, &raw).ok_or_else(damaged)?;
            for (frame, at) in frames.into_iter().zip(first..=last) {
                if at >= seq && records.len() < max {
                    records.push(content::record(at, frame, &raw).ok_or_else(damaged)?);
                }
            }
        }
        Ok(records)
    }

    fn chunk(
        &self,
        file: &dyn DiskFile,
        block: &Block,
        index: usize,
        chunk: &Chunk,
    ) -> Result<Bytes, ReadError> {
        let key = (block.segment, block.offset, index);
        if let Some(raw) = self.chunks.get(&key) {
            return Ok(raw);
        }
        let raw = Bytes::from(block.read(file, chunk)?);
        self.chunks.put(key, raw.clone(), raw.len());
        Ok(raw)
    }

    fn block_of(&self, seq: u64) -> Result<(Arc<dyn DiskFile>, Arc<Block>), ReadError> {
        let missing = || ReadError::NotFound(Seq(seq));
        let volume = {
            let volumes = read_lock(&self.volumes);
            let after = volumes.partition_point(|volume| volume.header.first_seq <= seq);
            after
                .checked_sub(1)
                .and_then(|index| volumes.get(index))
                .cloned()
                .ok_or_else(missing)?
        };
        let (file, entry) = self.locate(&volume, seq)?.ok_or_else(missing)?;
        let key = (volume.header.segment, entry.offset);
        if let Some(block) = self.blocks.get(&key) {
            return Ok((file, block));
        }
        let block = Arc::new(Block::load(&volume.header, &*file, entry)?);
        self.blocks.put(key, block.clone(), 256 + block.chunks.len() * size_of::<Chunk>());
        Ok((file, block))
    }

    fn locate(&self, volume: &Volume, seq: u64) -> Result<Option<Located>, ReadError> {
        let sealed = match &*read_lock(&volume.body) {
            Body::Active { file, entries } => {
                return Ok(find(entries, seq).map(|entry| (file.clone(), entry)));
            }
            Body::Sealed(sealed) => sealed.clone(),
        };
        let opened = self.opened(&sealed)?;
        Ok(find(&opened.entries, seq).map(|entry| (opened.file.clone(), entry)))
    }

    fn opened(&self, sealed: &Sealed) -> Result<Arc<Opened>, ReadError> {
        let segment = sealed.head.segment;
        if let Some(opened) = self.open.get(&segment) {
            return Ok(opened);
        }
        let file: Arc<dyn DiskFile> = self.disk.open(&name(segment))?.into();
        let (entries, _) = sealed.read_index(&*file)?;
        let opened = Arc::new(Opened { file, entries });
        self.open.put(segment, opened.clone(), 1);
        Ok(opened)
    }
}

fn find(entries: &[BlockEntry], seq: u64) -> Option<BlockEntry> {
    let after = entries.partition_point(|entry| entry.first_seq <= seq);
    let entry = entries.get(after.checked_sub(1)?)?;
    (seq < entry.first_seq + u64::from(entry.count)).then_some(*entry)
}

impl Block {
    fn load(
        segment: &SegmentHeader,
        file: &dyn DiskFile,
        entry: BlockEntry,
    ) -> Result<Self, ReadError> {
        let damage = |what| Damage { segment: segment.segment, offset: entry.offset, what };
        let first = if entry.length <= WHOLE { entry.length as usize } else { HEADER };
        let mut bytes = vec![0; first];
        read_at(file, &mut bytes, entry.offset, damage(Fault::Checksum))?;
        let header =
            BlockHeader::decode(&bytes, segment.salt).ok_or_else(|| damage(Fault::Checksum))?;
        let place = (header.segment, header.first_seq, header.count, header.length());
        if place != (segment.segment, entry.first_seq, entry.count, entry.length as usize) {
            return Err(damage(Fault::Misplaced).into());
        }
        let range = header.directory_range();
        let chunks = if let Some(directory) = bytes.get(range.clone()) {
            crate::format::block::decode_directory(&header, directory)
        } else {
            let mut directory = vec![0; range.len()];
            let at = entry.offset + range.start as u64;
            read_at(file, &mut directory, at, damage(Fault::Checksum))?;
            crate::format::block::decode_directory(&header, &directory)
        };
        let chunks = chunks.ok_or_else(|| damage(Fault::Checksum))?;
        Ok(Self { segment: segment.segment, offset: entry.offset, header, chunks })
    }

    fn read(&self, file: &dyn DiskFile, chunk: &Chunk) -> Result<Vec<u8>, ReadError> {
        let at = self.offset + chunk.at.start as u64;
        let damage = Damage { segment: self.segment, offset: at, what: Fault::Checksum };
        let mut stored = vec![0; chunk.at.len()];
        read_at(file, &mut stored, at, damage.clone())?;
        content::expand(chunk, &stored).ok_or(ReadError::Damaged(damage))
    }

    fn content(&self, at: usize) -> ReadError {
        let offset = self.offset + at as u64;
        Damage { segment: self.segment, offset, what: Fault::Content }.into()
    }
}

/// A file that ends too early is damage, not a failing disk.
fn read_at(
    file: &dyn DiskFile,
    buffer: &mut [u8],
    offset: u64,
    damage: Damage,
) -> Result<(), ReadError> {
    match file.read_exact_at(buffer, offset) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(damage.into()),
        other => Ok(other?),
    }
}
