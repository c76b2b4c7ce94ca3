//! A chart as SVG: white ground, title, subtitle, legend, axes with units, and a note.
//!
//! Input: a specification and its table. Output: one SVG that needs nothing else, 960 pixels wide; its height follows from
//! what is in it, 540 where nothing asks for more. Rows keep their order. An empty table, or one without a figure, gives
//! the frame with the words "no data". Colours are those of Okabe and Ito (2008), which colour-blind readers can tell
//! apart; series also differ in shape.
//! All text is measured with the font of the PNG files; a browser falls back to its own sans-serif.

mod bars;
mod canvas;
mod curves;
mod heat_map;

use domain::table::Table;

use crate::{
    figures::Figures,
    scale::Axis,
    spec::{ChartError, ChartKind, ChartSpec, Reference},
    text::{width, wrap},
    value::one_line,
};
use canvas::{Anchor, Canvas};

/// The fonts that are asked for: that of the PNG files, then whatever the reader's machine has.
pub(crate) const FONT_FAMILIES: &str = "Ubuntu, 'Helvetica Neue', Arial, sans-serif";

/// Pixels.
const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 540.0;
const MARGIN: f64 = 28.0;

/// Font sizes.
const TITLE: f64 = 21.0;
const SUBTITLE: f64 = 14.0;
const LABEL: f64 = 13.0;

/// Ink of words, of what stands back, and of the grid.
const INK: &str = "#1a1a1a";
const FAINT_INK: &str = "#404040";
const GRID: &str = "#e2e2e2";
const AXIS: &str = "#8c8c8c";

/// Okabe and Ito's colours, those that stand out from white first.
const COLOURS: [&str; 7] = ["#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9", "#000000"];

/// More rows of marks than these are no picture any more.
const MOST_BARS: usize = 120;
const MOST_SERIES: usize = 21;
const MOST_CELLS: usize = 2_500;
const MOST_MARKS: usize = 20_000;

/// A part of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Frame {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Frame {
    fn width(&self) -> f64 {
        self.right - self.left
    }

    fn height(&self) -> f64 {
        self.bottom - self.top
    }

    fn centre(&self) -> (f64, f64) {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }
}

/// Renders a chart as SVG.
pub fn render(spec: &ChartSpec, table: &Table) -> Result<String, ChartError> {
    spec.check(table)?;
    let figures = Figures::of(spec, table);
    check_size(spec, &figures)?;
    let mut canvas = Canvas::default();
    let top = head(&mut canvas, spec, &figures);
    let bottom = if figures.is_empty() {
        let frame = Frame { left: MARGIN, top, right: WIDTH - MARGIN, bottom: top + 160.0 };
        canvas.rect(frame, GRID, 0.35);
        let (x, y) = frame.centre();
        canvas.text(x, y + 6.0, 18.0, FAINT_INK, Anchor::Middle, "no data");
        frame.bottom
    } else {
        match spec.kind {
            ChartKind::Bar | ChartKind::GroupedBar => bars::draw(&mut canvas, spec, &figures, top),
            ChartKind::Line | ChartKind::Area | ChartKind::Scatter => {
                curves::draw(&mut canvas, spec, &figures, top)
            }
            ChartKind::HeatMap => heat_map::draw(&mut canvas, spec, &figures, top),
        }
    };
    let height = foot(&mut canvas, spec, bottom);
    Ok(canvas.finish(WIDTH, height, &spec.title, spec.detail.subtitle.as_deref().unwrap_or_default()))
}

fn check_size(spec: &ChartSpec, figures: &Figures) -> Result<(), ChartError> {
    let (labels, series, marks) = (figures.labels.len(), figures.series.len(), figures.points.len());
    let checks = match spec.kind {
        ChartKind::Bar | ChartKind::GroupedBar => {
            [("bars", marks, MOST_BARS), ("series", series, MOST_SERIES)]
        }
        ChartKind::HeatMap => [("cells", labels * series, MOST_CELLS), ("rows", marks, MOST_CELLS)],
        _ => [("points", marks, MOST_MARKS), ("series", series, MOST_SERIES)],
    };
    match checks.into_iter().find(|(_, found, most)| found > most) {
        Some((what, found, most)) => Err(ChartError::TooMany { what, found, most }),
        None => Ok(()),
    }
}

/// Title, subtitle and legend; returns where they end.
fn head(canvas: &mut Canvas, spec: &ChartSpec, figures: &Figures) -> f64 {
    let room = WIDTH - 2.0 * MARGIN;
    let mut y = MARGIN - 4.0;
    for line in wrap(&one_line(&spec.title), TITLE, room * 0.96, 3) {
        y += TITLE * 1.25;
        canvas.heading(MARGIN, y - 6.0, TITLE, &line);
    }
    for line in wrap(&one_line(spec.detail.subtitle.as_deref().unwrap_or_default()), SUBTITLE, room * 0.96, 5)
    {
        y += SUBTITLE * 1.35;
        canvas.text(MARGIN, y - 4.0, SUBTITLE, FAINT_INK, Anchor::Start, &line);
    }
    legend(canvas, spec, figures, y + 6.0) + 14.0
}

