//! Heat maps: a cell a category and series, darker for larger figures, with the figure in it where it fits.

use super::{
    AXIS, FAINT_INK, Frame, GRID, INK, LABEL, MARGIN, WIDTH,
    canvas::{Anchor, Canvas},
};
use crate::{
    figures::Figures,
    scale::{Axis, write_figure},
    spec::{ChartSpec, Scale},
    text::{cut, width},
    value::one_line,
};

/// Light to dark, one hue: ColorBrewer's `Blues`, read in grey and by colour-blind readers alike.
const SHADES: [[u8; 3]; 6] =
    [[239, 246, 253], [198, 219, 239], [146, 195, 222], [85, 155, 203], [33, 102, 172], [8, 48, 107]];

/// Font size of the figure in a cell.
const FIGURE: f64 = 12.0;

/// Draws the cells; returns where the picture ends. Of several rows for one cell the last one counts.
pub(super) fn draw(canvas: &mut Canvas, spec: &ChartSpec, figures: &Figures, top: f64) -> f64 {
    let (columns, rows) = (figures.labels.len().max(1) as f64, figures.series.len().max(1) as f64);
    let names: Vec<String> = figures.series.iter().map(|name| cut(name, LABEL, 260.0)).collect();
    let name_width = names.iter().map(|name| width(name, LABEL)).fold(0.0, f64::max);
    let left = MARGIN + 26.0 + name_width;
    let right = WIDTH - MARGIN - 96.0;
    let cell = ((right - left) / columns, (330.0 / rows).clamp(18.0, 56.0));
    let frame = Frame { left, top, right, bottom: top + cell.1 * rows };
    let shades = Axis::over(figures.values(), spec.detail.y_scale, false, (0.0, 1.0), 4);
    let range = figures.values().fold((f64::INFINITY, f64::NEG_INFINITY), |r, f| (r.0.min(f), r.1.max(f)));
    let share = |figure: f64| share_of(figure, range, spec.detail.y_scale, &shades);

    canvas.rect(frame, GRID, 0.35);
    let shown = |y: f64| write_figure(y, spec.y.format);
    let widest =
        figures.points.iter().filter_map(|p| p.y).map(|y| width(&shown(y), FIGURE)).fold(0.0, f64::max);
    for point in &figures.points {
        let Some(y) = point.y else { continue };
        let (x, at) = (frame.left + cell.0 * point.label as f64, frame.top + cell.1 * point.series as f64);
        let place =
            Frame { left: x + 0.5, top: at + 0.5, right: x + cell.0 - 0.5, bottom: at + cell.1 - 0.5 };
        canvas.rect(place, &shade(share(y)), 1.0);
        if widest + 4.0 <= cell.0 {
            let ink = if share(y) > 0.55 { "#ffffff" } else { INK };
            canvas.text(place.centre().0, place.centre().1 + 4.0, FIGURE, ink, Anchor::Middle, &shown(y));
        }
    }
    for (at, name) in names.iter().enumerate() {
        let y = frame.top + cell.1 * (at as f64 + 0.5) + 4.5;
        canvas.text(frame.left - 8.0, y, LABEL, INK, Anchor::End, name);
    }
    let row_title = spec.series.as_ref().map(|series| one_line(&series.label)).unwrap_or_default();
    canvas.turned(MARGIN + 8.0, frame.centre().1, LABEL, INK, &row_title);
    colour_key(canvas, spec, frame, range);
    draw_columns(canvas, spec, figures, frame, cell.0)
}

/// The labels below the columns, slanted where they are too long, and the axis title.
fn draw_columns(canvas: &mut Canvas, spec: &ChartSpec, figures: &Figures, frame: Frame, column: f64) -> f64 {
    let widest = figures.labels.iter().map(|label| width(label, LABEL)).fold(0.0, f64::max);
    let slanted = widest + 6.0 > column;
    let most = 180.0;
    for (at, label) in figures.labels.iter().enumerate() {
        let x = frame.left + column * (at as f64 + 0.5);
        if slanted {
            canvas.slanted(x + 4.0, frame.bottom + 14.0, LABEL, INK, &cut(label, LABEL, most));
        } else {
            canvas.text(x, frame.bottom + 19.0, LABEL, INK, Anchor::Middle, label);
        }
    }
    // sin 35° of the longest label.
    let below = if slanted { 16.0 + widest.min(most) * 0.574 } else { 20.0 };
    let y = frame.bottom + below + 22.0;
    canvas.text(frame.centre().0, y, LABEL, INK, Anchor::Middle, &one_line(&spec.x.label));
    y + 6.0
}

/// What the shades mean, at the right.
fn colour_key(canvas: &mut Canvas, spec: &ChartSpec, frame: Frame, range: (f64, f64)) {
    let (left, height) = (frame.right + 18.0, frame.height().min(220.0));
    let steps = 40;
    for step in 0..steps {
        let at = |step: i32| frame.top + 16.0 + (height - 16.0) * f64::from(step) / f64::from(steps);
        let place = Frame {
            left,
            top: at(step),
            right: left + 14.0,
            bottom: at(step + 1).min(frame.top + height - 1.0) + 1.0,
        };
        canvas.rect(place, &shade(1.0 - f64::from(step) / f64::from(steps - 1)), 1.0);
    }
    canvas.line((left + 14.0, frame.top + 16.0), (left + 14.0, frame.top + height), AXIS, 1.0, "");
    let mut figures = vec![(range.1, frame.top + 26.0)];
    if range.1 > range.0 {
        figures.push((range.0, frame.top + height));
    }
    for (figure, y) in figures {
        canvas.text(left + 20.0, y, LABEL, FAINT_INK, Anchor::Start, &write_figure(figure, spec.y.format));
    }
    let title = cut(&one_line(&spec.y.label), LABEL, WIDTH - frame.right - 8.0);
    canvas.text(WIDTH - MARGIN + 8.0, frame.top + 5.0, LABEL, INK, Anchor::End, &title);
}

/// How far a figure is between the least and the most, by the scale; a single figure is in the middle.
fn share_of(figure: f64, range: (f64, f64), scale: Scale, shades: &Axis) -> f64 {
    let (low, high) = (shades.share(range.0), shades.share(range.1));
    match scale {
        _ if high <= low => 0.5,
        _ => ((shades.share(figure) - low) / (high - low)).clamp(0.0, 1.0),
    }
}

/// The colour of a share, between the two nearest shades.
fn shade(share: f64) -> String {
    let last = SHADES.len() - 1;
    let at = share.clamp(0.0, 1.0) * last as f64;
    let (from, to) = (at.floor() as usize, (at.floor() as usize + 1).min(last));
    let [from, to] = [from, to].map(|at| SHADES.get(at).copied().unwrap_or_default());
    let mixed: Vec<String> = from
        .iter()
        .zip(to)
        .map(|(a, b)| {
            format!("{:02x}", (f64::from(*a) + (f64::from(b) - f64::from(*a)) * at.fract()).round() as u8)
        })
        .collect();
    format!("#{}", mixed.concat())
}
