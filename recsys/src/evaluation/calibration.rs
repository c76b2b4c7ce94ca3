//! Turns scores into probabilities, and measures probabilities.
//!
//! [`IsotonicFit`]: pool adjacent violators (Ayer et al. 1955), linear between the pooled blocks. [`brier_score`]: mean
//! squared distance to what happened. [`reliability`]: bins of equal mass; [`expected_calibration_error`] is the mean
//! distance between what was said and what happened in them, weighted by their size.

use serde::{Deserialize, Serialize};

use crate::RecsysError;

/// Bins of the calibration figures of the report.
pub const CALIBRATION_BINS: usize = 20;

/// Predictions of about the same size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Predictions in the bin.
    pub count: usize,
    /// Lowest prediction.
    pub from: f64,
    /// Highest prediction.
    pub to: f64,
    /// Mean prediction.
    pub predicted: f64,
    /// Share of what was predicted that happened.
    pub observed: f64,
}

/// Cuts predictions into `bins` of equal mass, lowest first. Equal predictions stay in one bin, whatever their order,
/// so there may be fewer bins and of unequal mass.
pub fn reliability(
    probabilities: &[f64],
    happened: &[bool],
    bins: usize,
) -> Result<Vec<ReliabilityBin>, RecsysError> {
    check(probabilities, happened)?;
    crate::error::require(bins >= 1, "calibration bins", bins, "at least 1")?;
    let rows = sorted(probabilities, happened);
    let mut table = Vec::with_capacity(bins);
    let mut start = 0;
    for bin in 1..=bins {
        let mut end = (rows.len() * bin / bins).max(start);
        while end > start && end < rows.len() && rows[end].0 == rows[end - 1].0 {
            end += 1;
        }
        if end > start {
            let inside = &rows[start..end];
            let count = inside.len();
            table.push(ReliabilityBin {
                count,
                from: inside[0].0,
                to: inside[count - 1].0,
                predicted: inside.iter().map(|row| row.0).sum::<f64>() / count as f64,
                observed: inside.iter().filter(|row| row.1).count() as f64 / count as f64,
            });
            start = end;
        }
    }
    Ok(table)
}

/// Σ over bins of |predicted − observed| · share of the rows.
pub fn expected_calibration_error(table: &[ReliabilityBin]) -> Option<f64> {
    let rows: usize = table.iter().map(|bin| bin.count).sum();
    let distance: f64 = table.iter().map(|bin| (bin.predicted - bin.observed).abs() * bin.count as f64).sum();
    (rows > 0).then(|| distance / rows as f64)
}

/// Mean of (probability − what happened)².
pub fn brier_score(probabilities: &[f64], happened: &[bool]) -> Result<f64, RecsysError> {
    check(probabilities, happened)?;
    let squares = probabilities.iter().zip(happened).map(|(p, h)| (p - f64::from(u8::from(*h))).powi(2));
    Ok(squares.sum::<f64>() / probabilities.len() as f64)
}

/// A rising curve from scores to probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IsotonicFit {
    /// Scores at which the curve is known, ascending.
    scores: Vec<f64>,
    /// The probability there, rising.
    probabilities: Vec<f64>,
}

/// Adjacent rows that share a probability.
struct Block {
    first: f64,
    last: f64,
    happened: f64,
    count: f64,
}

impl Block {
    fn rate(&self) -> f64 {
        self.happened / self.count
    }
}

impl IsotonicFit {
    /// The rising curve with the least squared distance to what happened. Rows may come in any order; rows of the same
    /// score count together.
    pub fn fit(scores: &[f64], happened: &[bool]) -> Result<Self, RecsysError> {
        check(scores, happened)?;
        let mut blocks: Vec<Block> = Vec::new();
        let rows = sorted(scores, happened);
        for rows in rows.chunk_by(|a, b| a.0 == b.0) {
            let happened = rows.iter().filter(|row| row.1).count() as f64;
            let mut block = Block { first: rows[0].0, last: rows[0].0, happened, count: rows.len() as f64 };
            while let Some(before) = blocks.pop_if(|before| before.rate() >= block.rate()) {
                block.first = before.first;
                block.happened += before.happened;
                block.count += before.count;
            }
            blocks.push(block);
        }
        let mut fit = Self { scores: Vec::new(), probabilities: Vec::new() };
        for block in &blocks {
            fit.scores.push(block.first);
            fit.probabilities.push(block.rate());
            if block.last > block.first {
                fit.scores.push(block.last);
                fit.probabilities.push(block.rate());
            }
        }
        Ok(fit)
    }

    /// The probability of a score: linear between the known ones, the outermost beyond them. A score that is not a
    /// number gets the lowest.
    pub fn predict(&self, score: f64) -> f64 {
        let above = self.scores.partition_point(|known| *known < score);
        match (above.checked_sub(1), self.scores.get(above)) {
            (Some(below), Some(high)) => {
                let low = self.scores[below];
                let share = (score - low) / (high - low);
                let (from, to) = (self.probabilities[below], self.probabilities[above]);
                from + (to - from) * share
            }
            (None, _) => self.probabilities.first().copied().unwrap_or(0.0),
            (_, None) => self.probabilities.last().copied().unwrap_or(0.0),
        }
    }
}

fn sorted(scores: &[f64], happened: &[bool]) -> Vec<(f64, bool)> {
    let mut rows: Vec<(f64, bool)> = scores.iter().copied().zip(happened.iter().copied()).collect();
    // + 0.0 makes −0 and 0 the same score.
    rows.iter_mut().for_each(|row| row.0 += 0.0);
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows
}

fn check(scores: &[f64], happened: &[bool]) -> Result<(), RecsysError> {
    if scores.is_empty() {
        return Err(RecsysError::NoData { what: "predictions" });
    }
    if scores.len() != happened.len() {
        return Err(RecsysError::Shape { what: "outcomes", found: happened.len(), expected: scores.len() });
    }
    match scores.iter().copied().enumerate().find(|(_, score)| !score.is_finite()) {
        None => Ok(()),
        Some((position, value)) => Err(RecsysError::NotFinite { what: "predictions", value, position }),
    }
}

#[cfg(test)]
mod tests;
