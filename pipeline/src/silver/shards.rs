//! Order lines on their way from the order of the source to the order of the customers.
//!
//! Readers push chunks of lines for a shard (a range of customers); later each shard is taken as a whole. Chunks stay in
//! memory up to a budget and go to one file a shard beyond it. Memory: the budget, then one shard a thread.

use std::{
    fs::{self, File},
    io::{BufReader, BufWriter, Read, Write},
    path::PathBuf,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use crate::error::{PipelineError, io_error};

/// Bytes of a line in memory and in a file.
pub const LINE_BYTES: usize = 20;

/// One order line; its order stands for customer, number and set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// The place of the order among all clean orders.
    pub order: u32,
    /// The product.
    pub product_id: u32,
    /// The part it was read from.
    pub part: u32,
    /// Its line there.
    pub line: u32,
    /// Twice the place in the cart, plus one where it was reordered.
    position_and_flag: u32,
}

impl Line {
    /// The highest place in a cart.
    pub const HIGHEST_POSITION: u32 = u32::MAX / 2;

    /// A line; `position` is at most [`Line::HIGHEST_POSITION`].
    pub fn new(
        order: u32,
        product_id: u32,
        position: u32,
        reordered: bool,
        (part, line): (u32, u32),
    ) -> Self {
        let position_and_flag = position << 1 | u32::from(reordered);
        Self { order, product_id, part, line, position_and_flag }
    }

    /// The place in the cart, from 1.
    pub fn position(&self) -> u32 {
        self.position_and_flag >> 1
    }

    /// Whether the customer had bought the product before.
    pub fn reordered(&self) -> bool {
        self.position_and_flag & 1 == 1
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        for word in [self.order, self.product_id, self.part, self.line, self.position_and_flag] {
            bytes.extend(word.to_le_bytes());
        }
    }

    fn read(bytes: &[u8]) -> Self {
        let mut words = bytes.chunks_exact(4).map(|word| {
            let mut four = [0; 4];
            four.copy_from_slice(word);
            u32::from_le_bytes(four)
        });
        let mut next = || words.next().unwrap_or_default();
        Self { order: next(), product_id: next(), part: next(), line: next(), position_and_flag: next() }
    }
}

/// The lines of all shards.
#[derive(Debug)]
pub struct ShardedLines {
    shards: Vec<Mutex<Shard>>,
    folder: PathBuf,
    budget_bytes: usize,
    spill_limit_bytes: u64,
    held_bytes: AtomicUsize,
    spilled_bytes: AtomicU64,
}

#[derive(Debug, Default)]
struct Shard {
    chunks: Vec<Vec<Line>>,
    file: Option<BufWriter<File>>,
}

impl ShardedLines {
    /// No lines yet. Files go to `folder`, which exists.
    pub fn new(shards: usize, folder: PathBuf, budget_bytes: usize, spill_limit_bytes: u64) -> Self {
        let shards = (0..shards).map(|_| Mutex::default()).collect();
        Self {
            shards,
            folder,
            budget_bytes,
            spill_limit_bytes,
            held_bytes: AtomicUsize::new(0),
            spilled_bytes: AtomicU64::new(0),
        }
    }

    /// Lines of a chunk, so that the chunks that all readers fill take a small part of the budget.
    pub fn chunk_lines(&self, readers: usize) -> usize {
        let chunks = 8 * self.shards.len().max(1) * readers.max(1);
        (self.budget_bytes / chunks / LINE_BYTES).clamp(64, 16_384)
    }

