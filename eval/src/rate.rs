//! A share with its 95 % Wilson score interval (Wilson 1927), which holds for small counts and shares near 0 and 1.

use serde::{Serialize, Serializer, ser::SerializeStruct};

/// The 97.5 % quantile of the normal distribution.
const Z: f64 = 1.959_964;

/// Successes among trials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rate {
    /// Successes.
    pub hits: usize,
    /// Trials.
    pub of: usize,
}

impl Rate {
    /// The rate of what fulfils a condition.
    pub fn of<T>(items: impl IntoIterator<Item = T>, mut is_hit: impl FnMut(T) -> bool) -> Self {
        let mut rate = Self::default();
        for item in items {
            rate.of += 1;
            rate.hits += usize::from(is_hit(item));
        }
        rate
    }

    /// The share, 0 to 1; `None` without trials.
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.hits as f64 / self.of as f64)
    }

    /// The interval, 0 to 1; all of it without trials.
    pub fn interval(self) -> (f64, f64) {
        let Some(p) = self.share() else { return (0.0, 1.0) };
        let n = self.of as f64;
        let centre = p + Z * Z / (2.0 * n);
        let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        let scale = 1.0 + Z * Z / n;
        (((centre - spread) / scale).max(0.0), ((centre + spread) / scale).min(1.0))
    }
}

impl std::fmt::Display for Rate {
    /// `8/10 = 80.0 % [49.0, 94.3]`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(share) = self.share() else { return f.write_str("0/0") };
        let (low, high) = self.interval();
        write!(
            f,
            "{}/{} = {:.1} % [{:.1}, {:.1}]",
            self.hits,
            self.of,
            share * 100.0,
            low * 100.0,
            high * 100.0
        )
    }
}

impl Serialize for Rate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (low, high) = self.interval();
        let mut rate = serializer.serialize_struct("Rate", 5)?;
        rate.serialize_field("hits", &self.hits)?;
        rate.serialize_field("of", &self.of)?;
        rate.serialize_field("share", &self.share())?;
        rate.serialize_field("low", &low)?;
        rate.serialize_field("high", &high)?;
        rate.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hand-worked from the formula; 8 of 10 also in Brown, Cai, DasGupta 2001, eq. 4.
    #[test]
    fn the_interval_is_wilsons() {
        let check = |hits, of, low: f64, high: f64| {
            let (found_low, found_high) = Rate { hits, of }.interval();
            assert!(
                (found_low - low).abs() < 1e-4 && (found_high - high).abs() < 1e-4,
                "{found_low} {found_high}"
            );
        };
        check(8, 10, 0.4902, 0.9433);
        // p = 1, n = 60: low = n / (n + z²) = 60 / 63.8415.
        check(60, 60, 0.9398, 1.0);
        // p = 0, n = 60: high = z² / (n + z²) = 3.8415 / 63.8415.
        check(0, 60, 0.0, 0.0602);
        check(0, 0, 0.0, 1.0);
    }

    #[test]
    fn a_rate_reads() {
        assert_eq!(Rate { hits: 8, of: 10 }.to_string(), "8/10 = 80.0 % [49.0, 94.3]");
        assert_eq!(Rate::default().to_string(), "0/0");
        assert_eq!(Rate::of([1, 2, 3], |n| n > 1), Rate { hits: 2, of: 3 });
    }
}
