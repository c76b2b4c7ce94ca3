//! Lines, areas and scatters: points between a category axis and a value axis.

use super::{
    AXIS, FAINT_INK, Frame, HEIGHT, INK, LABEL, MARGIN, Side, WIDTH,
    canvas::{Anchor, Canvas},
    colour, draw_axis, shape,
};
use crate::{
    figures::{Figures, Point},
    scale::Axis,
    spec::{CategoryKind, ChartKind, ChartSpec, Reference, Scale},
    text::width,
    value::one_line,
};

/// The least height of the space for marks.
const LEAST_HEIGHT: f64 = 320.0;

/// Beyond so many points of a line, its points are not marked any more.
const MARKED_POINTS: usize = 60;

/// Ticks of the value axis and of a category axis of numbers, about.
const TICKS: (usize, usize) = (6, 8);

/// Draws the points; returns where the picture ends.
pub(super) fn draw(canvas: &mut Canvas, spec: &ChartSpec, figures: &Figures, top: f64) -> f64 {
    let bottom = (HEIGHT - 72.0).max(top + LEAST_HEIGHT);
    let stacked = stack(spec, figures);
    let values = value_range(spec, figures, &stacked);
    let zero = spec.kind == ChartKind::Area || starts_near_zero(spec, &values);
    let axis = Axis::over(values.iter().copied(), spec.detail.y_scale, zero, (bottom, top), TICKS.0);
    let ticks: Vec<String> = axis.ticks.iter().map(|tick| axis.label(*tick, spec.y.format)).collect();
    let tick_width = ticks.iter().map(|tick| width(tick, LABEL)).fold(0.0, f64::max);
    let frame = Frame { left: MARGIN + tick_width + 26.0, top, right: WIDTH - MARGIN - 14.0, bottom };
    draw_axis(canvas, frame, &axis, Side::Left, &ticks, &one_line(&spec.y.label));
    let places = Places::of(spec, figures, frame);
    places.draw_axis(canvas, spec, figures, frame);
    canvas.line((frame.left, bottom), (frame.right, bottom), AXIS, 1.2, "");

    match spec.kind {
        ChartKind::Area => draw_areas(canvas, figures, &stacked, &axis, &places),
        ChartKind::Scatter => draw_marks(canvas, figures, &axis, &places),
        _ => draw_lines(canvas, figures, &axis, &places),
    }
    match &spec.detail.reference {
        Some(Reference::Value { at, .. }) => {
            canvas.line((frame.left, axis.at(*at)), (frame.right, axis.at(*at)), INK, 1.5, "6 4");
        }
        Some(Reference::Diagonal { .. }) => {
            if let Places::Numbers(across) = &places {
                let (low, high) =
                    (axis.range().0.max(across.range().0), axis.range().1.min(across.range().1));
                let ends = ((across.at(low), axis.at(low)), (across.at(high), axis.at(high)));
                canvas.line(ends.0, ends.1, INK, 1.5, "6 4");
            }
        }
        None => {}
    }
    bottom + 48.0
}

/// Every figure that the value axis must hold.
fn value_range(spec: &ChartSpec, figures: &Figures, stacked: &[(f64, f64)]) -> Vec<f64> {
    let mut values: Vec<f64> = figures.values().collect();
    match &spec.detail.reference {
        Some(Reference::Value { at, .. }) => values.push(*at),
        // On a diagonal both axes are the same.
        Some(Reference::Diagonal { .. }) => values.extend(figures.points.iter().filter_map(|point| point.x)),
        None => {}
    }
    values.extend(stacked.iter().flat_map(|(low, high)| [*low, *high]));
    values
}

/// Whether zero is near enough to be shown: figures that differ by more than a third of their size.
fn starts_near_zero(spec: &ChartSpec, values: &[f64]) -> bool {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    spec.detail.y_scale == Scale::Linear && low >= 0.0 && low < high * 0.67
}

/// Where each row's area begins and ends above its category: on top of the series before; empty for other charts.
fn stack(spec: &ChartSpec, figures: &Figures) -> Vec<(f64, f64)> {
    if spec.kind != ChartKind::Area {
        return Vec::new();
    }
    let mut spans = vec![(0.0, 0.0); figures.points.len()];
    let mut order: Vec<usize> = (0..figures.points.len()).collect();
    order.sort_by_key(|at| figures.points.get(*at).map(|point| point.series));
    let mut heights = vec![0.0; figures.labels.len()];
    for at in order {
        let Some(point) = figures.points.get(at) else { continue };
        if let (Some(height), Some(span)) = (heights.get_mut(point.label), spans.get_mut(at)) {
            let low = *height;
            *height += point.y.unwrap_or(0.0);
            *span = (low, *height);
        }
    }
    spans
}

/// Where categories stand.
enum Places {
    /// On an axis of numbers.
    Numbers(Axis),
    /// One after the other: the first place and the distance.
    Steps(f64, f64),
}

