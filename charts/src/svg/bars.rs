//! Bars and grouped bars: from left to right for names, upright for what has an order and short labels.

use super::{
    AXIS, FAINT_INK, Frame, INK, LABEL, MARGIN, Side, WIDTH,
    canvas::{Anchor, Canvas},
    colour, draw_axis,
};
use crate::{
    figures::{Figures, Point},
    scale::{Axis, write_figure},
    spec::{CategoryKind, ChartSpec, Reference},
    text::{cut, width, wrap},
    value::{MISSING, one_line},
};

/// The widest that labels of bars may be, and their lines.
const MOST_LABEL: f64 = 330.0;
const LABEL_LINES: usize = 3;

/// Labels of something with an order that are this short may be left out where there is no room for each.
const SHORT_LABEL: f64 = 48.0;

/// Figures beside upright bars are left out where they would run into each other.
const FIGURE: f64 = 12.0;

/// Draws the bars; returns where the picture ends.
pub(super) fn draw(canvas: &mut Canvas, spec: &ChartSpec, figures: &Figures, top: f64) -> f64 {
    let band = (WIDTH - 2.0 * MARGIN - 90.0) / figures.labels.len().max(1) as f64;
    let widest = figures.labels.iter().map(|label| width(label, LABEL)).fold(0.0, f64::max);
    let wide_enough = band / figures.series.len() as f64 >= 6.0;
    if spec.x.kind == CategoryKind::Nominal || !wide_enough || widest > band.max(SHORT_LABEL) {
        level(canvas, spec, figures, top)
    } else {
        upright(canvas, spec, figures, top)
    }
}

/// The reference figure, which the axis must hold too.
fn reference(spec: &ChartSpec) -> Option<f64> {
    match spec.detail.reference {
        Some(Reference::Value { at, .. }) => Some(at),
        _ => None,
    }
}

fn level(canvas: &mut Canvas, spec: &ChartSpec, figures: &Figures, top: f64) -> f64 {
    // The words of the category axis stand above the labels.
    let top = top + 10.0;
    let labels: Vec<Vec<String>> =
        figures.labels.iter().map(|label| wrap(label, LABEL, MOST_LABEL, LABEL_LINES)).collect();
    let label_width = labels.iter().flatten().map(|line| width(line, LABEL)).fold(0.0, f64::max).max(40.0);
    let most_lines = labels.iter().map(Vec::len).max().unwrap_or(1) as f64;
    let series = figures.series.len() as f64;
    let bar = if series > 1.0 { 15.0 } else { 20.0 };
    let pitch = (bar * series + 10.0).max(most_lines * LABEL * 1.15 + 8.0);
    let shown =
        |point: &Point| point.y.map_or_else(|| MISSING.to_owned(), |y| write_figure(y, spec.y.format));
    let figure_width = figures.points.iter().map(|point| width(&shown(point), LABEL)).fold(0.0, f64::max);
    let frame = Frame {
        left: MARGIN + label_width + 10.0,
        top,
        right: WIDTH - MARGIN - figure_width - 12.0,
        bottom: top + pitch * figures.labels.len() as f64 + 6.0,
    };
    let across = (frame.left, frame.right);
    let axis = Axis::over(figures.values().chain(reference(spec)), spec.detail.y_scale, true, across, 6);
    let ticks: Vec<String> = axis.ticks.iter().map(|tick| axis.label(*tick, spec.y.format)).collect();
    draw_axis(canvas, frame, &axis, Side::Bottom, &ticks, &one_line(&spec.y.label));
    let middle = |label: usize| frame.top + 3.0 + pitch * (label as f64 + 0.5);
    for (at, lines) in labels.iter().enumerate() {
        let first = middle(at) + 4.5 - (lines.len() as f64 - 1.0) * LABEL * 0.575;
        for (line, text) in lines.iter().enumerate() {
            let y = first + line as f64 * LABEL * 1.15;
            canvas.text(frame.left - 8.0, y, LABEL, INK, Anchor::End, text);
        }
    }
    let above = cut(&one_line(&spec.x.label), LABEL, label_width);
    canvas.text(frame.left - 8.0, frame.top - 4.0, LABEL, FAINT_INK, Anchor::End, &above);
    let mut ends = Vec::new();
    for point in &figures.points {
        let y = middle(point.label) + bar * (point.series as f64 - series / 2.0);
        let (zero, end) = (axis.at(0.0), axis.at(point.y.unwrap_or(0.0)));
        let row = Frame { left: zero.min(end), top: y + 0.8, right: zero.max(end), bottom: y + bar - 0.8 };
        canvas.rect(row, colour(point.series), 1.0);
        let mut after = row.right;
        if let Some((low, high)) = point.interval {
            let centre = row.centre().1;
            canvas.whisker((axis.at(low), centre), (axis.at(high), centre), INK);
            after = after.max(axis.at(high));
        }
        ends.push((after + 6.0, row.centre().1 + 4.5, shown(point)));
    }
    canvas.line((axis.at(0.0), frame.top), (axis.at(0.0), frame.bottom), AXIS, 1.2, "");
    if let Some(at) = reference(spec) {
        canvas.line((axis.at(at), frame.top), (axis.at(at), frame.bottom), INK, 1.5, "6 4");
    }
    for (x, y, figure) in ends {
        canvas.figure(x, y, LABEL, Anchor::Start, &figure);
    }
    frame.bottom + 48.0
}

