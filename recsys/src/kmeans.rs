//! K-means: seeded k-means++ starts, Lloyd's iterations, the best of several restarts.
//!
//! [`Points`] → [`Clustering`]: centroids, the cluster of each point, the inertia (Σ of squared distances).
//! A cluster that loses all its points is moved to the point farthest from its centroid.
//! Sources: Arthur and Vassilvitskii, "k-means++", SODA 2007; Lloyd, 1982.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::{RecsysError, error::require};

/// Points of one partial sum. Fixed, so that sums are added in the same order on any number of threads.
const CHUNK_POINTS: usize = 4_096;

/// Lloyd iterations of a start; it stops by itself when no point changes its cluster, mostly far earlier.
pub const MAX_ITERATIONS: usize = 300;

/// Points of equal dimension, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Points {
    dimension: usize,
    data: Vec<f64>,
}

impl Points {
    /// Checks shape and finiteness.
    pub fn new(dimension: usize, data: Vec<f64>) -> Result<Self, RecsysError> {
        require(dimension >= 1, "dimension of the points", dimension, "at least 1")?;
        if !data.len().is_multiple_of(dimension) {
            let expected = data.len().next_multiple_of(dimension);
            return Err(RecsysError::Shape { what: "points", found: data.len(), expected });
        }
        if let Some((position, value)) = data.iter().copied().enumerate().find(|(_, v)| !v.is_finite()) {
            return Err(RecsysError::NotFinite { what: "points", value, position });
        }
        Ok(Self { dimension, data })
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.data.len() / self.dimension
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// Coordinates a point.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The points in order.
    pub fn rows(&self) -> impl Iterator<Item = &[f64]> {
        self.data.chunks_exact(self.dimension)
    }

    /// Number of different points, counted up to `limit`.
    pub fn distinct(&self, limit: usize) -> usize {
        let mut seen = std::collections::HashSet::new();
        for row in self.rows() {
            if seen.len() >= limit {
                break;
            }
            // + 0.0 makes −0 and 0 the same bits.
            seen.insert(row.iter().map(|v| (v + 0.0).to_bits()).collect::<Vec<_>>());
        }
        seen.len()
    }

    /// At most `count` points, evenly spaced in their order: always the same ones, whatever the seed.
    pub(crate) fn evenly_spaced(&self, count: usize) -> Self {
        let (len, count) = (self.len(), count.min(self.len()).max(1));
        let positions: Vec<usize> = (0..count).map(|at| at * len / count).collect();
        self.subset(&positions)
    }

    /// The points at these positions; positions past the end are left out.
    pub(crate) fn subset(&self, positions: &[usize]) -> Self {
        let d = self.dimension;
        let rows = positions.iter().filter_map(|p| self.data.get(p * d..(p + 1) * d));
        Self { dimension: d, data: rows.flatten().copied().collect() }
    }
}

/// What shapes a clustering.
#[derive(Debug, Clone, PartialEq)]
pub struct KMeansParams {
    /// Clusters, ≥ 1.
    pub k: usize,
    /// Starts, ≥ 1; the one with the lowest inertia is kept.
    pub restarts: usize,
    /// Lloyd iterations of a start, at most.
    pub max_iterations: usize,
    /// Of the starts.
    pub seed: u64,
}

impl KMeansParams {
    /// With at most [`MAX_ITERATIONS`].
    pub fn new(k: usize, restarts: usize, seed: u64) -> Self {
        Self { k, restarts, max_iterations: MAX_ITERATIONS, seed }
    }
}

/// Points in clusters.
#[derive(Debug, Clone, PartialEq)]
pub struct Clustering {
    /// One a cluster.
    pub centroids: Points,
    /// The cluster of each point.
    pub assignments: Vec<u32>,
    /// Σ of squared distances to the own centroid.
    pub inertia: f64,
    /// Lloyd iterations of the start that was kept.
    pub iterations: usize,
}

/// Clusters points.
pub fn fit(points: &Points, params: &KMeansParams) -> Result<Clustering, RecsysError> {
    require(params.k >= 1, "k", params.k, "at least 1")?;
    require(params.restarts >= 1, "restarts", params.restarts, "at least 1")?;
    require(params.max_iterations >= 1, "max_iterations", params.max_iterations, "at least 1")?;
    if points.is_empty() {
        return Err(RecsysError::NoData { what: "points" });
    }
    let starts: Vec<Clustering> = (0..params.restarts)
        .into_par_iter()
        .map(|restart| {
            let mut rng = ChaCha8Rng::seed_from_u64(params.seed);
            rng.set_stream(restart as u64);
            Ok(lloyd(points, plus_plus(points, params.k, &mut rng)?, params.max_iterations))
        })
        .collect::<Result<_, RecsysError>>()?;
    // The first of equals, so the result does not depend on which start ended first.
    let best =
        starts.into_iter().reduce(|best, other| if other.inertia < best.inertia { other } else { best });
    best.ok_or(RecsysError::NoData { what: "points" })
}

/// Lloyd's iterations from given centroids, such as those found on a part of the points. The clusters keep their order.
pub fn refine(points: &Points, centroids: Points, max_iterations: usize) -> Result<Clustering, RecsysError> {
    require(max_iterations >= 1, "max_iterations", max_iterations, "at least 1")?;
    require(!centroids.is_empty(), "number of centroids", centroids.len(), "at least 1")?;
    if centroids.dimension != points.dimension {
        let (found, expected) = (centroids.dimension, points.dimension);
        return Err(RecsysError::Shape { what: "a centroid", found, expected });
    }
    if points.is_empty() {
        return Err(RecsysError::NoData { what: "points" });
    }
    Ok(lloyd(points, centroids, max_iterations))
}

/// The nearest centroid of each point, ties to the lower one.
pub fn assign(points: &Points, centroids: &Points) -> Vec<u32> {
    points.data.par_chunks_exact(points.dimension).map(|point| nearest(point, centroids).0).collect()
}

pub(crate) fn squared_distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum()
}