/// What the colours, shapes and lines mean, in as many rows as it takes.
fn legend(canvas: &mut Canvas, spec: &ChartSpec, figures: &Figures, top: f64) -> f64 {
    let mut items: Vec<(Mark, String)> = Vec::new();
    if let Some(series) = spec.series.as_ref().filter(|_| spec.kind != ChartKind::HeatMap) {
        items.push((Mark::None, format!("{}:", one_line(&series.label))));
        let mark = |at| match spec.kind {
            ChartKind::Bar | ChartKind::GroupedBar | ChartKind::Area => Mark::Swatch(at),
            _ => Mark::Point(at, spec.kind == ChartKind::Line),
        };
        items.extend(figures.series.iter().enumerate().map(|(at, name)| (mark(at), name.clone())));
    }
    if let Some(interval) = &spec.detail.interval {
        items.push((Mark::Whisker, one_line(&interval.label)));
    }
    if let Some(Reference::Diagonal { label } | Reference::Value { label, .. }) = &spec.detail.reference {
        items.push((Mark::Dashes, one_line(label)));
    }
    if items.is_empty() {
        return top;
    }
    let (mut x, mut y) = (MARGIN, top + 16.0);
    for (mark, label) in items {
        let mark_width = if mark == Mark::None { 0.0 } else { 26.0 };
        let label = crate::text::cut(&label, LABEL, WIDTH - 2.0 * MARGIN - mark_width);
        let wide = mark_width + width(&label, LABEL);
        if x > MARGIN && x + wide > WIDTH - MARGIN {
            (x, y) = (MARGIN, y + 21.0);
        }
        mark.draw(canvas, x, y - 4.5);
        canvas.text(x + mark_width, y, LABEL, INK, Anchor::Start, &label);
        x += wide + 20.0;
    }
    y + 6.0
}

/// A sign in the legend.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mark {
    None,
    Swatch(usize),
    /// Of a series, on a line or not.
    Point(usize, bool),
    Whisker,
    Dashes,
}

impl Mark {
    fn draw(self, canvas: &mut Canvas, x: f64, y: f64) {
        match self {
            Self::None => {}
            Self::Swatch(series) => {
                let frame = Frame { left: x + 2.0, top: y - 6.0, right: x + 18.0, bottom: y + 6.0 };
                canvas.rect(frame, colour(series), 1.0);
            }
            Self::Point(series, line) => {
                if line {
                    canvas.line((x, y), (x + 20.0, y), colour(series), 2.5, "");
                }
                canvas.mark(shape(series), x + 10.0, y, 4.5, colour(series), 1.0);
            }
            Self::Whisker => canvas.whisker((x + 2.0, y), (x + 18.0, y), INK),
            Self::Dashes => canvas.line((x, y), (x + 20.0, y), INK, 1.5, "6 4"),
        }
    }
}

/// The note and the height of the picture.
fn foot(canvas: &mut Canvas, spec: &ChartSpec, bottom: f64) -> f64 {
    let mut y = bottom + 8.0;
    let note = one_line(spec.detail.note.as_deref().unwrap_or_default());
    for line in wrap(&note, LABEL, (WIDTH - 2.0 * MARGIN) * 0.96, 6) {
        y += LABEL * 1.4;
        canvas.text(MARGIN, y, LABEL, FAINT_INK, Anchor::Start, &line);
    }
    (y + 18.0).ceil()
}

/// The colour of a series.
fn colour(series: usize) -> &'static str {
    COLOURS.get(series % COLOURS.len()).copied().unwrap_or(INK)
}

/// The shape of a series' marks: another one when the colours are used up.
fn shape(series: usize) -> usize {
    series / COLOURS.len()
}

/// The value axis beside or below a frame: grid, labels and title.
fn draw_axis(canvas: &mut Canvas, frame: Frame, axis: &Axis, side: Side, labels: &[String], title: &str) {
    for (tick, label) in axis.ticks.iter().zip(labels) {
        let at = axis.at(*tick);
        match side {
            Side::Left => {
                canvas.line((frame.left, at), (frame.right, at), GRID, 1.0, "");
                canvas.text(frame.left - 8.0, at + 4.5, LABEL, FAINT_INK, Anchor::End, label);
            }
            Side::Bottom => {
                canvas.line((at, frame.top), (at, frame.bottom), GRID, 1.0, "");
                canvas.text(at, frame.bottom + 18.0, LABEL, FAINT_INK, Anchor::Middle, label);
            }
        }
    }
    let (x, y) = frame.centre();
    match side {
        Side::Left => {
            let wide = labels.iter().map(|label| width(label, LABEL)).fold(0.0, f64::max);
            canvas.turned(frame.left - wide - 24.0, y, LABEL, INK, title);
        }
        Side::Bottom => canvas.text(x, frame.bottom + 42.0, LABEL, INK, Anchor::Middle, title),
    }
}

/// Where an axis stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Bottom,
}

#[cfg(test)]
mod tests;
