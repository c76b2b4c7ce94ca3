//! Chained equations with predictive mean matching, for values that are missing altogether.
//!
//! Columns of numbers with holes → m draws for each hole. Each incomplete column in turn is regressed on all others
//! (their holes filled by the latest draws), coefficients are drawn from their posterior, and a hole takes the observed
//! value of one of the rows that are predicted to be nearest: so every imputed value was really observed, a censored 30
//! stays a censored 30, and no tail is invented here. Sound where values are missing at random given the columns.
//! A key such as a customer's id is no column: pass what describes the customer.
//! Source: van Buuren, "Flexible Imputation of Missing Data", 2nd ed. 2018, algorithms 3.3 (type 1 matching) and 4.3.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::{RecsysError, error::require, linalg::solve_in_place};

/// Ridge on the scaled predictors, as a share of the rows; van Buuren's default, it only breaks exact collinearity.
const RIDGE: f64 = 1e-5;

/// What shapes the imputation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainedParams {
    /// Completed data sets, m.
    pub draws: usize,
    /// Rounds over the incomplete columns; 5 to 10 are usual.
    pub sweeps: usize,
    /// Rows that a value is taken from one of; 5 is usual.
    pub donors: usize,
    /// Of everything random.
    pub seed: u64,
}

/// The draws for one hole.
#[derive(Debug, Clone, PartialEq)]
pub struct ImputedValue {
    /// Position of the column.
    pub column: usize,
    /// Position of the row.
    pub row: usize,
    /// One a draw.
    pub values: Vec<f64>,
}

/// Draws for every hole, by column, then by row. Each column needs one observed value, or there is nothing to take.
pub fn impute_chained(
    columns: &[Vec<Option<f64>>],
    params: &ChainedParams,
) -> Result<Vec<ImputedValue>, RecsysError> {
    check(columns, params)?;
    let draws: Vec<Vec<f64>> =
        (0..params.draws).into_par_iter().map(|draw| complete(columns, params, draw as u64)).collect();
    let mut imputed: Vec<ImputedValue> = holes(columns)
        .map(|(column, row)| ImputedValue { column, row, values: Vec::with_capacity(params.draws) })
        .collect();
    for draw in draws {
        imputed.iter_mut().zip(draw).for_each(|(hole, value)| hole.values.push(value));
    }
    Ok(imputed)
}

fn check(columns: &[Vec<Option<f64>>], params: &ChainedParams) -> Result<(), RecsysError> {
    require((1..=100).contains(&params.draws), "draws", params.draws, "1 to 100")?;
    require(params.sweeps >= 1, "sweeps", params.sweeps, "at least 1")?;
    require(params.donors >= 1, "donors", params.donors, "at least 1")?;
    let expected = columns.first().map_or(0, Vec::len);
    for column in columns {
        if column.len() != expected {
            return Err(RecsysError::Shape { what: "column to impute", found: column.len(), expected });
        }
        if expected > 0 && column.iter().all(Option::is_none) {
            return Err(RecsysError::NoData { what: "observed values of a column" });
        }
        let unusable = column.iter().enumerate().find(|(_, v)| v.is_some_and(|v| !v.is_finite()));
        if let Some((position, Some(value))) = unusable {
            return Err(RecsysError::NotFinite { what: "column to impute", value: *value, position });
        }
    }
    Ok(())
}

fn holes(columns: &[Vec<Option<f64>>]) -> impl Iterator<Item = (usize, usize)> + '_ {
    columns.iter().enumerate().flat_map(|(at, column)| {
        column.iter().enumerate().filter(|(_, value)| value.is_none()).map(move |(row, _)| (at, row))
    })
}

/// One completed data set: the values of its holes.
fn complete(columns: &[Vec<Option<f64>>], params: &ChainedParams, draw: u64) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(params.seed);
    random.set_stream(draw);
    let mut filled: Vec<Vec<f64>> = columns
        .iter()
        .map(|column| {
            let observed: Vec<f64> = column.iter().copied().flatten().collect();
            let mut any = || observed.get(random.random_range(0..observed.len())).copied().unwrap_or(0.0);
            column.iter().map(|value| value.unwrap_or_else(&mut any)).collect()
        })
        .collect();
    for _ in 0..params.sweeps {
        for (at, column) in columns.iter().enumerate() {
            if column.iter().any(Option::is_none) {
                let matched = match_means(column, &predictors(&filled, at), params.donors, &mut random);
                let holes = column.iter().enumerate().filter(|(_, value)| value.is_none());
                for ((row, _), value) in holes.zip(matched) {
                    filled[at][row] = value;
                }
            }
        }
    }
    holes(columns).map(|(column, row)| filled[column][row]).collect()
}

/// Rows of an intercept and all other columns, each scaled to mean 0 and standard deviation 1; constant ones become 0.
fn predictors(filled: &[Vec<f64>], but: usize) -> Vec<Vec<f64>> {
    let rows = filled.first().map_or(0, Vec::len);
    let mut scaled = vec![vec![1.0; filled.len()]; rows];
    let others = filled.iter().enumerate().filter(|(at, _)| *at != but);
    for (place, (_, column)) in others.enumerate() {
        let n = rows.max(1) as f64;
        let mean = column.iter().sum::<f64>() / n;
        let deviation = (column.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / n).sqrt();
        for (row, value) in scaled.iter_mut().zip(column) {
            row[place + 1] = if deviation > 0.0 { (value - mean) / deviation } else { 0.0 };
        }
    }
    scaled
}