fn upright(canvas: &mut Canvas, spec: &ChartSpec, figures: &Figures, top: f64) -> f64 {
    let bottom = top + 350.0;
    let values = || figures.values().chain(reference(spec));
    let axis = Axis::over(values(), spec.detail.y_scale, true, (bottom, top + 18.0), 6);
    let ticks: Vec<String> = axis.ticks.iter().map(|tick| axis.label(*tick, spec.y.format)).collect();
    let tick_width = ticks.iter().map(|tick| width(tick, LABEL)).fold(0.0, f64::max);
    let frame = Frame { left: MARGIN + tick_width + 26.0, top, right: WIDTH - MARGIN, bottom };
    draw_axis(canvas, frame, &axis, Side::Left, &ticks, &one_line(&spec.y.label));
    let band = frame.width() / figures.labels.len().max(1) as f64;
    let bar = band * 0.8 / figures.series.len() as f64;
    let widest = figures.labels.iter().map(|label| width(label, LABEL)).fold(0.0, f64::max);
    let every = (((widest + 8.0) / band).ceil() as usize).max(1);
    for (at, label) in figures.labels.iter().enumerate().step_by(every) {
        let x = frame.left + band * (at as f64 + 0.5);
        canvas.text(x, bottom + 19.0, LABEL, INK, Anchor::Middle, label);
    }
    let shown = |y: f64| write_figure(y, spec.y.format);
    let widest =
        figures.points.iter().filter_map(|p| p.y).map(|y| width(&shown(y), FIGURE)).fold(0.0, f64::max);
    for point in &figures.points {
        let Some(y) = point.y else { continue };
        let left = frame.left + band * (point.label as f64 + 0.1) + bar * point.series as f64;
        let (zero, end) = (axis.at(0.0), axis.at(y));
        let column =
            Frame { left: left + 0.8, top: zero.min(end), right: left + bar - 0.8, bottom: zero.max(end) };
        canvas.rect(column, colour(point.series), 1.0);
        let (centre, mut above) = (column.centre().0, column.top);
        if let Some((low, high)) = point.interval {
            canvas.whisker((centre, axis.at(low)), (centre, axis.at(high)), INK);
            above = above.min(axis.at(high));
        }
        if widest <= bar + 2.0 {
            canvas.figure(centre, above - 5.0, FIGURE, Anchor::Middle, &shown(y));
        }
    }
    canvas.line((frame.left, axis.at(0.0)), (frame.right, axis.at(0.0)), AXIS, 1.2, "");
    if let Some(at) = reference(spec) {
        canvas.line((frame.left, axis.at(at)), (frame.right, axis.at(at)), INK, 1.5, "6 4");
    }
    canvas.text(frame.centre().0, bottom + 43.0, LABEL, INK, Anchor::Middle, &one_line(&spec.x.label));
    bottom + 49.0
}