    /// Takes in lines of one shard.
    pub fn push(&self, shard: usize, lines: Vec<Line>) -> Result<(), PipelineError> {
        let Some(slot) = self.shards.get(shard) else { return Ok(()) };
        let bytes = lines.len() * LINE_BYTES;
        let held = self.held_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        // What stands behind a lock is whole: a worker that panicked ends the stage.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if held <= self.budget_bytes {
            slot.chunks.push(lines);
            return Ok(());
        }
        self.held_bytes.fetch_sub(bytes, Ordering::Relaxed);
        let spilled = self.spilled_bytes.fetch_add(bytes as u64, Ordering::Relaxed) + bytes as u64;
        if spilled > self.spill_limit_bytes {
            return Err(PipelineError::SpillLimit { limit_bytes: self.spill_limit_bytes });
        }
        let path = self.path(shard);
        let file = match &mut slot.file {
            Some(file) => file,
            None => {
                let file = File::create(&path).map_err(io_error("create", &path))?;
                slot.file.insert(BufWriter::new(file))
            }
        };
        let mut encoded = Vec::with_capacity(bytes);
        for line in &lines {
            line.write(&mut encoded);
        }
        file.write_all(&encoded).map_err(io_error("write", &path))
    }

    /// All lines of a shard, in no order. A second call gives none.
    pub fn take(&self, shard: usize) -> Result<Vec<Line>, PipelineError> {
        let Some(slot) = self.shards.get(shard) else { return Ok(Vec::new()) };
        let Shard { chunks, file } =
            std::mem::take(&mut *slot.lock().unwrap_or_else(PoisonError::into_inner));
        let held: usize = chunks.iter().map(Vec::len).sum();
        let mut lines = Vec::with_capacity(held);
        for chunk in chunks {
            lines.extend(chunk);
        }
        self.held_bytes.fetch_sub(held * LINE_BYTES, Ordering::Relaxed);
        if let Some(mut file) = file {
            let path = self.path(shard);
            file.flush().map_err(io_error("write", &path))?;
            drop(file);
            let mut reader =
                BufReader::with_capacity(1 << 18, File::open(&path).map_err(io_error("read", &path))?);
            let mut bytes = Vec::new();
            reader.read_to_end(&mut bytes).map_err(io_error("read", &path))?;
            lines.extend(bytes.chunks_exact(LINE_BYTES).map(Line::read));
            fs::remove_file(&path).map_err(io_error("remove", &path))?;
        }
        Ok(lines)
    }

    /// Bytes that went to disk.
    pub fn spilled_bytes(&self) -> u64 {
        self.spilled_bytes.load(Ordering::Relaxed)
    }

    fn path(&self, shard: usize) -> PathBuf {
        self.folder.join(format!("lines-{shard:05}.bin"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(count: u32) -> Vec<Line> {
        (0..count).map(|n| Line::new(n, n * 7 + 1, n % 90 + 1, n % 3 == 0, (n % 5, n + 2))).collect()
    }

    #[test]
    fn what_goes_in_comes_out_whether_it_was_spilled_or_not() {
        for budget in [0, 3_000, 1 << 20] {
            let folder = tempfile::tempdir().unwrap();
            let sharded = ShardedLines::new(2, folder.path().to_owned(), budget, 1 << 20);
            for chunk in lines(500).chunks(64) {
                sharded.push(1, chunk.to_vec()).unwrap();
            }
            assert_eq!(sharded.spilled_bytes() > 0, budget < 500 * LINE_BYTES, "{budget}");
            let mut taken = sharded.take(1).unwrap();
            taken.sort_unstable();
            assert_eq!(taken, lines(500), "{budget}");
            assert!(sharded.take(0).unwrap().is_empty() && sharded.take(1).unwrap().is_empty());
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "no file stays");
        }
    }

    #[test]
    fn beyond_its_disk_it_stops_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let sharded = ShardedLines::new(1, folder.path().to_owned(), 0, 1_000);
        sharded.push(0, lines(50)).unwrap();
        let error = sharded.push(0, lines(1)).unwrap_err();
        assert_eq!(error.code(), "disk_full");
        assert!(error.to_string().contains("pipeline.spill_mib"), "{error}");
    }

    #[test]
    fn the_flag_does_not_touch_the_position() {
        for reordered in [true, false] {
            let line = Line::new(1, 2, Line::HIGHEST_POSITION, reordered, (3, 4));
            assert_eq!((line.position(), line.reordered()), (Line::HIGHEST_POSITION, reordered));
        }
    }
}
