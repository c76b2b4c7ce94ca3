//! From figures to positions: the range of an axis, its round ticks, and how these are written.
//!
//! Input: figures and a format. Output: positions along an axis and labels. An axis without figures goes from 0 to 1.
//! Ticks are 1, 2 or 5 times a power of ten (Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990).

use domain::answer::Format;

use crate::{spec::Scale, value::rounded};

/// Beyond this a difference of two figures would be infinite.
const LARGEST: f64 = 1e300;

/// Decimals of a tick, at most.
const MOST_DECIMALS: usize = 6;

/// An axis of figures between two positions.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Axis {
    low: f64,
    high: f64,
    /// Positions in pixels of both ends.
    from: f64,
    to: f64,
    scale: Scale,
    /// Where ticks stand, ascending.
    pub(crate) ticks: Vec<f64>,
    step: f64,
}

impl Axis {
    /// An axis over all the figures, out to the next tick; with zero on it where `zero` is asked for.
    pub(crate) fn over(
        figures: impl Iterator<Item = f64>,
        scale: Scale,
        zero: bool,
        (from, to): (f64, f64),
        ticks: usize,
    ) -> Self {
        let finite = figures.filter(|figure| figure.is_finite()).map(|f| f.clamp(-LARGEST, LARGEST));
        let (mut low, mut high) =
            finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), f| (low.min(f), high.max(f)));
        if low > high {
            (low, high) = if scale == Scale::Log { (1.0, 10.0) } else { (0.0, 1.0) };
        }
        if scale == Scale::Log {
            return Self::log(low, high, from, to);
        }
        if zero {
            (low, high) = (low.min(0.0), high.max(0.0));
        }
        if low == high {
            // A single figure stands in the middle of a range of its own size.
            let half = if low == 0.0 { 0.5 } else { low.abs() / 2.0 };
            (low, high) = if zero { (low.min(0.0), high.max(1.0)) } else { (low - half, high + half) };
        }
        let step = nice_step((high - low) / ticks.max(1) as f64);
        let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
        // Rounding may leave a range of nothing around very large figures.
        let count = ((last - first) as usize).clamp(1, 100);
        let ticks = (0..=count).map(|at| (first + at as f64) * step).collect();
        Self { low: first * step, high: (first + count as f64) * step, from, to, scale, ticks, step }
    }

    fn log(low: f64, high: f64, from: f64, to: f64) -> Self {
        let low = low.max(f64::MIN_POSITIVE);
        let (first, last) =
            ((low.log10() + 1e-9).floor() as i32, (high.max(low).log10() - 1e-9).ceil() as i32);
        let last = last.max(first + 1);
        // Up to three powers of ten have 2 and 5 in between; of very many, some are left out.
        let between: &[f64] = if last - first <= 3 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let every = ((last - first) / 10 + 1) as usize;
        let powers = (first..=last).step_by(every);
        let mut ticks: Vec<f64> =
            powers.flat_map(|p| between.iter().map(move |b| b * 10_f64.powi(p))).collect();
        // Out to the next tick, not to the next power of ten.
        let most = high.max(low) * 0.999_999;
        let start =
            ticks.iter().copied().filter(|tick| *tick <= low * 1.000_001).fold(10_f64.powi(first), f64::max);
        let end = ticks.iter().copied().filter(|tick| *tick >= most).fold(10_f64.powi(last), f64::min);
        let end = if end > start { end } else { start * 10.0 };
        ticks.retain(|tick| (start * 0.999_999..=end * 1.000_001).contains(tick));
        Self { low: start, high: end, from, to, scale: Scale::Log, ticks, step: start }
    }

    /// Where a figure stands; at the nearer end where it lies beyond.
    pub(crate) fn at(&self, figure: f64) -> f64 {
        self.from + self.share(figure) * (self.to - self.from)
    }

    /// How far along the axis a figure stands, 0 to 1.
    pub(crate) fn share(&self, figure: f64) -> f64 {
        let share = match self.scale {
            Scale::Linear => (figure - self.low) / (self.high - self.low),
            Scale::Log => (figure / self.low).ln() / (self.high / self.low).ln(),
        };
        if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 }
    }

    /// Both ends.
    pub(crate) fn range(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// A tick's label: as many decimals as the ticks are apart.
    pub(crate) fn label(&self, tick: f64, format: Format) -> String {
        let step = if self.scale == Scale::Log { tick.abs().min(1.0) } else { self.step };
        match format {
            Format::Percent => format!("{} %", rounded(tick * 100.0, decimals(step * 100.0))),
            Format::Hour => format!("{}:00", rounded(tick, decimals(step))),
            Format::Id => format!("{:.*}", decimals(step), tick),
            _ if tick.abs() >= 1e15 => format!("{tick:.0e}"),
            _ => rounded(tick, decimals(step)),
        }
    }
}

