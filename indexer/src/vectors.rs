//! The vectors of an index: one flat file, read whole, searched exactly.
//!
//! File: one line of JSON (format, dimension, count, model, content hash), then `count × dimension` little-endian
//! f32, row i belonging to document i. Rows are L2-normalised, so the dot product is the cosine in [-1, 1].
//! Exact search over 50,000 × 384 is 19 million multiplications: a few milliseconds, with recall 1, and nothing to
//! build or tune (decision record on embedded vector search).

use std::{
    fs::File,
    io::{BufRead, BufReader, BufWriter, Read, Write},
    path::Path,
};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::IndexError;

/// The file's first word, so that another file is told from a damaged one.
const FORMAT: &str = "insightflow-vectors-1";

/// A header line is some 250 bytes; more means that the file is something else.
const MAX_HEADER_BYTES: u64 = 4_096;

/// How far a row's squared length may be from 1.
const UNIT_TOLERANCE: f32 = 0.02;

/// Fewer rows than this are searched on one thread: handing out work costs more than it saves.
const PARALLEL_ROWS: usize = 20_000;

/// Rows of one piece of work.
const ROWS_A_TASK: usize = 4_096;

/// Partial sums of a dot product, kept apart so that the compiler can use vector registers.
const LANES: usize = 16;

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    format: String,
    dimension: usize,
    count: usize,
    model_id: String,
    content_hash: String,
}

/// All vectors of an index, row after row.
#[derive(Debug)]
pub(crate) struct Vectors {
    dimension: usize,
    values: Vec<f32>,
}

impl Vectors {
    /// From rows of one length.
    pub(crate) fn from_rows(dimension: usize, rows: impl Iterator<Item = Vec<f32>>) -> Self {
        let mut values = Vec::new();
        rows.for_each(|row| values.extend(row));
        Self { dimension, values }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.values.len().checked_div(self.dimension).unwrap_or(0)
    }

    /// One row.
    pub(crate) fn row(&self, index: usize) -> Option<&[f32]> {
        self.values.get(index * self.dimension..(index + 1) * self.dimension)
    }

    /// Writes the file.
    pub(crate) fn write(&self, path: &Path, model_id: &str, content_hash: &str) -> Result<(), IndexError> {
        let header = Header {
            format: FORMAT.to_owned(),
            dimension: self.dimension,
            count: self.len(),
            model_id: model_id.to_owned(),
            content_hash: content_hash.to_owned(),
        };
        let write = || -> std::io::Result<()> {
            let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
            serde_json::to_writer(&mut file, &header)?;
            file.write_all(b"\n")?;
            for value in &self.values {
                file.write_all(&value.to_le_bytes())?;
            }
            file.flush()
        };
        write().map_err(IndexError::io(path))
    }

    /// Reads the file and refuses it unless it is whole, of this index and of this many rows.
    pub(crate) fn read(
        path: &Path,
        dimension: usize,
        count: usize,
        content_hash: &str,
    ) -> Result<Self, IndexError> {
        let corrupt = |reason: String| IndexError::corrupt(path, reason);
        let file = File::open(path).map_err(IndexError::io(path))?;
        let file_bytes = file.metadata().map_err(IndexError::io(path))?.len();
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let mut line = Vec::new();
        let header_bytes = (&mut reader)
            .take(MAX_HEADER_BYTES)
            .read_until(b'\n', &mut line)
            .map_err(IndexError::io(path))?;
        let header: Header =
            serde_json::from_slice(&line).map_err(|e| corrupt(format!("its header is unreadable ({e})")))?;
        if header.format != FORMAT {
            return Err(corrupt(format!("its format is {:?}, expected {FORMAT:?}", header.format)));
        }
        if (header.dimension, header.count) != (dimension, count) {
            return Err(corrupt(format!(
                "it holds {} vectors of length {}, the index has {count} documents and vectors of length {dimension}",
                header.count, header.dimension
            )));
        }
        if header.content_hash != content_hash {
            return Err(corrupt("it belongs to another build of the index".to_owned()));
        }
        let expected = header_bytes as u64 + (count as u64) * (dimension as u64) * 4;
        if file_bytes != expected {
            return Err(corrupt(format!("it has {file_bytes} bytes, expected {expected}")));
        }
        let mut bytes = Vec::with_capacity(count * dimension * 4);
        reader.read_to_end(&mut bytes).map_err(IndexError::io(path))?;
        let (quads, _) = bytes.as_chunks::<4>();
        let values = quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect();
        let vectors = Self { dimension, values };
        match vectors.first_broken_row() {
            Some(row) => Err(corrupt(format!("the vector of row {row} is not of length 1"))),
            None => Ok(vectors),
        }
    }

    /// The first row that is not finite and of unit length: the mark of overwritten bytes.
    fn first_broken_row(&self) -> Option<usize> {
        let is_unit = |row: &[f32]| (dot(row, row) - 1.0).abs() < UNIT_TOLERANCE;
        self.values.chunks(self.dimension.max(1)).position(|row| !is_unit(row))
    }