impl Places {
    fn of(spec: &ChartSpec, figures: &Figures, frame: Frame) -> Self {
        if spec.x.kind != CategoryKind::Quantitative {
            let step = frame.width() / figures.labels.len().max(1) as f64;
            return Self::Steps(frame.left + step / 2.0, step);
        }
        let mut numbers: Vec<f64> = figures.points.iter().filter_map(|point| point.x).collect();
        let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
        let most = numbers.iter().copied().fold(0.0, f64::max);
        let mut zero = spec.detail.x_scale == Scale::Linear && least >= 0.0 && least < 0.3 * most;
        let mut ticks = TICKS.1;
        if matches!(spec.detail.reference, Some(Reference::Diagonal { .. })) {
            // The same figures and steps as on the value axis, so that both have the same range.
            numbers.extend(figures.values());
            (zero, ticks) = (starts_near_zero(spec, &numbers), TICKS.0);
        }
        let across = (frame.left, frame.right);
        Self::Numbers(Axis::over(numbers.into_iter(), spec.detail.x_scale, zero, across, ticks))
    }

    fn at(&self, point: &Point) -> Option<f64> {
        match self {
            Self::Numbers(axis) => point.x.map(|x| axis.at(x)),
            Self::Steps(first, step) => Some(first + step * point.label as f64),
        }
    }

    fn draw_axis(&self, canvas: &mut Canvas, spec: &ChartSpec, figures: &Figures, frame: Frame) {
        let title = one_line(&spec.x.label);
        match self {
            Self::Numbers(axis) => {
                let ticks: Vec<String> =
                    axis.ticks.iter().map(|tick| axis.label(*tick, spec.x.format)).collect();
                draw_axis(canvas, frame, axis, Side::Bottom, &ticks, &title);
            }
            Self::Steps(first, step) => {
                let widest = figures.labels.iter().map(|label| width(label, LABEL)).fold(0.0, f64::max);
                // Where there is no room for each label, every second, third, … has one.
                let every = (((widest + 12.0) / step).ceil() as usize).max(1);
                for (at, label) in figures.labels.iter().enumerate().step_by(every) {
                    let x = first + step * at as f64;
                    canvas.line((x, frame.bottom), (x, frame.bottom + 5.0), AXIS, 1.0, "");
                    canvas.text(x, frame.bottom + 20.0, LABEL, FAINT_INK, Anchor::Middle, label);
                }
                canvas.text(frame.centre().0, frame.bottom + 42.0, LABEL, INK, Anchor::Middle, &title);
            }
        }
    }
}

/// The rows of one series in their order, in runs without a gap.
fn runs<'a>(
    figures: &'a Figures,
    series: usize,
    place: impl Fn(usize, &Point) -> Option<(f64, f64)> + 'a,
) -> Vec<Vec<(f64, f64)>> {
    let mut runs = vec![Vec::new()];
    for (at, point) in figures.points.iter().enumerate().filter(|(_, point)| point.series == series) {
        match (point.y.and_then(|_| place(at, point)), runs.last_mut()) {
            (Some(place), Some(run)) => run.push(place),
            _ => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn draw_lines(canvas: &mut Canvas, figures: &Figures, axis: &Axis, places: &Places) {
    for series in 0..figures.series.len() {
        let dashes = ["", "8 4", "3 3"].get(shape(series) % 3).copied().unwrap_or_default();
        let place = |_: usize, point: &Point| Some((places.at(point)?, axis.at(point.y?)));
        for run in runs(figures, series, place) {
            canvas.polyline(&run, colour(series), dashes);
        }
    }
    for point in &figures.points {
        let (Some(x), Some(y)) = (places.at(point), point.y) else { continue };
        if let Some((low, high)) = point.interval {
            canvas.whisker((x, axis.at(low)), (x, axis.at(high)), colour(point.series));
        }
        if figures.points.len() <= MARKED_POINTS * figures.series.len() {
            canvas.mark(shape(point.series), x, axis.at(y), 4.0, colour(point.series), 1.0);
        }
    }
}

fn draw_areas(canvas: &mut Canvas, figures: &Figures, stacked: &[(f64, f64)], axis: &Axis, places: &Places) {
    for series in 0..figures.series.len() {
        let edge = |at: usize, point: &Point, top: bool| {
            let (low, high) = stacked.get(at)?;
            Some((places.at(point)?, axis.at(if top { *high } else { *low })))
        };
        let upper = runs(figures, series, |at, point| edge(at, point, true));
        let lower = runs(figures, series, |at, point| edge(at, point, false));
        for (upper, lower) in upper.iter().zip(&lower) {
            let outline: Vec<(f64, f64)> = upper.iter().chain(lower.iter().rev()).copied().collect();
            canvas.polygon(&outline, colour(series), 0.55);
            canvas.polyline(upper, colour(series), "");
            if let ([(x, y)], [(_, base)]) = (&upper[..], &lower[..]) {
                // A single point has no surface: a stem and a mark show it.
                canvas.line((*x, *y), (*x, *base), colour(series), 3.0, "");
                canvas.mark(0, *x, *y, 4.0, colour(series), 1.0);
            }
        }
    }
}

fn draw_marks(canvas: &mut Canvas, figures: &Figures, axis: &Axis, places: &Places) {
    let opacity = if figures.points.len() > 300 { 0.5 } else { 0.8 };
    let radius = if figures.points.len() > 300 { 3.2 } else { 4.5 };
    for point in &figures.points {
        let (Some(x), Some(y)) = (places.at(point), point.y) else { continue };
        if let Some((low, high)) = point.interval {
            canvas.whisker((x, axis.at(low)), (x, axis.at(high)), colour(point.series));
        }
        canvas.mark(shape(point.series), x, axis.at(y), radius, colour(point.series), opacity);
    }
}