/// The smallest of 1, 2, 5 · 10ⁿ that is not below `least`.
fn nice_step(least: f64) -> f64 {
    let power = 10_f64.powf(least.log10().floor());
    let power = if power.is_finite() && power > 0.0 { power } else { 1.0 };
    [1.0, 2.0, 5.0, 10.0].map(|m| m * power).into_iter().find(|s| *s >= least * 0.999_999).unwrap_or(power)
}

/// Decimals that tell steps apart.
fn decimals(step: f64) -> usize {
    let apart = |decimals: usize| {
        let shifted = step * 10_f64.powi(decimals as i32);
        (shifted - shifted.round()).abs() < 1e-6 * shifted.max(1.0) && shifted.round() >= 1.0
    };
    (0..=MOST_DECIMALS).find(|decimals| apart(*decimals)).unwrap_or(MOST_DECIMALS)
}

/// A figure as it stands beside its mark: three decimals below one, two below ten, none from a thousand on.
pub(crate) fn write_figure(figure: f64, format: Format) -> String {
    match format {
        Format::Percent => format!("{} %", rounded(figure * 100.0, 1)),
        Format::Integer | Format::Days => rounded(figure, 0),
        Format::Hour => format!("{}:00", rounded(figure, 0)),
        Format::Id => format!("{figure}"),
        Format::Decimal | Format::Name => {
            let decimals = match figure.abs() {
                size if size == 0.0 || size >= 1_000.0 => 0,
                size if size >= 100.0 => 1,
                size if size >= 1.0 => 2,
                _ => 3,
            };
            rounded(figure, decimals)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(figures: &[f64], zero: bool, format: Format, expected: &[&str]) {
        let axis = Axis::over(figures.iter().copied(), Scale::Linear, zero, (0.0, 100.0), 5);
        let labels: Vec<String> = axis.ticks.iter().map(|tick| axis.label(*tick, format)).collect();
        assert_eq!(labels, expected);
    }

    #[test]
    fn ticks_are_round_and_written_with_separators() {
        check(&[3.0, 4_900.0], true, Format::Integer, &["0", "1,000", "2,000", "3,000", "4,000", "5,000"]);
        check(&[0.31, 0.4], false, Format::Decimal, &["0.30", "0.32", "0.34", "0.36", "0.38", "0.40"]);
        check(&[0.0, 0.05], true, Format::Percent, &["0 %", "1 %", "2 %", "3 %", "4 %", "5 %"]);
        check(&[-3.0, 4.0], true, Format::Integer, &["-4", "-2", "0", "2", "4"]);
        check(&[], true, Format::Integer, &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        check(&[7.0], false, Format::Decimal, &["2", "4", "6", "8", "10", "12"]);
    }

    #[test]
    fn a_logarithm_has_powers_of_ten() {
        let axis = Axis::over([1.0, 40_000.0].into_iter(), Scale::Log, false, (0.0, 100.0), 5);
        assert_eq!(axis.ticks, [1.0, 10.0, 100.0, 1_000.0, 10_000.0, 100_000.0]);
        assert!((axis.at(1_000.0) - 60.0).abs() < 1e-9);
        assert_eq!(axis.label(10_000.0, Format::Integer), "10,000");
        let narrow = Axis::over([3.0, 60.0].into_iter(), Scale::Log, false, (0.0, 100.0), 5);
        assert_eq!(narrow.ticks, [2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
    }

    #[test]
    fn no_figure_breaks_an_axis() {
        let figures = [f64::MAX, -f64::MAX, f64::MIN_POSITIVE, 0.0, 1e-300, f64::NAN, f64::INFINITY];
        for first in figures {
            for second in figures {
                for scale in [Scale::Linear, Scale::Log] {
                    for zero in [true, false] {
                        let axis = Axis::over([first, second].into_iter(), scale, zero, (0.0, 100.0), 5);
                        assert!((2..=400).contains(&axis.ticks.len()), "{first} {second} {axis:?}");
                        assert!([first, second].iter().all(|f| (0.0..=100.0).contains(&axis.at(*f))));
                        axis.ticks.iter().for_each(|tick| drop(axis.label(*tick, Format::Decimal)));
                    }
                }
            }
        }
    }

    #[test]
    fn figures_beside_marks_have_the_decimals_that_tell() {
        let check = |figure, format, expected: &str| assert_eq!(write_figure(figure, format), expected);
        check(0.41234, Format::Decimal, "0.412");
        check(2.5, Format::Decimal, "2.50");
        check(12_345.6, Format::Decimal, "12,346");
        check(0.1234, Format::Percent, "12.3 %");
    }
}
