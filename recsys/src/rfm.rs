//! Segments of customers by recency, frequency and monetary.
//!
//! Recency in days (a gap of 30 means "30 or more"; it is taken as it stands), frequency in orders, monetary in lines
//! an order (a basket-size proxy where there are no prices) → log1p → z-scores → k-means → segments.
//! Segments are numbered by value, 0 is the most valuable: value = z_frequency + z_monetary − z_recency of the centroid.
//! So the numbers do not depend on the order in which k-means found the clusters.

use crate::{
    RecsysError,
    kmeans::{self, Clustering, KMeansParams, Points},
    segment_names::segment_names,
    sweep::{Candidate, SweepParams, sweep},
};

/// Recency, frequency, monetary.
const MEASURES: usize = 3;

/// What is known of a customer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Customer {
    /// The customer.
    pub user_id: u32,
    /// Days before the last order since the one before it; `None` for a customer with a single order.
    pub recency_days: Option<f64>,
    /// All orders.
    pub frequency: u64,
    /// Mean lines over the orders that have lines; `None` where no order has.
    pub monetary: Option<f64>,
}

/// What shapes the segments.
#[derive(Debug, Clone, PartialEq)]
pub struct RfmParams {
    /// Number of segments; `None` = chosen by the sweep.
    pub k: Option<usize>,
    /// Smallest number the sweep tries.
    pub k_min: usize,
    /// Largest number the sweep tries.
    pub k_max: usize,
    /// Starts for each number.
    pub restarts: usize,
    /// Of everything random.
    pub seed: u64,
}

/// Standard scores of log1p of the three measures. 0 where a measure is missing or the same for all customers: it
/// then says nothing about this one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ZScores {
    /// Higher = the last order came after a longer pause.
    pub recency: f64,
    /// Higher = more orders.
    pub frequency: f64,
    /// Higher = bigger baskets.
    pub monetary: f64,
}

impl ZScores {
    /// What segments are ordered by: many orders, big baskets, short pauses.
    pub fn value(&self) -> f64 {
        self.frequency + self.monetary - self.recency
    }
}

/// A customer in a segment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SegmentedCustomer {
    /// The customer.
    pub user_id: u32,
    /// Its standard scores.
    pub z: ZScores,
    /// Position in [`Segmentation::segments`].
    pub segment: u32,
}

/// A segment.
#[derive(Debug, Clone, PartialEq)]
pub struct Segment {
    /// 0 is the most valuable.
    pub id: u32,
    /// Plain and unique.
    pub name: String,
    /// Customers in it.
    pub customers: u64,
    /// The mean of their standard scores.
    pub centroid: ZScores,
}

/// All customers in segments.
#[derive(Debug, Clone, PartialEq)]
pub struct Segmentation {
    /// In the order of the input.
    pub customers: Vec<SegmentedCustomer>,
    /// Most valuable first.
    pub segments: Vec<Segment>,
    /// What the sweep compared; empty for a fixed k.
    pub candidates: Vec<Candidate>,
}

/// Puts customers into segments. A fixed `k` above the number of different customers is an error; the sweep's range is
/// cut at it. The same customers in another order may round differently: give them in order of id.
pub fn segment_customers(customers: &[Customer], params: &RfmParams) -> Result<Segmentation, RecsysError> {
    if customers.is_empty() {
        return Err(RecsysError::NoData { what: "customers" });
    }
    let scores = z_scores(customers);
    let data = scores.iter().flat_map(|z| [z.recency, z.frequency, z.monetary]).collect();
    let points = Points::new(MEASURES, data)?;
    let (clustering, candidates) = match params.k {
        Some(k) => (kmeans::fit(&points, &KMeansParams::new(k, params.restarts, params.seed))?, Vec::new()),
        None => {
            let &RfmParams { k_min, k_max, restarts, seed, .. } = params;
            let found = sweep(&points, &SweepParams { k_min, k_max, restarts, seed })?;
            (found.clustering, found.candidates)
        }
    };
    let (segments, segment_of_cluster) = ordered_segments(&clustering);
    let customers = customers
        .iter()
        .zip(scores)
        .zip(&clustering.assignments)
        .map(|((customer, z), cluster)| SegmentedCustomer {
            user_id: customer.user_id,
            z,
            segment: segment_of_cluster[*cluster as usize],
        })
        .collect();
    Ok(Segmentation { customers, segments, candidates })
}

fn z_scores(customers: &[Customer]) -> Vec<ZScores> {
    let recency = standardised(customers.iter().map(|c| c.recency_days).collect());
    let frequency = standardised(customers.iter().map(|c| Some(c.frequency as f64)).collect());
    let monetary = standardised(customers.iter().map(|c| c.monetary).collect());
    recency
        .into_iter()
        .zip(frequency)
        .zip(monetary)
        .map(|((recency, frequency), monetary)| ZScores { recency, frequency, monetary })
        .collect()
}

/// z-scores of log1p over the values that are there (population standard deviation); 0 for those that are not.
fn standardised(values: Vec<Option<f64>>) -> Vec<f64> {
    let logs: Vec<Option<f64>> = values.into_iter().map(|value| value.map(f64::ln_1p)).collect();
    let known = logs.iter().flatten().count().max(1) as f64;
    let mean = logs.iter().flatten().sum::<f64>() / known;
    let variance = logs.iter().flatten().map(|log| (log - mean).powi(2)).sum::<f64>() / known;
    let deviation = variance.sqrt();
    // Equal values leave a deviation of rounding only, which must not be blown up to a z-score.
    let constant = deviation <= f64::EPSILON * mean.abs().max(1.0) * 8.0;
    let z = |log: Option<f64>| log.filter(|_| !constant).map_or(0.0, |log| (log - mean) / deviation);
    logs.into_iter().map(z).collect()
}