/// A value for each hole of the column, in their order, from a row whose predicted mean is near.
fn match_means(
    column: &[Option<f64>],
    predictors: &[Vec<f64>],
    donors: usize,
    random: &mut ChaCha8Rng,
) -> Vec<f64> {
    let (fitted, drawn) = draw_coefficients(column, predictors, random);
    let predict = |row: &[f64], by: &[f64]| row.iter().zip(by).map(|(x, b)| x * b).sum::<f64>();
    let rows = column.iter().zip(predictors);
    let mut observed: Vec<(f64, f64)> =
        rows.clone().filter_map(|(value, row)| Some((predict(row, &fitted), (*value)?))).collect();
    observed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    rows.filter(|(value, _)| value.is_none())
        .map(|(_, row)| {
            let mean = predict(row, &drawn);
            let nearest = nearest(&observed, mean, donors);
            nearest.get(random.random_range(0..nearest.len().max(1))).map_or(mean, |(_, value)| *value)
        })
        .collect()
}

/// The `count` entries whose first number is nearest to `mean`; they stand together, since the entries are sorted.
fn nearest(sorted: &[(f64, f64)], mean: f64, count: usize) -> &[(f64, f64)] {
    let mut start = sorted.partition_point(|(predicted, _)| *predicted < mean);
    let mut end = start;
    while end - start < count.min(sorted.len()) {
        let below = start.checked_sub(1).and_then(|at| sorted.get(at)).map(|(predicted, _)| mean - predicted);
        let above = sorted.get(end).map(|(predicted, _)| predicted - mean);
        match (below, above) {
            (Some(below), Some(above)) if below < above => start -= 1,
            (Some(_), None) => start -= 1,
            _ => end += 1,
        }
    }
    &sorted[start..end]
}

/// Least squares over the observed rows: the coefficients, and a draw from their posterior.
fn draw_coefficients(
    column: &[Option<f64>],
    predictors: &[Vec<f64>],
    random: &mut ChaCha8Rng,
) -> (Vec<f64>, Vec<f64>) {
    let n = predictors.first().map_or(0, Vec::len);
    let (mut normal, mut fitted, mut rows) = (vec![0.0; n * n], vec![0.0; n], 0.0);
    let observed = || column.iter().zip(predictors).filter_map(|(value, row)| Some(((*value)?, row)));
    for (value, row) in observed() {
        rows += 1.0;
        for (i, x) in row.iter().enumerate() {
            fitted[i] += x * value;
            normal[i * n..(i + 1) * n].iter_mut().zip(row).for_each(|(sum, y)| *sum += x * y);
        }
    }
    (0..n).for_each(|i| normal[i * n + i] += RIDGE * rows);
    if solve_in_place(&mut normal, &mut fitted).is_err() {
        // Only when precision is lost altogether: then every observed row is as near as any other.
        return (vec![0.0; n], vec![0.0; n]);
    }
    let off = observed().map(|(value, row)| value - row.iter().zip(&fitted).map(|(x, b)| x * b).sum::<f64>());
    let squares: f64 = off.map(|off| off * off).sum();
    let deviation = (squares / chi_squared((rows - n as f64).max(1.0), random)).sqrt();
    // The system left the factor R with RᵀR = XᵀX: R u = z gives u the covariance (XᵀX)⁻¹.
    let mut step: Vec<f64> = (0..n).map(|_| standard_normal(random)).collect();
    for i in (0..n).rev() {
        let known: f64 = (i + 1..n).map(|j| normal[i * n + j] * step[j]).sum();
        step[i] = (step[i] - known) / normal[i * n + i];
    }
    let drawn = fitted.iter().zip(&step).map(|(fitted, step)| fitted + deviation * step).collect();
    (fitted, drawn)
}

/// Box and Muller 1958.
fn standard_normal(random: &mut ChaCha8Rng) -> f64 {
    let (radius, angle): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
    (-2.0 * radius.ln()).sqrt() * (2.0 * std::f64::consts::PI * angle).cos()
}

/// Twice a gamma of shape degrees / 2 (Marsaglia and Tsang 2000; shapes below 1 by their power of a uniform).
fn chi_squared(degrees: f64, random: &mut ChaCha8Rng) -> f64 {
    let shape = degrees / 2.0;
    let (raised, boost) = if shape < 1.0 {
        (shape + 1.0, (1.0 - random.random::<f64>()).powf(1.0 / shape))
    } else {
        (shape, 1.0)
    };
    let d = raised - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let z = standard_normal(random);
        let v = (1.0 + c * z).powi(3);
        if v > 0.0 && (1.0 - random.random::<f64>()).ln() < 0.5 * z * z + d - d * v + d * v.ln() {
            return 2.0 * d * v * boost;
        }
    }
}

#[cfg(test)]
mod tests;
