//! How good a clustering is: compact and apart (silhouette, Davies–Bouldin), and found again (stability).
//!
//! Input: points and their clustering. Output: plain figures; none needs a truth.
//! Sources: Rousseeuw 1987 (silhouette); Davies and Bouldin 1979; Ben-Hur, Elisseeff, Guyon 2002 (stability on
//! subsamples).

use std::collections::BTreeMap;

use rand::{SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::{
    RecsysError,
    adjusted_rand::adjusted_rand_index,
    kmeans::{self, Clustering, KMeansParams, Points, squared_distance},
};

/// Stream of the seed for the silhouette's sample; restarts of k-means use the low ones.
const SAMPLE_STREAM: u64 = 1 << 32;

/// The mean silhouette, −1 to 1, higher is better, over a seeded sample of at most `sample` points (it is quadratic
/// in them). Distances are taken within the sample. A point alone in its cluster counts 0. `None` when the sample
/// lies in fewer than two clusters.
pub fn silhouette(points: &Points, assignments: &[u32], sample: usize, seed: u64) -> Option<f64> {
    let positions = sampled(points.len(), sample, seed, SAMPLE_STREAM);
    let sampled = points.subset(&positions);
    let rows: Vec<&[f64]> = sampled.rows().collect();
    let labels: Vec<u32> = positions.iter().filter_map(|p| assignments.get(*p)).copied().collect();
    let mut sizes: BTreeMap<u32, f64> = BTreeMap::new();
    labels.iter().for_each(|label| *sizes.entry(*label).or_default() += 1.0);
    if sizes.len() < 2 {
        return None;
    }
    let widths: Vec<f64> = rows
        .par_iter()
        .zip(&labels)
        .map(|(point, own)| silhouette_width(point, *own, &rows, &labels, &sizes))
        .collect();
    Some(widths.iter().sum::<f64>() / widths.len() as f64)
}

/// (b − a) / max(a, b) with a = mean distance to the own cluster, b = to the nearest other one.
fn silhouette_width(
    point: &[f64],
    own: u32,
    rows: &[&[f64]],
    labels: &[u32],
    sizes: &BTreeMap<u32, f64>,
) -> f64 {
    let mut sums: BTreeMap<u32, f64> = BTreeMap::new();
    for (row, label) in rows.iter().zip(labels) {
        *sums.entry(*label).or_default() += squared_distance(point, row).sqrt();
    }
    let mean = |label: u32, others: f64| sums.get(&label).copied().unwrap_or(0.0) / others;
    let own_size = sizes.get(&own).copied().unwrap_or(0.0);
    if own_size <= 1.0 {
        return 0.0;
    }
    let a = mean(own, own_size - 1.0);
    let others = sizes.iter().filter(|(label, _)| **label != own);
    let b = others.map(|(label, size)| mean(*label, *size)).fold(f64::INFINITY, f64::min);
    let larger = a.max(b);
    if larger > 0.0 { (b - a) / larger } else { 0.0 }
}

/// The Davies–Bouldin index, ≥ 0, lower is better: the mean over clusters of the worst ratio of scatter to
/// separation. `None` for fewer than two clusters.
pub fn davies_bouldin(points: &Points, clustering: &Clustering) -> Option<f64> {
    let centroids: Vec<&[f64]> = clustering.centroids.rows().collect();
    if centroids.len() < 2 {
        return None;
    }
    let mut scatter = vec![(0.0, 0_u64); centroids.len()];
    for (point, cluster) in points.rows().zip(&clustering.assignments) {
        let (sum, count) = &mut scatter[*cluster as usize];
        *sum += squared_distance(point, centroids[*cluster as usize]).sqrt();
        *count += 1;
    }
    let scatter: Vec<f64> = scatter.iter().map(|(sum, count)| sum / (*count).max(1) as f64).collect();
    let worst = |i: usize| {
        let others = (0..centroids.len()).filter(|j| *j != i);
        let ratios =
            others.map(|j| (scatter[i] + scatter[j]) / squared_distance(centroids[i], centroids[j]).sqrt());
        ratios.fold(0.0, f64::max)
    };
    Some((0..centroids.len()).map(worst).sum::<f64>() / centroids.len() as f64)
}

/// The mean adjusted Rand index between a clustering and those found, by other seeds, on random halves of the points
/// and carried over to all points. 1 = always the same clusters. A half with too few different points counts 0.
pub fn stability(
    points: &Points,
    reference: &Clustering,
    params: &KMeansParams,
    rounds: usize,
) -> Result<f64, RecsysError> {
    let half = points.len().div_ceil(2);
    let mut sum = 0.0;
    for round in 1..=rounds as u64 {
        let positions = sampled(points.len(), half, params.seed, SAMPLE_STREAM + round);
        let seed = params.seed.wrapping_add(round);
        match kmeans::fit(&points.subset(&positions), &KMeansParams { seed, ..params.clone() }) {
            Ok(found) => {
                let carried = kmeans::assign(points, &found.centroids);
                sum += adjusted_rand_index(&reference.assignments, &carried)?;
            }
            Err(RecsysError::TooFewDistinctPoints { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sum / rounds.max(1) as f64)
}

/// Positions of a seeded sample without repetition, ascending.
pub(crate) fn sampled(len: usize, amount: usize, seed: u64, stream: u64) -> Vec<usize> {
    if amount >= len {
        return (0..len).collect();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    let mut positions = index::sample(&mut rng, len, amount).into_vec();
    positions.sort_unstable();
    positions
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clustering(points: &Points, k: usize) -> Clustering {
        kmeans::fit(points, &KMeansParams::new(k, 5, 1)).unwrap()
    }

    #[test]
    fn silhouette_of_two_pairs_is_as_worked_by_hand() {
        // 0, 1 | 4, 6. Widths: 0: (5 − 1)/5 = 0.8; 1: (4 − 1)/4 = 0.75; 4: a = 2, b = 3.5: 1.5/3.5; 6: (5.5 − 2)/5.5.
        let points = Points::new(1, vec![0.0, 1.0, 4.0, 6.0]).unwrap();
        let expected = (0.8 + 0.75 + 1.5 / 3.5 + 3.5 / 5.5) / 4.0;
        let found = silhouette(&points, &[0, 0, 1, 1], 100, 1).unwrap();
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn silhouette_needs_two_clusters_and_counts_lonely_points_as_zero() {
        let points = Points::new(1, vec![0.0, 1.0, 5.0]).unwrap();
        assert_eq!(silhouette(&points, &[0, 0, 0], 100, 1), None);
        let found = silhouette(&points, &[0, 0, 1], 100, 1).unwrap();
        assert!((found - (4.0 / 5.0 + 3.0 / 4.0) / 3.0).abs() < 1e-12);
    }

    #[test]
    fn davies_bouldin_of_two_pairs_is_as_worked_by_hand() {
        // Centroids 0.5 and 5, scatters 0.5 and 1, distance 4.5: both ratios are 1.5 / 4.5.
        let points = Points::new(1, vec![0.0, 1.0, 4.0, 6.0]).unwrap();
        let found = davies_bouldin(&points, &clustering(&points, 2)).unwrap();
        assert!((found - 1.5 / 4.5).abs() < 1e-12, "{found}");
        assert_eq!(davies_bouldin(&points, &clustering(&points, 1)), None);
    }

    #[test]
    fn the_right_number_of_clusters_is_more_stable_than_a_wrong_one() {
        // Three tight groups: 3 clusters come back, 5 cut the groups at random.
        let data: Vec<f64> = (0..300).map(|i| f64::from(i % 3) * 100.0 + f64::from(i / 3) * 0.01).collect();
        let points = Points::new(1, data).unwrap();
        let of = |k| stability(&points, &clustering(&points, k), &KMeansParams::new(k, 3, 9), 4).unwrap();
        assert_eq!(of(3), 1.0);
        assert!(of(5) < 0.95, "{}", of(5));
    }

    #[test]
    fn a_sample_is_seeded_and_without_repetition() {
        let found = sampled(1_000, 10, 4, 1);
        assert_eq!(found, sampled(1_000, 10, 4, 1));
        assert_ne!(found, sampled(1_000, 10, 5, 1));
        assert!(found.windows(2).all(|w| w[0] < w[1]) && found.len() == 10);
    }
}
