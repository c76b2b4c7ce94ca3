//! The rows of a table as a picture needs them: labels and series in the order they first come, figures as numbers.

use domain::table::Table;
use serde_json::Value;

use crate::{spec::ChartSpec, value};

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Point {
    /// Position of its label in [`Figures::labels`].
    pub(crate) label: usize,
    /// Position of its series in [`Figures::series`]; 0 where there is none.
    pub(crate) series: usize,
    /// The category as a number, where it is one.
    pub(crate) x: Option<f64>,
    /// The figure.
    pub(crate) y: Option<f64>,
    /// Both ends of its interval.
    pub(crate) interval: Option<(f64, f64)>,
}

/// All rows, in their order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figures {
    pub(crate) points: Vec<Point>,
    /// Categories, written.
    pub(crate) labels: Vec<String>,
    /// Series, written; one without a name where the chart has none.
    pub(crate) series: Vec<String>,
}

impl Figures {
    /// Reads a table that the specification was checked against.
    pub(crate) fn of(spec: &ChartSpec, table: &Table) -> Self {
        let (mut labels, mut series) = (Names::default(), Names::default());
        let number = |row: usize, field: &str| table.number(row, field).filter(|number| number.is_finite());
        let points = (0..table.rows.len())
            .map(|row| {
                let cell = |field: &str| table.cell(row, field).unwrap_or(&Value::Null);
                let name = spec
                    .series
                    .as_ref()
                    .map(|series| value::write(cell(&series.field), domain::answer::Format::Name));
                Point {
                    label: labels.position(value::write(cell(&spec.x.field), spec.x.format)),
                    series: series.position(name.unwrap_or_default()),
                    x: number(row, &spec.x.field),
                    y: number(row, &spec.y.field),
                    interval: spec.detail.interval.as_ref().and_then(|interval| {
                        let (low, high) = (number(row, &interval.low)?, number(row, &interval.high)?);
                        Some((low.min(high), high.max(low)))
                    }),
                }
            })
            .collect();
        Self { points, labels: labels.names, series: series.names }
    }

    /// Whether there is nothing to draw.
    pub(crate) fn is_empty(&self) -> bool {
        self.points.iter().all(|point| point.y.is_none())
    }

    /// Every figure that the value axis must hold.
    pub(crate) fn values(&self) -> impl Iterator<Item = f64> {
        let ends = |point: &Point| point.interval.map(|(low, high)| [low, high]);
        self.points.iter().flat_map(move |point| point.y.into_iter().chain(ends(point).into_iter().flatten()))
    }
}

/// Names in the order they first come.
#[derive(Default)]
struct Names {
    names: Vec<String>,
    positions: std::collections::HashMap<String, usize>,
}

impl Names {
    fn position(&mut self, name: String) -> usize {
        let next = self.names.len();
        let names = &mut self.names;
        *self.positions.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            next
        })
    }
}