/// Clusters as segments, most valuable first, and the segment of each cluster.
fn ordered_segments(clustering: &Clustering) -> (Vec<Segment>, Vec<u32>) {
    let centroids: Vec<ZScores> = clustering
        .centroids
        .rows()
        .filter_map(|row| <[f64; MEASURES]>::try_from(row).ok())
        .map(|[recency, frequency, monetary]| ZScores { recency, frequency, monetary })
        .collect();
    let mut clusters: Vec<usize> = (0..centroids.len()).collect();
    // Most valuable first; of equal value the more frequent, then the more recent.
    clusters.sort_by(|a, b| {
        let key = |z: &ZScores| [-z.value(), -z.frequency, z.recency];
        let (a, b) = (key(&centroids[*a]), key(&centroids[*b]));
        a.iter().zip(&b).map(|(a, b)| a.total_cmp(b)).find(|o| o.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
    let mut sizes = vec![0_u64; centroids.len()];
    clustering.assignments.iter().for_each(|cluster| sizes[*cluster as usize] += 1);
    let ordered: Vec<ZScores> = clusters.iter().map(|cluster| centroids[*cluster]).collect();
    let mut segment_of_cluster = vec![0; centroids.len()];
    let segments = (0_u32..)
        .zip(&clusters)
        .zip(segment_names(&ordered))
        .map(|((id, cluster), name)| {
            segment_of_cluster[*cluster] = id;
            Segment { id, name, customers: sizes[*cluster], centroid: centroids[*cluster] }
        })
        .collect();
    (segments, segment_of_cluster)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn customer(user_id: u32, recency: f64, frequency: u64, monetary: f64) -> Customer {
        Customer { user_id, recency_days: Some(recency), frequency, monetary: Some(monetary) }
    }

    /// 40 champions, 40 lapsed, 40 with big but rare baskets; ids in that order.
    fn planted() -> Vec<Customer> {
        let wobble = |i: u32| f64::from(i % 5) * 0.1;
        let champions = (0..40).map(|i| customer(i, 2.0 + wobble(i), 80, 40.0 + wobble(i)));
        let lapsed = (40..80).map(|i| customer(i, 30.0, 5, 5.0 + wobble(i)));
        let big = (80..120).map(|i| customer(i, 12.0 + wobble(i), 8, 30.0 + wobble(i)));
        champions.chain(lapsed).chain(big).collect()
    }

    fn params(k: Option<usize>) -> RfmParams {
        RfmParams { k, k_min: 2, k_max: 6, restarts: 4, seed: 11 }
    }

    #[test]
    fn planted_segments_are_found_in_order_of_value() {
        let found = segment_customers(&planted(), &params(Some(3))).unwrap();
        let segment_of = |id: usize| found.customers[id].segment;
        assert_eq!((segment_of(0), segment_of(100), segment_of(50)), (0, 1, 2));
        assert!(found.segments.iter().all(|segment| segment.customers == 40));
        assert!(found.segments.windows(2).all(|s| s[0].centroid.value() >= s[1].centroid.value()));
        assert_eq!(found.segments[0].name, "Champions");
        assert_eq!(found.segments[2].name, "Lapsed small baskets");
    }

    #[test]
    fn segment_numbers_do_not_depend_on_the_seed() {
        let with =
            |seed| segment_customers(&planted(), &RfmParams { seed, ..params(Some(3)) }).unwrap().customers;
        assert!((1..20).all(|seed| with(seed) == with(0)));
    }

    #[test]
    fn the_sweep_finds_the_planted_number_and_reports_what_it_compared() {
        let found = segment_customers(&planted(), &params(None)).unwrap();
        assert_eq!(found.segments.len(), 3);
        assert_eq!(found.candidates.iter().map(|c| c.k).collect::<Vec<_>>(), [2, 3, 4, 5, 6]);
    }

    #[test]
    fn z_scores_are_of_the_logarithm() {
        // log1p of 0, e − 1 and e² − 1 is 0, 1, 2: mean 1, population deviation √(2/3).
        let e = std::f64::consts::E;
        let found = standardised(vec![Some(0.0), Some(e - 1.0), Some(e * e - 1.0)]);
        let z = 1.5_f64.sqrt();
        for (found, expected) in found.iter().zip([-z, 0.0, z]) {
            assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        }
    }

    #[test]
    fn what_is_missing_or_the_same_for_all_counts_as_average() {
        assert_eq!(standardised(vec![Some(3.3), Some(3.3), None]), [0.0, 0.0, 0.0]);
        assert_eq!(standardised(vec![None, None]), [0.0, 0.0]);
        let found = standardised(vec![Some(1.0), None, Some(5.0)]);
        assert!(found[1] == 0.0 && (found[0] + found[2]).abs() < 1e-12);
    }

    #[test]
    fn a_customer_with_a_single_order_has_a_segment() {
        let mut customers = planted();
        customers.push(Customer { user_id: 500, recency_days: None, frequency: 1, monetary: Some(6.0) });
        let found = segment_customers(&customers, &params(Some(3))).unwrap();
        assert_eq!(found.customers.last().map(|c| (c.user_id, c.z.recency)), Some((500, 0.0)));
    }

    #[test]
    fn too_many_segments_or_no_customers_are_refused() {
        assert_eq!(segment_customers(&[], &params(None)), Err(RecsysError::NoData { what: "customers" }));
        let two = [customer(1, 3.0, 4, 5.0), customer(2, 8.0, 2, 3.0)];
        let error = segment_customers(&two, &params(Some(4))).unwrap_err();
        assert_eq!(error, RecsysError::TooFewDistinctPoints { k: 4, distinct: 2 });
        assert_eq!(segment_customers(&two, &params(None)).unwrap().segments.len(), 2);
    }
}