fn nearest(point: &[f64], centroids: &Points) -> (u32, f64) {
    let mut best = (0, f64::INFINITY);
    for (cluster, centroid) in (0_u32..).zip(centroids.rows()) {
        let distance = squared_distance(point, centroid);
        if distance < best.1 {
            best = (cluster, distance);
        }
    }
    best
}

/// Chooses k start centroids: the first uniformly, each further one with probability ∝ squared distance to the
/// nearest already chosen.
fn plus_plus(points: &Points, k: usize, rng: &mut ChaCha8Rng) -> Result<Points, RecsysError> {
    let d = points.dimension;
    let mut chosen = rng.random_range(0..points.len());
    let mut centroids = Points { dimension: d, data: Vec::with_capacity(k * d) };
    let mut distances = vec![f64::INFINITY; points.len()];
    loop {
        let centroid = &points.data[chosen * d..(chosen + 1) * d];
        centroids.data.extend_from_slice(centroid);
        if centroids.len() == k {
            return Ok(centroids);
        }
        let mut total = 0.0;
        for (distance, point) in distances.iter_mut().zip(points.rows()) {
            *distance = distance.min(squared_distance(point, centroid));
            total += *distance;
        }
        if total <= 0.0 {
            return Err(RecsysError::TooFewDistinctPoints { k, distinct: centroids.len() });
        }
        let target = rng.random_range(0.0..total);
        let mut sum = 0.0;
        let passed = distances.iter().position(|distance| {
            sum += distance;
            sum > target
        });
        // Rounding may leave the last partial sum at the target: then the last point away from all centroids.
        let last = distances.iter().rposition(|distance| *distance > 0.0);
        chosen = passed.or(last).unwrap_or(chosen);
    }
}

/// Sums of one chunk of points.
struct Partial {
    sums: Vec<f64>,
    counts: Vec<u64>,
    inertia: f64,
    changed: bool,
}

fn lloyd(points: &Points, mut centroids: Points, max_iterations: usize) -> Clustering {
    let mut assignments = vec![u32::MAX; points.len()];
    let mut iterations = 0;
    loop {
        let total = reassign(points, &centroids, &mut assignments);
        if !total.changed || iterations == max_iterations {
            return Clustering { centroids, assignments, inertia: total.inertia, iterations };
        }
        iterations += 1;
        let d = points.dimension;
        let mut empty = Vec::new();
        let clusters = centroids.data.chunks_exact_mut(d).zip(total.sums.chunks_exact(d)).zip(&total.counts);
        for (cluster, ((centroid, sums), count)) in clusters.enumerate() {
            if *count == 0 {
                empty.push(cluster);
            } else {
                centroid.iter_mut().zip(sums).for_each(|(c, sum)| *c = sum / *count as f64);
            }
        }
        for cluster in empty {
            move_to_farthest(points, &mut centroids, &assignments, cluster);
        }
    }
}

/// Gives each point to its nearest centroid and sums up the new clusters.
fn reassign(points: &Points, centroids: &Points, assignments: &mut [u32]) -> Partial {
    let d = points.dimension;
    let zero = || Partial {
        sums: vec![0.0; centroids.data.len()],
        counts: vec![0; centroids.len()],
        inertia: 0.0,
        changed: false,
    };
    let partials: Vec<Partial> = points
        .data
        .par_chunks(CHUNK_POINTS * d)
        .zip(assignments.par_chunks_mut(CHUNK_POINTS))
        .map(|(chunk, assignments)| {
            let mut partial = zero();
            for (point, assignment) in chunk.chunks_exact(d).zip(assignments) {
                let (cluster, distance) = nearest(point, centroids);
                partial.changed |= *assignment != cluster;
                *assignment = cluster;
                partial.inertia += distance;
                let first = cluster as usize * d;
                partial.counts[cluster as usize] += 1;
                partial.sums[first..first + d].iter_mut().zip(point).for_each(|(sum, v)| *sum += v);
            }
            partial
        })
        .collect();
    let mut total = zero();
    for partial in partials {
        total.sums.iter_mut().zip(partial.sums).for_each(|(sum, v)| *sum += v);
        total.counts.iter_mut().zip(partial.counts).for_each(|(sum, v)| *sum += v);
        total.inertia += partial.inertia;
        total.changed |= partial.changed;
    }
    total
}