    /// The `limit` rows most similar to `query` among those that `keep` admits and whose cosine is at least
    /// `threshold`, best first; of equal cosines the lower row.
    pub(crate) fn nearest(
        &self,
        query: &[f32],
        limit: usize,
        threshold: f32,
        keep: impl Fn(usize) -> bool + Sync,
    ) -> Vec<(u32, f32)> {
        let score_task = |(task, rows): (usize, &[f32])| -> Vec<(u32, f32)> {
            let first = task * ROWS_A_TASK;
            rows.chunks_exact(self.dimension)
                .enumerate()
                .filter(|(offset, _)| keep(first + offset))
                .map(|(offset, row)| ((first + offset) as u32, dot(row, query)))
                .filter(|(_, cosine)| *cosine >= threshold)
                .collect()
        };
        let task_values = ROWS_A_TASK * self.dimension.max(1);
        let mut scored: Vec<(u32, f32)> = if self.len() > PARALLEL_ROWS {
            self.values.par_chunks(task_values).enumerate().flat_map_iter(score_task).collect()
        } else {
            self.values.chunks(task_values).enumerate().flat_map(score_task).collect()
        };
        let best_first = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
        if scored.len() > limit && limit > 0 {
            scored.select_nth_unstable_by(limit - 1, best_first);
        }
        scored.truncate(limit);
        scored.sort_unstable_by(best_first);
        scored
    }
}

/// Dot product of two rows of one length.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let ((a_chunks, a_rest), (b_chunks, b_rest)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0_f32; LANES];
    for (x, y) in a_chunks.iter().zip(b_chunks) {
        for lane in 0..LANES {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::*;

    fn unit(angle: f32) -> Vec<f32> {
        vec![angle.cos(), angle.sin()]
    }

    fn written(folder: &Path) -> PathBuf {
        let path = folder.join("vectors.f32");
        Vectors::from_rows(2, (0..4).map(|n| unit(n as f32))).write(&path, "m", "h").unwrap();
        path
    }

    fn reason(path: &Path) -> String {
        Vectors::read(path, 2, 4, "h").unwrap_err().to_string()
    }

    #[test]
    fn a_dot_product_is_the_hand_worked_sum() {
        let a: Vec<f32> = (0..37).map(|n| n as f32).collect();
        let ones = vec![1.0; 37];
        assert_eq!(dot(&a, &ones), 666.0);
        assert_eq!(dot(&[], &[]), 0.0);
    }

    #[test]
    fn what_is_written_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let vectors = Vectors::read(&written(folder.path()), 2, 4, "h").unwrap();
        assert_eq!(vectors.len(), 4);
        assert_eq!(vectors.row(3).unwrap(), unit(3.0));
        assert_eq!(vectors.row(4), None);
    }

    #[test]
    fn a_corrupt_file_is_an_error_that_says_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        let whole = fs::read(&path).unwrap();

        fs::write(&path, &whole[..whole.len() - 3]).unwrap();
        assert!(reason(&path).contains("bytes, expected"), "{}", reason(&path));

        let mut broken = whole.clone();
        let end = broken.len();
        broken[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        fs::write(&path, &broken).unwrap();
        assert!(reason(&path).contains("row 3"), "{}", reason(&path));

        fs::write(&path, b"no header at all").unwrap();
        assert!(reason(&path).contains("header is unreadable"), "{}", reason(&path));

        fs::write(&path, &whole).unwrap();
        let message = Vectors::read(&path, 2, 5, "h").unwrap_err().to_string();
        assert!(message.contains("holds 4 vectors"), "{message}");
        let message = Vectors::read(&path, 2, 4, "other").unwrap_err().to_string();
        assert!(
            message.contains("another build") && message.contains("insightflow index build"),
            "{message}"
        );
    }

    #[test]
    fn nearest_rows_come_best_first_and_equal_ones_by_row() {
        let vectors = Vectors::from_rows(2, [0.0, 1.0, 0.0, 0.5].map(unit).into_iter());
        let rows = |hits: Vec<(u32, f32)>| hits.into_iter().map(|(row, _)| row).collect::<Vec<_>>();
        assert_eq!(rows(vectors.nearest(&unit(0.0), 3, 0.0, |_| true)), [0, 2, 3]);
        assert_eq!(rows(vectors.nearest(&unit(0.0), 9, 0.0, |row| row != 0)), [2, 3, 1]);
        assert_eq!(rows(vectors.nearest(&unit(0.0), 9, 0.8, |_| true)), [0, 2, 3]);
        assert!(vectors.nearest(&unit(0.0), 0, 0.0, |_| true).is_empty());
    }

    #[test]
    fn many_rows_give_the_same_order_on_many_threads() {
        let count = PARALLEL_ROWS + 5_000;
        let vectors = Vectors::from_rows(2, (0..count).map(|n| unit(n as f32 * 0.001)));
        let hits = vectors.nearest(&unit(0.0), 50, -1.0, |_| true);
        let mut expected: Vec<(u32, f32)> =
            (0..count).map(|n| (n as u32, dot(vectors.row(n).unwrap(), &unit(0.0)))).collect();
        expected.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        assert_eq!(hits, expected[..50]);
    }
}
