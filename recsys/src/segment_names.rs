//! A plain name for each segment, from a fixed table of rules over the centroid's z-scores.
//!
//! Last step of `rfm`. The table has one name for each combination of recent / middling / long ago, often / middling /
//! rarely and big / middling / small baskets: 27 names at z-scores −1, 0, 1. Each segment takes the nearest name that is
//! still free, the nearest pairs first, so names are unique and the same centroids always give the same names.
//! Past 27 segments a name comes again with a number ("Lapsed 2").

use crate::rfm::ZScores;

/// Where a name stands: z-scores of recency (low = ordered lately), frequency and monetary (basket size).
const RULES: [(&str, [f64; 3]); 27] = [
    ("Champions", [-1.0, 1.0, 1.0]),
    ("Loyal", [-1.0, 1.0, 0.0]),
    ("Frequent small baskets", [-1.0, 1.0, -1.0]),
    ("Active big baskets", [-1.0, 0.0, 1.0]),
    ("Active", [-1.0, 0.0, 0.0]),
    ("Active small baskets", [-1.0, 0.0, -1.0]),
    ("New big baskets", [-1.0, -1.0, 1.0]),
    ("New or occasional", [-1.0, -1.0, 0.0]),
    ("New small baskets", [-1.0, -1.0, -1.0]),
    ("Steady loyal big baskets", [0.0, 1.0, 1.0]),
    ("Steady loyal", [0.0, 1.0, 0.0]),
    ("Steady loyal small baskets", [0.0, 1.0, -1.0]),
    ("Big baskets", [0.0, 0.0, 1.0]),
    ("Average", [0.0, 0.0, 0.0]),
    ("Small baskets", [0.0, 0.0, -1.0]),
    ("Occasional big baskets", [0.0, -1.0, 1.0]),
    ("Occasional", [0.0, -1.0, 0.0]),
    ("Occasional small baskets", [0.0, -1.0, -1.0]),
    ("At risk big baskets", [1.0, 1.0, 1.0]),
    ("At risk", [1.0, 1.0, 0.0]),
    ("At risk small baskets", [1.0, 1.0, -1.0]),
    ("Cooling big baskets", [1.0, 0.0, 1.0]),
    ("Cooling", [1.0, 0.0, 0.0]),
    ("Cooling small baskets", [1.0, 0.0, -1.0]),
    ("Lapsed big baskets", [1.0, -1.0, 1.0]),
    ("Lapsed", [1.0, -1.0, 0.0]),
    ("Lapsed small baskets", [1.0, -1.0, -1.0]),
];

/// Beyond this, a z-score is simply high or low: an extreme in one measure must not outweigh the others.
const CLAMP: f64 = 1.5;

/// A unique name for each centroid, in their order.
pub fn segment_names(centroids: &[ZScores]) -> Vec<String> {
    let mut candidates: Vec<(f64, usize, usize)> = Vec::with_capacity(centroids.len() * RULES.len());
    for (segment, centroid) in centroids.iter().enumerate() {
        for (rule, (_, at)) in RULES.iter().enumerate() {
            candidates.push((distance(centroid, at), segment, rule));
        }
    }
    // Ties: the lower segment (the more valuable one), then the earlier rule.
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));

    let mut names: Vec<Option<String>> = vec![None; centroids.len()];
    for round in 1..=centroids.len().div_ceil(RULES.len()) {
        let mut taken = [false; RULES.len()];
        for (_, segment, rule) in &candidates {
            if names[*segment].is_none() && !taken[*rule] {
                taken[*rule] = true;
                let name = RULES[*rule].0;
                names[*segment] = Some(if round == 1 { name.to_owned() } else { format!("{name} {round}") });
            }
        }
    }
    // Each round names as many segments as there are rules, so none is left.
    names.into_iter().flatten().collect()
}

fn distance(centroid: &ZScores, at: &[f64; 3]) -> f64 {
    let z = [centroid.recency, centroid.frequency, centroid.monetary];
    z.iter().zip(at).map(|(z, at)| (z.clamp(-CLAMP, CLAMP) - at).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn z(recency: f64, frequency: f64, monetary: f64) -> ZScores {
        ZScores { recency, frequency, monetary }
    }

    #[test]
    fn the_table_has_each_combination_and_each_name_once() {
        let names: BTreeSet<&str> = RULES.iter().map(|(name, _)| *name).collect();
        let places: BTreeSet<String> = RULES.iter().map(|(_, at)| format!("{at:?}")).collect();
        assert_eq!((names.len(), places.len()), (27, 27));
    }

    #[test]
    fn clear_segments_get_the_usual_names() {
        let check = |centroid, expected: &str| assert_eq!(segment_names(&[centroid]), [expected]);
        check(z(-1.2, 1.6, 0.9), "Champions");
        check(z(-0.8, 1.1, 0.1), "Loyal");
        check(z(1.0, -0.9, -0.2), "Lapsed");
        check(z(0.9, 0.8, 0.3), "At risk");
        check(z(0.1, -0.2, 1.4), "Big baskets");
        check(z(-0.9, -0.9, 0.2), "New or occasional");
        check(z(0.0, 0.0, 0.0), "Average");
        check(z(-9.0, 0.7, 0.1), "Loyal");
    }

    #[test]
    fn two_segments_in_one_place_get_different_names_and_the_nearer_one_keeps_it() {
        assert_eq!(segment_names(&[z(-1.0, 1.0, 0.6), z(-1.0, 1.0, 1.0)])[1], "Champions");
        let equal = segment_names(&[z(0.0, 0.0, 0.0), z(0.0, 0.0, 0.0)]);
        assert_eq!(equal[0], "Average");
        assert_ne!(equal[0], equal[1]);
    }

    #[test]
    fn names_are_unique_for_any_centroids_and_any_number() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for round in 0..200 {
            let k = 1 + round % 60;
            let spread = if round % 2 == 0 { 0.05 } else { 2.0 };
            let mut draw = || rng.random_range(-spread..spread);
            let centroids: Vec<ZScores> = (0..k).map(|_| z(draw(), draw(), draw())).collect();
            let names = segment_names(&centroids);
            assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), k, "{names:?}");
            assert!(k > 27 || names.iter().all(|name| !name.ends_with(" 2")));
        }
    }

    #[test]
    fn no_centroids_have_no_names() {
        assert!(segment_names(&[]).is_empty());
    }
}