/// Moves an empty cluster to the point farthest from where it stands now: from its own centroid and from the
/// clusters that were moved just before. The first of equals.
fn move_to_farthest(points: &Points, centroids: &mut Points, assignments: &[u32], cluster: usize) {
    let d = points.dimension;
    let mut farthest = (0.0, None);
    for (point, assignment) in points.rows().zip(assignments) {
        let own = *assignment as usize * d;
        let own = squared_distance(point, &centroids.data[own..own + d]);
        let distance = own.min(nearest(point, centroids).1);
        if distance > farthest.0 {
            farthest = (distance, Some(point));
        }
    }
    if let Some(point) = farthest.1 {
        centroids.data[cluster * d..(cluster + 1) * d].copy_from_slice(point);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three clouds of 50 points around (0, 0), (10, 0) and (0, 10).
    fn clouds() -> Points {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut data = Vec::new();
        for (x, y) in [(0.0, 0.0), (10.0, 0.0), (0.0, 10.0)] {
            for _ in 0..50 {
                data.extend([x + rng.random_range(-1.0..1.0), y + rng.random_range(-1.0..1.0)]);
            }
        }
        Points::new(2, data).unwrap()
    }

    #[test]
    fn four_points_on_a_line_split_in_the_middle() {
        // 0, 1 | 9, 11: centroids 0.5 and 10, inertia 2 · 0.25 + 2 · 1 = 2.5
        let points = Points::new(1, vec![0.0, 1.0, 9.0, 11.0]).unwrap();
        let found = fit(&points, &KMeansParams::new(2, 4, 1)).unwrap();
        let mut centroids: Vec<f64> = found.centroids.rows().map(|row| row[0]).collect();
        centroids.sort_by(f64::total_cmp);
        assert_eq!(centroids, [0.5, 10.0]);
        assert_eq!(found.inertia, 2.5);
    }

    #[test]
    fn planted_clouds_are_found() {
        let found = fit(&clouds(), &KMeansParams::new(3, 4, 1)).unwrap();
        for cloud in found.assignments.chunks(50) {
            assert!(cloud.iter().all(|cluster| *cluster == cloud[0]));
        }
        assert!(found.inertia < 150.0 * 2.0);
    }

    #[test]
    fn the_same_seed_gives_the_same_clusters_on_any_number_of_threads() {
        let mut data = clouds().data;
        // More than one chunk.
        data = data.iter().cycle().take(300 * 60).copied().collect();
        let points = Points::new(2, data).unwrap();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(&points, &KMeansParams::new(4, 3, 5)).unwrap())
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn an_empty_cluster_is_moved_to_the_farthest_point() {
        let points = Points::new(1, vec![0.0, 0.0, 1.0, 50.0]).unwrap();
        let start = Points::new(1, vec![0.0, 1_000.0]).unwrap();
        let found = lloyd(&points, start, 100);
        assert_eq!(found.assignments, [0, 0, 0, 1]);
    }

    #[test]
    fn centroids_of_a_part_are_refined_on_all_points() {
        // Of 0, 1 | 9, 11 only 0 and 9 are known: one iteration moves them to 0.5 and 10.
        let points = Points::new(1, vec![0.0, 1.0, 9.0, 11.0]).unwrap();
        let found = refine(&points, Points::new(1, vec![0.0, 9.0]).unwrap(), 100).unwrap();
        assert_eq!((found.centroids.data, found.inertia), (vec![0.5, 10.0], 2.5));
        assert!(refine(&points, Points::new(2, vec![0.0, 9.0]).unwrap(), 100).is_err());
        assert!(refine(&points, Points::new(1, vec![]).unwrap(), 100).is_err());
    }

    #[test]
    fn more_clusters_than_different_points_are_refused() {
        let points = Points::new(1, vec![3.0, 3.0, 4.0, 4.0]).unwrap();
        assert_eq!(points.distinct(10), 2);
        let error = fit(&points, &KMeansParams::new(3, 1, 1)).unwrap_err();
        assert_eq!(error, RecsysError::TooFewDistinctPoints { k: 3, distinct: 2 });
        assert_eq!(fit(&points, &KMeansParams::new(2, 1, 1)).unwrap().inertia, 0.0);
    }

    #[test]
    fn malformed_points_and_parameters_are_refused() {
        assert!(Points::new(2, vec![1.0]).is_err());
        assert!(Points::new(1, vec![f64::NAN]).is_err());
        assert!(fit(&Points::new(1, vec![]).unwrap(), &KMeansParams::new(1, 1, 1)).is_err());
        assert!(fit(&clouds(), &KMeansParams::new(0, 1, 1)).is_err());
        assert!(fit(&clouds(), &KMeansParams::new(2, 0, 1)).is_err());
    }
}
